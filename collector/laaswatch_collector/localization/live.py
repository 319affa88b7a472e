"""The live view: what the newest rounds say right now, and whose fault it seems to be.

Silence is unknown, never down. With few offices heard the control decides (methods.md §6): it fails too →
the site; it works → the office, or the PC if another PC of the office gets through.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from laaswatch_agent.report.vocabulary import Fault, State, state_of
from laaswatch_collector.localization.leaving import LeaveRates
from laaswatch_collector.localization.silence import Heard, Silence, silent_cells
from laaswatch_collector.timeline.conclusions import Scope

FRESH_LEAST = 90.0
"""Seconds within which a round counts as current, however short the cadence."""
FRESH_CADENCES = 3.0
USUAL_SECONDS = 3600
"""An office heard within the last hour is one that usually reports at this time."""
MOST_DELAY = 300.0
"""Seconds between a round and its receipt within which a report is live; older ones are a backlog coming in."""
SITE_SHARE = 0.6
SITE_LEAST_OFFICES = 5
SITE_ISPS = 2
SITE_OFFICES_PER_ISP = 2
GROUP_LEAST_OFFICES = 3
NOT_LEARNED = LeaveRates()
LOCAL_FAULTS = frozenset((Fault.PC_LINK, Fault.GATEWAY))
"""Faults that lie inside the office whatever the neighbours say; they are no evidence about anything wider."""


@dataclass(frozen=True, slots=True)
class LiveAgent:
    """The newest round of one agent. `at` and `received` in seconds on the collector's clock.

    `asked` is False where it found nothing wrong and did not ask for the page, to spare the site: the line
    works, and nothing is said of the site.
    """

    agent: str
    office: str
    province: str
    isp: str
    control: bool
    at: int
    received: int
    cadence: float
    fault: Fault
    asked: bool = True


@dataclass(frozen=True, slots=True)
class LiveOffice:
    """One office now. `fresh` of its `agents` were heard recently enough to say anything."""

    office: str
    state: State
    fault: Fault
    scope: Scope
    fresh: int
    agents: int
    last_received: int | None


@dataclass(frozen=True, slots=True)
class LiveView:
    """The site now (by the controls and, where enough are heard, the offices), and every office.

    `presumed`: cells (providers, provinces, a provider in a province) that fell silent at once, the least
    probable first. A presumption, no state: their offices stay unknown.
    """

    site_state: State
    site_scope: Scope
    offices: dict[str, LiveOffice]
    presumed: tuple[Silence, ...] = ()


def is_fresh(agent: LiveAgent, now: int) -> bool:
    """Whether this agent's newest round still speaks for the present: heard lately, and made lately.

    A spool that arrives days later is heard now and says nothing about now.
    """
    return speaks_for_now(agent.at, agent.received, agent.cadence, now)


def speaks_for_now(at: float, received: float, cadence: float, now: float) -> bool:
    """`is_fresh` for a round by its times in seconds on the collector's clock."""
    limit = max(FRESH_CADENCES * cadence, FRESH_LEAST)
    return now - received <= limit and received - at <= limit + MOST_DELAY


def live_view(agents: Sequence[LiveAgent], now: int, rates: LeaveRates = NOT_LEARNED) -> LiveView:
    """The present state of the site and of every office that has an agent; `now` in seconds.

    `rates`: how usual it is that offices leave, as far as it was learned.
    """
    by_office: dict[str, list[LiveAgent]] = defaultdict(list)
    for agent in agents:
        if not agent.control:
            by_office[agent.office].append(agent)
    controls = [a.fault for a in agents if a.control and is_fresh(a, now)]
    control = _control_state(controls)
    seen = {office: _see(office, group, now) for office, group in sorted(by_office.items())}
    isps = {office: group[0].isp for office, group in by_office.items()}
    most_fail = control is State.UNKNOWN and _most_fail(seen)
    site_down = control is State.DOWN or (most_fail and _isps_failing(seen, isps) >= SITE_ISPS)
    provinces = {office: group[0].province for office, group in by_office.items()}
    wide = _Wide(
        site=site_down,
        isps=_failing_groups(seen, isps) - {""},
        provinces=_failing_groups(seen, provinces),
        # Somebody elsewhere who gets through shows as well as a control that the site works.
        told=control is not State.UNKNOWN or any(map(_works, seen.values())),
    )
    offices = {office: _blame(x, by_office[office][0], wide) for office, x in seen.items()}
    if control is State.DEGRADED and Fault.SLOW in controls:
        # Slow here and slow at our own probe: nobody's tabs and videos, and no provider to call.
        slow = {
            k: replace(x, scope=Scope.SITE) for k, x in offices.items() if x.fault is Fault.SLOW
        }
        offices |= slow
    heard = [
        Heard(x.office, isps[x.office], provinces[x.office], x.last_received, bool(x.fresh))
        for x in seen.values()
        if x.last_received is not None and now - x.last_received <= USUAL_SECONDS
    ]
    presumed = silent_cells(heard, rates)
    if site_down:
        return LiveView(State.DOWN, Scope.SITE, offices, presumed)
    undecided = most_fail and not any(map(_works, seen.values()))
    scope = Scope.UNDECIDED if undecided else Scope.NONE
    return LiveView(control, scope, offices, presumed)


def _control_state(faults: Sequence[Fault]) -> State:
    """What the controls say of the site; trouble of their own line says nothing."""
    states = {state_of(f) for f in faults if f not in _OWN_TROUBLE}
    for state in (State.UP, State.DEGRADED, State.DOWN):
        if state in states:
            return state
    return State.UNKNOWN


_OWN_TROUBLE = LOCAL_FAULTS | {Fault.UPLINK, Fault.BEYOND_GATEWAY, Fault.PC_CLOCK, Fault.UNKNOWN}


def _see(office: str, group: Sequence[LiveAgent], now: int) -> LiveOffice:
    fresh = [a for a in group if is_fresh(a, now) and a.fault is not Fault.UNKNOWN]
    last = max((a.received for a in group), default=None)
    telling = [a for a in fresh if a.asked]
    best = min(telling, key=lambda a: (_ORDER[state_of(a.fault)], -a.at), default=None)
    if best is None:
        state, fault = State.UNKNOWN, Fault.UNKNOWN
    elif state_of(best.fault) is State.DOWN and len(telling) < len(fresh) and _on_the_way(telling):
        state, fault = (
            State.UP,
            Fault.NONE,
        )  # another PC's line works: that one is alone with its fault
    else:
        state, fault = state_of(best.fault), best.fault
    return LiveOffice(office, state, fault, Scope.NONE, len(fresh), len(group), last)


def _on_the_way(failing: Sequence[LiveAgent]) -> bool:
    """Did none of them get as far as the site?"""
    return not any(a.fault in _AT_SITE for a in failing)


_AT_SITE = frozenset(
    (
        Fault.PC_CLOCK,
        Fault.INTERCEPTION,
        Fault.SITE_TLS,
        Fault.CAPTIVE_PORTAL,
        Fault.SITE_HTTP,
    )
)
"""Faults that show only to whoever asks for the page."""


_ORDER = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2, State.UNKNOWN: 3}


def _telling(found: LiveOffice) -> bool:
    """Whether the office says anything about what lies outside it."""
    return found.state is not State.UNKNOWN and found.fault not in LOCAL_FAULTS


def _works(found: LiveOffice) -> bool:
    return found.state in (State.UP, State.DEGRADED)


def _failing(found: LiveOffice) -> bool:
    return found.state is State.DOWN and found.fault not in LOCAL_FAULTS


def _most_fail(seen: dict[str, LiveOffice]) -> bool:
    """Whether enough offices fail though their lines work."""
    telling = [x for x in seen.values() if _telling(x) and x.fault is not Fault.UPLINK]
    return len(telling) >= SITE_LEAST_OFFICES and _share(telling) >= SITE_SHARE


def _isps_failing(seen: dict[str, LiveOffice], isps: dict[str, str]) -> int:
    """On how many ISPs most offices fail; one alone cannot be told from the site without a control."""
    groups: dict[str, list[LiveOffice]] = defaultdict(list)
    for office, found in seen.items():
        if _telling(found):
            groups[isps[office]].append(found)
    return sum(
        sum(map(_failing, group)) >= SITE_OFFICES_PER_ISP and _share(group) >= SITE_SHARE
        for group in groups.values()
    )


def _share(offices: Sequence[LiveOffice]) -> float:
    return sum(map(_failing, offices)) / len(offices)


@dataclass(frozen=True, slots=True)
class _Wide:
    """What fails beyond single offices: the site, providers, provinces; `told`: whether the site is seen to work."""

    site: bool
    isps: frozenset[str]
    provinces: frozenset[str]
    told: bool


def _blame(found: LiveOffice, one: LiveAgent, wide: _Wide) -> LiveOffice:
    """Whose fault it is that this office is down; `one` is any of its agents."""
    if found.state is not State.DOWN:
        return found
    scope = Scope.OFFICE
    if found.fault not in LOCAL_FAULTS:
        if wide.site and found.fault is not Fault.UPLINK:
            scope = Scope.SITE
        elif one.isp in wide.isps:
            scope = Scope.ISP if wide.told else Scope.UNDECIDED
        elif one.province in wide.provinces:
            scope = Scope.PROVINCE
    return replace(found, scope=scope)


def _failing_groups(seen: dict[str, LiveOffice], groups: dict[str, str]) -> frozenset[str]:
    """The groups (office → name of its group) most of whose offices fail."""
    members: dict[str, list[LiveOffice]] = defaultdict(list)
    for office, found in seen.items():
        if _telling(found):
            members[groups[office]].append(found)
    return frozenset(
        name
        for name, group in members.items()
        if len(group) >= GROUP_LEAST_OFFICES
        and sum(map(_failing, group)) >= SITE_SHARE * len(group)
    )
