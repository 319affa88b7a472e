"""Painted days of offices kept, and which of them have to be painted again.

Facts mark an office's day in the transaction that stores them (`mark_office_days`); whoever has the day in hand
paints the marked offices, and takes the marks away in the transaction that stores the day. A mark that was
raised meanwhile stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import (
    office_days,
    painted_days,
    stale_days,
    stale_office_days,
)
from laaswatch_collector.store.work import mark_stale
from laaswatch_collector.timeline.calibration import Counts
from laaswatch_collector.timeline.office_day import VERSION, counts_in

AT_ONCE = 500
"""Offices in one statement: SQLite bounds its parameters."""


@dataclass(frozen=True, slots=True)
class DayKept:
    """A day as it was last concluded. `whole`: every office was painted by the version that is in use."""

    whole: bool = False
    over: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Hashes:
    """What an office's day was when its states were stored, and when its entries were asked to be judged."""

    runs: bytes
    judged: bytes


def mark_office_days(
    connection: sa.Connection, touched: Iterable[tuple[date, str]], now: datetime
) -> None:
    """Ask for these offices' days (Asia/Bangkok) to be painted and concluded again.

    Part of the transaction that stored the facts, and last in it: these are the rows that others wait for.
    """
    days = sorted(set(touched))
    if not days:
        return
    statement = insert_into(stale_office_days, connection.dialect.name)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["day", "office_code"], set_={"mark": stale_office_days.c.mark + 1}
        ),
        [{"day": day, "office_code": code, "mark": 1} for day, code in days],
    )
    mark_stale(connection, (day for day, _ in days), now)


def marked_offices(connection: sa.Connection, day: date) -> dict[str, int]:
    """The offices whose day waits to be painted, with their marks. Read this before the facts."""
    query = sa.select(stale_office_days.c.office_code, stale_office_days.c.mark)
    found = connection.execute(query.where(stale_office_days.c.day == day))
    return {row.office_code: row.mark for row in found}


def unmark_offices(connection: sa.Connection, day: date, marks: Mapping[str, int]) -> None:
    """These were painted from facts up to their marks; what was touched since stays marked."""
    c = stale_office_days.c
    if marks:
        connection.execute(
            stale_office_days.delete()
            .where(c.day == day, c.office_code == sa.bindparam("code"))
            .where(c.mark == sa.bindparam("seen")),
            [{"code": code, "seen": mark} for code, mark in sorted(marks.items())],
        )


def day_kept(connection: sa.Connection, day: date) -> DayKept:
    """How the day stands."""
    row = connection.execute(sa.select(painted_days).where(painted_days.c.day == day)).first()
    if row is None:
        return DayKept()
    return DayKept(row.version == VERSION, row.over, row.settled)


def keep_day(connection: sa.Connection, day: date, *, over: bool, settled: bool) -> None:
    """Every office of the day has been painted by the version in use."""
    statement = insert_into(painted_days, connection.dialect.name)
    values = {"version": VERSION, "over": over, "settled": settled}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["day"], set_=values), {"day": day, **values}
    )


def packed_days(connection: sa.Connection, day: date) -> dict[str, bytes]:
    """What was painted, by office; offices of which nothing is known are left out."""
    query = sa.select(office_days.c.office_code, office_days.c.body)
    found = connection.execute(query.where(office_days.c.day == day))
    return {row.office_code: bytes(row.body) for row in found if row.body}


def counted_days(
    connection: sa.Connection, codes: Sequence[str], first: date, last: date
) -> dict[str, dict[date, dict[str, Counts]]]:
    """What the packed days from `first` to `last` of these offices count, by office and day."""
    found: dict[str, dict[date, dict[str, Counts]]] = {code: {} for code in codes}
    c = office_days.c
    for part in in_parts(codes):
        for row in connection.execute(
            sa.select(c.office_code, c.day, c.body).where(
                c.day >= first, c.day <= last, c.office_code.in_(part)
            )
        ):
            if row.body:
                counts = counts_in(bytes(row.body), row.office_code)
                found[row.office_code][row.day] = counts
    return found


def mark_turned(
    connection: sa.Connection, turned: Iterable[tuple[date, str]], now: datetime
) -> None:
    """Ask for these offices' days again, so far as they were ever painted or are being concluded just now."""
    days = sorted(set(turned))
    if not days:
        return
    queued = set(connection.execute(sa.select(stale_days.c.day)).scalars())
    c = office_days.c
    known = {
        (row.day, row.office_code)
        for part in in_parts(sorted({code for _, code in days}))
        for row in connection.execute(
            sa.select(c.day, c.office_code).where(
                c.day >= days[0][0], c.day <= days[-1][0], c.office_code.in_(part)
            )
        )
    }
    mark_office_days(connection, (x for x in days if x in known or x[0] in queued), now)


def save_packed(connection: sa.Connection, day: date, painted: Mapping[str, bytes | None]) -> None:
    """Put these in the place of what was painted of these offices before."""
    rows = [
        {"day": day, "office_code": code, "body": body or b""}
        for code, body in sorted(painted.items())
    ]
    if rows:
        statement = insert_into(office_days, connection.dialect.name)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "office_code"], set_={"body": statement.excluded.body}
            ),
            rows,
        )


def hashes_of(connection: sa.Connection, day: date) -> dict[str, Hashes]:
    """The hashes of the offices whose states of the day are stored."""
    c = office_days.c
    query = sa.select(c.office_code, c.runs_hash, c.judged_hash)
    found = connection.execute(query.where(c.day == day, c.runs_hash.is_not(None)))
    return {row.office_code: Hashes(bytes(row.runs_hash), bytes(row.judged_hash)) for row in found}


def save_hashes(connection: sa.Connection, day: date, found: Mapping[str, Hashes]) -> None:
    """Write down what is stored now."""
    rows = [
        {
            "day": day,
            "office_code": code,
            "body": b"",
            "runs_hash": hashes.runs,
            "judged_hash": hashes.judged,
        }
        for code, hashes in sorted(found.items())
    ]
    if rows:
        statement = insert_into(office_days, connection.dialect.name)
        new = statement.excluded
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "office_code"],
                set_={"runs_hash": new.runs_hash, "judged_hash": new.judged_hash},
            ),
            rows,
        )


def in_parts(codes: Sequence[str]) -> list[Sequence[str]]:
    """The same in parts that fit into one statement."""
    return [codes[i : i + AT_ONCE] for i in range(0, len(codes), AT_ONCE)]
