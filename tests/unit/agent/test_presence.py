"""Presence: off, asleep, without power, or only the agent gone — from two clocks and a boot id."""

import pytest

from laaswatch_agent.presence import Alive, on_round, on_start, on_stop
from laaswatch_agent.report.model import PresenceMark
from laaswatch_agent.report.vocabulary import PresenceKind

T = 1_795_000_000_000
HOUR = 3_600_000


def test_the_first_start_ever():
    """Nothing is known of before: only that it started."""
    assert on_start(None, Alive(T, 500, "b1")) == (PresenceMark(PresenceKind.STARTED, T, "b1"),)


def test_a_restart_after_a_clean_stop():
    """Shut down in order: the stop was told then; now only the start is."""
    last = Alive(T, 900, "b1", stopped=True)
    assert [m.kind for m in on_start(last, Alive(T + HOUR, 5, "b2"))] == [PresenceKind.STARTED]


def test_power_was_lost():
    """Another boot and no goodbye: nobody could measure from the last sign of life to the start."""
    marks = on_start(Alive(T, 900, "b1"), Alive(T + HOUR, 5, "b2"))
    assert marks == (
        PresenceMark(PresenceKind.LOST_POWER, T, "b1", T + HOUR),
        PresenceMark(PresenceKind.STARTED, T + HOUR, "b2"),
    )


def test_the_agent_was_killed():
    """Same boot and no goodbye: the PC stayed on, so this is no power cut."""
    marks = on_start(Alive(T, 900, "b1"), Alive(T + HOUR, 900 + HOUR, "b1"))
    assert marks == (
        PresenceMark(PresenceKind.STOPPED, T, "b1"),
        PresenceMark(PresenceKind.STARTED, T + HOUR, "b1"),
    )


def test_a_clock_set_back_makes_no_interval_that_ends_before_it_begins():
    """A wrong wall clock may not make nonsense of the journal."""
    lost = on_start(Alive(T, 900, "b1"), Alive(T - HOUR, 5, "b2"))[0]
    assert lost.until == lost.at == T


@pytest.mark.parametrize(
    ("wall", "mono", "counts", "asleep"),
    [
        (30_000, 30_000, True, False),  # an ordinary round
        (70_000, 70_000, True, False),  # a slow one
        (HOUR, HOUR, True, True),  # slept; the monotonic clock counts sleep
        (HOUR, 30_000, False, True),  # slept; the monotonic clock stood still
        (HOUR, 30_000, True, False),  # somebody set the wall clock forward
        (-HOUR, 30_000, True, False),  # … or back
        (-HOUR, 30_000, False, False),
        (-HOUR, HOUR, True, True),  # slept, and the clock was set back meanwhile
    ],
)
def test_sleep_is_told_from_a_step_of_the_clock(wall, mono, counts, asleep):
    """A hole of more than two rounds is a sleep; a stepped wall clock is not."""
    marks = on_round(
        Alive(T, 1000, "b1"),
        Alive(T + wall, 1000 + mono, "b1"),
        30.0,
        slack=13.0,
        mono_counts_sleep=counts,
    )
    assert [m.kind for m in marks] == ([PresenceKind.ASLEEP] if asleep else [])
    assert all(m.until >= m.at == T for m in marks)


def test_the_first_round_of_a_run_knows_no_sleep():
    """Without a sign of life in this run and boot there is nothing to compare with."""
    assert on_round(None, Alive(T, 1, "b1"), 30.0) == ()
    assert on_round(Alive(T, 1, "b0"), Alive(T + HOUR, HOUR, "b1"), 30.0) == ()


def test_a_clean_stop():
    """Asked to stop, it says so."""
    assert on_stop(Alive(T, 1, "b1")) == (PresenceMark(PresenceKind.STOPPED, T, "b1"),)


@pytest.mark.parametrize("text", [None, "", "1 2 3", "x 2 0 b", "1 2 0 b c"])
def test_an_unreadable_mark_is_none(text):
    """A spoiled note is as good as no note."""
    assert Alive.from_text(text) is None


def test_a_mark_is_read_as_it_was_written():
    """The note in the spool says the same again."""
    for mark in (Alive(T, 1, "b-1"), Alive(-T, 0, "b", stopped=True)):
        assert Alive.from_text(mark.to_text()) == mark
