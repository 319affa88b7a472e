"""Which reports are old enough to be packed, and the packing of them, agent by agent, beside everything else."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby

import sqlalchemy as sa
import zstandard

from laaswatch_collector.evidence.sealed import KeptReport, Unsealable, seal_day
from laaswatch_collector.store.chains import Key
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.history import Gone, SealedDay, keep_sealed
from laaswatch_collector.store.schema import reports
from laaswatch_collector.worktime.thai import BANGKOK, local_midnight

MOST = 1500
"""Reports in one packed day: a day's reports, twice. A backlog of weeks is packed in parts."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What was packed: days of agents, reports, rounds, bytes that they take now."""

    days: int = 0
    reports: int = 0
    rounds: int = 0
    bytes: int = 0

    def with_day(self, day: SealedDay) -> "Done":
        """This, and one day more."""
        return Done(
            self.days + 1,
            self.reports + day.reports,
            self.rounds + day.rounds,
            self.bytes + len(day.body),
        )


def seal_history(
    database: Database, before: date, *, stopping: Callable[[], bool] = lambda: False
) -> Done:
    """Pack every report that was received before this local day. Idempotent, and may be killed anywhere."""
    end = local_midnight(before)
    newest = database.read(lambda c: newest_before(c, end))
    done = Done()
    for key in database.read(lambda c: _keys(c, newest, end)):
        for rows in _parts(database.read(partial(_old, key=key, newest=newest, end=end))):
            if stopping():
                return done
            sealed = _seal_rows(database, key, rows)
            done = done if sealed is None else done.with_day(sealed)
    return done


def would_seal(database: Database, before: date) -> int:
    """How many reports are old enough to be packed."""
    end = local_midnight(before)

    def count(connection: sa.Connection) -> int:
        old = sa.and_(_C.id <= newest_before(connection, end), _C.received_at < end)
        return connection.execute(
            sa.select(sa.func.count()).select_from(reports).where(old)
        ).scalar_one()

    return database.read(count)


def _seal_rows(database: Database, key: Key, rows: Sequence[int]) -> SealedDay | None:
    """Pack these rows; None if somebody else did, or if they must stay as they are."""
    sealed = database.read(lambda c: _packed(c, key, rows))
    if sealed is None:
        return None
    try:
        database.write(lambda c: keep_sealed(c, sealed, rows))
    except Gone:
        log.info("reports of %s on %s were packed by somebody else", key[0], sealed.day)
        return None
    return sealed


def newest_before(connection: sa.Connection, end: datetime) -> int:
    """The last row of `reports` before the first that came at `end` or later: rows are numbered as they come.

    The highest row of all stays where it is, so that no number is ever given twice.
    """
    low, high = connection.execute(sa.select(sa.func.min(_C.id), sa.func.max(_C.id))).one()
    if low is None:
        return 0
    last = high - 1
    while low <= high:
        middle = (low + high) // 2
        row = connection.execute(
            sa.select(_C.id, _C.received_at).where(_C.id >= middle).order_by(_C.id).limit(1)
        ).one()
        if row.received_at < end:
            low = row.id + 1
        else:
            high = middle - 1
    return int(min(low - 1, last))


def _keys(connection: sa.Connection, newest: int, end: datetime) -> list[Key]:
    """Agents and incarnations that have old reports."""
    rows = connection.execute(
        sa.select(_C.agent_id, _C.incarnation)
        .where(_C.id <= newest, _C.received_at < end)
        .distinct()
        .order_by(_C.agent_id, _C.incarnation)
    )
    return [(row.agent_id, row.incarnation) for row in rows]


def _old(
    connection: sa.Connection, key: Key, newest: int, end: datetime
) -> list[tuple[date, int, int]]:
    """Day of receipt, number and row of its old reports, in this order."""
    rows = connection.execute(
        sa.select(_C.id, _C.seq, _C.received_at)
        .where(_C.agent_id == key[0], _C.incarnation == key[1])
        .where(_C.id <= newest, _C.received_at < end)
    )
    return sorted((row.received_at.astimezone(BANGKOK).date(), row.seq, row.id) for row in rows)


def _parts(old: Sequence[tuple[date, int, int]]) -> Iterator[list[int]]:
    """The rows of each day, never more than MOST together."""
    for _, group in groupby(old, lambda x: x[0]):
        rows = [row for _, _, row in group]
        for i in range(0, len(rows), MOST):
            yield rows[i : i + MOST]


def _packed(connection: sa.Connection, key: Key, rows: Sequence[int]) -> SealedDay | None:
    """These rows as they would be kept; None if they are gone meanwhile, or must stay as they are."""
    unpack = zstandard.ZstdDecompressor().decompress
    found = connection.execute(sa.select(reports).where(_C.id.in_(rows)).order_by(_C.seq)).all()
    if len(found) != len(rows):
        return None
    kept = [
        KeptReport(
            line=unpack(row.body),
            received=_ms(row.received_at),
            sent=row.sent_ms,
            sent_mono=row.sent_mono_ms,
            sent_boot=row.sent_boot,
            origin=row.origin_ms,
            first=None if row.first_at is None else _ms(row.first_at),
            last=None if row.last_at is None else _ms(row.last_at),
        )
        for row in found
    ]
    day = found[0].received_at.astimezone(BANGKOK).date()
    try:
        body = seal_day(kept)
    except Unsealable as error:
        log.warning("reports of %s on %s stay as they are: %s", key[0], day, error)
        return None
    return SealedDay(
        agent=key[0],
        incarnation=key[1],
        day=day,
        first=found[0].seq,
        last=found[-1].seq,
        reports=len(found),
        rounds=sum(row.rounds for row in found),
        first_at=min((row.first_at for row in found if row.first_at is not None), default=None),
        last_at=max((row.last_at for row in found if row.last_at is not None), default=None),
        body=body,
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


_C = reports.c
