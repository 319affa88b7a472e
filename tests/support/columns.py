"""A simulated month as a folder of columns: offices that post as they can, and outages that hold them up."""

import json
from datetime import date
from pathlib import Path

import numpy as np

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.columns import ENTRY, RUN
from laaswatch_collector.timeline.conclusions import SCOPES, MinuteState, Scope
from laaswatch_collector.worktime.clock import WorkClock

CLOCK = WorkClock(holidays=frozenset({date(2026, 10, 13), date(2026, 10, 23)}))
FIRST, END = date(2026, 10, 1), date(2026, 11, 1)
MINUTES = (END - FIRST).days * 1440


def make_columns(folder: Path, offices: int, each: int, outages: int, seed: int = 1) -> None:
    """Write the folder: `each` entries an office, so many outages in all, 2 minutes in 100 unknown."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    start = CLOCK.second(FIRST, 0)
    working = np.flatnonzero(CLOCK.mask(start, MINUTES))
    hit = np.sort(rng.integers(0, offices, outages))
    places = np.searchsorted(hit, np.arange(offices + 1))
    entries = np.lib.format.open_memmap(
        folder / "entries.npy", "w+", dtype=ENTRY, shape=(offices * each,)
    )
    runs = []
    for office in range(offices):
        mine = runs_of(rng, office, int(places[office + 1] - places[office]), working)
        runs.append(mine)
        rows = entries[office * each : (office + 1) * each]
        rows["office"] = office
        rows["transacted"], rows["posted"] = posted_as_they_could(rng, each, mine, working, start)
    entries.flush()
    np.save(folder / "runs.npy", np.concatenate(runs))
    (folder / "offices.json").write_text(
        json.dumps([f"{k:08d}" for k in range(offices)]), encoding="utf-8"
    )
    config = {
        "work": [["08:30", "12:00"], ["13:00", "16:30"]], "weekdays": [0, 1, 2, 3, 4],
        "holidays": [str(x) for x in sorted(CLOCK.holidays)], "deadline_days": 1,
        "deadline_time": "16:30", "period": [str(FIRST), str(END)],
        "settled_at": CLOCK.second(END, 0),
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def runs_of(rng, office: int, outages: int, working: np.ndarray) -> np.ndarray:
    """The office's month as runs: up, down in its outages, a few stretches of which nothing is known."""
    state = np.full(MINUTES, MinuteState.UP, np.uint8)
    scope = np.zeros(MINUTES, np.uint8)
    for _ in range(4):
        a = int(rng.choice(working))
        state[a : a + 60] = MinuteState.UNKNOWN
    for _ in range(outages):
        a, length = int(rng.choice(working)), int(np.clip(rng.lognormal(3, 1.3), 2, 1440))
        state[a : a + length] = MinuteState.DOWN
        scope[a : a + length] = SCOPES.index((Scope.OFFICE, Scope.ISP, Scope.SITE)[a % 3])
    edges = np.flatnonzero(np.diff(state.astype(int) << 8 | scope)) + 1
    first = np.concatenate(([0], edges))
    found = np.zeros(len(first), RUN)
    found["office"], found["start"] = office, first
    found["end"] = np.append(edges, MINUTES)
    found["state"], found["scope"] = state[first], scope[first]
    found["fault"] = np.where(found["state"] == MinuteState.DOWN, FAULTS.index(Fault.UPLINK), 0)
    found["witnesses"] = 2
    return found


def posted_as_they_could(rng, each: int, runs, working: np.ndarray, start: int):
    """Transaction and posting times (seconds): a desk that posts in turn whenever the site can be reached."""
    up = np.repeat(runs["state"] != MinuteState.DOWN, runs["end"] - runs["start"])[working]
    able = np.flatnonzero(up)
    size = len(working)
    transacted = np.sort(rng.integers(0, size - 60, each))
    wish = transacted + 30 + rng.exponential(120, each).astype(int)
    place = np.searchsorted(able, np.sort(wish)) + np.arange(each) // 40
    late = rng.random(each) < 0.05  # forgotten for days, whatever the site did
    place = place + np.where(late, rng.integers(420, 2_500, each), 0)
    posted = np.append(able, np.full(1, size))[np.minimum(place, len(able))]
    seconds = np.append(working * 60 + start, -1) + np.append(rng.integers(0, 60, size), 0)
    open_ = posted >= size
    return seconds[transacted] // 60 * 60, np.where(open_, -1, seconds[np.minimum(posted, size)])
