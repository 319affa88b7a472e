"""An agent's spool on a disk of its own that gets full: run inside a mount namespace of its own.

    unshare -m python full_disk_worker.py FOLDER MODE

Mounts a small file system at FOLDER, and prints as JSON what happened. MODE: `right`, or `bare` = without
the ballast.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from laaswatch_agent.report.codec import unseal
from laaswatch_agent.spool import Limits, Spool, SpoolFailed
from support.agents import CIRCUMSTANCES, a_round

DISK = 12 * 1024 * 1024
BALLAST = 4 * 1024 * 1024


def fill_up(path: Path) -> None:
    """Take every last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"\1" * size)
            except OSError:
                continue


def put(spool: Spool, first: int, count: int) -> int:
    """How many of these rounds were taken."""
    taken = 0
    for n in range(first, first + count):
        taken += spool.add_round(a_round(n), CIRCUMSTANCES)
        if n % 5 == 4:
            try:
                spool.seal(n)
            except SpoolFailed:
                continue
    return taken


def deliver(spool: Spool, most: int) -> list[int] | None:
    """Hand out and delete, as after an acknowledgement: what left; None = the disk refused to delete."""
    left = []
    for _ in range(most):
        try:
            batch = spool.pending(64 * 1024)
            if not batch:
                break
            spool.delete_acked(batch[0].incarnation, [(s.seq, s.seq) for s in batch])
        except SpoolFailed:
            return None
        left += [r.mono for s in batch for r in unseal(s.line).rounds]
        left += [-g.rounds for s in batch for g in unseal(s.line).gaps if g.why == "disk_refused"]
    return left


def main() -> None:
    disk, mode = Path(sys.argv[1]), sys.argv[2]
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(disk)], check=True)
    folder, filler = disk / "agent", disk / "filler"
    spool = Spool(folder, Limits(ballast=0))
    put(spool, 0, 20)
    spool.close()
    # The ballast is there from better days; the disk gets full while the agent is off.
    if mode == "right":
        for name, share in (("ballast", 3), ("ballast-to-delete", 1)):
            (folder / name).write_bytes(bytes(BALLAST * share // 4))
    fill_up(filler)
    spool = Spool(folder, Limits(ballast=BALLAST))
    told = {"taken": 20, "made": 20, "refused_in_a_row": 0}
    for n in range(20, 40_000, 20):  # the line is down: the queue only grows
        taken = put(spool, n, 20)
        told["made"] += 20
        told["taken"] += taken
        told["refused_in_a_row"] = told["refused_in_a_row"] + 20 if not taken else 0
        if told["refused_in_a_row"] >= 100:
            break
    fill_up(disk / "more")
    first = deliver(spool, 5)  # the line is back, the disk still full
    told["delete_works"] = first is not None
    filler.unlink()
    started = time.monotonic()
    while not put(spool, 100_000, 1):
        time.sleep(0.05)
    told["seconds_to_resume"] = time.monotonic() - started
    while True:
        try:
            if spool.seal(1) is None:
                break
        except SpoolFailed:
            continue
    left = (first or []) + (deliver(spool, 10_000) or [])
    told["delivered"] = len({m for m in left if m > 0}) - 1
    told["twice"] = len([m for m in left if m > 0]) - 1 - told["delivered"]
    told["gap"] = -sum(m for m in left if m < 0)
    spool.close()
    print(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
