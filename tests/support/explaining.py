"""What explaining costs: interval sums beside a plain numpy grid, a province's month, a nation's month.

    python -m support.explaining [PASSES]

Prints tables as they stand in docs/performance.md. Times are of whole commands, start of Python included.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from laaswatch_collector.explanation.intervals import Intervals
from support.columns import make_columns

NATION, PROVINCE, EACH, OUTAGES = 7_850, 103, 2_000, 200_000
MONTH = 30 * 86_400


def make_intervals(offices: int, each: int, outages: int, seed: int = 7):
    """Entries (office, due, posted) in no order, and outages (office, start, end) merged; int32 seconds."""
    rng = np.random.default_rng(seed)
    count = offices * each
    office = rng.permutation(np.repeat(np.arange(offices, dtype="i4"), each))
    due = rng.integers(0, MONTH * 2 // 3, count).astype("i4")
    posted = due + rng.lognormal(9.5, 1.6, count).clip(60, 20 * 86_400).astype("i4")
    hit = np.sort(rng.integers(0, offices, outages)).astype("i8")
    start = hit << 32 | rng.integers(0, MONTH, outages)
    start = np.sort(start)
    end = start + rng.lognormal(7, 1.3, outages).clip(60, 3 * 86_400).astype("i8")
    begins = start > np.concatenate(([-1], np.maximum.accumulate(end)[:-1]))
    first = np.flatnonzero(begins)
    last = np.maximum.reduceat(end, first)
    mask = (1 << 32) - 1
    merged = [(x & mask).astype("i4") for x in (start[first], last)]
    return (office, due, posted), ((start[first] >> 32).astype("i4"), *merged)


def by_intervals(entries, outages):
    """Our way, offices grouped first: outages at due time, entries with any, seconds in all."""
    office, due, posted = entries
    offices = int(office.max()) + 1
    order = np.argsort(office.astype(np.uint16), kind="stable")
    due, posted = due[order], posted[order]
    a = np.concatenate(([0], np.cumsum(np.bincount(office, minlength=offices))))
    b = np.searchsorted(outages[0], np.arange(offices + 1))
    inside = some = total = 0
    for k in range(offices):
        mine = slice(b[k], b[k + 1])
        if mine.start == mine.stop:
            continue
        at, seconds = Intervals(outages[1][mine], outages[2][mine]).sums(
            due[a[k] : a[k + 1]], posted[a[k] : a[k + 1]]
        )
        inside += int(np.count_nonzero(at))
        some += int(np.count_nonzero(seconds))
        total += int(seconds.sum())
    return inside, some, total


def by_grid(entries, outages):
    """The yardstick: one table over all offices and cells of 4,096 seconds, entries in pieces, in any order."""
    office, due, posted = entries
    where, start, end = outages
    cells = (int(max(posted.max(), end.max())) >> 12) + 2
    count = (int(office.max()) + 1) * cells
    before = np.zeros(count + 1, "i4")
    before[1:] = np.cumsum(np.bincount(where * np.int32(cells) + (start >> 12), minlength=count))
    gone = np.concatenate(([0], np.cumsum((end - start).astype("i8"))))
    starts = np.append(start, np.int32(2**31 - 1))
    ended, whose = np.concatenate(([0], end)).astype("i4"), np.concatenate(([-1], where))

    def until(of, at):
        cell = of * np.int32(cells) + (at >> 12)
        place, last = before[cell], before[cell + 1]
        unsure = np.flatnonzero(last > place)
        while len(unsure):
            step = (place[unsure] < last[unsure]) & (starts[place[unsure]] <= at[unsure])
            unsure = unsure[step]
            place[unsure] += 1
        rest = np.maximum(np.where(whose[place] == of, ended[place] - at, 0), 0)
        return gone[place] - rest, rest > 0

    inside = some = total = 0
    for k in range(0, len(office), 1 << 18):
        piece = slice(k, k + (1 << 18))
        low, at = until(office[piece], due[piece])
        seconds = until(office[piece], posted[piece])[0] - low
        inside += int(np.count_nonzero(at))
        some += int(np.count_nonzero(seconds))
        total += int(seconds.sum())
    return inside, some, total


def run(folder: Path, out: Path, workers: int) -> tuple[float, float]:
    """Seconds and peak MB of the command; memory shared between its processes is counted once."""
    program = str(Path(sys.executable).with_name("laaswatch-collector"))
    command = [program, "explain-all", "--from", str(folder), "--to", str(out)]
    started, peak = time.perf_counter(), 0
    process = psutil.Popen([*command, "--workers", str(workers)], stdout=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, _memory(process))
        time.sleep(0.1)
    if process.returncode:
        raise RuntimeError(f"explain-all ended with {process.returncode}")
    return time.perf_counter() - started, peak / 1e6


def _memory(process: psutil.Process) -> int:
    found = 0
    try:
        for each in (process, *process.children(recursive=True)):
            found += each.memory_full_info().pss
    except psutil.Error:
        return 0  # one of them has just ended
    return found


def main(passes: int) -> None:
    """Print the tables."""
    entries, outages = make_intervals(NATION, EACH, OUTAGES)
    print("| interval sums, one thread | s |\n| --- | --- |")
    for name, way in (
        ("numpy grid", by_grid),
        ("ours, entries grouped by office first", by_intervals),
    ) * passes:
        started = time.perf_counter()
        way(entries, outages)
        print(f"| {name} | {time.perf_counter() - started:.2f} |", flush=True)
    del entries, outages
    print("\n| month | entries | processes | s | MB |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as made:
        base = Path(made)
        for name, offices in (("province", PROVINCE), ("nation", NATION)):
            make_columns(base / name, offices, EACH, OUTAGES * offices // NATION)
            for workers in (1, 4) * passes:
                seconds, peak = run(base / name, base / f"{name}-out", workers)
                print(
                    f"| {name} | {offices * EACH:,} | {workers} | {seconds:.1f} | {peak:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
