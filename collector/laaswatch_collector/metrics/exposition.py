"""The texts of /metrics and /metrics/offices, at most a few seconds old, ready to be sent."""

import gzip
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.counted import PROCESS
from laaswatch_collector.metrics import nation, offices
from laaswatch_collector.metrics.measured import Measured
from laaswatch_collector.metrics.text import OPENMETRICS, PLAIN, Family, render
from laaswatch_collector.server.live import read_live
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views.figures import BookFigures, book_figures, figures
from laaswatch_collector.store.views.office_figures import office_figures

CACHE_SECONDS = 5.0
"""Several scrapers that come together cost one look into the store."""
BOOKS_SECONDS = 60.0
"""Ledgers come a few times a day: what they come to is counted once a minute."""
MOST_KEPT = 8
"""Texts that are kept at a time: a nation's of each kind, and some provinces'."""
END = "# EOF\n"
IsWorking = Callable[[str, datetime], bool]


@dataclass(frozen=True, slots=True)
class Body:
    """A text as it is sent."""

    data: bytes
    content_type: str
    gzipped: bool


class Exposition:
    """Everything that a scraper may ask for. Its methods block: call them from a worker thread.

    `is_working`: whether a province (two digits) works at a moment.
    """

    def __init__(
        self, database: Database, now: Callable[[], datetime], is_working: IsWorking
    ) -> None:
        self._database = database
        self._now = now
        self._is_working = is_working
        self._measured = Measured()
        self._books: tuple[float, BookFigures] | None = None
        self._kept: dict[tuple[object, ...], tuple[float, Body]] = {}
        self._lock = Lock()

    def of_nation(self, accept: str, *, gzipped: bool) -> Body:
        """`/metrics` for a scraper that sends this Accept header."""
        return self._text("", accept, self.nation_families, with_process=True, gzipped=gzipped)

    def of_offices(self, province: str, accept: str, *, gzipped: bool) -> Body:
        """`/metrics/offices`; of all provinces if `province` is ""."""

        def families() -> Iterable[Family]:
            known, month = self._database.read(
                lambda c: office_figures(c, Resource(province=province))
            )
            return offices.families(read_live(self._database, self._now()), known, month)

        return self._text(
            f"offices {province}", accept, families, with_process=False, gzipped=gzipped
        )

    def nation_families(self) -> Sequence[Family]:
        """What `/metrics` says of the store and of what was measured."""
        now = self._now()
        found = self._database.read(lambda c: figures(c, now))
        self._measured.look(self._database, now, found.offices)
        look = nation.Now(
            at=now,
            figures=found,
            books=self._book_figures(),
            live=read_live(self._database, now),
            working={
                province: self._is_working(province, now)
                for province in {province for province, _ in found.offices.values()}
            },
            store_bytes=self._database.read(_store_bytes),
            waiting_changes=self._database.waiting,
        )
        return [*nation.families(look), *self._measured.families()]

    def _book_figures(self) -> BookFigures:
        at = time.monotonic()
        if self._books is None or at - self._books[0] >= BOOKS_SECONDS:
            self._books = (at, self._database.read(book_figures))
        return self._books[1]

    def _text(
        self,
        what: str,
        accept: str,
        families: Callable[[], Iterable[Family]],
        *,
        with_process: bool,
        gzipped: bool,
    ) -> Body:
        openmetrics = "application/openmetrics-text" in accept
        key = (what, openmetrics, gzipped)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and time.monotonic() - kept[0] < CACHE_SECONDS:
                return kept[1]
            text = render(families(), openmetrics=openmetrics)
            if with_process:
                text += process_text(openmetrics=openmetrics)
            data = (text + END if openmetrics else text).encode()
            body = Body(
                gzip.compress(data, 1) if gzipped else data,
                OPENMETRICS if openmetrics else PLAIN,
                gzipped,
            )
            self._kept[key] = (time.monotonic(), body)
            while len(self._kept) > MOST_KEPT:
                del self._kept[min(self._kept, key=lambda x: self._kept[x][0])]
            return body


def process_text(*, openmetrics: bool) -> str:
    """What only this process knows (`counted`), without the last line."""
    encode, _ = choose_encoder(OPENMETRICS if openmetrics else PLAIN)
    return encode(_UNDATED).decode().removesuffix(END)


class _Undated(CollectorRegistry):
    """The process's registry without "since when": Prometheus sees that itself."""

    def collect(self) -> Iterable[Metric]:
        for family in PROCESS.collect():
            family.samples = [x for x in family.samples if not x.name.endswith("_created")]
            yield family


_UNDATED = _Undated()


def _store_bytes(connection: sa.Connection) -> int | None:
    """What the database takes up; None where nobody can tell."""
    if connection.dialect.name == "postgresql":
        found: int = connection.execute(
            sa.select(sa.func.pg_database_size(sa.func.current_database()))
        ).scalar_one()
        return found
    path = connection.engine.url.database
    if not path or path == ":memory:":
        return None
    files = (Path(path), Path(f"{path}-wal"))
    return sum(x.stat().st_size for x in files if x.exists())
