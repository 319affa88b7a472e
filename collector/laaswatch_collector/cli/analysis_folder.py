"""Reads the analysis folder into facts. One error, `FolderError`, names the file, the line and the fault."""

import csv
import gzip
import io
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TextIO

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
    office_of = {
        r["pc_id"]: r["office_id"] for _, r in _rows(folder / "pcs.csv", "pc_id,office_id")
    }
    return AnalysisFolder(
        Facts(
            offices=tuple(
                Office(r["office_id"], r["province"], r["isp"], int(r["pcs"]))
                for _, r in _rows(folder / "offices.csv", "office_id,province,isp,pcs")
            ),
            agents=_agents(folder / "reports.csv.gz", office_of, cadence),
            sessions=tuple(
                Session(r["pc_id"], int(r["on_at"]), int(r["off_at"]), r["clean"] == "1")
                for _, r in _rows(folder / "sessions.csv", "pc_id,on_at,off_at,clean")
            ),
            control=tuple(
                ControlSpan(int(r["from"]), int(r["to"]), r["ok"] == "1")
                for _, r in _rows(folder / "control.csv.gz", "from,to,ok")
            ),
        ),
        tuple(_ledger(folder / "ledger.csv")),
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
        self.rows: list[tuple[int, int, int, int, int, str, tuple[str, ...]]] = []

    def add(self, cells: Sequence[str], at: dict[str, int]) -> None:
        """Take one line; ValueError if it does not fit the format. One delivered twice is one report."""
        seq, n = int(cells[at["seq"]]), int(cells[at["n"]])
        if seq in self.seen:
            return
        self.seen.add(seq)
        layers = tuple(cells[at[x]] for x in _LAYERS)
        if any(len(x) != n for x in layers):
            raise ValueError(f"each layer needs {n} characters, one a round")
        sent, received = int(cells[at["sent"]]), int(cells[at["received"]])
        self.rows.append(
            (int(cells[at["t0"]]), seq, n, sent, received, cells[at["rtt_p50"]], layers)
        )

    def facts(self, pc: str, office: str, cadence: float) -> AgentFacts:
        """The rounds that were made, in the order of their times."""
        self.rows.sort()
        counts = np.array([r[2] for r in self.rows], np.int64)
        ends = np.cumsum(counts)
        step = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts)
        t = np.repeat(np.array([r[0] for r in self.rows], np.int64), counts)
        t += (step * cadence).astype(np.int64)
        rtt = np.array([float(r[5]) if r[5] else np.nan for r in self.rows], np.float32)
        text = ["".join(r[6][i] for r in self.rows).encode("ascii") for i in range(len(_LAYERS))]
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
    for line, cells, at in _cells(path, columns):
        pc = cells[at["pc_id"]]
        if pc not in office_of:
            raise FolderError(f"{path}, line {line}: {pc!r} is not in pcs.csv")
        try:
            reports[pc].add(cells, at)
        except ValueError as error:
            raise FolderError(f"{path}, line {line}: {error}") from error
    return tuple(found.facts(pc, office_of[pc], cadence) for pc, found in sorted(reports.items()))


def _ledger(path: Path) -> Iterator[LedgerRow]:
    for line, r in _rows(path, "entry_id,office_id,txn_at,posted_at"):
        try:
            yield LedgerRow(
                r["entry_id"],
                r["office_id"],
                _seconds(r["txn_at"]),
                _seconds(r["posted_at"]) if r["posted_at"] else None,
            )
        except ValueError as error:
            raise FolderError(f"{path}, line {line}: {error}") from error


def _rows(path: Path, columns: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a file, each with its number, by the names of its columns."""
    for line, cells, at in _cells(path, columns):
        yield line, {name: cells[i] for name, i in at.items()}


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


def _seconds(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r}: a time needs its offset, such as +07:00")
    return int(at.timestamp())
