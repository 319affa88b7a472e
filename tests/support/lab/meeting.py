"""The installed agent meets a fault: what it said, how long it took, and whether that was right."""

import contextlib
import json
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from laaswatch_agent.diagnosis.verdict import breaks_at
from laaswatch_agent.report.codec import unpack_round
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.report.vocabulary import Fault, State, state_of
from laaswatch_agent.spool_tables import open_reader, recall
from support.lab.faults import Row
from support.lab.namespaces import PATIENCE
from support.lab.world import World

LEARNING = 8
QUICK = {"layer_timeout": 3, "round_deadline": 7}
"""Where the fault does not need the full patience, CI need not have it either."""
EXIT = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2, State.UNKNOWN: 3}


@dataclass(frozen=True, slots=True)
class Met:
    """What `check --json` said on the PC (and on the second one), and the last round of `run` before it."""

    answer: dict
    exit_code: int
    seconds: float
    last: ProbeRound | None
    other: str | None

    @property
    def fault(self) -> Fault:
        return Fault(self.answer["fault"])


class Office:
    """A world whose agent has been at work for a while."""

    def __init__(self, label: str, folder: Path) -> None:
        self.folder = folder
        self.world = World(label, folder)
        self.count = 0
        try:
            self.learnt = self._learn()
        except BaseException:
            self.world.close()
            raise

    def close(self) -> None:
        self.world.close()

    def _learn(self) -> Path:
        folder = self.folder / "learnt"
        self.run_for("pc", folder, LEARNING)
        return folder / "state" / "history.json"

    def meet(self, row: Row, *, quick: bool = False) -> Met:
        """Make the fault, let the agent look, and heal."""
        self.count += 1
        folder = self.folder / f"{self.count}-{row.name}"
        if row.learnt:
            (folder / "state").mkdir(parents=True)
            shutil.copy(self.learnt, folder / "state")
        if quick and not row.patient:
            self.world.changes.update(QUICK)
        try:
            row.make(self.world)
            last = self.run_for("pc", folder, row.rounds) if row.rounds else None
            settings = str(self.world.settings(folder))
            other = self._other(row, settings)
            started = time.monotonic()
            done = self.world.agent("pc", "check", "--json", "--config", settings)
            seconds = time.monotonic() - started
            if not done.stdout:
                raise AssertionError(done.stderr)
            said = None if other is None else json.loads(other.communicate()[0])["fault"]
            return Met(json.loads(done.stdout), done.returncode, seconds, last, said)
        finally:
            self.world.heal()

    def _other(self, row: Row, settings: str) -> subprocess.Popen | None:
        """The second PC looks at the same time."""
        if row.other is None:
            return None
        command = self.world.command("pc2", "check", "--json", "--config", settings)
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def run_for(self, pc: str, folder: Path, rounds: int) -> ProbeRound:
        """`laaswatch-agent run` until so many rounds are made; gives the last."""
        settings = str(self.world.settings(folder))
        command = self.world.command(pc, "run", "--config", settings)
        seen: list[ProbeRound] = []
        with (
            (folder / "run.log").open("w", encoding="utf-8") as log,
            subprocess.Popen(command, stdout=log, stderr=log) as process,
        ):
            end = time.monotonic() + PATIENCE + 15 * rounds
            try:
                while len(seen) < rounds:
                    if process.poll() is not None or time.monotonic() > end:
                        raise AssertionError((folder / "run.log").read_text(encoding="utf-8"))
                    time.sleep(0.05)
                    one = _last_round(folder / "state")
                    if one is not None and (not seen or one.mono != seen[-1].mono):
                        seen.append(one)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)
        return seen[-1]


def _last_round(folder: Path) -> ProbeRound | None:
    with contextlib.suppress(Exception), contextlib.closing(open_reader(folder)) as reader:
        return unpack_round((recall(reader, "last_round") or "").encode("ascii"))
    return None


def wrongs(row: Row, met: Met) -> list[str]:
    """What was wrong with the answer; empty if nothing was."""
    answer, found = met.answer, []
    if met.fault not in row.faults:
        found.append(f"verdict {met.fault}, not {' or '.join(row.faults)}")
    if met.exit_code != EXIT[state_of(met.fault)]:
        found.append(f"exit code {met.exit_code}")
    if not (answer["sentence"]["th"] and answer["next_step"]["th"] and answer["article"]):
        found.append("no sentence, next step or article")
    layer = breaks_at(met.fault)
    rung = next((x for x in answer["layers"] if x["layer"] == layer), None)
    if rung is not None and rung["result"] == "ok":
        found.append(f"the ladder calls {layer} ok")
    if row.reason is not None and rung is not None and rung["reason"] != row.reason:
        found.append(f"reason {rung['reason']}, not {row.reason}")
    if met.last is not None:
        missing = [x for x in row.also if x not in met.last.also]
        if missing:
            found.append(f"not seen beside it: {', '.join(missing)}")
    if row.other is not None and met.other != row.other:
        found.append(f"the other PC says {met.other}, not {row.other}")
    return found
