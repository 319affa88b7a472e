"""Which articles are in use: the collector's, kept in `knowledge.json`, or those that came along.

A file that is spoiled, of another version or not readable costs nothing: the shipped articles are used.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from laaswatch_agent.host.files import write_atomically
from laaswatch_agent.knowledge.articles import ArticleError, Articles, files_of, load_articles
from laaswatch_agent.knowledge.pack import MAX_BYTES, name_of, unpack

FILE_NAME = "knowledge.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The articles; `name` is the SHA-256 of the collector's document, "" = those that came along."""

    articles: Articles
    name: str = ""

    @property
    def source(self) -> str:
        """`collector` or `shipped`."""
        return "collector" if self.name else "shipped"


def load_knowledge(folder: Path, knowledge_dir: Path | None) -> Knowledge:
    """The collector's articles if they can be used, else the shipped; the PC's own go before either.

    Raises ArticleError where the PC's own cannot be used.
    """
    try:
        with (folder / FILE_NAME).open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError:
        return Knowledge(load_articles(knowledge_dir))
    try:
        return read_knowledge(data, knowledge_dir)
    except ArticleError as error:
        log.warning("the collector's articles cannot be used: %s", error)
        return Knowledge(load_articles(knowledge_dir))


def read_knowledge(data: bytes, knowledge_dir: Path | None) -> Knowledge:
    """The articles of a document of the collector's. Raises ArticleError."""
    local = files_of(knowledge_dir) if knowledge_dir is not None else {}
    return Knowledge(unpack(data, local), name_of(data))


def keep_knowledge(folder: Path, data: bytes) -> None:
    """Put the document in place of the one before; raises OSError."""
    write_atomically(folder / FILE_NAME, data)
