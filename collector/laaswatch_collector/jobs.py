"""The control agent beside the collector: an ordinary agent, enrolled through the ordinary door.

It is the reference that says whether the site or somebody's line is at fault. It runs as a child process,
is started again when it ends (with growing pauses), and ends with the collector.
"""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from laaswatch_collector.store.agents import (
    CONTROL_OFFICE,
    TURNED_AWAY,
    agent_by_id,
    ensure_control_office,
)
from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.enrolment import make_code

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a control agent that ended is started again."""
STEADY = 60.0
"""A child that lived so long starts over with the first pause."""
GRACE = 5.0
CODE_HOURS = 0.25
IDENTITY = "identity.json"
LOG = "control-agent.log"
"""What the child's last run wrote; each run starts it afresh."""

log = logging.getLogger(__name__)


class ControlAgent:
    """Runs the control agent of one collector; `run` until cancelled."""

    def __init__(
        self,
        database: Database,
        url: str,
        state_dir: Path,
        config_file: str,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._url = url
        self._state_dir = state_dir
        self._log = state_dir / LOG
        self._common = ["--state-dir", str(state_dir)]
        if config_file:
            self._common += ["--config", config_file]
        self._now = now

    async def run(self) -> None:
        """Enrol if need be, run, start again; ends its child when cancelled."""
        pause = FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                if await self._enrolled():
                    code = await self._run_child(["run", *self._common, "--collector", self._url])
                    log.warning(
                        "the control agent ended with %s (%s); starting it again", code, self._log
                    )
            except (OSError, StoreUnavailable) as error:
                log.warning("the control agent cannot be run: %s", error)
            pause = FIRST_PAUSE if loop.time() - started > STEADY else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _enrolled(self) -> bool:
        """Whether the agent in the state folder is one of ours; enrols it by an internal code if not."""
        known = await asyncio.to_thread(self._known_agent)
        if known is not None:
            agent = await self._database.read_async(lambda c: agent_by_id(c, known))
            if agent is not None:
                return agent.state not in TURNED_AWAY
        code = await self._database.write_async(self._make_code)
        again = ["--again"] if known is not None else []  # of a database that is no more
        ended = await self._run_child(
            ["enroll", *self._common, "--collector", self._url, "--code", code, *again]
        )
        if ended != 0:
            log.warning("the control agent was not enrolled, exit %s (%s)", ended, self._log)
        return ended == 0

    def _known_agent(self) -> str | None:
        try:
            identity = json.loads((self._state_dir / IDENTITY).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        agent = identity.get("agent") if isinstance(identity, dict) else None
        return agent if isinstance(agent, str) and agent else None

    def _make_code(self, connection: sa.Connection) -> str:
        ensure_control_office(connection)
        return make_code(
            connection,
            CONTROL_OFFICE,
            now=self._now(),
            issued_by="collector",
            role="control",
            hours=CODE_HOURS,
        )

    async def _run_child(self, arguments: Sequence[str]) -> int:
        """One run of the agent's own program; asked to end, then made to, when we are cancelled."""
        self._state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._log.open("wb") as output:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "laaswatch_agent.cli.main",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                # Ctrl-C reaches the collector, which ends its child in order.
                start_new_session=True,
            )
        try:
            return await child.wait()
        finally:
            await _end(child)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(GRACE):
            await child.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
