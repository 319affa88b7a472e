"""Lives that begin in milliseconds: a process that has imported everything and forks a child for each life.

    python nursery.py [MUTANT]

Commands come one a line on standard input, as JSON, and are answered with one line:

    ["agent", [FOLDER, ADDRESS, AGENT, TOKEN, FIRST, MODE]]    its process id
    ["collector", [DATABASE, PORT, OUTPUT]]                    its process id
    ["end", [PID, SIGNAL]]                                     how it ended, once it has

A child of MODE `fill` measures and sends until it is killed, `drain` sends until nothing waits. What it
holds for durable it appends to FOLDER/said, where a kill cannot take it back.
"""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Self

from laaswatch_agent.collector_client import CollectorClient
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.spool import Limits, Spool, SpoolFailed
from laaswatch_agent.uplink import Uplink
from support.agents import CIRCUMSTANCES, START, HandClock, a_round
from support.spool_worker import IMPATIENT, DeletesFirst

TESTS = Path(__file__).parents[1]
A_LIFE = 1000
"""Rounds of one life at most, so that the numbers of two lives never meet."""
MOST_WAITING = 150


def numbered(number: int) -> ProbeRound:
    """The round of this number: the same bytes wherever it turns up."""
    return replace(a_round(number, every=10), mono=number)


def agent(folder: str, address: str, name: str, token: str, first: int, mode: str) -> None:
    """One life of an agent's body."""
    spool = Spool(Path(folder), Limits(ballast=0))
    client = CollectorClient(address, timeout=10, token=token)
    poster = DeletesFirst(spool, client) if mode == "deletes_first" else client
    clock = HandClock(wall=START + first * 10, mono=first)
    uplink = Uplink(spool, name, poster, clock, IMPATIENT, Random())
    uplink._compress = mode != "deletes_first"  # that one must read what it sends
    said = os.open(Path(folder) / "said", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    number = first
    while True:
        if mode != "drain" and number < first + A_LIFE:
            if spool.counts().reports < MOST_WAITING:
                if spool.add_round(numbered(number), CIRCUMSTANCES):
                    os.write(said, f"{number}\n".encode())
                number += 1
                clock.mono, clock.wall = number, START + number * 10
            time.sleep(0.001)
        if mode == "drain" or number % 5 == 0:
            try:
                while spool.seal(clock.wall) is not None:
                    uplink.fresh()
                uplink.step()
            except SpoolFailed:
                continue
        held = spool.counts()
        if mode == "drain" and not held.reports and not held.rounds:
            return


def collector(database: str, port: int, output: str) -> None:
    """One life of a collector, through its own command."""
    from laaswatch_collector.cli.main import main

    told = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(told, 1)
    os.dup2(told, 2)
    where = ["--listen", f"127.0.0.1:{port}", "--database", database]
    main(["serve", "--no-control", *where], prog_name="laaswatch-collector")


def _fork(work: str, arguments: list[object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # standard output belongs to the nursery
    code = 1
    try:
        {"agent": agent, "collector": collector}[work](*arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a child must not go on as a nursery
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    import laaswatch_collector.cli.serve  # noqa: F401 - what every life would import again
    from support import mutants

    if len(sys.argv) > 1:
        mutants.MUTANTS[sys.argv[1]]()
    for line in sys.stdin:
        work, arguments = json.loads(line)
        if work == "end":
            pid, number = arguments
            os.kill(pid, number)
            answer = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        else:
            answer = _fork(work, arguments)
        print(answer, flush=True)


class Nursery:
    """The test's end of it. Every child ends with it."""

    def __init__(self, mutant: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *([mutant] if mutant else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONUTF8": "1"},
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def ask(self, work: str, *arguments: object) -> int:
        """Send one command and return its answer."""
        self._process.stdin.write(json.dumps([work, arguments]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill(self, pid: int) -> int:
        """SIGKILL; returns once it is dead."""
        return self.ask("end", pid, int(signal.SIGKILL))

    def wait(self, pid: int) -> int:
        """The exit code of a child that ends by itself."""
        return self.ask("end", pid, 0)


if __name__ == "__main__":
    main()
