"""The agent at work: round → spool → page → report, until it is told to stop. The one part that knows all.

A round is durable before anything else is done with it. Sending has its own thread (`sender`); what the
collector answers about settings comes back through `_settings` and is taken between two rounds.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol

from laaswatch_agent import identity, presence, schedule
from laaswatch_agent.collector_client import CollectorClient
from laaswatch_agent.config import AgentConfig
from laaswatch_agent.diagnosis.detail import number
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.rules import LINE_ONLY, RULES_VERSION
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.knowledge_file import Knowledge
from laaswatch_agent.knowledge_refresh import SPREAD, KnowledgeRefresh
from laaswatch_agent.ladder import run_round
from laaswatch_agent.plan import (
    LONE,
    LONE_AFTER,
    Plan,
    SitePlan,
    cadence_at,
    depth_of,
    plan_of,
    turns,
)
from laaswatch_agent.presence import Alive
from laaswatch_agent.publisher import HISTORY_FILE, Publisher, Standing
from laaswatch_agent.renewal import Renewal
from laaswatch_agent.report.codec import pack_round
from laaswatch_agent.report.model import PresenceMark, ProbeRound
from laaswatch_agent.report.vocabulary import Depth, Fault, Layer, State, state_of
from laaswatch_agent.schedule import Pace
from laaswatch_agent.sender import Sender
from laaswatch_agent.spool import Circumstances, Spool, SpoolFailed
from laaswatch_agent.spool_salvage import put_aside
from laaswatch_agent.uplink import Uplink

log = logging.getLogger(__name__)

ALIVE, LAST_ROUND, SETTINGS, OWNER = "alive", "last_round", "settings", "owner"
"""What the spool remembers under these names; `status` and `doctor` read them."""
LAST_ROUND_PATIENCE = 2.0
LAST_WORD = 5.0
"""Seconds given to the last delivery at a clean stop, out of ten for the whole stop."""

LEAST_APART = 0.5
"""Of the cadence: nearer to each other than this, two rounds are one."""
NOTE_EVERY = 10
"""Rounds after which the last one is noted for `status` although it says the same as the one noted."""
MOST_REST = 300.0
"""Seconds for which a busy site that asks for it is left alone; longer, and its recovery would go unseen."""
STANDING_MS = 5 * 60 * 1000
"""For so long what a PC found at the site stands, while later rounds look at the line alone."""


class Measure(Protocol):
    """Makes one round; `ladder.run_round`, or a test's stand-in."""

    def __call__(
        self, config: AgentConfig, history: History, clock: Clock, *, depth: Depth, again: bool
    ) -> ProbeRound: ...


class Service:
    """One agent in one state folder. Raises SpoolInUse where another one works there already."""

    def __init__(
        self,
        config: AgentConfig,
        knowledge: Knowledge,
        *,
        clock: Clock | None = None,
        dice: Random | None = None,
        measure: Measure | None = None,
    ) -> None:
        self._config = config
        self._clock = clock or Clock()
        self._dice = dice or Random()
        self._measure = measure or run_round
        self._folder = Path(config.state_dir)
        self._identity = self._known()
        self._spool = _open_spool(self._folder, self._identity)
        self._publisher = Publisher(self._folder, knowledge, self._spool, self._clock.wall_ms)
        self._knowledge = knowledge
        self._sender: Sender | None = None
        self._uplink: Uplink | None = None
        self._client: CollectorClient | None = None
        self._settings: dict[str, Any] = self._spool.recall_json(SETTINGS)
        self._plan = Plan()
        self._apply_settings()
        self._since_site = 0
        self._phase = self._dice.random()
        self._turned_at = float("-inf")
        self._site_rests_until = float("-inf")
        self._last_cadence = config.round_seconds
        self._history = _load_history(self._folder / HISTORY_FILE, config.decides)
        self._sealed_at = time.monotonic()
        self._unsaved = 0
        self._marks: tuple[PresenceMark, ...] = ()
        self._fault: Fault | None = None
        self._asked: ProbeRound | None = None
        self._noted: tuple[object, ...] = ()
        self._rounds = 0
        self._alive: Alive | None = None

    # ------------------------------------------------------------------ the loop
    def run(self, stop: threading.Event) -> None:
        """Measure until `stop` is set; then say so, and leave within ten seconds."""
        self._marks = presence.on_start(Alive.from_text(self._spool.recall(ALIVE)), self._now())
        self._connect()
        # Thousands of PCs start in the same minute: the first round of an agent with a plan leaves the site
        # alone, and where each is in its turn is thrown by dice.
        every = turns(self._plan.site.every, self._config.round_seconds)
        self._since_site = self._dice.randrange(every) - (every > 1)
        try:
            self._turn(stop, Depth.LOCAL if every > 1 else None)
            while not stop.wait(self._until_next()):
                self._turn(stop)
        finally:
            self._leave()

    def _until_next(self) -> float:
        """Seconds to the next round: in this agent's place by the collector's clock, or by dice."""
        cadence, phase = self._cadence(), self._plan.site.phase
        now = time.monotonic()
        if phase is not None:
            now = (self._clock.wall_ms() + self._plan.skew_ms) / 1000
        wait = schedule.next_round(now, 0.0, cadence, self._phase if phase is None else phase) - now
        # A clock that was set, or a plan that came, may bring the next place near: it is left out.
        near = time.monotonic() + wait - self._turned_at < LEAST_APART * cadence
        return wait + cadence if near else wait

    def _turn(self, stop: threading.Event, depth: Depth | None = None) -> None:
        """One round and everything that follows from it."""
        self._turned_at = time.monotonic()
        try:
            depth = depth or self._depth()
            one = self._measured(stop, depth)
            if one is None:
                return
            self._since_site = self._since_site + 1 if depth is Depth.LOCAL else 0
            if rest := _asked_to_wait(one):
                self._site_rests_until = time.monotonic() + rest
            shown = self._standing(one)
            changed = shown.fault is not self._fault
            self._fault = shown.fault
            self._keep(one, shown)
            self._publish(shown)
            if schedule.seal_due(
                time.monotonic() - self._sealed_at, self._pace, fault_changed=changed
            ):
                self._sealed_at = time.monotonic()
                self._seal(urgent=changed)
            self._between_rounds()
        except (
            Exception
        ):  # the one broad handler of this loop: a bug of ours must not end the watch
            log.exception("a fault of our own in this round")

    def _cadence(self) -> float:
        """Seconds between rounds at this time of the week."""
        config = self._config
        if config.fast or (self._identity is not None and self._identity.role == "control"):
            return config.round_seconds  # a bench keeps its pace, and our own probe never rests
        return cadence_at(self._clock.wall_ms(), config.round_seconds, self._plan)

    def _depth(self) -> Depth:
        """How far the next round may go towards the site."""
        if self._config.fast:
            return Depth.FULL
        if time.monotonic() < self._site_rests_until:
            return Depth.LOCAL
        site = self._plan.site
        if self._identity is not None and site != SitePlan() and self._forgotten():
            site = LONE
        return depth_of(site, self._since_site, self._config.round_seconds, trouble=self._trouble())

    def _trouble(self) -> bool:
        """Was something wrong the last time?"""
        return self._fault is not None and state_of(self._fault) is not State.UP

    def _forgotten(self) -> bool:
        """Has the collector been silent for so long that its plan is worth nothing?"""
        contact = self._uplink.contact if self._uplink else None
        answered = contact.answered_at if contact else None
        return answered is None or self._clock.wall_ms() - answered > LONE_AFTER // timedelta(
            milliseconds=1
        )

    def _measured(self, stop: threading.Event, depth: Depth) -> ProbeRound | None:
        """One round; None where the agent is to stop and the line lets the round go on too long."""
        made: list[ProbeRound] = []

        def measure() -> None:
            # A second try within the round is for the first sign of trouble: later rounds are tries enough.
            again = not self._trouble()
            made.append(
                self._measure(self._config, self._history, self._clock, depth=depth, again=again)
            )

        begun = self._now()
        worker = threading.Thread(target=measure, name="round", daemon=True)
        worker.start()
        while worker.is_alive() and not stop.is_set():
            worker.join(0.2)
        worker.join(LAST_ROUND_PATIENCE)
        if not made and not stop.is_set():
            raise RuntimeError("the round ended without a result")
        if presence.interrupted(begun, self._now(), self._config.round_deadline):
            log.info("the PC slept in the middle of a round, which says nothing then")
            return None
        return made[0] if made else None

    def _standing(self, one: ProbeRound) -> ProbeRound:
        """What this PC has to say now: this round, or the last that looked at the site, a moment ago."""
        if one.rule != LINE_ONLY:
            self._asked = one
        last = self._asked
        if last is None or not 0 <= one.mono - last.mono <= STANDING_MS:
            return one
        return last

    def _keep(self, one: ProbeRound, shown: ProbeRound) -> None:
        now = self._now()
        config, cadence = self._config, self._cadence()
        self._marks += presence.on_round(
            self._alive,
            now,
            max(cadence, self._last_cadence),
            config.round_deadline,
            mono_counts_sleep=self._clock.mono_counts_sleep,
        )
        self._alive, self._last_cadence = now, cadence
        self._history = self._history.with_round(one)
        circumstances = Circumstances(
            boot=now.boot,
            cadence=cadence,
            rules=RULES_VERSION,
            decides=config.decides,
        )
        notes = {ALIVE: now.to_text()}
        says = (shown.fault, shown.rule, shown.also)
        if says != self._noted or self._rounds % NOTE_EVERY == 0:
            self._noted = says
            notes[LAST_ROUND] = pack_round(shown).decode("ascii")
        self._rounds += 1
        if self._spool.add_round(one, circumstances, self._marks, notes):
            self._marks = ()
        else:
            self._unsaved += 1
            log.warning("the disk did not take a round; it is counted and will be reported")

    def _seal(self, *, urgent: bool, marks_alone: bool = False) -> None:
        beacon = self._uplink.beacon if self._uplink else ""
        try:
            sealed = False
            while (
                self._spool.seal(
                    self._clock.wall_ms(), beacon=beacon, marks_alone=marks_alone and not sealed
                )
                is not None
            ):
                sealed = True
        except SpoolFailed as error:
            log.warning("no report could be made: %s", error)
            return
        if sealed and self._sender is not None:
            self._sender.news(urgent=urgent)

    def _between_rounds(self) -> None:
        if self._sender is None:  # somebody may have enrolled this PC while the agent ran
            self._identity = self._known()
            self._connect()
        self._apply_settings()

    def _leave(self) -> None:
        now = self._now()
        for mark in (*self._marks, *presence.on_stop(now)):
            self._spool.add_mark(mark)
        self._spool.remember(**{ALIVE: replace(now, stopped=True).to_text()})
        self._publisher.keep(self._history)
        self._seal(urgent=True, marks_alone=True)
        if self._sender is not None:
            self._sender.finish(LAST_WORD)
        if self._client is not None:
            self._client.close()
        self._spool.close()

    # ------------------------------------------------------------------ the collector
    def _known(self) -> identity.Identity | None:
        try:
            found = identity.load(self._folder)
        except identity.IdentityUnreadable as error:
            log.warning("not enrolled: %s", error)
            return None
        return found if found is not None and found.enrolled else None

    def _connect(self) -> None:
        if self._identity is None:
            return
        mine = self._identity
        self._spool.remember(**{OWNER: mine.agent})
        ca_file = mine.ca_file or str(self._config.collector_ca_file or "")
        self._client = CollectorClient(
            self._config.collector_url or mine.collector,
            ca_file=ca_file,
            token=mine.token,
            proxy=self._config.collector_proxy or mine.proxy,
        )
        refresh = KnowledgeRefresh(
            self._folder,
            self._knowledge.name,
            self._client,
            self._publisher.use,
            self._clock.mono_ms,
            self._dice,
            knowledge_dir=self._config.knowledge_dir,
            spread=0.0 if self._config.fast else SPREAD,
        )
        refresh.announced(self._settings.get("knowledge_sha256"))
        self._uplink = Uplink(
            self._spool,
            mine.agent,
            self._client,
            self._clock,
            self._pace,
            self._dice,
            on_config=self._take_settings,
            config_etag=str(self._settings.get("etag", "")),
            renewal=Renewal(self._folder, mine, self._client.use),
            knowledge=refresh,
        )
        self._sender = Sender(self._uplink, self._dice)

    def _take_settings(self, answer: dict[str, Any]) -> None:
        """Runs in the sender's thread: only puts the answer where the next round finds it."""
        now = answer.get("now_ms")
        if type(now) is int:  # the collector's clock: this PC's own may be hours off
            answer = {**answer, "skew_ms": now - self._clock.wall_ms()}
        self._settings = answer
        self._spool.remember(**{SETTINGS: json.dumps(answer)})

    def _apply_settings(self) -> None:
        """The collector's wishes, within the agent's own bounds."""
        self._config = config = obeying(self._config, self._settings)
        self._plan = Plan() if config.fast else plan_of(self._settings)
        self._pace = Pace.of(config.round_seconds, config.report_seconds, fast=config.fast)
        if self._uplink is not None:
            self._uplink.pace = self._pace

    # ------------------------------------------------------------------ what people see
    def _publish(self, one: ProbeRound) -> None:
        standing = Standing(
            one,
            self._history,
            self._uplink.contact if self._uplink else None,
            self._identity,
            self._cadence(),
            self._unsaved,
        )
        self._publisher.publish(standing, self._config)

    def _now(self) -> Alive:
        return Alive(self._clock.wall_ms(), self._clock.mono_ms(), self._clock.boot_id())


def _asked_to_wait(one: ProbeRound) -> float:
    """Seconds for which the site wants to be left alone, as far as we go along with it."""
    asked = [number(x.detail, "after") or 0.0 for x in one.layers if x.layer is Layer.HTTP]
    return min(max(asked, default=0.0), MOST_REST)


def obeying(config: AgentConfig, settings: Mapping[str, Any]) -> AgentConfig:
    """The configuration with the collector's cadences in it, as far as the agent's bounds allow."""
    if config.fast:  # a bench keeps its own pace
        return config
    plan = plan_of(settings)
    rounds = plan.round_seconds or config.round_seconds
    reports = plan.report_seconds or config.report_seconds
    return replace(config, round_seconds=rounds, report_seconds=max(reports, rounds))


def _open_spool(folder: Path, mine: identity.Identity | None) -> Spool:
    """The spool; one that belonged to another agent of this PC is put aside, not sent in a wrong name."""
    spool = Spool(folder)
    owner = spool.recall(OWNER)
    if mine is None or owner in (None, mine.agent):
        return spool
    spool.close()
    place = put_aside(folder)
    log.warning("reports of the earlier enrolment were put aside in %s", place)
    return Spool(folder)


def _load_history(path: Path, decides: str) -> History:
    """What the agent learnt before; anew where the file is spoiled or another page decides now."""
    try:
        found = History.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return History(decides)
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read, learning anew: %s", path, error)
        return History(decides)
    return found if found.decides == decides else History(decides)
