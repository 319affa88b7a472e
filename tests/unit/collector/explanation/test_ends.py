"""Times known as intervals: a verdict only where all ends agree, else what it lies between."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.explanation.explain import explain
from laaswatch_collector.explanation.model import EntryTimes, Verdict
from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.timeline.conclusions import SCOPES, Conclusions, MinuteState, Scope
from laaswatch_collector.worktime.clock import WorkClock
from support.said import said

CLOCK = WorkClock()
MINUTES = np.flatnonzero(CLOCK.mask(CLOCK.second(date(2026, 6, 8), 0), 30 * 1440)) * 60
START = CLOCK.second(date(2026, 6, 8), 0)
DOWN = (660, 840)
"""The site is down on the second afternoon, in working minutes from the start."""


def at(minute):
    """The time of a working minute."""
    return START + int(MINUTES[minute])


def a_month():
    state = np.full((1, 30 * 1440), MinuteState.UP, np.uint8)
    a, b = MINUTES[DOWN[0]] // 60, MINUTES[DOWN[1] - 1] // 60 + 1
    state[0, a:b] = MinuteState.DOWN
    scope, fault = np.zeros_like(state), np.zeros_like(state)
    scope[0, a:b], fault[0, a:b] = SCOPES.index(Scope.SITE), FAULTS.index(Fault.SITE_TCP)
    return Conclusions(
        "test", START, ("o",), state, scope, fault, np.zeros_like(state, np.bool_),
        np.full_like(state, 2), (), at(8_000),
    )  # fmt: skip


def an_office():
    """One entry every 15 minutes, posted a working day later, and 180 minutes more after the outage."""
    for k in range(80):
        minute = 15 * k
        posted = minute + 420
        yield EntryTimes(
            f"e{k}", "o", at(minute), CLOCK.deadline(at(minute), 1),
            at(posted if posted < DOWN[0] else posted + 180),
        )  # fmt: skip


LATE = "e20"
"""Arose at minute 300 of the first day, was due at the end of the second, came an hour into the third."""
LONG = at(8_000)


def judged(**times):
    entries = [replace(x, **times) if x.id == LATE else x for x in an_office()]
    return next(x for x in explain(entries, a_month(), CLOCK) if x.entry == LATE)


def test_an_interval_whose_ends_agree_has_that_verdict():
    found = judged(posted_to=at(905))
    assert found.verdict is judged().verdict is judged(posted=at(905)).verdict is Verdict.EXPLAINED
    assert found.between is None


def test_where_the_ends_disagree_the_truth_lies_between():
    low, high = judged(), judged(posted=LONG)
    assert (low.verdict, high.verdict) == (Verdict.EXPLAINED, Verdict.NOT_EXPLAINED)
    found = judged(posted_to=LONG)
    assert found.verdict is Verdict.UNDETERMINED
    assert found.between == (Verdict.NOT_EXPLAINED, Verdict.EXPLAINED)
    assert (found.explained_fraction, found.explained_to) == (
        high.explained_fraction,
        low.explained_fraction,
    )
    assert "“not explained by outages” and “explained by outages”" in said(reason(found), "en")
    assert "อยู่ระหว่าง “เหตุขัดข้องอธิบายไม่ได้” กับ “เหตุขัดข้องอธิบายได้”" in said(reason(found), "th")


def test_an_event_known_by_its_day_is_judged_at_both_ends_of_the_day():
    """At the day's beginning others overtook it; at its end it was in the queue that the outage made."""
    ends = {"due": at(840 + 419) + 60, "posted": at(1_300)}
    early, after = judged(**ends), judged(**ends, transacted=at(850))
    assert (early.verdict, after.verdict) == (Verdict.NOT_EXPLAINED, Verdict.EXPLAINED)
    found = judged(**ends, transacted_to=at(850))
    assert found.verdict is Verdict.UNDETERMINED
    assert (found.explained_fraction, found.explained_to) == (0.0, 1.0)


def test_what_is_still_open_at_one_end_is_open():
    open_until = replace(a_month(), settled_until=at(1_000))
    entries = [replace(x, posted_to=LONG) if x.id == LATE else x for x in an_office()]
    found = {x.entry: x.verdict for x in explain(entries, open_until, CLOCK)}
    assert found[LATE] is Verdict.PENDING


@pytest.mark.parametrize("upper", [None, at(900)])
def test_an_exact_time_written_as_an_interval_changes_nothing(upper):
    assert judged(posted_to=upper) == judged()
