"""The revisions of outages: what each one held before, what had come since, and which outages became one."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.schema import agents, outage_revisions, outages, reports
from laaswatch_collector.timeline.history import FIELDS, LATE_SECONDS, Revision

LONGEST_REPORT = timedelta(hours=1)
"""A report holds the rounds of minutes: none that ends later than this after a time tells about it."""
CODES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class History:
    """An outage's revisions, oldest first; `stands` has FIELDS as they are now, None if it was withdrawn."""

    outage: str
    revisions: tuple[Revision, ...]
    stands: Mapping[str, Any] | None


def write_revision(
    connection: sa.Connection, outage: str, revision: int, now: datetime, change: Mapping[str, Any]
) -> None:
    """Keep one revision."""
    x = outage_revisions.c  # older collectors began again at 1 with an outage that was found again
    connection.execute(
        outage_revisions.delete().where(x.outage_id == outage, x.revision == revision)
    )
    connection.execute(
        outage_revisions.insert().values(
            outage_id=outage, revision=revision, changed_at=now, change=json.dumps(change)
        )
    )


def what_came(
    connection: sa.Connection,
    codes: Collection[str],
    span: tuple[datetime, datetime],
    since: datetime,
) -> dict[str, int]:
    """How many late reports about `span` came since `since`, and from how many of the offices; {} if none."""
    first, last = span
    received, made = (
        sa.type_coerce(reports.c[x], sa.BigInteger) for x in ("received_at", "last_at")
    )
    wanted = sorted(codes)
    count, heard = 0, set[str]()
    for i in range(0, len(wanted), CODES_AT_ONCE):
        query = (
            sa.select(agents.c.office_code, sa.func.count())
            .join(agents, agents.c.id == reports.c.agent_id)
            .where(agents.c.office_code.in_(wanted[i : i + CODES_AT_ONCE]))
            .where(reports.c.last_at >= first, reports.c.last_at < last + LONGEST_REPORT)
            .where(reports.c.first_at <= last, reports.c.received_at > since)
            .where(received - made > LATE_SECONDS * 1000)
            .group_by(agents.c.office_code)
        )
        for code, number in connection.execute(query):
            count += number
            heard.add(code)
    return {"reports": count, "from_offices": len(heard)} if count else {}


def before_withdrawal(gone: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of outages
    """What is kept of an outage that is none any more."""
    return {"withdrawn": True, "scope": gone.scope} | {
        name: plain(getattr(gone, name)) for name in FIELDS
    }


def successor(gone: Any, standing: Sequence[Mapping[str, Any]]) -> str:  # noqa: ANN401 - a row of outages
    """The id of that of these outages which it is part of now, those of its own scope first; or ""."""
    codes = set(json.loads(gone.office_codes))

    def holds(x: Mapping[str, Any]) -> bool:
        return overlap(gone, x) and not codes.isdisjoint(json.loads(x["office_codes"]))

    own = [x for x in standing if (x["scope"], x["key"]) == (gone.scope, gone.key) and holds(x)]
    found = own or [x for x in standing if x["offices"] > 1 and holds(x)]
    return str(max(found, key=lambda x: (x["offices"], x["id"]))["id"]) if found else ""


def overlap(row: Any, values: Mapping[str, Any]) -> bool:  # noqa: ANN401 - a row of outages
    """Whether a stored outage and one to be stored have a moment in common."""
    start, end = values["start_at"], values["end_at"]
    return (end is None or row.start_at <= end) and (row.end_at is None or row.end_at >= start)


def newest_revisions(connection: sa.Connection, ids: Sequence[str]) -> dict[str, int]:
    """The number of the newest revision kept of each of these that has one, standing or not."""
    found: dict[str, int] = {}
    for i in range(0, len(ids), CODES_AT_ONCE):
        x = outage_revisions.c
        query = (
            sa.select(x.outage_id, sa.func.max(x.revision))
            .where(x.outage_id.in_(ids[i : i + CODES_AT_ONCE]))
            .group_by(x.outage_id)
        )
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def load_histories(connection: sa.Connection, ids: Collection[str]) -> dict[str, History]:
    """The histories of these outages, of those that have one or that stand; a few at a time."""
    wanted = sorted(ids)
    stands = {
        row.id: {name: plain(getattr(row, name)) for name in FIELDS}
        for row in connection.execute(sa.select(outages).where(outages.c.id.in_(wanted)))
    }
    revisions: dict[str, list[Revision]] = {x: [] for x in stands}
    x = outage_revisions.c
    for row in connection.execute(
        sa.select(outage_revisions).where(x.outage_id.in_(wanted)).order_by(x.outage_id, x.revision)
    ):
        found = Revision(row.revision, row.changed_at, json.loads(row.change))
        revisions.setdefault(row.outage_id, []).append(found)
    return {x: History(x, tuple(found), stands.get(x)) for x, found in revisions.items()}


def plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    """A column's value as JSON holds it."""
    return value.isoformat() if isinstance(value, datetime) else value
