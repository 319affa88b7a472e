"""A day of the site from what our probes saw: worked, failed, and what nobody saw."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.store.views.site_days import site_day
from laaswatch_collector.timeline.facts import ControlSpan
from support import seeded

DAY = date(2026, 10, 15)
EVENING = seeded.at(15, "20:00")


def _span(start, end, ok):
    return ControlSpan(
        int(seeded.at(15, start).timestamp()), int(seeded.at(15, end).timestamp()), ok
    )


def test_minutes_of_a_whole_day():
    found = site_day(DAY, [_span("06:00", "10:00", True), _span("10:00", "10:30", False)], EVENING)
    assert (found.worked, found.failed, found.unseen) == (120, 30, 390)
    assert [x[2] for x in found.stretches] == ["up", "down"]


def test_a_day_nobody_watched_is_unseen_and_not_down():
    found = site_day(DAY, [], EVENING)
    assert (found.worked, found.failed, found.unseen) == (0, 0, 540)


def test_a_day_is_counted_as_far_as_it_has_come():
    found = site_day(DAY, [_span("08:00", "17:00", True)], seeded.at(15, "09:00"))
    assert (found.worked, found.failed, found.unseen) == (60, 0, 0)
    assert site_day(DAY, [], seeded.at(15, "07:00")).unseen == 0


def test_one_probe_that_got_through_shows_that_the_site_worked():
    both = [_span("09:00", "10:00", False), _span("09:00", "10:00", True)]
    found = site_day(DAY, both, EVENING)
    assert (found.worked, found.failed) == (60, 0)


@given(
    st.lists(st.tuples(st.integers(0, 24 * 60), st.integers(1, 300), st.booleans()), max_size=12)
)
def test_every_minute_is_counted_once(spans):
    midnight = int(seeded.at(15).timestamp())
    made = [ControlSpan(midnight + a * 60, midnight + (a + n) * 60, ok) for a, n, ok in spans]
    found = site_day(DAY, made, EVENING)
    assert found.worked + found.failed + found.unseen == 540
    ends = [x for a, b, _ in found.stretches for x in (a, b)]
    assert ends == sorted(ends)
