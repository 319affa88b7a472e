"""From outages as they stand to real events: what is told once when it begins and once when it is over.

Pure: the outages of the last days as stored now, and the events that were kept, in; the events as they are now out. Since
everything is read off what is stored, a restart or a second collector comes to the same events.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.timeline.conclusions import Scope

JOIN = 20 * 60
"""Seconds: outages of one scope and key that lie nearer to each other are one event, however often it flaps."""
HOLD = {Scope.OFFICE: 10 * 60}
HOLD_WIDE = 6 * 60
"""So long (seconds) something lasts before anybody is told; what is shorter is never told."""
QUIET = 20 * 60
"""Seconds without trouble, and with somebody heard, before people are told that it is over."""
FRESH = 15 * 60
"""What ended longer ago than this (seconds) when it became known is no news: the digest tells it."""
SHARED = 0.5
"""Of the offices of the smaller event: so much in common, at the same time, makes it a part of the wider one."""

RANK = (Scope.SITE, Scope.UNDECIDED, Scope.ISP, Scope.PROVINCE, Scope.ISP_PROVINCE, Scope.OFFICE)
"""Widest first; a PC's own trouble is nobody's news."""


class Stage(StrEnum):
    """Where an event is. Only `open` and `over` were news; the others are for digests and never told alone."""

    SHORT = "short"  # not long enough yet, or never
    OPEN = "open"
    OVER = "over"  # ended, and somebody was heard afterwards
    FADED = "faded"  # ended without anybody being heard: no good news
    LATE = "late"  # was over before anybody could know
    WITHDRAWN = "withdrawn"  # later facts show that there was none
    PART = "part"  # belongs to another event: see `into`


LIVING = (Stage.SHORT, Stage.OPEN)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One outage as it stands, or (`presumed`) a cell whose offices fell silent at once. Times in seconds.

    `end` is the end of its last bad minute; `going_on`: nobody was seen to work since.
    """

    id: str
    scope: Scope
    key: str
    fault: Fault
    start: int
    end: int
    offices: frozenset[str]
    going_on: bool
    presumed: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A real event. `opened`: when it became news, None if never; `closed`: when its end became news.

    `parts`: ids of the troubles that it was made of. `into`: the event that this one turned out to be part of.
    `presumed`: rests on silence alone so far.
    """

    id: str
    scope: Scope
    key: str
    fault: Fault
    start: int
    end: int
    offices: frozenset[str]
    stage: Stage
    presumed: bool = False
    opened: int | None = None
    closed: int | None = None
    into: str = ""
    parts: frozenset[str] = field(default=frozenset())


Heard = Callable[[Iterable[str], int], bool]
"""Whether offices of these were seen to work, for some minutes, after a moment (seconds)."""


def step(now: int, troubles: Sequence[Trouble], kept: Sequence[Event], heard: Heard) -> list[Event]:
    """The events that are new or another, as of `now`. `kept`: those of the last days, whatever their stage."""
    spells = _spells(troubles)
    known = {x.id: x for x in kept}
    found: dict[str, Event] = {}
    for spell in sorted(spells, key=lambda x: (RANK.index(x.scope), x.start, x.key)):
        before = _same(spell, [x for x in known.values() if x.id not in found])
        event = _now(now, spell, before, heard)
        found[event.id] = event
    for event in [*found.values()]:
        wider = _wider(event, found.values())
        if wider is not None and event.stage not in (Stage.LATE, Stage.OVER, Stage.FADED):
            told = known[event.id].opened if event.id in known else None
            found[event.id] = replace(event, stage=Stage.PART, into=wider.id, opened=told)
    for event in kept:
        if event.id not in found and event.stage in LIVING:
            found[event.id] = _gone(event, found)
    return [x for x in found.values() if known.get(x.id) != x]


def _spells(troubles: Sequence[Trouble]) -> list[Event]:
    """Troubles of one scope and key that lie close together, each as one event without a past."""
    lines: dict[tuple[Scope, str], list[Trouble]] = defaultdict(list)
    for x in troubles:
        if x.scope in RANK:
            lines[x.scope, x.key].append(x)
    spells: list[Event] = []
    for (scope, key), line in lines.items():
        group: list[Trouble] = []
        for x in sorted(line, key=lambda x: (x.start, x.end, x.id)):
            if group and x.start - max(y.end for y in group) > JOIN:
                spells.append(_spell(scope, key, group))
                group = []
            group.append(x)
        spells.append(_spell(scope, key, group))
    return spells


def _spell(scope: Scope, key: str, group: Sequence[Trouble]) -> Event:
    measured = [x for x in group if not x.presumed]
    longest = max(measured or group, key=lambda x: (x.end - x.start, x.id))
    return Event(
        id=group[0].id,
        scope=scope,
        key=key,
        fault=longest.fault,
        start=group[0].start,
        end=max(x.end for x in group),
        offices=frozenset().union(*(x.offices for x in measured or group)),
        stage=Stage.OPEN if any(x.going_on for x in group) else Stage.OVER,
        presumed=not measured,
        parts=frozenset(x.id for x in group),
    )


def _same(spell: Event, kept: Sequence[Event]) -> Event | None:
    """The kept event that this spell goes on with: a trouble in common, or the same place at nearly the same time."""
    here = [x for x in kept if (x.scope, x.key) == (spell.scope, spell.key)]
    near = [x for x in here if x.start <= spell.end + JOIN and spell.start <= x.end + JOIN]
    mine = [x for x in near if x.parts & spell.parts] or near
    return max(mine, key=lambda x: (x.opened is not None, x.end), default=None)


def _now(now: int, spell: Event, before: Event | None, heard: Heard) -> Event:
    """What a spell is now. An event that was told stays told, and what was told to be over stays so."""
    going_on = spell.stage is Stage.OPEN
    event = replace(
        spell,
        id=spell.id if before is None else before.id,
        start=spell.start if before is None else min(spell.start, before.start),
        parts=spell.parts | (frozenset() if before is None else before.parts),
        opened=None if before is None else before.opened,
        closed=None if before is None else before.closed,
        stage=Stage.SHORT if before is None else before.stage,
    )
    if event.opened is None:
        ended = before is not None and before.stage in (Stage.LATE, Stage.FADED)
        return event if ended else _untold(now, event, going_on=going_on)
    return _told(now, event, heard, going_on=going_on)


def _untold(now: int, event: Event, *, going_on: bool) -> Event:
    long = event.end - event.start >= HOLD.get(event.scope, HOLD_WIDE)
    if going_on and long:
        return replace(event, stage=Stage.OPEN, opened=now)
    late = long and not going_on and now - event.end > FRESH
    return replace(event, stage=Stage.LATE if late else Stage.SHORT)


def _told(now: int, event: Event, heard: Heard, *, going_on: bool) -> Event:
    if going_on:  # perhaps against what was thought before: it is not over
        return replace(event, stage=Stage.OPEN, closed=None)
    if event.closed is not None:
        return event
    if now - event.end >= QUIET and heard(event.offices, event.end):
        return replace(event, stage=Stage.OVER, closed=now)
    return replace(event, stage=Stage.OPEN)


def fade(event: Event, now: int) -> Event:
    """At the end of a day: what nobody was heard about any more is neither going on nor over."""
    if event.stage is not Stage.OPEN or now - event.end < QUIET:
        return event
    return replace(event, stage=Stage.FADED, closed=now)


def _wider(event: Event, events: Iterable[Event]) -> Event | None:
    """The event of a wider scope, at the same time, that hit most offices of this one."""
    rank = RANK.index(event.scope)
    over = [
        x
        for x in events
        if RANK.index(x.scope) < rank
        and x.stage in (Stage.OPEN, Stage.SHORT, Stage.OVER)
        and not (x.presumed and not event.presumed)
        and x.start <= event.end
        and event.start <= x.end
        and len(x.offices & event.offices) >= SHARED * len(event.offices)
    ]
    return min(over, key=lambda x: (RANK.index(x.scope), x.start, x.id), default=None)


def _gone(event: Event, found: Mapping[str, Event]) -> Event:
    """A kept event that nothing stands for any more: part of another one now, or withdrawn."""
    others = [
        x
        for x in found.values()
        if x.stage is not Stage.PART
        and (x.scope is not Scope.OFFICE or event.scope is Scope.OFFICE)
        and x.start <= event.end + JOIN
        and event.start <= x.end + JOIN
        and len(x.offices & event.offices) >= SHARED * min(len(x.offices), len(event.offices))
        and x.offices & event.offices
    ]
    best = max(others, key=lambda x: (len(x.offices & event.offices), x.id), default=None)
    if best is not None:
        return replace(event, stage=Stage.PART, into=best.id)
    return replace(event, stage=Stage.WITHDRAWN)
