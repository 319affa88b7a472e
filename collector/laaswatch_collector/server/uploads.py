"""Ledger files between being sent and being confirmed: on this disk alone, few, bounded, and not for long.

Such a file holds names and amounts that are never kept. It lies in a folder that nobody else may read, under
a name that only its sender knows, until it is imported or dropped, for half an hour at most.
"""

import asyncio
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from laaswatch_collector.ledger.model import Book
from laaswatch_collector.ledger.parse import MOST_BYTES
from laaswatch_collector.messages import message
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.limits import (
    BODY_SECONDS,
    READERS,
    SLOWEST,
    STEP,
    check_body_head,
)

KEPT = timedelta(minutes=30)
MOST_WAITING = 20
"""Files that may wait at once; the oldest makes room."""
MOST_OF_ONE = 3
"""Files of one person that may wait at once: nobody pushes out the others'."""
MOST_PARTS = 6
MOST_TEXT = 200
"""Bytes of a field that is no file."""
OVERHEAD = 16 * 1024
"""Bytes of a form around its file."""
CHILDREN = 2
"""Files that are read at once: each takes a process of up to a gigabyte."""
FORM = "multipart/form-data"
_FOLDER = "laaswatch-ledgers-"
_ABANDONED = 3600.0
"""Seconds after which a folder that a killed server left behind is taken away."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that waits for its sender's word. `exported_at` None: they did not say when."""

    token: str
    path: Path
    name: str
    owner: str
    office: str
    book: Book | None
    exported_at: datetime | None
    came_at: datetime
    sha256: bytes


class Uploads:
    """The files that wait, by their tokens."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._waiting: dict[str, Upload] = {}
        self.reading = asyncio.Semaphore(CHILDREN)

    def new_path(self) -> tuple[str, Path]:
        """A token that cannot be guessed, and where its file goes."""
        if self._folder is None or not self._folder.is_dir():
            _sweep()
            self._folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
        token = secrets.token_hex(16)
        return token, self._folder / token

    def add(self, upload: Upload) -> None:
        """Let a file wait; what is too old, or one too many, goes."""
        self._drop_old(upload.came_at)
        own = [x.token for x in self._waiting.values() if x.owner == upload.owner]
        for token in own[: max(0, len(own) - MOST_OF_ONE + 1)]:
            self.drop(token)
        while len(self._waiting) >= MOST_WAITING:
            self.drop(next(iter(self._waiting)))
        self._waiting[upload.token] = upload

    def find(self, token: str, owner: str, office: str, now: datetime) -> Upload | None:
        """The file with this token, if it is this person's, for this office, and still waits."""
        self._drop_old(now)
        found = self._waiting.get(token)
        if found is None or (found.owner, found.office) != (owner, office):
            return None
        return found

    def drop(self, token: str) -> None:
        """Delete a file."""
        found = self._waiting.pop(token, None)
        if found is not None:
            found.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete everything."""
        self._waiting.clear()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _drop_old(self, now: datetime) -> None:
        for token in [x.token for x in self._waiting.values() if now - x.came_at > KEPT]:
            self.drop(token)


Check = Callable[[dict[str, str]], None]
"""Looks at the fields of a form; raises `Refused`."""

UPLOADS: web.AppKey[Uploads] = web.AppKey("uploads", Uploads)


async def uploads_kept(app: web.Application) -> AsyncIterator[None]:
    """Hold the uploads of an application as long as it runs; what a killed one left goes first."""
    await asyncio.to_thread(_sweep)
    yield
    app[UPLOADS].close()


def check_upload_head(request: web.Request) -> None:
    """Length and type of a form with a file, from its headers alone."""
    check_body_head(request, FORM, MOST_BYTES + OVERHEAD)
    if not re.fullmatch(
        r'multipart/form-data;\s*boundary="?[!-~]{1,70}"?', request.headers["Content-Type"]
    ):
        raise Refused("malformed", message("detail.no_boundary"))


async def receive(request: web.Request, path: Path, check: Check) -> tuple[dict[str, str], str]:
    """The fields of a form, and the name of its one file, written to `path`.

    The fields come before the file: `check` sees them before the first byte of it is taken. What falls behind
    the slowest line is cut off.
    """
    pace = _Pace()
    fields: dict[str, str] = {}
    try:
        async with asyncio.timeout(BODY_SECONDS) as pace.limit, request.app[READERS]:
            reader = await request.multipart()
            for _ in range(MOST_PARTS):
                part = await reader.next()
                if not isinstance(part, BodyPartReader) or not part.name:
                    break
                if part.filename is not None:
                    check(fields)
                    with path.open("xb") as out:
                        await _copy(part, out.write, MOST_BYTES, pace)
                    return fields, part.filename
                text = bytearray()
                await _copy(part, text.extend, MOST_TEXT, pace)
                fields[part.name] = text.decode("utf-8", "replace").replace("\x00", "\ufffd")
    except TimeoutError as error:
        raise Refused("too_slow") from error
    except (
        ValueError,
        AssertionError,
        RuntimeError,
        HttpProcessingError,
        ConnectionError,
        web.RequestPayloadError,
    ) as error:
        raise Refused("malformed", message("detail.broken_form")) from error
    raise Refused("malformed", message("detail.no_file"))


class _Pace:
    """How long a body may still take, from what has come of it."""

    def __init__(self) -> None:
        self.limit: asyncio.Timeout | None = None
        self._began = asyncio.get_running_loop().time()
        self._size = 0

    def came(self, size: int) -> None:
        self._size += size
        if self.limit is not None:
            self.limit.reschedule(self._began + BODY_SECONDS + self._size / SLOWEST)


async def _copy(
    part: BodyPartReader, write: Callable[[bytes], object], most: int, pace: _Pace
) -> None:
    size = 0
    while not part.at_eof():
        chunk = await part.read_chunk(STEP)
        size += len(chunk)
        if size > most:
            raise Refused("too_large", message("detail.most_bytes", most=most))
        write(chunk)
        pace.came(len(chunk))


def _sweep() -> None:
    """Take away what a server that was killed left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        try:
            if time.time() - folder.stat().st_mtime > _ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
