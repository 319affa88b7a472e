"""Meet every fault many times and print the table in Markdown: `make lab-table`, with the full time-outs.

`python tests/lab/table.py --runs 20 --worlds 8 [--only NAME …]`; exit 1 if any verdict was wrong. Several
worlds stand side by side, since most of the time is spent waiting for packets that never come.
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.util import Finalize
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.lab.faults import BY_NAME, ROWS
from support.lab.meeting import Office, wrongs
from support.lab.namespaces import why_not

_office: list[Office] = []


def _start(folder: str) -> None:
    _office.append(Office("table", Path(tempfile.mkdtemp(dir=folder))))
    Finalize(None, _office[0].close, exitpriority=1)


def meet(name: str) -> tuple[str, str, float, list[str]]:
    """One meeting: the fault's name, the verdict, the seconds of `check`, what was wrong."""
    row = BY_NAME[name]
    met = _office[0].meet(row)
    bad = wrongs(row, met)
    if bad:
        print(
            f"wrong: {name}: {'; '.join(bad)}\n{met.answer}\n{met.last}",
            file=sys.stderr,
            flush=True,
        )
    return name, met.fault, met.seconds, bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    if why_not():
        print(why_not(), file=sys.stderr)
        return 1
    names = [x.name for x in ROWS if not options.only or x.name in options.only]
    found: dict[str, list[tuple[str, float, list[str]]]] = {x: [] for x in names}
    with (
        tempfile.TemporaryDirectory(prefix="laaswatch-lab-") as folder,
        ProcessPoolExecutor(
            options.worlds,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(folder,),
        ) as pool,
    ):
        jobs = [pool.submit(meet, x) for _ in range(options.runs) for x in names]
        for job in as_completed(jobs):
            name, fault, seconds, bad = job.result()
            found[name].append((fault, seconds, bad))
    print(table(found))
    return 1 if any(bad for runs in found.values() for _, _, bad in runs) else 0


def table(found: dict[str, list[tuple[str, float, list[str]]]]) -> str:
    """The meetings in Markdown, one line a fault."""
    lines = [
        "| fault | verdict | runs | seconds: least, middle, most | wrong |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for name, runs in found.items():
        verdicts = Counter(fault for fault, _, _ in runs).most_common()
        said = ", ".join(f"{x} {n}" if len(verdicts) > 1 else x for x, n in verdicts)
        also = ", ".join(BY_NAME[name].also)
        times = [seconds for _, seconds, _ in runs]
        middle = statistics.median(times)
        wrong = sum(bool(bad) for _, _, bad in runs)
        lines.append(
            f"| {name} | {said}{f' (+ {also})' if also else ''} | {len(runs)} "
            f"| {min(times):.1f}, {middle:.1f}, {max(times):.1f} | {wrong} |"
        )
    runs = [x for some in found.values() for x in some]
    wrong = sum(bool(bad) for _, _, bad in runs)
    lines += ["", f"{len(found)} faults, {len(runs)} meetings, {wrong} wrong."]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
