"""Logs of one line each: what a stranger sends must not be able to fill a disk or forge a line."""

import logging
import sys
import time

PER_MINUTE = 30
"""Lines a minute that the framework may write about broken requests."""


class OneLine(logging.Formatter):
    """Time, level, name, text; control characters escaped; a traceback only for errors of our own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with a traceback's lines behind it where there is one."""
        text = record.getMessage()
        shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        line = f"{stamp} {record.levelname.lower()} {record.name}: {shown}"
        return line if not record.exc_info else f"{line}\n{self.formatException(record.exc_info)}"


class BrokenRequests(logging.Filter):
    """Of the framework's reports: the kind of error instead of its traceback, and not too many."""

    def __init__(self) -> None:
        super().__init__()
        self._minute = 0
        self._lines = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record may be written; shortens it."""
        minute = int(record.created // 60)
        if minute != self._minute:
            self._minute, self._lines = minute, 0
        self._lines += 1
        if self._lines > PER_MINUTE:
            return False
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            record.msg = f"{record.getMessage()}: {type(error).__name__}: {str(error)[:200]!r}"
            record.args = ()
            record.exc_info = None
        return True


def set_up(level: int = logging.INFO) -> None:
    """Log to standard error, for a service manager to keep."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(BrokenRequests())
    logging.getLogger("alembic").setLevel(logging.WARNING)
