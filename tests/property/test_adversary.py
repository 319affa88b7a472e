"""E1, E2: an outage that was not gains nothing, an outage that was is believed, and honest offices are left alone.

`docs/evidence.md` has the table of attacks and grades; it is checked against what is reached here.
"""

import random
import re
from pathlib import Path

import pytest

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.evidence.grades import Cause, Strength, witnessed
from laaswatch_collector.explanation.contradictions import Flag
from laaswatch_collector.timeline.conclusions import Grade, Scope
from support import adversary
from support.soak import soak

SEEDS = soak(10, 1_000)
MONTHS = soak(4, 300)
WORKING_DAYS = 20
TABLE = {
    found[1]: found[2]
    for found in re.finditer(
        r"^\| `(\w+)` \|[^|]*\| ([^|]+?) \|",
        (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}


def played(what, seed):
    play = adversary.a_day(random.Random(seed))
    what(play)
    return play, adversary.claims(play)


def said(claims):
    """The best that was reached: none, EX, E0, …"""
    best = max((x.rank for x in claims), default=None)
    return "none" if best is None else "EX" if best < 0 else str(adversary.ORDER[best])


@pytest.mark.parametrize("attack", adversary.ATTACKS, ids=lambda x: x.__name__)
def test_no_holder_of_one_key_is_believed(attack):
    """None reaches E2, none counts towards a late posting; no outage of the line stands over a contact."""
    reached = set()
    for seed in range(SEEDS):
        _, claims = played(attack, seed)
        reached.add(said(claims))
        for x in claims:
            assert x.rank < adversary.ORDER.index(Strength.E2), (seed, x)
            assert not x.graded.counts, (seed, x)
            believed_line = x.rank >= 0 and x.graded.cause in (Cause.ACCESS_LINE, Cause.LOCAL)
            assert not (believed_line and x.contacts), (seed, x)
    assert reached <= set(TABLE[attack.__name__].split(" or "))


def test_a_posting_inside_a_claim_is_always_flagged():
    """Of the office's outages; while one PC fails, the others may well post."""
    seen = 0
    for seed in range(3 * SEEDS):
        play, claims = played(adversary.forge_and_post, seed)
        assert claims
        for x in claims:
            inside = any(x.start + 2 <= at <= x.end - 3 for at in play.posted)
            if x.scope is Scope.OFFICE and inside:
                seen += 1
                assert Flag.POSTED_INSIDE in x.flags, seed
    assert seen


def test_a_clock_that_is_set_moves_nothing():
    """The fault of the morning stays in the morning."""
    for seed in range(SEEDS):
        _, claims = played(adversary.clock_set, seed)
        assert all(x.start >= 3 and x.end <= 27 for x in claims), (seed, claims)


@pytest.mark.parametrize(
    "what", [adversary.router_off, adversary.everybody_lies], ids=lambda x: x.__name__
)
def test_what_a_whole_office_does_is_shown_as_what_it_is(what):
    """The table's limits. A router that is off never counts; a whole office that lies never reaches E3."""
    reached = set()
    for seed in range(SEEDS):
        _, claims = played(what, seed)
        reached.add(said(claims))
        assert all(x.rank < adversary.ORDER.index(Strength.E3) for x in claims)
        if what is adversary.router_off:
            assert claims
            assert not any(x.graded.counts for x in claims)
            assert all(x.graded.own_making for x in claims)
    assert "E2" in reached, "the tests above can fail"


@pytest.mark.parametrize("what", adversary.HONEST, ids=lambda x: x.__name__)
def test_an_honest_outage_is_believed(what):
    """95 of 100 reach E2; those of a provider or the site E3."""
    wanted = Strength.E2 if what is adversary.line_cut else Strength.E3
    good = 0
    for seed in range(SEEDS):
        _, claims = played(what, seed)
        good += any(x.graded.strength == wanted and x.graded.counts for x in claims)
    assert good >= 0.95 * SEEDS


@pytest.mark.timeout(3600)
def test_an_honest_office_is_hardly_ever_suspected():
    """At most one office-month of a hundred has an outage that something speaks against."""
    suspected = sum(_suspected(seed) for seed in range(MONTHS))
    assert suspected <= 0.01 * MONTHS


def _suspected(seed):
    """Whether anything is held against a month of ordinary mishaps, with postings while the site was reached."""
    dice = random.Random(seed)
    ordinary = [adversary.line_cut, adversary.provider_down, adversary.site_down]
    ordinary += [adversary.unplug_cable, adversary.stop_agent, adversary.pc_off, adversary.saturate]
    for _ in range(WORKING_DAYS):
        play = adversary.a_day(dice)
        if dice.random() < 0.5:
            dice.choice(ordinary)(play)
        at_work = [
            n
            for n in range(1, adversary.DAY - 1)
            if any(
                all(c in "gs" for c in x[n - 1 : n + 2]) for x in play.told.values() if len(x) > 1
            )
        ]
        play.posted += dice.sample(at_work, min(10, len(at_work)))
        if any(x.graded.strength is Strength.EX for x in adversary.claims(play)):
            return True
    return False


def test_a_judge_that_does_not_look_is_caught(monkeypatch):
    """The negative control: without the flags, an outage stands over contacts that the server had."""
    monkeypatch.setattr(adversary, "witnessed", lambda *x: witnessed(*x[:3]))
    with pytest.raises(AssertionError):
        test_no_holder_of_one_key_is_believed(adversary.forge_loud)


@pytest.mark.parametrize(
    ("scope", "fault", "grade", "flags", "strength", "cause", "counts"),
    [
        (Scope.SITE, Fault.SITE_TCP, Grade.CORROBORATED, (), "E3", "site", True),
        (Scope.ISP, Fault.UPLINK, Grade.CORROBORATED, (), "E3", "area", True),
        (Scope.UNDECIDED, Fault.SITE_TCP, Grade.CORROBORATED, (), "E3", "unknown", False),
        (Scope.PROVINCE, Fault.UNKNOWN, Grade.INFERRED, (), "E0", "area", False),
        (Scope.OFFICE, Fault.UPLINK, Grade.MEASURED, (), "E2", "access_line", True),
        (Scope.OFFICE, Fault.UPLINK, Grade.SINGLE_PC, (), "E1", "access_line", False),
        (Scope.OFFICE, Fault.GATEWAY, Grade.MEASURED, (), "E2", "office_edge", False),
        (Scope.OFFICE, Fault.SITE_TCP, Grade.MEASURED, (), "E2", "office_edge", False),
        (Scope.OFFICE, Fault.PC_LINK, Grade.MEASURED, (Flag.CABLE_OUT,), "E2", "local", False),
        (Scope.OFFICE, Fault.UPLINK, Grade.MEASURED, (Flag.CONTACT_INSIDE,), "EX", "access_line", False),
        (Scope.OFFICE, Fault.UNKNOWN, Grade.INFERRED, (), "E0", "unknown", False),
        (Scope.PC, Fault.UPLINK, Grade.MEASURED, (), "E1", "this_pc", False),
        (Scope.PC, Fault.PC_LINK, Grade.SINGLE_PC, (), "E1", "local", False),
        (Scope.OFFICE, Fault.UPLINK, Grade.CONTRADICTED, (), "EX", "access_line", False),
    ],
)  # fmt: skip
def test_grades_and_causes(scope, fault, grade, flags, strength, cause, counts):
    found = witnessed(scope, fault, grade, flags)
    assert (found.strength, found.cause, found.counts) == (strength, cause, counts)
