"""A process whose writes are recorded (`support.powercut`); it says on stdout what it holds for durable.

    python durable_worker.py FOLDER WHAT MODE

WHAT: `spool` measures, seals, hands out and deletes; `salvage` does so with a spool whose middle was
damaged; `identity` enrols again and again, and renews its secret. MODE: `right`, or a mistake: `off` and
`normal` loosen SQLite's syncing, `unsynced` leaves out the sync of whole files.
"""

import contextlib
import os
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

from laaswatch_agent import identity
from laaswatch_agent.host import files
from laaswatch_agent.renewal import Renewal
from laaswatch_agent.spool import Limits, Spool, SpoolFailed
from support.agents import CIRCUMSTANCES, a_round

ROUNDS = int(os.environ.get("LAASWATCH_ROUNDS") or 420)
"""Enough for several checkpoints of the write-ahead log."""
ENROLMENTS = 40


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode("ascii"))


def fill(folder: Path) -> None:
    """`round N`: kept; `sent LIFE SEQ HASH`: handed out; `left N`: acknowledged, may be forgotten."""
    from laaswatch_agent.report.chain import hash_of
    from laaswatch_agent.report.codec import unseal

    spool = Spool(folder, Limits(ballast=0))
    for number in range(ROUNDS):
        if spool.add_round(replace(a_round(number), mono=number), CIRCUMSTANCES):
            say(f"round {number}")
        with contextlib.suppress(SpoolFailed):  # as the service: it measures on
            if number % 4 == 3:
                while spool.seal(number) is not None:
                    pass
            if number % 10 == 9:
                batch = spool.pending(3000, newest_first=number % 20 == 9)
                for one in batch:
                    say(f"sent {one.incarnation} {one.seq} {hash_of(one.line)}")
                for one in batch:
                    for made in unseal(one.line).rounds:
                        say(f"left {made.mono}")
                if batch:
                    spool.delete_acked(batch[0].incarnation, [(b.seq, b.seq) for b in batch])
    spool.close()
    say("end")


def salvage(folder: Path) -> None:
    """`salvaged`: the spool is open again; `round N`: what it holds then, and what it took after."""
    spool = Spool(folder, Limits(ballast=0))
    for number in range(240):
        spool.add_round(replace(a_round(number), mono=number), CIRCUMSTANCES)
        if number % 4 == 3:
            spool.seal(number)
    spool.close()
    path = folder / "spool.sqlite"
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), bytes(4096), path.stat().st_size - 8 * 4096)
        os.fsync(file.fileno())
    say("damaged")
    spool = Spool(folder, Limits(ballast=0))
    for number in range(240, 250):
        spool.add_round(replace(a_round(number), mono=number), CIRCUMSTANCES)
        say(f"round {number}")
    spool.close()


def enrol(folder: Path) -> None:
    """`asked N NONCE`: the enrolment is on its way; `is NAME`: this is who the agent is."""
    for number in range(ENROLMENTS):
        mine = identity.prepare(folder, "https://collector.test", "", f"CODE{number}")
        say(f"asked {number} {mine.nonce}")
        identity.adopt(folder, mine.accepted({"agent": f"agent-{number}"}))
        say(f"is agent-{number}")
        secrets: list[str] = []
        found = identity.load(folder)
        assert found is not None
        renewal = Renewal(folder, found, secrets.append)
        for offer in range(3):
            renewal.offered(f"{number:060}{offer:04}")
            say(f"secret agent-{number} {secrets[-1]}")


def main() -> None:
    folder, what, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    if mode in ("off", "normal"):

        class Loose(sqlite3.Connection):
            def execute(self, sql, *rest):
                return super().execute(sql.replace("= FULL", f"= {mode.upper()}"), *rest)

        connect = sqlite3.connect
        sqlite3.connect = lambda *a, **k: connect(*a, **{**k, "factory": Loose})
    if mode == "unsynced":
        files.os.fsync = lambda _: None
    {"spool": fill, "salvage": salvage, "identity": enrol}[what](folder)


if __name__ == "__main__":
    main()
