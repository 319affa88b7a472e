"""From the spool to the collector: what to send next, and what each answer means.

| answer | the agent |
| --- | --- |
| 200 | deletes exactly what was acknowledged, sets aside what was refused line by line |
| 400, 422 | halves the delivery; one report alone is set aside only once its neighbours have passed |
| 401 | shows the secret before this one, once; then as 403, but asks again sooner |
| 403 | goes on measuring, keeps everything, asks again later |
| 409 | halves; where one report alone forks, it and its followers begin a new incarnation |
| 408, 413, cut while sending | halves the delivery |
| 415 | sends without compression |
| 429, 5xx | waits as long as it was told, else backs off |
| anything else, no answer | backs off; nothing is ever deleted without an acknowledgement |

`step` makes at most one request and says how long to wait: a test can play it without a clock or a
thread, the service runs it in a thread of its own so that a slow line never delays a round.
"""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from laaswatch_agent import log_key, schedule
from laaswatch_agent.acknowledgement import acknowledged, beacon_of, ranges, rejected
from laaswatch_agent.beacons import BEACONS_KEY, DOUBT_HEADER, Beacons
from laaswatch_agent.collector_client import Answer, NoAnswer
from laaswatch_agent.knowledge_refresh import KnowledgeRefresh
from laaswatch_agent.renewal import Renewal
from laaswatch_agent.report.codec import MAX_DELIVERY, MAX_REPORTS, pack_delivery
from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Spool
from laaswatch_agent.spool_tables import Sealed

MAX_WIRE = 256 * 1024
MOST_RAW = MAX_DELIVERY - 4096
NOW_BYTES = 32 * 1024
"""The small message that goes first: the newest reports, so that the live view is not a backlog old."""
IDLE = 60.0
MOST_SUSPECTS = 3
FORBIDDEN = 4
"""A revoked agent asks this many times more rarely than a refused one; a mistake then heals by itself."""


class Clock(Protocol):
    """The PC's clocks (`host.clock.Clock`)."""

    def wall_ms(self) -> int: ...

    def mono_ms(self) -> int: ...

    def boot_id(self) -> str: ...


class Poster(Protocol):
    """What the uplink needs of a `CollectorClient`."""

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer: ...

    def get(self, path: str) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Contact:
    """How the last try went, for the status page. `outcome` is a word of `OUTCOMES`."""

    outcome: str
    tried_at: int
    answered_at: int | None = None
    detail: str = ""

    def to_text(self) -> str:
        """For keeping in the spool."""
        return json.dumps([self.outcome, self.tried_at, self.answered_at, self.detail])

    @classmethod
    def from_text(cls, text: str | None) -> "Contact | None":
        """The contact kept last, or None."""
        try:
            outcome, tried_at, answered_at, detail = json.loads(text or "")
            return cls(
                str(outcome),
                int(tried_at),
                None if answered_at is None else int(answered_at),
                str(detail),
            )
        except (ValueError, TypeError):
            return None


OUTCOMES = (
    "ok",
    "no_answer",
    "busy",
    "refused",
    "unknown_agent",
    "revoked",
    "forked",
    "odd_answer",
)
CONTACT_KEY = "contact"
NOTE_MS = 5 * 60_000
"""How often a contact that goes well again and again is written down."""


class Uplink:
    """One agent's conversation with its collector. All of it runs in one thread."""

    def __init__(
        self,
        spool: Spool,
        agent: str,
        poster: Poster,
        clock: Clock,
        pace: Pace,
        dice: Random,
        on_config: Callable[[dict[str, Any]], None] | None = None,
        config_etag: str = "",
        renewal: Renewal | None = None,
        knowledge: KnowledgeRefresh | None = None,
    ) -> None:
        self.pace = pace
        self._beacons = Beacons.from_text(agent, spool.recall(BEACONS_KEY))
        self._log = log_key.Known.from_text(agent, spool.recall(log_key.LOG_KEY))
        self.contact = Contact.from_text(spool.recall(CONTACT_KEY))
        self._spool, self._agent, self._poster, self._clock = spool, agent, poster, clock
        self._dice = dice
        self._on_config = on_config
        self._renewal = renewal
        self._knowledge = knowledge
        self._noted_at = 0
        self._etag_have = self._etag_seen = config_etag
        self._newest_first = True
        self._limit = MOST_RAW // 4
        self._most = MAX_REPORTS
        self._compress = True
        self._failures = 0
        self._away_since: int | None = None
        self._suspects: dict[tuple[str, int], str] = {}
        self._forked = False
        self._in_order = False
        self._trouble = False
        self._backlog_at = 0
        self.held = False
        """The collector asked for quiet: not even news may shorten the wait."""

    @property
    def beacon(self) -> str:
        """The collector's newest checkpoint, to stand in the next report; "" before the first."""
        return self._beacons.newest

    @property
    def in_touch(self) -> bool:
        """Has nothing gone wrong since the last success? Then a new report may go out at once."""
        return not self._trouble

    def fresh(self) -> None:
        """A report was just sealed: it goes first."""
        self._newest_first = True

    def step(self) -> float:
        """Send one delivery if anything waits; seconds until the next step is due."""
        self.held = False
        if self._etag_seen != self._etag_have and self._on_config is not None:
            self._fetch_config()
        if self._knowledge is not None:
            self._knowledge.step()
        pause = (self._backlog_at - self._clock.mono_ms()) / 1000
        if pause > 0 and not self._newest_first:
            return pause
        batch = self._choose()
        if not batch:
            return self._nothing_left()
        body = self._pack(batch)
        if len(body) > MAX_WIRE and len(batch) > 1:
            self._halve(batch)
            return 0.0
        headers = {"Content-Type": "application/x-ndjson"} | self._beacons.echo(self._dice)
        if self._log.standing == "contradicted":
            headers[DOUBT_HEADER] = self._log.standing
        if self._compress:
            headers["Content-Encoding"] = "gzip"
        try:
            answer = self._poster.post("/v1/reports", body, headers)
        except NoAnswer as error:
            if error.kind in ("reset", "timeout"):
                self._halve(batch)  # perhaps the line or the other end cannot take that much
            return self._failed("no_answer", str(error))
        return self._react(answer, batch)

    # ------------------------------------------------------------------ choosing
    def _choose(self) -> list[Sealed]:
        newest, self._newest_first = self._newest_first and not self._in_order, False
        limit = min(self._limit, NOW_BYTES) if newest else self._limit
        return self._spool.pending(
            limit, newest_first=newest, most=self._most, leave_out=self._suspects.keys()
        )

    def _nothing_left(self) -> float:
        self._in_order = False
        if not self._suspects:
            return IDLE
        # Only reports that were refused alone are left, and nothing passed that would show the fault
        # to be theirs: they are tried again, later.
        self._suspects.clear()
        self._most = 1
        return self.pace.refused

    def _pack(self, batch: Sequence[Sealed]) -> bytes:
        clock = self._clock
        envelope = Envelope(
            agent=self._agent,
            incarnation=batch[0].incarnation,
            boot=clock.boot_id(),
            sent=clock.wall_ms(),
            mono=clock.mono_ms(),
            count=len(batch),
        )
        body = pack_delivery(Delivery(envelope, tuple(s.line for s in batch)))
        return gzip.compress(body, 6, mtime=0) if self._compress else body

    def _halve(self, batch: Sequence[Sealed]) -> None:
        self._limit = max(1024, self._limit // 2)
        self._most = max(1, len(batch) // 2)

    # ------------------------------------------------------------------ reacting
    def _react(self, answer: Answer, batch: list[Sealed]) -> float:
        status = answer.status
        if status == 200:
            return self._accepted(answer.body, batch)
        too_much = status in (408, 413) and len(batch) > 1
        if too_much:
            self._halve(batch)
        if too_much or status == 429 or status >= 500:
            self.held = answer.retry_after is not None
            return self._failed("busy", f"HTTP {status}", answer.retry_after)
        if status == 415 and self._compress:
            self._compress = False
            return 0.0
        error = answer.body.get("error")
        if not isinstance(error, str):
            # No collector says no without its error shape: a portal, a proxy or a block page did.
            return self._failed("odd_answer", f"HTTP {status}")
        return self._said_no(status, error, batch)

    def _said_no(self, status: int, error: str, batch: list[Sealed]) -> float:
        if status in (400, 413, 422):
            return self._refused(f"{status} {error}", batch)
        if status == 409:
            return self._fork(batch)
        if status == 401 and self._renewal is not None and self._renewal.refused():
            return self.pace.batch_gap
        outcome = {401: "unknown_agent", 403: "revoked"}.get(status, "refused")
        self.held = True
        self._note(outcome, f"{status} {error}", answered=True)
        return self.pace.refused * (FORBIDDEN if status == 403 else 1)

    def _accepted(self, body: dict[str, Any], batch: list[Sealed]) -> float:
        sent = {s.seq for s in batch}
        incarnation = batch[0].incarnation
        acked = acknowledged(body.get("acked"), sent)
        refused = rejected(body.get("rejected"), batch, acked)
        if not acked and not refused:
            return self._failed("odd_answer", "HTTP 200 without an acknowledgement")
        self._spool.delete_acked(incarnation, ranges(acked))
        for seq, reason in refused.items():
            self._spool.quarantine(incarnation, seq, reason)
        if acked:
            for (life, seq), reason in self._suspects.items():
                self._spool.quarantine(life, seq, reason)
            self._suspects.clear()
            if self._forked:  # the new life goes well
                self._forked = self._in_order = False
        if self._renewal is not None:
            self._renewal.offered(body.get("next_token"))
        if self._beacons.add(beacon_of(body.get("beacon"))):
            self._spool.remember(**{BEACONS_KEY: self._beacons.to_text()})
            self._look_at_log(body.get("checkpoint"))
        etag = body.get("config_etag")
        self._etag_seen = etag if isinstance(etag, str) else self._etag_seen
        now = self._clock.mono_ms()
        away = 0.0 if self._away_since is None else (now - self._away_since) / 1000
        self._away_since, self._failures = None, 0
        self._limit = min(MOST_RAW, self._limit * 2)
        self._most = min(MAX_REPORTS, self._most * 2)
        self._note("ok", "", answered=True)
        pause = max(self.pace.batch_gap, schedule.after_outage(away, self.pace, self._dice))
        self._backlog_at = max(self._backlog_at, now + round(1000 * pause))
        return (self._backlog_at - now) / 1000 if self._spool.counts().reports else IDLE

    def _refused(self, reason: str, batch: list[Sealed]) -> float:
        self._note("refused", reason, answered=True)
        if len(batch) > 1:
            self._halve(batch)
            return self.pace.batch_gap
        self._suspects[batch[0].incarnation, batch[0].seq] = reason
        self._most, self._limit = MAX_REPORTS, MOST_RAW // 4
        if len(self._suspects) > MOST_SUSPECTS:  # nothing passes: it is not the reports
            self._suspects.clear()
            return self.pace.refused
        return self.pace.batch_gap

    def _fork(self, batch: list[Sealed]) -> float:
        if len(batch) > 1 or not self._in_order:
            # Find the first that differs, from the oldest on: all after it differ too.
            self._in_order = True
            self._halve(batch)
        elif self._forked:  # a new incarnation did not help: wait for a person
            return self._failed("forked", "", self.pace.refused)
        else:
            self._forked = True
            self._spool.reseal(batch[0].incarnation, batch[0].seq)
        self._note("forked", "", answered=True)
        return self.pace.batch_gap

    def _failed(self, outcome: str, detail: str, asked: float | None = None) -> float:
        self._failures += 1
        if self._away_since is None:
            self._away_since = self._clock.mono_ms()
        self._newest_first = True  # whatever waited, the live view wants the latest first
        self._note(outcome, detail, answered=False)
        return schedule.back_off(self._failures, self.pace, self._dice, asked)

    def _note(self, outcome: str, detail: str, *, answered: bool) -> None:
        now = self._clock.wall_ms()
        self._trouble = outcome != "ok"
        before = self.contact
        answered_at = now if answered else before.answered_at if before else None
        self.contact = Contact(outcome, now, answered_at, detail[:200])
        # The disk is told when something changed, and now and then: it is for `status` and a next start.
        if before is None or before.outcome != outcome or not 0 <= now - self._noted_at < NOTE_MS:
            self._noted_at = now
            self._spool.remember(**{CONTACT_KEY: self.contact.to_text()})

    def _look_at_log(self, note: object) -> None:
        """A new checkpoint: is it signed as those before it?"""
        known = log_key.told(self._log, self._beacons.newest, note, self._fetch_log_keys)
        if known != self._log:
            self._log = known
            self._spool.remember(**{log_key.LOG_KEY: known.to_text()})

    def _fetch_log_keys(self) -> dict[str, Any]:
        try:
            answer = self._poster.get("/evidence/keys")
        except NoAnswer:
            return {}
        return answer.body if answer.status == 200 else {}

    def _fetch_config(self) -> None:
        """The collector's settings changed: get them. A failure is left to the next time."""
        try:
            answer = self._poster.get("/v1/config")
        except NoAnswer:
            return
        if answer.status == 200 and isinstance(answer.body.get("etag"), str):
            self._etag_have = self._etag_seen = answer.body["etag"]
            if self._on_config is not None:
                self._on_config(answer.body)
            if self._knowledge is not None:
                self._knowledge.announced(answer.body.get("knowledge_sha256"))
        elif answer.status != 200:
            self._etag_have = self._etag_seen  # not on offer here: do not ask at each step
