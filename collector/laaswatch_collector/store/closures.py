"""The register of closures that the site's owner declared; they move deadlines."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.ledger.lateness import Closure
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.rules_in_use import offices_in
from laaswatch_collector.store.schema import closures
from laaswatch_collector.store.work import mark_to_judge
from laaswatch_collector.worktime.thai import local_date


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """A closure with what it rests on; `end_source` is the letter that ended it, "" if it was known at first."""

    id: int
    closure: Closure
    source: str
    declared_by: str
    declared_at: datetime
    ended_by: str
    end_source: str


def declare_closure(
    connection: sa.Connection,
    closure: Closure,
    *,
    source: str,
    declared_by: str,
    now: datetime,
    role: str = "login",
) -> int:
    """Write a closure down, with the letter or notice it rests on; the entries it touches are judged anew.

    Raises ValueError without a source, or where the end or the catch-up deadline comes too early.
    """
    _check(closure, source)
    made = connection.execute(
        closures.insert().values(
            role=role,
            province=closure.province,
            from_at=closure.start,
            to_at=closure.end,
            catch_up_at=closure.catch_up,
            source=source,
            declared_by=declared_by,
            declared_at=now,
        )
    )
    if made.inserted_primary_key is None:
        raise RuntimeError("the database gave no id for a closure")
    number = int(made.inserted_primary_key[0])
    _judge_again(connection, closure, now)
    _write_down(connection, now, declared_by, "closure_declared", number, closure, source)
    return number


def end_closure(
    connection: sa.Connection,
    number: int,
    end: datetime,
    *,
    source: str,
    ended_by: str,
    now: datetime,
    catch_up: datetime | None = None,
) -> None:
    """Write down when the site opened again, and by when back-entries are due if the letter says so.

    What the closure touched, and what it touches now, is judged anew. Raises ValueError as `declare_closure`,
    LookupError if there is no such closure.
    """
    row = find_closure(connection, number)
    if row is None:
        raise LookupError(number)
    before = row.closure
    after = replace(before, end=end, catch_up=catch_up or before.catch_up)
    _check(after, source)
    connection.execute(
        closures.update()
        .where(closures.c.id == number)
        .values(to_at=end, catch_up_at=after.catch_up, ended_by=ended_by, end_source=source)
    )
    _judge_again(connection, before, now)
    _judge_again(connection, after, now)
    _write_down(connection, now, ended_by, "closure_ended", number, after, source)


def closures_between(
    connection: sa.Connection, from_at: datetime, to_at: datetime
) -> list[Closure]:
    """The closures that touch [from_at, to_at), in order of their start."""
    query = (
        sa.select(closures)
        .where(
            closures.c.from_at < to_at,
            sa.or_(closures.c.to_at.is_(None), closures.c.to_at > from_at),
        )
        .order_by(closures.c.from_at, closures.c.id)
    )
    return [_closure(row) for row in connection.execute(query)]


def list_closures(connection: sa.Connection, within: Resource) -> list[ClosureRow]:
    """Every closure that holds in this part of the country, the newest first."""
    query = sa.select(closures).order_by(closures.c.from_at.desc(), closures.c.id.desc())
    if within.province:
        query = query.where(closures.c.province.in_(["", within.province]))
    return [_row(row) for row in connection.execute(query)]


def find_closure(connection: sa.Connection, number: int) -> ClosureRow | None:
    """The closure with this number."""
    row = connection.execute(sa.select(closures).where(closures.c.id == number)).first()
    return None if row is None else _row(row)


def _check(closure: Closure, source: str) -> None:
    if closure.end is not None and closure.end <= closure.start:
        raise ValueError("a closure ends after it starts")
    if closure.catch_up is not None and closure.catch_up <= (closure.end or closure.start):
        raise ValueError("a closure's catch-up deadline comes after its end")
    if not source.strip():
        raise ValueError("a closure needs its source: the letter or notice, with its number")


def _judge_again(connection: sa.Connection, closure: Closure, now: datetime) -> None:
    scope = f"province:{closure.province}" if closure.province else ""
    last = max(closure.end or now, closure.start)
    mark_to_judge(connection, local_date(closure.start), local_date(last), offices_in(scope))


def _write_down(
    connection: sa.Connection,
    now: datetime,
    who: str,
    action: str,
    number: int,
    closure: Closure,
    source: str,
) -> None:
    record(
        connection,
        now,
        who,
        action,
        str(number),
        province=closure.province,
        start=closure.start.isoformat(),
        end=closure.end.isoformat() if closure.end else None,
        catch_up=closure.catch_up.isoformat() if closure.catch_up else None,
        source=source,
    )


def _closure(row: sa.Row[tuple[object, ...]]) -> Closure:
    return Closure(row.from_at, row.to_at, row.catch_up_at, row.province)


def _row(row: sa.Row[tuple[object, ...]]) -> ClosureRow:
    return ClosureRow(
        row.id,
        _closure(row),
        row.source,
        row.declared_by,
        row.declared_at,
        row.ended_by,
        row.end_source,
    )
