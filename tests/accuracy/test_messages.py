"""How true the messages are: a small province lived through, minute by minute, against what really happened."""

import pytest

from support.telling import live_through

pytestmark = [pytest.mark.accuracy, pytest.mark.xdist_group("messages")]

DAYS = [0, 1]


@pytest.fixture(scope="module")
def count():
    """Two days of ten offices."""
    return live_through(2, DAYS, 10)


def test_fewer_than_five_in_a_hundred_messages_are_false(count):
    """False: nothing behind it, at night, twice, or taken back."""
    assert count.messages >= 10
    assert count.false_share < 0.05, count.wrong


def test_no_message_is_told_twice(count):
    assert count.false["twice"] == 0


def test_an_office_gets_few(count):
    """Three a day at most, on the average of a bad province: what comes more often is filtered away."""
    assert count.messages / (count.readers * count.days) < 3
    assert count.told["over"] <= count.told["opened"]


def test_what_hit_many_is_told(count):
    assert count.missed == 0
