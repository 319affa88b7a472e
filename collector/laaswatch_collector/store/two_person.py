"""Requests that a second administrator confirms, and what is done then: in one transaction with the confirmation."""

import re
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.access.two_person import LEAST_REASON, Kind, Request, may_confirm
from laaswatch_collector.messages import Told
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.keeping import Keeping, agree
from laaswatch_collector.store.schema import access_tokens, agents, offices, requests, sessions
from laaswatch_collector.worktime.provinces import PROVINCES

_KEEPING = re.compile(r"([0-9]{2,5})/([0-9]{2,5})")


class RequestError(Told):
    """It cannot be asked for or confirmed, and why."""


def ask_for(
    connection: sa.Connection, kind: str, subject: str, reason: str, who: str, now: datetime
) -> int:
    """Write a request down; its number. Raises `RequestError`."""
    if kind not in set(Kind):
        raise RequestError("two_person.unknown")
    if kind == Kind.REVOKE_PCS and subject not in PROVINCES:
        raise RequestError("people.needs_province")
    if kind == Kind.SHORTEN_KEEPING and not _KEEPING.fullmatch(subject):
        raise RequestError("two_person.unknown")
    if len(reason) < LEAST_REASON:
        raise RequestError("audit.needs_reason", least=LEAST_REASON)
    number = connection.execute(
        requests.insert()
        .values(kind=str(kind), subject=subject, reason=reason, asked_by=who, asked_at=now)
        .returning(requests.c.id)
    ).scalar_one()
    record(
        connection,
        now,
        who,
        "ask_two_person",
        str(number),
        kind=str(kind),
        on=subject,
        reason=reason,
    )
    return int(number)


def confirm(connection: sa.Connection, number: int, who: str, now: datetime) -> int:
    """Do what was asked for; how many it was done to. Raises `RequestError`."""
    found = _locked(connection, number)
    if found is None or not may_confirm(found, who, now):
        raise RequestError("two_person.not_by_you")
    done = _DO[found.kind](connection, found, who, now)
    _decide(connection, number, "done", who, now)
    record(
        connection, now, who, "confirm_two_person", str(number),
        kind=str(found.kind), on=found.subject, asked_by=found.asked_by, count=done,
    )  # fmt: skip
    return done


def withdraw(connection: sa.Connection, number: int, who: str, now: datetime) -> None:
    """Nothing comes of it; any administrator may. Raises `RequestError`."""
    found = _locked(connection, number)
    if found is None or not found.waits(now):
        raise RequestError("two_person.not_by_you")
    _decide(connection, number, "withdrawn", who, now)
    record(connection, now, who, "withdraw_two_person", str(number), kind=str(found.kind))


def newest_requests(connection: sa.Connection, most: int) -> list[Request]:
    """The newest requests, whatever became of them."""
    query = sa.select(requests).order_by(requests.c.id.desc()).limit(most)
    return [_request(x) for x in connection.execute(query)]


def _locked(connection: sa.Connection, number: int) -> Request | None:
    row = connection.execute(
        sa.select(requests).where(requests.c.id == number).with_for_update()
    ).first()
    return None if row is None else _request(row)


def _request(row: sa.Row[tuple[object, ...]]) -> Request:
    return Request(
        row.id,
        Kind(row.kind),
        row.subject,
        row.reason,
        row.asked_by,
        row.asked_at,
        row.decided_by,
        row.decided_at,
        row.decision,
    )


def _decide(connection: sa.Connection, number: int, decision: str, who: str, now: datetime) -> None:
    connection.execute(
        requests.update()
        .where(requests.c.id == number)
        .values(decision=decision, decided_by=who, decided_at=now)
    )


def _revoke_pcs(connection: sa.Connection, found: Request, who: str, now: datetime) -> int:
    """One by one: each is a line of the audit, and its days are concluded anew."""
    ids = list(
        connection.execute(
            sa.select(agents.c.id)
            .join(offices, offices.c.code == agents.c.office_code)
            .where(
                offices.c.province == found.subject,
                agents.c.role != "control",
                agents.c.state != str(AgentState.REVOKED),
            )
            .order_by(agents.c.id)
        ).scalars()
    )
    for agent in ids:
        set_state(connection, agent, AgentState.REVOKED, who=who, now=now)
    return len(ids)


def _end_all_sessions(connection: sa.Connection, _found: Request, _who: str, now: datetime) -> int:
    ended = connection.execute(sessions.delete()).rowcount
    tokens = connection.execute(
        access_tokens.update().where(access_tokens.c.revoked_at.is_(None)).values(revoked_at=now)
    ).rowcount
    return int(ended + tokens)


def _shorten_keeping(connection: sa.Connection, found: Request, _who: str, _now: datetime) -> int:
    reports, sums = found.subject.split("/")
    agree(connection, Keeping(int(reports), int(sums)))
    return 1


_DO = {
    Kind.REVOKE_PCS: _revoke_pcs,
    Kind.END_ALL_SESSIONS: _end_all_sessions,
    Kind.SHORTEN_KEEPING: _shorten_keeping,
}
