"""`laaswatch-agent status`: what this PC found last, read from the spool of a perhaps running agent.

Exit 0 up, 1 degraded, 2 down, 3 cannot tell (as `check`): also where the last round is old.
"""

import argparse
import contextlib
import json
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from laaswatch_agent import identity
from laaswatch_agent.beacons import BEACONS_KEY, remembered
from laaswatch_agent.cli.common import add_common, settings_or_complaint
from laaswatch_agent.config import AgentConfig
from laaswatch_agent.diagnosis.advice import Advice, advise
from laaswatch_agent.diagnosis.tried import looked, offer, resume
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.knowledge.articles import ArticleError
from laaswatch_agent.knowledge_file import Knowledge, load_knowledge
from laaswatch_agent.locale import LANGUAGES, beside, both, texts
from laaswatch_agent.log_key import LOG_KEY, Known, anybody_s
from laaswatch_agent.page_facts import pack_line
from laaswatch_agent.plan import cadence_at, plan_of
from laaswatch_agent.report.codec import MalformedReport, unpack_round
from laaswatch_agent.report.fingerprint import spoken
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.report.vocabulary import State, state_of
from laaswatch_agent.spool_tables import SpoolCounts, counts, last_seen, open_reader, recall
from laaswatch_agent.status_page import english_time, thai_time
from laaswatch_agent.tried_file import folders
from laaswatch_agent.tried_file import recall as recall_tried
from laaswatch_agent.uplink import CONTACT_KEY, Contact

EXIT = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2, State.UNKNOWN: 3}
STALE_ROUNDS = 5
"""After this many rounds of silence the last result says nothing about now."""


@dataclass(frozen=True, slots=True)
class _Found:
    one: ProbeRound
    spool: SpoolCounts
    contact: Contact | None
    stale: bool
    prober: bool | None
    """Whether this PC asks for the page for its whole office; None where nobody said."""
    checkpoints: tuple[str, ...]
    """The last checkpoints of the collector's evidence log that this PC was told of: a receipt."""
    log: Known
    """The same as they were signed, and what is thought of the signatures."""

    @property
    def state(self) -> State:
        return State.UNKNOWN if self.stale else state_of(self.one.fault)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    parser.add_argument("--json", action="store_true", help=beside("option.json"))


def run(options: argparse.Namespace) -> int:
    """Print the last result."""
    config = settings_or_complaint(options)
    if config is None:
        return EXIT[State.UNKNOWN]
    try:
        knowledge = load_knowledge(Path(config.state_dir), config.knowledge_dir)
    except ArticleError as error:
        print(both("run.config", error=error))
        return EXIT[State.UNKNOWN]
    found = _look(Path(config.state_dir), config.round_seconds)
    if found is None:
        print(json.dumps({"state": State.UNKNOWN}) if options.json else both("status.none"))
    else:
        advice = _advice(found, knowledge, config)
        print(_as_json(found, advice, knowledge) if options.json else _as_text(found, advice))
    if not options.json:
        print("\n".join(pack_line(knowledge, language) for language in LANGUAGES))
        _show_words(Path(config.state_dir))
    return EXIT[State.UNKNOWN if found is None else found.state]


def _advice(found: _Found, knowledge: Knowledge, config: AgentConfig) -> Advice:
    """The advice, with the step after those that `check` was told of."""
    advice = advise(found.one, knowledge.articles, decides=config.decides)
    if found.state not in (State.DOWN, State.DEGRADED):
        return advice
    memory = looked(recall_tried(folders(Path(config.state_dir))), found.state, Clock().wall_ms())
    return resume(advice, offer(knowledge.articles[advice.article_id], memory))


def _show_words(folder: Path) -> None:
    """The six words that whoever approves this PC compares; nothing before it is enrolled."""
    with contextlib.suppress(identity.IdentityUnreadable):
        mine = identity.load(folder)
        if mine is not None:
            thai, english = spoken(mine.nonce)
            print(both("enrol.words", th=thai, en=english))


def _look(folder: Path, cadence: float) -> _Found | None:
    try:
        with contextlib.closing(open_reader(folder)) as reader:
            noted = unpack_round((recall(reader, "last_round") or "").encode("ascii"))
            # A round that says the same as the one before is not noted again, only its time.
            one = replace(noted, at=last_seen(reader) or noted.at)
            contact = Contact.from_text(recall(reader, CONTACT_KEY))
            checkpoints = remembered(recall(reader, BEACONS_KEY))
            log = anybody_s(recall(reader, LOG_KEY))
            spool = counts(reader)
            settings = _settings(recall(reader, "settings"))
    except (sqlite3.Error, MalformedReport, UnicodeEncodeError):
        return None
    now, plan = Clock().wall_ms(), plan_of(settings)
    # While offices are closed rounds are rare; the last one may be of either time.
    rarest = max(cadence_at(at, max(cadence, 10), plan) for at in (now, one.at))
    stale = not 0 <= now - one.at <= STALE_ROUNDS * 1000 * rarest
    prober = settings.get("prober")
    asks = prober if isinstance(prober, bool) else None
    return _Found(one, spool, contact, stale, asks, checkpoints, log)


def _settings(text: str | None) -> dict[str, Any]:
    """The collector's last orders, as the service keeps them."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _as_text(found: _Found, advice: Advice) -> str:
    lines = [
        both("status.stale") if found.stale else "",
        f"{advice.sentence_th}\n{advice.sentence_en}",
        f"→ {advice.next_step_th}\n→ {advice.next_step_en}",
        both("status.at", at=thai_time(found.one.at), at_en=english_time(found.one.at)),
        advice.code,
        both(
            "status.waiting",
            rounds=found.spool.rounds + found.spool.report_rounds,
            reports=found.spool.reports,
        ),
    ]
    if found.prober is not None:
        lines.append(both("status.prober" if found.prober else "status.spares"))
    if found.log.standing:
        lines.append(both(f"status.log_{found.log.standing}"))
    if found.contact is not None:
        at = found.contact.answered_at
        for language, time in (("th", thai_time), ("en", english_time)):
            words = texts(language)
            lines.append(
                words["status.contact"].format(
                    text=words[f"contact.{found.contact.outcome}"],
                    at=words["page.never"] if at is None else time(at),
                )
            )
    return "\n".join(line for line in lines if line)


def _as_json(found: _Found, advice: Advice, knowledge: Knowledge) -> str:
    contact = found.contact
    return json.dumps(
        {
            "state": found.state,
            "stale": found.stale,
            "fault": found.one.fault,
            "at": found.one.at,
            "layers": [
                {
                    "layer": x.layer,
                    "target": x.target,
                    "result": x.result,
                    "reason": x.reason,
                    "ms": x.ms,
                }
                for x in found.one.layers
            ],
            "track": advice.track,
            "sentence": {"th": advice.sentence_th, "en": advice.sentence_en},
            "next_step": {"th": advice.next_step_th, "en": advice.next_step_en},
            "article": advice.article_id,
            "code": advice.code,
            "knowledge": {"source": knowledge.source, "sha256": knowledge.name},
            "prober": found.prober,
            "checkpoints": found.checkpoints,
            "log": {
                "key": found.log.pinned,
                "standing": found.log.standing,
                "checkpoints": found.log.notes,
            },
            "waiting_rounds": found.spool.rounds + found.spool.report_rounds,
            "waiting_reports": found.spool.reports,
            "collector": None
            if contact is None
            else {"outcome": contact.outcome, "answered_at": contact.answered_at},
        },
        ensure_ascii=False,
    )
