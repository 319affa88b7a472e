"""Explanations kept: one row an entry, replaced whenever its facts or the rules change; what was said before; counts.

A row whose conclusion is the same as before stays as it is, with the time since when it has held.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.schema import (
    UtcTime,
    entries,
    explanation_changes,
    explanations,
    office_months,
)

COLUMNS = tuple(c.name for c in explanations.columns)
_TIMES = tuple(isinstance(c.type, UtcTime) for c in explanations.columns)
_DEFAULTS = {
    "outage_revisions": "[]", "explained_fraction_to": None, "lies_between": "", "flags": "[]",
    "backlog_minutes": 0, "backlog_fraction": None, "rests_on_estimate": False,
}  # fmt: skip
"""What a row may leave out."""
_AT = {name: k for k, name in enumerate(COLUMNS)}
_BESIDE = _AT["computed_at"]
_PART = 500
"""SQLite bounds the parameters of one statement."""
Row = tuple[Any, ...]


def replace_explanations(
    connection: sa.Connection, office: str, rows: Sequence[dict[str, Any]]
) -> None:
    """Put these rows (columns of `schema.explanations`) of an office in place of the ones for the same entries.

    What was said of entries that have vanished or were cancelled since is taken back. One transaction at a
    time may do this for an office: its months are counted anew.
    """
    months = _take_back(connection, office)
    new = [_row(x) for x in rows]
    old = _kept(connection, office, {row[_AT["month"]] for row in new})
    changed = [row for row in new if not _same(old.get(row[_AT["entry_id"]]), row)]
    if changed:
        before = [(old[x[0]], x) for x in changed if x[0] in old]
        for first in range(0, len(before), _PART):
            part = [x[0] for _, x in before[first : first + _PART]]
            connection.execute(explanations.delete().where(explanations.c.entry_id.in_(part)))
        append(connection, explanations, COLUMNS, changed)
        _write_changes(connection, before)
    months |= {row[_AT["month"]] for row in changed}
    months |= {old[x[0]][_AT["month"]] for x in changed if x[0] in old}
    for month in sorted(months):
        _count(connection, office, month)


def why_changed(old: Row, new: Row) -> str:
    """Why a verdict is another one: rules, ledger, settled, outages or states; the first that applies."""

    def differ(*names: str) -> bool:
        return any(old[_AT[name]] != new[_AT[name]] for name in names)

    if differ("rule_version"):
        return "rules"
    if differ("due_at", "band", "tardiness_minutes"):
        return "ledger"
    if old[_AT["verdict"]] == "pending":
        return "settled"
    return "outages" if differ("outage_ids", "outage_revisions") else "states"


def _row(values: dict[str, Any]) -> Row:
    """The values in the order of `COLUMNS`, times as they are stored."""
    found = _DEFAULTS | values
    return tuple(
        round(found[name].timestamp() * 1000) if time and found[name] is not None else found[name]
        for name, time in zip(COLUMNS, _TIMES, strict=True)
    )


def _kept(connection: sa.Connection, office: str, months: Iterable[str]) -> dict[int, Row]:
    """The stored rows of an office's months by entry, times as they are stored."""
    columns = [
        sa.type_coerce(c, sa.BigInteger) if time else c
        for c, time in zip(explanations.columns, _TIMES, strict=True)
    ]
    query = sa.select(*columns).where(
        explanations.c.office_code == office, explanations.c.month.in_(sorted(months))
    )
    return {row[0]: tuple(row) for row in connection.execute(query)}


def _same(old: Row | None, new: Row) -> bool:
    """Whether both say the same, whenever it was computed."""
    return (
        old is not None
        and old[:_BESIDE] == new[:_BESIDE]
        and old[_BESIDE + 1 :] == new[_BESIDE + 1 :]
    )


def _write_changes(connection: sa.Connection, pairs: Sequence[tuple[Row, Row]]) -> None:
    rows = [
        {
            "entry_id": new[0],
            "changed_at": _time(new[_BESIDE]),
            "verdict": old[_AT["verdict"]],
            "explained_fraction": old[_AT["explained_fraction"]],
            "rule_version": old[_AT["rule_version"]],
            "computed_at": _time(old[_BESIDE]),
            "reason": why_changed(old, new),
        }
        for old, new in pairs
        if old[_AT["verdict"]] != new[_AT["verdict"]] and old[_BESIDE] < new[_BESIDE]
    ]
    if rows:
        connection.execute(explanation_changes.insert(), rows)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _take_back(connection: sa.Connection, office: str) -> set[str]:
    """Delete the explanations of entries that do not count any more; the months that had them."""
    gone = sa.select(entries.c.id).where(
        entries.c.office_code == office,
        sa.or_(entries.c.cancelled, entries.c.vanished_at.is_not(None)),
    )
    deleted = connection.execute(
        explanations.delete()
        .where(explanations.c.office_code == office, explanations.c.entry_id.in_(gone))
        .returning(explanations.c.month)
    )
    return set(deleted.scalars())


def _count(connection: sa.Connection, office: str, month: str) -> None:
    """Count the entries of an office's month by book, band and verdict."""
    kept, x = office_months.c, explanations.c
    connection.execute(
        office_months.delete().where(kept.office_code == office, kept.month == month)
    )
    columns = (x.office_code, x.month, x.book, x.band, x.verdict)
    counted = (
        sa.select(*columns, sa.func.count())
        .where(x.office_code == office, x.month == month)
        .group_by(*columns)
    )
    connection.execute(office_months.insert().from_select(list(kept.keys()), counted))
