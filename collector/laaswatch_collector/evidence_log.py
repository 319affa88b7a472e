"""The log's keeper: puts into the evidence log what has come, every ten minutes and at the end of office hours.

    each ten minutes, and at 17:00     imports, documents, the audit, a beat; then a checkpoint
    at 17:00 and after midnight        the offices' months that changed
    after midnight                     the reports of the day that is over

Of several collectors one keeps the log at a time. Whatever is interrupted is done the next time. Checkpoints are
signed where there is a key; once they have been, a collector that has not the key leaves the log alone.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from secrets import token_hex

import sqlalchemy as sa

from laaswatch_agent.signed_note import SigningKey
from laaswatch_collector.evidence.checkpoint import Checkpoint
from laaswatch_collector.evidence.leaves import Kind, Leaf, plain_leaf
from laaswatch_collector.evidence_key import load_key
from laaswatch_collector.messages import Told
from laaswatch_collector.store import commitments
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.evidence_log import (
    CLOSED_THROUGH,
    MONTHS_AT,
    Kept,
    add_leaves,
    keep_checkpoint,
    log_origin,
    newest_checkpoint,
    newest_leaves,
)
from laaswatch_collector.store.log_keys import key_in_use, use_key
from laaswatch_collector.store.notes import read_note, write_note
from laaswatch_collector.store.turns import give_turn, take_turn
from laaswatch_collector.worktime.thai import BANGKOK, local_midnight

EVERY = timedelta(minutes=10)
LOOK = 20.0
"""Seconds between looks at the clock."""
TURN = timedelta(minutes=10)
"""After so long another collector takes over from one that was killed in the middle of a step."""
END_OF_WORK = time(17)
SETTLED = timedelta(minutes=10)
"""After midnight: by then what arrived before it has been committed."""
_AUDIT_SEEN = "log_audit_seen"

log = logging.getLogger(__name__)


class NotMyTurn(Exception):
    """Another collector keeps the log; nothing of the step counts."""


class NotTheKey(Told):
    """The log is signed with another key than the one in the settings, or there is none in them."""


class LogKeeper:
    """Keeps the log of one database; `now` is the only clock for decisions, `key_file` is "" for no signatures."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        public_url: str = "",
        key_file: str = "",
    ) -> None:
        self._database = database
        self._now = now
        self._public_url = public_url
        self._key_file = key_file
        self._complained = ""
        self._name = token_hex(8)

    async def run(self) -> None:
        """Work until cancelled; ends the step in hand first."""
        while True:
            working = asyncio.ensure_future(asyncio.to_thread(self.if_due))
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                await asyncio.wait([working])
                raise
            except Told as error:
                self._complain(str(error))
            except Exception:
                log.exception("the evidence log could not be kept; trying again later")
            await asyncio.sleep(LOOK)

    def if_due(self) -> Kept | None:
        """Do what is due, if anything is; the new checkpoint."""
        now = self._now()
        newest = self._database.read(newest_checkpoint)
        if newest is not None and not _due(newest.at, now):
            return None
        return self.once()

    def once(self) -> Kept | None:
        """Put everything that has come into the log, and keep a checkpoint; None if it is another's turn.

        Raises KeyUnreadable or NotTheKey where the checkpoint has to be signed and cannot be.
        """
        now = self._now()
        self._database.read(self._key)
        try:
            while self._close_a_day(now):
                pass
            self._commit_months(now)
            return self._database.write(lambda c: self._checkpoint(c, now))
        except NotMyTurn:
            return None
        finally:
            self._database.write(lambda c: give_turn(c, "log", self._name))

    def _checkpoint(self, connection: sa.Connection, now: datetime) -> Kept:
        self._take_turn(connection, now)
        key = self._key(connection)
        if key is not None and key_in_use(connection) is None:  # the first that is signed
            if key.name != log_origin(connection, self._public_url):
                raise NotTheKey("evidence.not_of_this_log", public=str(key.verifier))
            use_key(connection, key.verifier, now)
        seen = read_note(connection, _AUDIT_SEEN)
        leaves = [
            *commitments.import_leaves(connection),
            *commitments.document_leaves(connection),
            # Only what was there the last time: a line with a lower number may still be on its way to commit.
            *commitments.audit_leaves(connection, int(seen or 0)),
            _beat(now),
        ]
        write_note(connection, _AUDIT_SEEN, str(commitments.newest_audit(connection)))
        edge = add_leaves(connection, leaves, now)
        checkpoint = Checkpoint(log_origin(connection, self._public_url), edge.size, edge.root())
        signatures = "" if key is None else key.sign(checkpoint.text())
        kept = Kept(checkpoint, now, signatures)
        keep_checkpoint(connection, kept)
        return kept

    def _key(self, connection: sa.Connection) -> SigningKey | None:
        """The key to sign with; None where nobody does."""
        wanted = key_in_use(connection)
        if not self._key_file and wanted is None:
            return None
        key = load_key(Path(self._key_file)) if self._key_file else None
        if wanted is not None and (key is None or key.verifier != wanted):
            raise NotTheKey("evidence.not_the_key", public=str(wanted))
        return key

    def _complain(self, why: str) -> None:
        if why != self._complained:
            self._complained = why
            log.error("no checkpoint of the evidence log is made: %s", why)

    # ------------------------------------------------------------------ reports
    def _close_a_day(self, now: datetime) -> bool:
        """Commit to the reports of the oldest day that is over and open; False if there is none."""
        through = self._database.read(_closed_through)
        if through is None:
            return False
        day = _after(through)
        if now < local_midnight(_after(day)) + SETTLED:
            return False
        # Read first: a nation's day takes minutes, in which nobody else is to wait for the writer.
        with self._database.reading() as connection:
            leaves = [
                *_late_for(connection, through),
                *commitments.agent_days(connection, day),
            ]
        self._database.write(lambda c: self._close(c, day, leaves, now))
        return True

    def _close(
        self, connection: sa.Connection, day: date, leaves: list[Leaf], now: datetime
    ) -> None:
        self._take_turn(connection, now)
        if _closed_through(connection) != _before(day):
            raise NotMyTurn
        add_leaves(connection, leaves, now)
        write_note(connection, CLOSED_THROUGH, day.isoformat())

    # ------------------------------------------------------------------ months
    def _commit_months(self, now: datetime) -> None:
        """Twice a day: commit to the offices' months that are others than their newest leaves say."""
        last = self._database.read(lambda c: read_note(c, MONTHS_AT))
        if last is not None and datetime.fromisoformat(last) >= _half_day(now):
            return
        with self._database.reading() as connection:
            leaves = _changed_months(connection)
        self._database.write(lambda c: self._keep_months(c, leaves, last, now))

    def _keep_months(
        self, connection: sa.Connection, leaves: list[Leaf], last: str | None, now: datetime
    ) -> None:
        self._take_turn(connection, now)
        if read_note(connection, MONTHS_AT) != last:
            raise NotMyTurn
        add_leaves(connection, leaves, now)
        write_note(connection, MONTHS_AT, now.isoformat())

    def _take_turn(self, connection: sa.Connection, now: datetime) -> None:
        if not take_turn(connection, "log", self._name, now, TURN):
            raise NotMyTurn


def _after(day: date) -> date:
    return day + timedelta(days=1)


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _due(last: datetime, now: datetime) -> bool:
    """Ten minutes after the last checkpoint, and at the end of work whenever the last one was."""
    end = datetime.combine(now.astimezone(BANGKOK).date(), END_OF_WORK, BANGKOK)
    return now - last >= EVERY or last < end <= now


def _half_day(now: datetime) -> datetime:
    """The last midnight (when the day before is settled) or end of work."""
    day = now.astimezone(BANGKOK).date()
    end = datetime.combine(day, END_OF_WORK, BANGKOK)
    midnight = local_midnight(day) + SETTLED
    return end if now >= end else midnight if now >= midnight else end - timedelta(days=1)


def _closed_through(connection: sa.Connection) -> date | None:
    """The last local day whose reports stand under leaves; None if no report ever came."""
    found = read_note(connection, CLOSED_THROUGH)
    if found is not None:
        return date.fromisoformat(found)
    first = commitments.first_day(connection)
    return None if first is None else _before(first)


def _late_for(connection: sa.Connection, day: date) -> list[Leaf]:
    """New leaves for those of a closed day whose reports have become more since."""
    kept = newest_leaves(connection, Kind.AGENT_DAY, f"{day.isoformat()} ")
    found: list[Leaf] = []
    for (agent, incarnation), count in commitments.counted_on(connection, day).items():
        known = kept.get(f"{day.isoformat()} {agent} {incarnation}")
        if known is None or known.values["reports"] < count:
            again = commitments.agent_days(connection, day, agent)
            found += (leaf for leaf in again if leaf.values["incarnation"] == incarnation)
    return found


def _changed_months(connection: sa.Connection) -> list[Leaf]:
    kept = newest_leaves(connection, Kind.OFFICE_MONTH)
    found: list[Leaf] = []
    for subject, reached in commitments.months_reached(connection).items():
        known = kept.get(subject)
        if known is None or any(known.values[k] != v for k, v in reached._asdict().items()):
            found.append(commitments.office_month(connection, subject, reached))
    return found


def _beat(now: datetime) -> Leaf:
    at = round(now.timestamp() * 1000)
    return plain_leaf(Kind.BEAT, str(at), {"at": at, "random": token_hex(16)})
