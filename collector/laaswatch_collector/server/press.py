"""Files of documents for pages: off the event loop, two at a time, a few waiting, the others asked to come again."""

import asyncio
import logging
from pathlib import Path

from aiohttp import web

from laaswatch_collector.config import DocumentsConfig
from laaswatch_collector.documents.emblem import LARGEST, picture_kind
from laaswatch_collector.documents.model import Document
from laaswatch_collector.documents.typesetting import CannotBeSet, FileKind, Request, typeset
from laaswatch_collector.server.errors import Refused

AT_ONCE = 2
MOST_WAITING = 8
BUSY_SECONDS = 5.0

log = logging.getLogger(__name__)


class Press:
    """Makes the files."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def file(self, document: Document, form: FileKind, config: DocumentsConfig) -> bytes:
        """The file of a document. Raises `Refused` where too many wait, or where it cannot be made."""
        if self._waiting >= MOST_WAITING:
            raise Refused("unavailable", retry_after=BUSY_SECONDS)
        self._waiting += 1
        try:
            async with self._free:
                emblem = await asyncio.to_thread(read_emblem, config.emblem)
                request = Request(document, form, config.word_font, emblem)
                return await asyncio.to_thread(typeset, request)
        except CannotBeSet as error:
            log.warning("a document could not be made: %s", error)
            raise Refused("unavailable", retry_after=BUSY_SECONDS) from error
        finally:
            self._waiting -= 1


def read_emblem(path: str) -> bytes:
    """The office's own picture; empty, with a warning in the log, if there is none that can be used."""
    if not path:
        return b""
    try:
        with Path(path).open("rb") as file:
            picture = file.read(LARGEST + 1)
        picture_kind(picture)
    except (OSError, ValueError) as error:
        log.warning("the emblem %s is not used: %s", path, error)
        return b""
    return picture


PRESS: web.AppKey[Press] = web.AppKey("press", Press)
