"""Brings the articles up to date: the collector says by which hash, the agent fetches them when it changed.

All of it runs in the uplink's thread. Tens of thousands of agents hear of a new document within a minute:
each fetches it at a moment of its own within the hour.
"""

import logging
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol

from laaswatch_agent.collector_client import Answer, NoAnswer
from laaswatch_agent.knowledge.articles import ArticleError
from laaswatch_agent.knowledge.pack import MAX_BYTES, name_of
from laaswatch_agent.knowledge_file import Knowledge, keep_knowledge, read_knowledge

PATH = "/v1/knowledge"
SPREAD = 3600.0
"""Seconds over which the agents' requests are spread, and between two tries of one."""

_NAME = re.compile(r"[0-9a-f]{64}")

log = logging.getLogger(__name__)


class Fetcher(Protocol):
    """What is needed of a `CollectorClient`."""

    def get_packed(self, path: str, most: int) -> Answer: ...


class KnowledgeRefresh:
    """Keeps the document in `folder`; `use` gets the articles. `mono_ms` is a clock that only goes on."""

    def __init__(
        self,
        folder: Path,
        have: str,
        fetcher: Fetcher,
        use: Callable[[Knowledge], None],
        mono_ms: Callable[[], int],
        dice: Random,
        *,
        knowledge_dir: Path | None = None,
        spread: float = SPREAD,
    ) -> None:
        self._folder, self._have, self._fetcher, self._use = folder, have, fetcher, use
        self._mono_ms, self._dice = mono_ms, dice
        self._knowledge_dir, self._spread = knowledge_dir, spread
        self._wanted = ""
        self._due = 0

    def announced(self, name: object) -> None:
        """The collector's document has this SHA-256; anything else says nothing."""
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name == self._have:
            self._wanted = ""
        elif name != self._wanted:
            self._wanted = name
            self._wait(self._dice.random() * self._spread)

    def step(self) -> None:
        """Fetch it if it is wanted and due. After a failure it waits a spread long."""
        if not self._wanted or self._mono_ms() < self._due:
            return
        self._wait(max(self._spread, 1.0))
        try:
            answer = self._fetcher.get_packed(PATH, MAX_BYTES)
        except NoAnswer:
            return
        if answer.status != 200:
            return
        try:
            data = _announced(_unzipped(answer.data), self._wanted)
            found = read_knowledge(data, self._knowledge_dir)
        except ArticleError as error:
            log.warning("the collector's articles were refused: %s", error)
            return
        try:
            keep_knowledge(self._folder, data)
        except OSError as error:  # used all the same, until the next start
            log.warning("the collector's articles were not kept: %s", error)
        self._have, self._wanted = found.name, ""
        self._use(found)

    def _wait(self, seconds: float) -> None:
        self._due = self._mono_ms() + round(1000 * seconds)


def _announced(data: bytes, name: str) -> bytes:
    if (
        name_of(data) != name
    ):  # a portal's page, or a newer one: that is heard of with the next report
        raise ArticleError(PATH, "not the document that was announced")
    return data


def _unzipped(data: bytes) -> bytes:
    """The document, never more than MAX_BYTES of it, whatever a few bytes would grow to."""
    if len(data) > MAX_BYTES:
        raise ArticleError(PATH, f"more than {MAX_BYTES} bytes")
    if data[:2] != b"\x1f\x8b":
        return data
    reader = zlib.decompressobj(31)
    try:
        plain = reader.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise ArticleError(PATH, "damaged on the way") from error
    if len(plain) > MAX_BYTES or not reader.eof:
        raise ArticleError(PATH, f"cut short, or more than {MAX_BYTES} bytes")
    return plain
