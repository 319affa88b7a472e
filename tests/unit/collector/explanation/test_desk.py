"""The replay with the office's habits, held against offices whose other life, without the outage, is known."""

import numpy as np
import pytest

from laaswatch_collector.explanation import desk as desk_module
from laaswatch_collector.explanation.desk import read_desk, takes_newest
from laaswatch_collector.explanation.replay import counterfactual, replay
from laaswatch_collector.explanation.shift import overtaken
from laaswatch_collector.explanation.verdict import explained_fraction
from support.desks import DAY, NEVER, Office, arrivals, office, working_days

DAYS = working_days(20)
SOON = 0.08
"""Postings a minute of a desk that works two hours a day: 9.6 entries, of 8 that come."""


def replayed(o: Office):
    later = overtaken(o.transacted, o.posted)
    run = replay(o.transacted, o.posted, later, o.x, o.days)
    back = counterfactual(run, np.arange(len(o.posted)), o.transacted, 0.3)
    last = np.minimum(o.posted, len(o.x))
    return run, explained_fraction(o.due, last, np.minimum(back, last), later, 30)


def agreement(o: Office):
    """The share of late entries that the replay puts on the right side of the deadline, and how many."""
    judged = (o.posted >= o.due) & (o.due < len(o.x) - 2 * DAY)
    _, fraction = replayed(o)
    right = (fraction >= 1.0) == (o.truth == "explained")
    return float(right[judged].mean()), int(judged.sum())


def whole_day(*days):
    return [(d * DAY, (d + 1) * DAY) for d in days]


CASES = {
    "all day": {"rate": 0.025, "down": whole_day(6, 7)},
    "two hours before noon": {"rate": SOON, "down": whole_day(6, 7), "hours": (90, 210)},
    "outage outside its hours": {
        "rate": SOON,
        "down": [(d * DAY + 210, (d + 1) * DAY) for d in (6, 7, 8)],
        "hours": (90, 210),
        "absent": (10, 11),
    },
    "goes on in the afternoon": {
        "rate": SOON,
        "down": [(d * DAY, d * DAY + 210) for d in (6, 7, 8)],
        "hours": (90, 210),
        "resumes": True,
        "absent": (12, 13),
    },
    "gathers for Friday, down on Wednesday": {
        "rate": 0.06,
        "down": whole_day(7),
        "weekday": 4,
    },
    "gathers for Friday, down on Friday": {
        "rate": 0.06,
        "down": whole_day(9),
        "weekday": 4,
    },
    "away for two days, then down": {"rate": 0.03, "down": whole_day(8), "absent": (6, 7)},
    "away while it is down": {"rate": 0.03, "down": [(7 * DAY, 7 * DAY + 60)], "absent": (6, 7)},
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_the_other_life_of_an_office_is_found(name, seed):
    o = office(DAYS, arrivals(DAYS, 8, seed), **CASES[name])
    right, late = agreement(o)
    assert late >= 8
    assert right >= 0.9


def test_a_replay_that_knows_no_habits_gets_them_wrong(monkeypatch):
    """The negative control: with a desk that is always at work, most of these offices are judged wrongly."""
    monkeypatch.setattr(desk_module, "LEAST_POSTINGS", NEVER)
    found = {name: agreement(office(DAYS, arrivals(DAYS, 8, 0), **CASES[name])) for name in CASES}
    wrong = [name for name, (right, _) in found.items() if right < 0.9]
    assert len(wrong) >= 3, found


def test_an_office_that_gathers_has_its_entries_ready_on_that_day():
    o = office(DAYS, arrivals(DAYS, 8, 5), 0.06, [], weekday=4)
    desk = read_desk(o.transacted, o.posted, o.posted, o.x, np.ones(len(o.x), np.bool_), o.days)
    ready = desk.ready[o.transacted < 4 * DAY]
    assert (ready == 4 * DAY).all()


def test_an_office_that_is_merely_behind_does_not_gather():
    """Twelve entries a day come, eleven are posted: each waits for days, and the desk is never idle."""
    o = office(DAYS, arrivals(DAYS, 12, 5), 11 / DAY, [])
    desk = read_desk(o.transacted, o.posted, o.posted, o.x, np.ones(len(o.x), np.bool_), o.days)
    assert (desk.ready == o.transacted + 30).all()


def test_habits_are_shares_and_known_minutes_are_what_they_were():
    o = office(DAYS, arrivals(DAYS, 8, 1), SOON, whole_day(6), hours=(90, 210))
    desk = read_desk(o.transacted, o.posted, o.posted, o.x, np.ones(len(o.x), np.bool_), o.days)
    assert ((desk.habit >= 0) & (desk.habit <= 1)).all()
    of_day = np.arange(len(o.x)) % DAY
    assert desk.habit[(of_day > 110) & (of_day < 190)].min() > 0.8
    assert desk.habit[of_day > 230].max() < 0.2
    assert not (desk.open & (o.x > 0)).any()


def test_who_posts_through_every_outage_lost_nothing():
    days = working_days(20)
    undisturbed = office(days, arrivals(days, 8, 2), 0.03, [], absent=(6, 7))
    x = np.zeros(len(days.day))
    for a, b in whole_day(3, 5, 8, 11):
        x[a:b] = 1.0
    claimed = Office(
        undisturbed.transacted, undisturbed.due, undisturbed.posted, undisturbed.posted, x, days
    )
    run, fraction = replayed(claimed)
    assert run.denied[x > 0].mean() > 0.9
    assert (fraction[claimed.posted >= claimed.due] < 1.0).all()


def test_slow_minutes_take_what_this_office_lost_in_them():
    """Slow for four days: one office works on as ever, another gets along at a third of its pace."""
    days = working_days(20)
    slow = np.zeros(len(days.day))
    slow[5 * DAY : 9 * DAY] = 0.6
    as_ever = office(days, arrivals(days, 8, 3), 0.022, [])
    later = overtaken(as_ever.transacted, as_ever.posted)
    unhurt = replay(as_ever.transacted, as_ever.posted, later, slow, days)
    assert unhurt.lost[slow > 0].max() < 0.3
    stretches = [(a, a + 2) for a in range(5 * DAY, 9 * DAY, 3)]
    hurt = office(days, arrivals(days, 8, 3), 0.022, stretches)
    later = overtaken(hurt.transacted, hurt.posted)
    slowed = replay(hurt.transacted, hurt.posted, later, slow, days)
    assert slowed.lost[slow > 0].min() > 0.5


def test_the_curve_never_falls_and_never_runs_behind_what_was_posted():
    o = office(DAYS, arrivals(DAYS, 8, 4), SOON, whole_day(6, 7), hours=(90, 210), resumes=True)
    run, _ = replayed(o)
    posted_by = np.cumsum(np.bincount(o.posted[o.posted < NEVER], minlength=len(o.x)))
    assert (np.diff(run.curve) >= 0).all()
    assert (run.curve >= posted_by).all()
    assert (run.most >= run.curve).all()


def test_a_desk_that_works_from_the_top_of_the_pile_is_known_by_its_order():
    waits = arrivals(DAYS, 8, 1)
    for order, newest in (("newest", True), ("oldest", False), ("clerks", False)):
        o = office(DAYS, waits, 0.021, whole_day(6, 7), order=order)
        assert takes_newest(o.transacted, o.posted, len(o.x)) is newest


def test_what_is_given_back_goes_to_the_top_of_such_a_pile():
    """Three wait, one is posted every ten minutes, down [20, 50): the youngest would have come first."""
    transacted, posted = np.array([0, 1, 2]), np.array([60, 50, 10])
    x = np.zeros(80)
    x[11:50] = 1.0
    never = np.full(3, NEVER)
    days = working_days(1)
    flat = [getattr(days, name)[:80] for name in ("of_day", "day", "weekday")]
    run = replay(transacted, posted, never, x, type(days)(*flat), ready_after=0, newest_first=True)
    back = counterfactual(run, np.arange(3), transacted)
    assert back[2] == 10
    assert 10 < back[1] < back[0] < 50
