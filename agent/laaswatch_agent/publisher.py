"""What an agent leaves on the disk for people and programs: its page, its metrics, and what it has learnt.

The page is written anew as soon as it has something else to say, and else every ten rounds: a disk that is
written to twice a minute for years is worn for nothing, and so is a processor. What is learnt of the line
goes with it; a power cut costs some minutes of it. A disk that refuses stops nothing.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from laaswatch_agent.config import AgentConfig
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.tried import Memory, looked
from laaswatch_agent.host.files import write_atomically
from laaswatch_agent.identity import Identity
from laaswatch_agent.knowledge_file import Knowledge
from laaswatch_agent.locale import LANGUAGES, texts
from laaswatch_agent.page_facts import pack_line, page_facts
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.report.vocabulary import state_of
from laaswatch_agent.spool import Spool, SpoolFailed
from laaswatch_agent.spool_tables import SpoolCounts
from laaswatch_agent.status_page import Step, status_page
from laaswatch_agent.textfile import textfile
from laaswatch_agent.tried_file import keep, recall
from laaswatch_agent.uplink import Contact

HISTORY_FILE = "history.json"
STRIP_MS = 5 * 3600 * 1000
EVERY = 10
"""Rounds after which the page is written anew although it says the same."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to show: the round that counts now, and the agent's own circumstances."""

    one: ProbeRound
    history: History
    contact: Contact | None
    mine: Identity | None
    cadence: float
    unsaved: int


class Publisher:
    """Writes the files of one agent."""

    def __init__(
        self, folder: Path, knowledge: Knowledge, spool: Spool, wall_ms: Callable[[], int]
    ) -> None:
        self._folder = folder
        self._knowledge = knowledge
        self._spool = spool
        self._wall_ms = wall_ms
        self._said: tuple[object, ...] = ()
        self._rounds = 0

    def use(self, knowledge: Knowledge) -> None:
        """Show these articles from the next page on."""
        self._knowledge = knowledge

    def publish(self, standing: Standing, config: AgentConfig) -> None:
        """Write what has changed since last time, or has not been written for long."""
        one, contact = standing.one, standing.contact
        outcome = contact.outcome if contact else ""
        memory = self._tried(one)
        says = (
            *(one.fault, one.rule, one.also, outcome, standing.mine, standing.unsaved),
            *(memory, self._knowledge.name),
        )
        self._rounds += 1
        due = says != self._said or self._rounds >= EVERY
        if not due and config.textfile is None:
            return
        held = self._held()
        if config.textfile is not None:
            answered = contact.answered_at if contact else None
            _write(config.textfile, textfile(one, held, answered, standing.unsaved))
        if due:
            self._said, self._rounds = says, 0
            self.keep(standing.history)
            if config.status_page is not None:
                _write(config.status_page, self._page(standing, held, config, memory))

    def keep(self, history: History) -> None:
        """Write down what was learnt of the line."""
        _write(self._folder / HISTORY_FILE, json.dumps(history.to_dict()))

    def _held(self) -> SpoolCounts:
        try:
            return self._spool.counts()
        except SpoolFailed as error:
            log.warning("the spool cannot be read: %s", error)
            return SpoolCounts.nothing()  # the page matters the more

    def _tried(self, one: ProbeRound) -> Memory:
        """What `check` was told; a good round ends it, as a good look of `check` does."""
        kept = recall((self._folder,))
        memory = looked(kept, state_of(one.fault), self._wall_ms())
        if memory.over and not kept.over:
            keep(memory, (self._folder,))
        return memory

    def _page(
        self, standing: Standing, held: SpoolCounts, config: AgentConfig, memory: Memory
    ) -> str:
        now = self._wall_ms()
        try:
            recent = self._spool.recent(now - STRIP_MS)
        except SpoolFailed:
            recent = []
        facts = page_facts(
            standing.one,
            self._knowledge.articles,
            recent=recent,
            now=now,
            cadence=standing.cadence,
            spool=held,
            unsaved=standing.unsaved,
            contact=standing.contact,
            mine=standing.mine,
            decides=config.decides,
            memory=memory,
            pack=Step(*(pack_line(self._knowledge, language) for language in LANGUAGES)),
        )
        return status_page(facts, texts("th"), texts("en"))


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text.encode(), durable=False)
    except OSError as error:
        log.warning("%s was not written: %s", path, error)
