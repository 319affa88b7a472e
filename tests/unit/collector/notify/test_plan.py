"""When digests come, and from when on they tell."""

from datetime import date, datetime

import pytest

from laaswatch_collector.access.policy import Principal, Role
from laaswatch_collector.notify.plan import digest_due, end_of_work, since_last_digest
from laaswatch_collector.store.subscriptions import ChannelName, Level, Subscription, Wanted
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK

CLOCK = WorkClock(holidays=frozenset({date(2026, 10, 13)}))


def at(day, hour, minute):
    """A moment of October 2026, whose 12th is a Monday."""
    return datetime(2026, 10, day, hour, minute, tzinfo=BANGKOK)


@pytest.fixture
def reader():
    wanted = Wanted(ChannelName.PAGE, "", Level.ALL)
    return Subscription(1, Principal(Role.SUPPORT, "a"), wanted)


@pytest.mark.parametrize(
    ("moment", "half"),
    [
        (at(12, 8, 44), ""),
        (at(12, 8, 45), "morning"),
        (at(12, 10, 44), "morning"),
        (at(12, 10, 45), ""),
        (at(12, 16, 15), "afternoon"),
        (at(12, 16, 29), "afternoon"),
        (at(12, 16, 30), ""),  # the collector was away: the next morning's tells it
        (at(13, 8, 45), ""),  # a holiday
        (at(17, 8, 45), ""),  # a Saturday
    ],
)
def test_digests_come_in_working_hours_only(reader, moment, half):
    assert digest_due(moment, reader, CLOCK) == half


def test_a_digest_tells_from_the_one_before_it():
    assert since_last_digest(at(14, 8, 45), "morning", CLOCK) == at(12, 16, 15)
    missed = since_last_digest(at(14, 8, 45), "morning", CLOCK, told_yesterday=False)
    assert missed == at(12, 8, 45)
    assert since_last_digest(at(14, 16, 15), "afternoon", CLOCK) == at(14, 8, 45)


def test_a_working_day_ends_for_its_reader():
    assert end_of_work(at(12, 9, 0), CLOCK) == at(12, 16, 30)
    assert end_of_work(at(13, 9, 0), CLOCK) is None
