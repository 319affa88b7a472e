"""Somebody of an office who wants an outage that was not, played against the core that judges outages.

One working day of ten offices, a minute a character (`support.worlds`). Whoever attacks holds one PC and its
key: he may write what he likes into its reports, keep it silent, pull its cable, set its clock, copy its disk.
What he cannot do: make other PCs say so, or unsay what the collector has seen. Pure; a seed is played again.
"""

import random
from dataclasses import dataclass, field, replace

import numpy as np

from laaswatch_collector.evidence.grades import Strength, Witnessed, witnessed
from laaswatch_collector.evidence.held import Fit, Held
from laaswatch_collector.explanation.contradictions import Flag, Witness, contradictions
from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import MinuteState, Scope
from laaswatch_collector.timeline.facts import Facts
from support.worlds import World

DAY = 480
OFFICE = "target"
PC = "target.1"
ORDER = (Strength.E0, Strength.E1, Strength.E2, Strength.E3)


@dataclass
class Play:
    """A day as it was (`truth`: each PC's minutes), and as the collector is told of it (`told`).

    `contacts`: minutes in which the collector truly heard of a PC. `posted`: minutes of ledger entries.
    """

    dice: random.Random
    truth: dict[str, str]
    told: dict[str, str]
    a: int
    b: int
    silent: set[int] = field(default_factory=set)
    posted: list[int] = field(default_factory=list)
    extra: str = ""
    """Minutes of the attacker's PC that he tells a second time, in other reports."""
    skew: int = 0
    broken: list[int] = field(default_factory=list)
    control: str = "g" * DAY


def _put(minutes: str, a: int, b: int, what: str) -> str:
    return minutes[:a] + what * (b - a) + minutes[b:]


def a_day(dice: random.Random) -> Play:
    """A good day: two to four PCs, of which some are off for a while; ten offices of two providers."""
    pcs = dice.randint(2, 4)
    truth = {f"{OFFICE}.{n}": "g" * DAY for n in range(1, pcs + 1)}
    a = dice.randrange(30, DAY - 130)
    b = a + dice.randint(6, 120)
    for name in list(truth)[1:]:
        if dice.random() < 0.5:  # nobody works at it in the afternoon, or at all
            first = dice.randrange(0, DAY)
            truth[name] = _put(truth[name], first, DAY, "u")
    return Play(dice, truth, dict(truth), a, b)


# ---- the fourteen: each by the holder of one key
def forge_loud(p: Play) -> None:
    """Writes a dead line into the reports, and goes on sending them."""
    p.told[PC] = _put(p.told[PC], p.a, p.b, "r")


def forge_silent(p: Play) -> None:
    """Writes a dead line into the reports, and keeps them back until it is over."""
    forge_loud(p)
    p.silent |= set(range(p.a, p.b))


def forge_and_post(p: Play) -> None:
    """The same, and posts meanwhile."""
    forge_silent(p)
    low = p.a + 3
    p.posted += [p.dice.randrange(low, max(low + 1, p.b - 3)) for _ in range(3)]


def nicer_cause(p: Play) -> None:
    """Says that the site refuses, which others reach."""
    p.told[PC] = _put(p.told[PC], p.a, p.b, p.dice.choice("th"))


def unplug_cable(p: Play) -> None:
    """Pulls the PC's own cable."""
    p.told[PC] = _put(p.told[PC], p.a, p.b, "l")
    p.silent |= set(range(p.a, p.b))


def block_site(p: Play) -> None:
    """Keeps this PC from the site alone."""
    p.told[PC] = _put(p.told[PC], p.a, p.b, "t")


def stop_agent(p: Play) -> None:
    """Ends the program for a while."""
    p.told[PC] = _put(p.told[PC], p.a, p.b, "u")
    p.silent |= set(range(p.a, p.b))


def pc_off(p: Play) -> None:
    """Switches the PC off for the rest of the day."""
    p.b = DAY
    stop_agent(p)


def clock_set(p: Play) -> None:
    """Has a real fault of the morning, and a clock that says it was in the afternoon."""
    p.told[PC] = _put(p.told[PC], 5, 25, "l")
    p.silent |= set(range(5, 25))
    p.skew = 60 * (p.a - 5)


def backdate(p: Play) -> None:
    """Tells a stretch a second time, as a dead line, in new reports."""
    p.extra = "u" * p.a + "r" * (p.b - p.a)


def clone(p: Play) -> None:
    """A copy of the disk tells another day with the same numbers."""
    _told_by_a_copy(p, p.a)


def rollback(p: Play) -> None:
    """An older state of the disk goes on from the middle, with another past."""
    _told_by_a_copy(p, p.a + (p.b - p.a) // 2)


def replay(p: Play) -> None:
    """Sends reports of an outage of long ago again."""
    held = _held(DAY)
    assert held.fit(p.a + 1, f"{p.a + 1:064x}", f"{p.a:064x}") is Fit.KNOWN


def saturate(p: Play) -> None:
    """Fills the line with downloads: everything is slow."""
    for name, minutes in p.told.items():
        p.told[name] = "".join(
            "s" if c == "g" and p.a <= n < p.b else c for n, c in enumerate(minutes)
        )


ATTACKS = (
    forge_loud, forge_silent, forge_and_post, nicer_cause, unplug_cable, block_site, stop_agent,
    pc_off, clock_set, backdate, clone, rollback, replay, saturate,
)  # fmt: skip


# ---- what no software can tell: shown plainly, not hidden
def router_off(p: Play) -> None:
    """Switches the office's router off: true, and of the office's own making."""
    _all_of_the_office(p, "w")


def everybody_lies(p: Play) -> None:
    """All PCs of the office are silent and forge together."""
    _all_of_the_office(p, "r")


def _all_of_the_office(p: Play, what: str) -> None:
    for name, minutes in p.told.items():
        if name.startswith(OFFICE):
            p.told[name] = "".join(
                what if c == "g" and p.a <= n < p.b else c for n, c in enumerate(minutes)
            )
    p.silent |= set(range(p.a, p.b))
    p.truth = dict(p.told)


def _held(count: int) -> Held:
    held = Held()
    for n in range(1, count + 1):
        held.add(n, f"{n:064x}", f"{n - 1:064x}")
    return held


def _told_by_a_copy(p: Play, at: int) -> None:
    """The numbers are held already with other hashes, or follow another report: nothing of it is taken."""
    held, other = _held(at + 5), "f" * 64
    fits = {held.fit(at + 1, other, f"{at:064x}"), held.fit(at + 6, other, other)}
    assert fits == {Fit.KNOWN, Fit.FORK}
    p.broken.append(at)


# ---- honest days
def line_cut(p: Play) -> None:
    """The office's line is dead, and two PCs at least are on."""
    for name in list(p.told)[:2]:
        p.told[name] = "g" * DAY
    _all_of_the_office(p, "r")


def provider_down(p: Play) -> None:
    """The lines of all offices of the provider are dead."""
    _all_of_the_office(p, "r")
    p.told["AREA"] = "r"


def site_down(p: Play) -> None:
    """The site refuses everybody."""
    _all_of_the_office(p, "t")
    p.silent.clear()
    p.told["AREA"] = "t"
    p.control = _put(p.control, p.a, p.b, "b")


HONEST = (line_cut, provider_down, site_down)


# ---- what the collector makes of it
@dataclass(frozen=True)
class Claim:
    """An outage that touches the office, in minutes, with its grade and what speaks against it."""

    start: int
    end: int
    scope: Scope
    graded: Witnessed
    flags: frozenset[Flag]
    contacts: int
    """Contacts well inside it that the server had with those it speaks of."""

    @property
    def rank(self) -> int:
        """0 to 3 for E0 to E3; -1 for EX."""
        return ORDER.index(self.graded.strength) if self.graded.strength in ORDER else -1


def claims(p: Play) -> list[Claim]:
    """What is concluded of the day, of outages of the office or of its PCs, or that hit it among others."""
    world = _world(p)
    facts = world.facts()
    if p.extra:
        facts = _told_again(facts, p)
    found = conclude(facts, world.start, world.end, world.end + 7 * 86_400, world.end)
    row = found.offices.index(OFFICE)
    up = np.isin(found.state[row], (MinuteState.UP, MinuteState.DEGRADED))
    said = []
    for outage in found.outages:
        if OFFICE not in outage.offices:
            continue
        of = (
            {outage.key}
            if outage.scope is Scope.PC
            else {x for x in p.told if x.startswith(OFFICE)}
        )
        contacts = _contacts(p, of, world.start)
        alone = outage.scope is Scope.PC
        witness = Witness(
            # While one PC fails, the others of the office post and reach the site: that is what makes it its own.
            posted=_seconds([] if alone else p.posted, world.start),
            contacts=contacts,
            reached=_seconds([] if alone else np.flatnonzero(up), world.start),
            broken=_seconds(p.broken, world.start),
        )
        own = replace(outage, scope=Scope.OFFICE) if alone else outage
        flags = frozenset(x.flag for x in contradictions([own], witness))
        graded = witnessed(outage.scope, outage.fault, outage.grade, flags)
        inside = (contacts >= outage.start + 90) & (contacts < outage.end - 90)
        said.append(
            Claim(
                (outage.start - world.start) // 60, (outage.end - world.start) // 60,
                outage.scope, graded, flags, int(inside.sum()),
            )
        )  # fmt: skip
    return said


def _seconds(minutes, start: int) -> np.ndarray:
    return start + 60 * np.array(sorted(minutes), np.int64)


def _world(p: Play) -> World:
    world = World(control=p.control)
    world.office(OFFICE, *(v for k, v in p.told.items() if k.startswith(OFFICE)))
    area = p.told.get("AREA", "")
    for n in range(5):
        near = _put("g" * DAY, p.a, p.b, area) if area else "g" * DAY
        world.office(f"near{n}", near, near)
        far = near if area == "t" else "g" * DAY
        world.office(f"far{n}", far, far, isp="B")
    if p.skew:
        world.skew[PC] = p.skew
    return world


def _contacts(p: Play, of: set[str], start: int) -> np.ndarray:
    """When reports of these PCs arrived: each minute in which their line truly worked and they were on."""
    found = set()
    for name, minutes in p.truth.items():
        if name not in of:
            continue
        quiet = p.silent if name == PC or p.truth[name] == p.told[name] else set()
        found |= {
            start + 60 * n + p.dice.randrange(60)
            for n, c in enumerate(minutes)
            if c in "gsthd" and n not in quiet
        }
    return np.array(sorted(found), np.int64)


def _told_again(facts: Facts, p: Play) -> Facts:
    """More rounds of the attacker's PC, of minutes of which it has told already."""
    again = World().office(OFFICE, p.extra).facts().agents[0]
    agents = tuple(
        replace(
            x,
            t=np.concatenate([x.t, again.t]),
            layers=np.concatenate([x.layers, again.layers]),
            rtt=np.concatenate([x.rtt, again.rtt]),
        )
        if x.id == PC
        else x
        for x in facts.agents
    )
    return replace(facts, agents=agents)
