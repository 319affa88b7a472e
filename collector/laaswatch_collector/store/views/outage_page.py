"""One outage as its page shows it: who was hit, who was not, what their PCs saw, which entries it touches."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.advice.tried import TriedStep
from laaswatch_collector.store.facts import load_offices
from laaswatch_collector.store.revisions import History, load_histories
from laaswatch_collector.store.schema import agents, explanations, offices, state_runs
from laaswatch_collector.store.tried import tried_against
from laaswatch_collector.store.views.offices import OfficeRow, office_codes, offices_named
from laaswatch_collector.store.views.outages import OutageRow, outages_by_id
from laaswatch_collector.store.views.scoping import seen_by
from laaswatch_collector.timeline.facts import COLUMNS, AgentFacts, Office
from laaswatch_collector.timeline.packed import FAILED, WORKED
from laaswatch_collector.worktime.thai import local_date

AROUND = timedelta(minutes=45)
"""What the picture shows before and after an outage."""
LONGEST = timedelta(hours=30)
"""Of a longer outage the picture shows the beginning."""
STEPS = (5, 10, 15, 30, 60)
"""Minutes of one bar."""
MOST_STEPS = 48
MOST_ROUNDS = timedelta(hours=2)
"""Of a longer outage the ladders are read off the beginning."""
LADDERS = 3
NAMED = 60
"""Offices named one by one."""
WIDE = frozenset(("site", "undecided", "isp", "isp_province", "province"))


@dataclass(slots=True)
class Group:
    """The offices of one provider, or one office: how many were hit, worked, or were not heard meanwhile.

    `down` and `heard` are counts of offices for each step of the picture.
    """

    name: str
    office: OfficeRow | None = None
    hit: int = 0
    worked: int = 0
    unheard: int = 0
    down: list[int] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)

    @property
    def offices(self) -> int:
        """All of them."""
        return self.hit + self.worked + self.unheard


@dataclass(frozen=True, slots=True)
class LadderSeen:
    """What one PC's rounds met during the outage: for each layer how many worked and how many failed."""

    office: str
    agent: str
    pc: str
    rounds: int
    layers: tuple[tuple[str, int, int], ...]

    @property
    def broke(self) -> str:
        """The first layer that failed more often than it worked, "" for none."""
        return next((name for name, worked, failed in self.layers if failed > worked), "")


@dataclass(frozen=True, slots=True)
class OutageSeen:
    """Everything that the page of an outage says, as far as the reader may see it.

    `own`: the offices that it hit inside the reader's part; `others`: how many outside of it. `entries`: late
    entries that rest on it, by office and verdict. `flags`: what speaks against it: flag → count, first (seconds).
    """

    outage: OutageRow
    history: History | None
    own: tuple[OfficeRow, ...]
    own_count: int
    others: int
    start: datetime
    step: timedelta
    groups: tuple[Group, ...]
    ladders: tuple[LadderSeen, ...]
    entries: dict[str, Counter[str]]
    flags: dict[str, tuple[int, int]]
    tried: tuple[TriedStep, ...]
    """What offices inside the reader's part did meanwhile."""


def outage_within(
    connection: sa.Connection, outage: str, within: Resource
) -> tuple[OutageRow, frozenset[str]] | None:
    """The outage, and the offices that it hit inside `within`; None if there is none or it hit none of them."""
    row = outages_by_id(connection, [outage]).get(outage)
    if row is None:
        return None
    own = frozenset(row.seen) & office_codes(connection, within)
    return (row, own) if own else None


def outage_seen(
    connection: sa.Connection, outage: str, within: Resource, now: datetime
) -> OutageSeen | None:
    """The outage as somebody sees it who may see `within`; None where `outage_within` finds nothing."""
    found = outage_within(connection, outage, within)
    if found is None:
        return None
    row, own = found
    named = offices_named(connection, sorted(own)[:NAMED])
    start, step, count = _steps(row, now)
    histories = load_histories(connection, [row.id]) if row.revised else {}
    entries, flags = _entries(connection, row, own)
    return OutageSeen(
        outage=row,
        history=histories.get(row.id),
        own=tuple(named.values()),
        own_count=len(own),
        others=len(row.seen) - len(own),
        start=start,
        step=step,
        groups=tuple(_groups(connection, row, own, within, start, step, count)),
        ladders=tuple(_ladders(connection, row, own, now)),
        entries=entries,
        flags=flags,
        tried=tuple(x for x in tried_against(connection, row.id) if x.office in own),
    )


def _steps(row: OutageRow, now: datetime) -> tuple[datetime, timedelta, int]:
    end = min(row.end_at or now, row.start_at + LONGEST) + AROUND
    start = row.start_at - AROUND
    minutes = (min(end, now) - start).total_seconds() / 60
    step = next((x for x in STEPS if minutes / x <= MOST_STEPS), STEPS[-1])
    width = timedelta(minutes=step)
    whole = int(start.timestamp()) // (step * 60) * step * 60
    start = datetime.fromtimestamp(whole, tz=row.start_at.tzinfo)
    return start, width, max(1, -(-int((min(end, now) - start).total_seconds()) // (step * 60)))


def _groups(
    connection: sa.Connection,
    row: OutageRow,
    own: Collection[str],
    within: Resource,
    start: datetime,
    step: timedelta,
    count: int,
) -> list[Group]:
    """By provider where the outage is wide, else the offices that it hit."""
    wide = row.scope in WIDE
    query = sa.select(offices.c.code, offices.c.isp).where(seen_by(within))
    if not wide:
        query = query.where(offices.c.code.in_(sorted(own)))
    kept = office_codes(connection, within)
    isp_of = {x.code: x.isp or "" for x in connection.execute(query) if x.code in kept}
    minutes = _minutes(connection, within, own, start, step, count, wide=wide)
    named = {} if wide else offices_named(connection, sorted(own))
    groups: dict[str, Group] = {}
    for code, isp in isp_of.items():
        name = isp if wide else code
        group = groups.setdefault(
            name, Group(name, named.get(code), down=[0] * count, heard=[0] * count)
        )
        heard, down, during = minutes.get(code, (None, None, False))
        if code in row.seen:
            group.hit += 1
        elif during:
            group.worked += 1
        else:
            group.unheard += 1
        if heard is not None and down is not None:
            group.heard = [a + int(b) for a, b in zip(group.heard, heard, strict=True)]
            group.down = [a + int(b) for a, b in zip(group.down, down, strict=True)]
    return sorted(groups.values(), key=lambda x: (-x.hit, -x.offices, x.name))


_Steps = tuple[NDArray[np.bool_], NDArray[np.bool_], bool]


def _minutes(
    connection: sa.Connection,
    within: Resource,
    own: Collection[str],
    start: datetime,
    step: timedelta,
    count: int,
    *,
    wide: bool,
) -> dict[str, _Steps]:
    """Office → in which steps it was heard, in which it was down, and whether it worked during the outage."""
    end = start + count * step
    x = state_runs.c
    query = (
        sa.select(x.office_code, x.from_at, x.to_at, x.state)
        .where(x.day >= local_date(start), x.day <= local_date(end))
        .where(x.from_at < end, x.to_at > start, x.state != "unknown")
    )
    if wide:
        query = query.join(offices, offices.c.code == x.office_code).where(seen_by(within))
    else:
        query = query.where(x.office_code.in_(sorted(own)))
    zero, width = start.timestamp(), step.total_seconds()
    found: dict[str, _Steps] = {}
    for run in connection.execute(query):
        heard, down, worked = found.get(
            run.office_code, (np.zeros(count, bool), np.zeros(count, bool), False)
        )
        # A step counts where more than half of it lies in the stretch.
        first = max(0, round((run.from_at.timestamp() - zero) / width))
        last = min(count, round((run.to_at.timestamp() - zero) / width))
        heard[first:last] = True
        if run.state == "down":
            down[first:last] = True
        found[run.office_code] = heard, down, worked or run.state in ("up", "degraded")
    return found


def _ladders(
    connection: sa.Connection, row: OutageRow, own: Collection[str], now: datetime
) -> list[LadderSeen]:
    """What some of the PCs that were hit met, those with most rounds first."""
    end = min(row.end_at or now, row.start_at + MOST_ROUNDS)
    if end <= row.start_at:
        return []
    some = [Office(code, "", "") for code in sorted(own)[:LADDERS]]
    seen = load_offices(connection, some, row.start_at, end).agents
    if row.scope == "pc":
        seen = tuple(x for x in seen if x.id == row.key) or seen
    labels = _labels(connection, [x.id for x in seen])
    found = [_ladder(x, labels.get(x.id, "")) for x in seen]
    return sorted(found, key=lambda x: (not x.broke, -x.rounds, x.office, x.pc))[:LADDERS]


def _labels(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(agents.c.id, agents.c.label).where(agents.c.id.in_(ids))
    return {x.id: x.label for x in connection.execute(query)}


def _ladder(facts: AgentFacts, label: str) -> LadderSeen:
    return LadderSeen(
        facts.office,
        facts.id,
        label,
        len(facts.t),
        tuple(
            (
                name,
                int((facts.layers[:, i] == WORKED).sum()),
                int((facts.layers[:, i] == FAILED).sum()),
            )
            for i, name in enumerate(COLUMNS)
        ),
    )


def _entries(
    connection: sa.Connection, row: OutageRow, own: Collection[str]
) -> tuple[dict[str, Counter[str]], dict[str, tuple[int, int]]]:
    """Late entries that rest on the outage, and what their explanations found to speak against it."""
    x = explanations.c
    query = sa.select(x.office_code, x.verdict, x.flags).where(
        x.office_code.in_(sorted(own)),
        x.month >= f"{local_date(row.start_at - timedelta(days=31)):%Y-%m}",
        x.month <= f"{local_date(row.start_at):%Y-%m}",
        x.verdict != "",
        x.outage_ids.contains(f'"{row.id}"', autoescape=True),
    )
    entries: dict[str, Counter[str]] = {}
    flags: dict[str, tuple[int, int]] = {}
    for found in connection.execute(query):
        entries.setdefault(found.office_code, Counter())[found.verdict] += 1
        for flag in json.loads(found.flags):
            if flag["outage"] == row.id:
                flags[flag["flag"]] = (flag["count"], flag["first"])
    return entries, flags
