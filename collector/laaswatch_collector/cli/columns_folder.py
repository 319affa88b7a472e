"""The folder of columns: a month as arrays in files, which several processes read without copying.

In: `config.json` (the keys of the analysis folder that concern time), `offices.json` (codes, in the order that the
numbers in the arrays mean), `entries.npy` and `runs.npy` (`explanation.columns`). Out: `late-NNNNNN.npy` for
each stretch of offices, named by its first one, and `codes.json` with what the codes mean.
"""

import json
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.explanation.columns import (
    ENTRY,
    RUN,
    WORDS,
    ColumnsExplainer,
    Period,
    by_office,
)
from laaswatch_collector.worktime.clock import WorkClock


class ColumnsError(ValueError):
    """The folder cannot be used; the text says which file and why."""


@dataclass(frozen=True, slots=True)
class ColumnsFolder:
    """Arrays stay in their files until they are looked at."""

    folder: Path
    period: Period
    offices: tuple[str, ...]
    entries: NDArray[np.void]
    runs: NDArray[np.void]


def read_columns(folder: Path) -> ColumnsFolder:
    """Open a folder; raises `ColumnsError`."""
    config = _json(folder / "config.json")
    offices = _json(folder / "offices.json")
    try:
        period = _period(config)
        codes = tuple(str(x) for x in offices)
    except (KeyError, TypeError, ValueError) as error:
        raise ColumnsError(f"{folder}: {type(error).__name__}: {error}") from error
    return ColumnsFolder(
        folder,
        period,
        codes,
        _array(folder / "entries.npy", ENTRY, len(codes)),
        _array(folder / "runs.npy", RUN, len(codes)),
    )


def explain_offices(folder: ColumnsFolder, out: Path, first: int, last: int) -> tuple[int, int]:
    """Explain the offices [first, last) and write their late entries; entries and late entries counted."""
    explainer = ColumnsExplainer(folder.period)
    entries, runs = folder.entries, folder.runs
    places = [by_office(x, len(folder.offices)) for x in (entries, runs)]
    found = []
    for office in range(first, last):
        a, b, c, d = (int(x[k]) for x in places for k in (office, office + 1))
        late = explainer.office(entries[a:b], runs[c:d])
        late["entry"] += a
        found.append(late)
    rows = np.concatenate(found)
    # Whole or not at all: another process may be reading what is there.
    part = out / f"late-{first:06d}.part"
    with part.open("wb") as file:
        np.save(file, rows)
    part.replace(part.with_suffix(".npy"))
    return int(places[0][last] - places[0][first]), len(rows)


def write_codes(out: Path) -> None:
    """Say what the codes in the arrays mean."""
    (out / "codes.json").write_text(json.dumps(WORDS, indent=1), encoding="utf-8")


def _period(config: dict[str, Any]) -> Period:
    clock = WorkClock(
        hours=tuple((_minute(a), _minute(b)) for a, b in config["work"]),
        weekdays=frozenset(config["weekdays"]),
        holidays=frozenset(date.fromisoformat(x) for x in config["holidays"]),
    )
    start, end = (clock.second(date.fromisoformat(x), 0) for x in config["period"])
    if start >= end:
        raise ValueError("period must be longer than nothing")
    settled = int(config["settled_at"])
    at = _minute(config["deadline_time"])
    return Period(
        clock, start, (end - start) // 60, (int(config["deadline_days"]), divmod(at, 60)),
        settled, settled,
    )  # fmt: skip


def _array(path: Path, dtype: np.dtype[np.void], offices: int) -> NDArray[np.void]:
    try:
        found: NDArray[np.void] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ColumnsError(f"{path}: {error}") from error
    if found.dtype != dtype or found.ndim != 1:
        raise ColumnsError(f"{path}: expected one column each of {dtype.descr}")
    office = found["office"]
    if len(office) and (office[0] < 0 or office[-1] >= offices or (np.diff(office) < 0).any()):
        raise ColumnsError(f"{path}: offices must be ordered, and be numbers of offices.json")
    return found


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ColumnsError(f"{path}: {error}") from error


def _minute(text: str) -> int:
    found = time.fromisoformat(text)
    return found.hour * 60 + found.minute
