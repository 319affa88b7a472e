"""The child process of `read`: reads requests from its input, answers with one line each."""

import sys
from pathlib import Path

import msgspec

from laaswatch_collector.ledger.messages import Answer, Request
from laaswatch_collector.ledger.model import LedgerFormatError
from laaswatch_collector.ledger.parse import parse_ledger
from laaswatch_collector.messages import message


def main() -> None:
    """Serve until the parent closes the pipe. Argument: bytes of memory that may be used."""
    _limit_memory(int(sys.argv[1]))
    while line := sys.stdin.buffer.readline():
        request = msgspec.json.decode(line, type=Request)
        sys.stdout.buffer.write(msgspec.json.encode(_answer(request)) + b"\n")
        sys.stdout.buffer.flush()


def _answer(request: Request) -> Answer:
    try:
        data = Path(request.path).read_bytes()
        return Answer(parse_ledger(data, request.name, request.headings, request.expected))
    except LedgerFormatError as refusal:
        return Answer(None, refusal.message, refusal.layouts)
    except OSError:
        return Answer(None, message("file.cannot_open"))


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


if __name__ == "__main__":
    main()
