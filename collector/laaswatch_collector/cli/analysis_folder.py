"""Reads the analysis folder into facts. One error, `FolderError`, names the file, the line and the fault."""

import csv
import gc
import gzip
import io
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeVar

import numpy as np

from laaswatch_collector.timeline.facts import (
    AgentFacts,
    ControlSpan,
    Delivered,
    Facts,
    Office,
    Session,
)
from laaswatch_collector.timeline.packed import FAILED, WORKED
from laaswatch_collector.worktime.clock import WorkClock

_LAYERS = ("link", "gw", "inet", "dns", "tcp", "http")
_NUMBERS = ("seq", "n", "t0", "sent", "received")
_ROUND_SIGNS = "01-"
_MOST_SECONDS = 1 << 40
"""Clocks may be wrong by years; beyond 34,000 of them it is no clock."""

T = TypeVar("T")


class FolderError(ValueError):
    """The folder cannot be read; the text says which file, which line and why."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of ledger.csv, times in seconds; `posted` None = not posted within the period."""

    id: str
    office: str
    transacted: int
    posted: int | None


@dataclass(frozen=True, slots=True)
class AnalysisFolder:
    """Everything in the folder. The period is [start, end) in seconds."""

    facts: Facts
    ledger: tuple[LedgerRow, ...]
    worktime: WorkClock
    deadline_days: int
    deadline_time: tuple[int, int]
    start: int
    end: int
    settled_at: int


def read_folder(folder: Path) -> AnalysisFolder:
    """Read all files of an analysis folder."""
    config = _config(folder / "config.json")
    try:
        zone = timedelta(hours=7)
        worktime = WorkClock(
            hours=tuple((_minute(a), _minute(b)) for a, b in config["work"]),
            weekdays=frozenset(config["weekdays"]),
            holidays=frozenset(date.fromisoformat(x) for x in config["holidays"]),
            zone_offset_minutes=int(zone.total_seconds()) // 60,
        )
        first, end = (worktime.second(date.fromisoformat(x), 0) for x in config["period"])
        due = time.fromisoformat(config["deadline_time"])
        cadence = float(config["round_s"])
        settled_at = int(config["settled_at"])
        deadline_days = int(config["deadline_days"])
    except (KeyError, TypeError, ValueError) as error:
        raise FolderError(f"{folder / 'config.json'}: {type(error).__name__}: {error}") from error
    if first >= end or cadence <= 0:
        raise FolderError(
            f"{folder / 'config.json'}: period and round_s must be longer than nothing"
        )
    offices = tuple(_parsed(folder / "offices.csv", "office_id,province,isp,pcs", _office))
    known = {office.id for office in offices}
    office_of = dict(
        _parsed(
            folder / "pcs.csv",
            "pc_id,office_id",
            lambda r: (r["pc_id"], _known(r["office_id"], known)),
        )
    )
    return AnalysisFolder(
        Facts(
            offices=offices,
            agents=_without_cycles(lambda: _agents(folder / "reports.csv.gz", office_of, cadence)),
            sessions=tuple(_parsed(folder / "sessions.csv", "pc_id,on_at,off_at,clean", _session)),
            control=tuple(_parsed(folder / "control.csv.gz", "from,to,ok", _control)),
        ),
        tuple(
            _parsed(
                folder / "ledger.csv",
                "entry_id,office_id,txn_at,posted_at",
                lambda r: _ledger_row(r, known),
            )
        ),
        worktime,
        deadline_days,
        (due.hour, due.minute),
        first,
        end,
        settled_at,
    )


class _Reports:
    """One PC's reports as they are read; columns are made once, at the end."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.rows: list[tuple[int, int, int, int, int, float, tuple[str, ...]]] = []

    def add(
        self, numbers: tuple[str, ...], rtt: str, layers: tuple[str, ...], lengths: set[int]
    ) -> None:
        """Take one line; ValueError if it does not fit the format. One delivered twice is one report.

        `numbers` as in `_NUMBERS`; `lengths`: how long the layers are.
        """
        seq, n, t0, sent, received = map(int, numbers)
        if seq in self.seen:
            return
        self.seen.add(seq)
        if lengths != {n}:
            raise ValueError(f"each layer needs {n} characters, one a round")
        if "".join(layers).strip(_ROUND_SIGNS):
            raise ValueError("a layer is written in the characters 0, 1 and -")
        if max(t0, sent, received) > _MOST_SECONDS or min(t0, sent, received) < -_MOST_SECONDS:
            raise ValueError("t0, sent or received is no time in seconds")
        self.rows.append((t0, seq, n, sent, received, float(rtt or "nan"), layers))

    def facts(self, pc: str, office: str, cadence: float) -> AgentFacts:
        """The rounds that were made, in the order of their times."""
        self.rows.sort(key=itemgetter(0, 1))
        counts = np.array([r[2] for r in self.rows], np.int64)
        ends = np.cumsum(counts)
        step = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts)
        t = np.repeat(np.array([r[0] for r in self.rows], np.int64), counts)
        t += (step * cadence).astype(np.int64)
        rtt = np.array([r[5] for r in self.rows], np.float32)
        text = ["".join(x).encode("ascii") for x in zip(*(r[6] for r in self.rows), strict=True)]
        codes = np.stack([np.frombuffer(x, np.uint8) for x in text], axis=1)
        made = codes[:, 0] != ord("-")
        before = np.concatenate(([0], np.cumsum(made)))
        return AgentFacts(
            id=pc,
            office=office,
            t=t[made],
            layers=np.where(codes == ord("1"), WORKED, FAILED).astype(np.uint8)[made],
            rtt=np.repeat(rtt, counts)[made],
            cadence=cadence,
            delivered=tuple(
                Delivered(int(before[end - r[2]]), int(before[end]), r[3], r[4], r[1])
                for r, end in zip(self.rows, ends.tolist(), strict=True)
            ),
        )


def _agents(path: Path, office_of: dict[str, str], cadence: float) -> tuple[AgentFacts, ...]:
    reports: dict[str, _Reports] = defaultdict(_Reports)
    columns = "pc_id,seq,t0,n,rtt_p50,sent,received," + ",".join(_LAYERS)
    # There are a million lines: what can be asked of a line in one call is asked in one.
    places: dict[str, int] = {}
    for line, cells, at in _cells(path, columns):
        if not places:
            places = at
            pick_pc, pick_rtt = at["pc_id"], at["rtt_p50"]
            pick_numbers = itemgetter(*(at[x] for x in _NUMBERS))
            pick_layers = itemgetter(*(at[x] for x in _LAYERS))
        pc = cells[pick_pc]
        if pc not in office_of:
            raise FolderError(f"{path}, line {line}: {pc!r} is not in pcs.csv")
        layers = pick_layers(cells)
        try:
            reports[pc].add(pick_numbers(cells), cells[pick_rtt], layers, {*map(len, layers)})
        except ValueError as error:
            raise FolderError(f"{path}, line {line}: {error}") from error
    return tuple(found.facts(pc, office_of[pc], cadence) for pc, found in sorted(reports.items()))


def _without_cycles(read: Callable[[], T]) -> T:
    """Read with the search for cycles off: among millions of tuples that have none it takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        return read()
    finally:
        if was:
            gc.enable()


def _parsed(path: Path, columns: str, make: Callable[[dict[str, str]], T]) -> Iterator[T]:
    """Every line as `make` reads it; what it refuses is named with its file and line."""
    for line, cells, at in _cells(path, columns):
        try:
            yield make({name: cells[i] for name, i in at.items()})
        except ValueError as error:
            raise FolderError(f"{path}, line {line}: {error}") from error


def _office(r: dict[str, str]) -> Office:
    return Office(r["office_id"], r["province"], r["isp"], int(r["pcs"]))


def _session(r: dict[str, str]) -> Session:
    return Session(r["pc_id"], _time(r["on_at"]), _time(r["off_at"]), r["clean"] == "1")


def _control(r: dict[str, str]) -> ControlSpan:
    return ControlSpan(_time(r["from"]), _time(r["to"]), r["ok"] == "1")


def _ledger_row(r: dict[str, str], offices: AbstractSet[str]) -> LedgerRow:
    posted = _seconds(r["posted_at"]) if r["posted_at"] else None
    office = _known(r["office_id"], offices)
    return LedgerRow(r["entry_id"], office, _seconds(r["txn_at"]), posted)


def _known(office: str, offices: AbstractSet[str]) -> str:
    if office not in offices:
        raise ValueError(f"{office!r} is not in offices.csv")
    return office


def _cells(path: Path, columns: str) -> Iterator[tuple[int, list[str], dict[str, int]]]:
    """Line number, cells and the columns' places; gzip by the file's name; checks what every file needs."""
    try:
        with path.open("rb") as raw, _text(raw, path) as file:
            reader = csv.reader(file)
            header = next(reader, [])
            at = {name: i for i, name in enumerate(header)}
            missing = set(columns.split(",")) - set(at)
            if missing:
                raise FolderError(f"{path}, line 1: column missing: {', '.join(sorted(missing))}")
            for cells in reader:
                if len(cells) < len(header):
                    raise FolderError(f"{path}, line {reader.line_num}: too few columns")
                yield reader.line_num, cells, at
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise FolderError(f"{path}: {error}") from error


def _text(raw: BinaryIO, path: Path) -> TextIO:
    unpacked = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
    return io.TextIOWrapper(unpacked, encoding="utf-8", newline="")


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FolderError(f"{path}: {error}") from error
    if not isinstance(config, dict):
        raise FolderError(f"{path}: an object is expected")
    return config


def _minute(text: str) -> int:
    at = time.fromisoformat(text)
    return at.hour * 60 + at.minute


def _time(text: str) -> int:
    seconds = int(text)
    if abs(seconds) > _MOST_SECONDS:
        raise ValueError(f"{text} is no time in seconds")
    return seconds


def _seconds(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r}: a time needs its offset, such as +07:00")
    return int(at.timestamp())
