"""The installed agent meets a fault: what it said, how long it took, and whether that was right."""

import contextlib
import json
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from laaswatch_agent.diagnosis.rungs import where_it_broke
from laaswatch_agent.report.codec import unpack_round, unseal
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Fault, Layer, Result, State, state_of
from laaswatch_agent.spool_tables import open_reader, unsent
from support.lab.faults import Row
from support.lab.namespaces import PATIENCE
from support.lab.world import World

LEARNING = 6
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
        self.histories: dict[object, Path] = {}

    def close(self) -> None:
        self.world.close()

    def _learnt(self, row: Row) -> Path:
        """The history of an agent that has been at work here for a while."""
        if row.before not in self.histories:
            folder = self.folder / f"learnt-{len(self.histories)}"
            try:
                if row.before is not None:
                    row.before(self.world)
                self.run_for("pc", folder, LEARNING)
            finally:
                self.world.heal()
            self.histories[row.before] = folder / "state" / "history.json"
        return self.histories[row.before]

    def meet(self, row: Row, *, quick: bool = False) -> Met:
        """Make the fault, let the agent look, and heal."""
        self.count += 1
        folder = self.folder / f"{self.count}-{row.name}"
        if row.learnt:
            (folder / "state").mkdir(parents=True)
            shutil.copy(self._learnt(row), folder / "state")
        if quick and not row.patient:
            self.world.changes.update(QUICK)
        try:
            row.make(self.world)
            last = self._before(row, folder) if row.rounds > 1 else None
            settings = str(self.world.settings(folder))
            other = self._other(row, settings)
            with ThreadPoolExecutor(1) as beside:
                running = None
                if row.rounds:  # the last round is made while `check` looks
                    copied = folder / "beside"
                    shutil.copytree(folder / "state", copied / "state")
                    running = beside.submit(self.run_for, "pc", copied, 1, since=last)
                started = time.monotonic()
                done = self.world.agent("pc", "check", "--json", "--config", settings)
                seconds = time.monotonic() - started
                last = running.result() if running else None
            if not done.stdout:
                raise AssertionError(done.stderr)
            said = None if other is None else json.loads(other.communicate()[0])["fault"]
            return Met(json.loads(done.stdout), done.returncode, seconds, last, said)
        finally:
            self.world.heal()

    def _before(self, row: Row, folder: Path) -> ProbeRound:
        """The rounds under the fault before the one that counts; they need not wait so long."""
        usual = {**self.world.changes}
        self.world.changes.update(QUICK)
        last = self.run_for("pc", folder, row.rounds - 1)
        self.world.changes = usual
        return last

    def _other(self, row: Row, settings: str) -> subprocess.Popen | None:
        """The second PC looks at the same time."""
        if row.other is None:
            return None
        command = self.world.command("pc2", "check", "--json", "--config", settings)
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def run_for(
        self, pc: str, folder: Path, rounds: int, since: ProbeRound | None = None
    ) -> ProbeRound:
        """`laaswatch-agent run` until so many rounds are made after `since`; gives the last."""
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
                    before = seen[-1] if seen else since
                    if one is not None and (before is None or one.mono != before.mono):
                        seen.append(one)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)
        return seen[-1]


def _last_round(folder: Path) -> ProbeRound | None:
    """The newest round in the spool: still waiting, or in the newest report."""
    with contextlib.suppress(Exception), contextlib.closing(open_reader(folder)) as reader:
        row = reader.execute("SELECT body FROM rounds ORDER BY id DESC LIMIT 1").fetchone()
        sealed = [unseal(x.line).rounds for x in unsent(reader)]
        waiting = [unpack_round(row[0])] if row else []
        rounds = [one for report in sealed for one in report] + waiting
        return max(rounds, key=lambda one: one.mono, default=None)
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
    shown = [LayerResult(Layer(x["layer"]), "", Result(x["result"])) for x in answer["layers"]]
    layer = where_it_broke(met.fault, shown)
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
