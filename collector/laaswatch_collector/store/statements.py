"""What an office says itself: of the systems that keep no book, and of days without entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.ledger.completeness import Standing
from laaswatch_collector.ledger.model import SYSTEM_OF, System
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.bulk import insert_into
from laaswatch_collector.store.schema import quiet_answers, system_statements

WITHOUT_BOOK = tuple(system for system in System if system not in SYSTEM_OF.values())
"""Budget, accounting and reports: nothing that is imported tells of them."""


class QuietAnswer(StrEnum):
    """What an office may say of working days without an entry."""

    NO_TRANSACTIONS = "no_transactions"
    NOT_POSTED = "not_posted"


@dataclass(frozen=True, slots=True)
class Said:
    """A statement or an answer, and whose it is."""

    what: str
    said_by: str
    said_at: datetime


def statements_of(connection: sa.Connection, office: str, month: str) -> dict[System, Said]:
    """What was said of an office's systems for a month (YYYY-MM)."""
    x = system_statements.c
    query = sa.select(x.system, x.state, x.said_by, x.said_at).where(
        x.office_code == office, x.month == month
    )
    return {System(row[0]): Said(*row[1:]) for row in connection.execute(query)}


def state_system(
    connection: sa.Connection,
    office: str,
    month: str,
    system: System,
    state: Standing,
    *,
    who: str,
    now: datetime,
) -> None:
    """Keep what was said, in the place of what was said before; UNKNOWN takes it back."""
    if system not in WITHOUT_BOOK:
        raise ValueError(f"{system} has books of its own")
    key = {"office_code": office, "month": month, "system": str(system)}
    _keep(
        connection,
        system_statements,
        key,
        None if state is Standing.UNKNOWN else {"state": str(state)},
        who,
        now,
    )
    record(connection, now, who, "state_system", office, month=month, system=system, state=state)


def answer_quiet(
    connection: sa.Connection,
    office: str,
    first: date,
    last: date,
    answer: QuietAnswer,
    *,
    who: str,
    now: datetime,
) -> None:
    """Keep an answer, in the place of an earlier one to the same question."""
    key = {"office_code": office, "first_day": first, "last_day": last}
    _keep(connection, quiet_answers, key, {"answer": str(answer)}, who, now)
    record(
        connection,
        now,
        who,
        "answer_quiet",
        office,
        first=first.isoformat(),
        last=last.isoformat(),
        answer=answer,
    )


def _keep(
    connection: sa.Connection,
    table: sa.Table,
    key: Mapping[str, Any],
    said: Mapping[str, Any] | None,
    who: str,
    now: datetime,
) -> None:
    if said is None:
        connection.execute(table.delete().where(*(table.c[k] == v for k, v in key.items())))
        return
    values = {**said, "said_by": who, "said_at": now}
    statement = insert_into(table, connection.dialect.name).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
