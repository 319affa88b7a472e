"""Two histories of one agent: was its disk put back from a backup, or do two copies of it live at once?

Either way a report turns up that contradicts those that are held. What was measured when tells the two
apart. Whoever put a disk back did so after the last round of the history that we hold:

    held       ●─●─●─●─●                 put back: the other disk measures only afterwards
    the other        ┊   ○─○─○           → its rounds are good; they go on in a new life
    the other      ○─○─○                 two at once: a fork, a person has to look

The first report of a copy that was started in a pause of the other looks like a disk put back. The other
one's next report then speaks of a time when its life had ended (`ended_at`), and shows them both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.evidence.held import Held
from laaswatch_collector.store.chains import Key
from laaswatch_collector.store.intake import Prepared, PreparedReport
from laaswatch_collector.store.schema import reports
from laaswatch_collector.timeline.packed import unpack
from laaswatch_collector.timeline.placement import TOLERATED_MS


@dataclass(frozen=True, slots=True)
class Conflict:
    """A report, and the held numbers `first` to `last` that belong to another history than it does.

    `together`: both came in one delivery. No disk holds two histories.
    """

    report: PreparedReport
    first: int
    last: int
    together: bool


def measuring_since(
    connection: sa.Connection, key: Key, delivery: Prepared, conflict: Conflict
) -> int | None:
    """Since when the disk that was put back has been measuring, ms on our clock; None = two at once.

    Only rounds of the boot that sent them count: no other time is sure enough to accuse anybody.
    """
    if conflict.together:
        return None
    rounds = _rounds(delivery, conflict.report)
    if not rounds:
        return delivery.received_ms
    c = reports.c
    rows = connection.execute(
        sa.select(c.boot, c.last_at, c.packed)
        .where(c.agent_id == key[0], c.incarnation == key[1])
        .where(c.seq.between(conflict.first, conflict.last))
        .where(sa.type_coerce(c.last_at, sa.BigInteger) >= min(rounds.values()))
    ).all()
    # A round that waited in the backup is in both histories: it was measured once.
    boot = conflict.report.report.boot
    both = {int(mono) for row in rows if row.boot == boot for mono in unpack(row.packed)["mono"]}
    own = [at for mono, at in rounds.items() if mono not in both]
    newest = max((row.last_at.timestamp() * 1000 for row in rows), default=0.0)
    if own and min(own) < newest - TOLERATED_MS:
        return None
    return min(own, default=delivery.received_ms)


def measured_after(
    delivery: Prepared, new: Iterable[PreparedReport], ended: datetime
) -> list[PreparedReport]:
    """Those that speak of a time when their life had ended."""
    end = ended.timestamp() * 1000 + TOLERATED_MS
    return [x for x in new if any(at > end for at in _rounds(delivery, x).values())]


def continues(held: Held, new: Iterable[PreparedReport], late: Iterable[PreparedReport]) -> bool:
    """Does one of the late ones follow, one after the other, the reports that are held?

    One that leaves a hole before it may be of either history.
    """
    follows: set[int] = set()
    for seq in sorted(x.report.seq for x in new):
        if seq - 1 in held or seq - 1 in follows:
            follows.add(seq)
    return any(x.report.seq in follows for x in late)


def _rounds(delivery: Prepared, prepared: PreparedReport) -> dict[int, int]:
    """By monotonic clock, the rounds of a report on our clock; none where that clock has been set back."""
    envelope, report = delivery.envelope, prepared.report
    if report.boot != envelope.boot:
        return {}
    shift = delivery.received_ms - envelope.mono
    return {r.mono: r.mono + shift for r in report.rounds if r.mono <= envelope.mono}
