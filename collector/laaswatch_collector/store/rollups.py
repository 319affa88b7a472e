"""Roll-ups of whole days kept, one row for an office and day (`timeline.rollups`)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from laaswatch_collector.store.bulk import append
from laaswatch_collector.store.office_days import in_parts
from laaswatch_collector.store.schema import rollups
from laaswatch_collector.timeline.facts import AgentFacts
from laaswatch_collector.timeline.rollups import roll_up, to_bytes


@dataclass(frozen=True, slots=True)
class PackedRollup:
    """An office's day, ready to be stored."""

    rounds: int
    body: bytes


def packed_rollups(agents: Iterable[AgentFacts]) -> dict[str, PackedRollup]:
    """The day of these agents, by office; an office without rounds has none."""
    return {code: PackedRollup(x.rounds, to_bytes(x)) for code, x in roll_up(agents).items()}


def save_rollups(
    connection: sa.Connection,
    day: date,
    found: Mapping[str, PackedRollup],
    offices: Collection[str],
) -> None:
    """Put these in the place of what stood for the day and these offices; some may have none any more."""
    for part in in_parts(sorted(offices)):
        connection.execute(
            rollups.delete().where(rollups.c.day == day, rollups.c.office_code.in_(part))
        )
    rows = [(code, _text(connection, day), x.rounds, x.body) for code, x in found.items()]
    append(connection, rollups, ("office_code", "day", "rounds", "body"), rows)


def _text(connection: sa.Connection, day: date) -> date | str:
    return day if connection.dialect.name == "postgresql" else day.isoformat()
