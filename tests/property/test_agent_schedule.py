"""Laws of the agent's schedule and journal, for any clocks and dice."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.plan import LEAST_CADENCE, MOST_CADENCE, allowed_cadence
from laaswatch_agent.presence import Alive, on_round, on_start
from laaswatch_agent.report.vocabulary import PresenceKind
from laaswatch_agent.schedule import (
    Pace,
    after_outage,
    back_off,
    first_send,
    next_round,
    seal_due,
)

SEEDS = st.integers(0, 2**32)
TIMES = st.integers(-(2**45), 2**45)


@given(
    st.floats(0, 1e7),
    st.floats(0, 1e7),
    st.floats(0.2, 3600),
    st.floats(0, 0.999),
)
def test_the_next_round_is_ahead_and_near(now, started, cadence, phase):
    """The next place of the grid lies in the future, at most one cadence away; the grid never shifts."""
    now = max(now, started)
    due = next_round(now, started, cadence, phase)
    assert now - 1e-6 <= due <= now + cadence * (1 + 1e-9) + 1e-6
    places = (due - started) / cadence - phase
    assert abs(places - round(places)) < 1e-6 * max(1.0, abs(places))


@given(st.integers(1, 10_000), SEEDS, st.booleans())
def test_back_off_keeps_its_bounds(failures, seed, fast):
    """Never sooner than the least, never later than the most."""
    pace = Pace.of(1.0 if fast else 30.0, 60.0, fast=fast)
    assert pace.retry_least <= back_off(failures, pace, Random(seed)) <= pace.retry_most


@given(st.floats(0, 1e9), SEEDS)
def test_retry_after_is_waited_in_full(asked, seed):
    """What the collector asked for is kept (up to a quarter of an hour), and spread a little."""
    pace = Pace()
    wait = back_off(1, pace, Random(seed), asked)
    assert min(asked, pace.retry_most) <= wait <= 1.25 * pace.retry_most


@given(SEEDS, st.floats(0, 1e6))
def test_spreading_keeps_its_width(seed, away):
    """0–60 s at a start, none when urgent; 0–300 s after ten minutes away, none after less."""
    pace = Pace()
    assert 0 <= first_send(pace, Random(seed), urgent=False) <= 60
    assert first_send(pace, Random(seed), urgent=True) == 0
    wait = after_outage(away, pace, Random(seed))
    assert 0 <= wait <= (300 if away >= 600 else 0)


def test_forty_thousand_starts_are_even():
    """PCs that start in the same second come over the whole minute: no second gets twice its share."""
    pace = Pace()
    seconds = [int(first_send(pace, Random(n), urgent=False)) for n in range(40_000)]
    busiest = max(seconds.count(s) for s in range(60))
    assert busiest < 2 * 40_000 / 60


@given(st.floats(allow_nan=False))
def test_a_collector_can_ask_only_within_bounds(asked):
    """No answer makes an agent knock more often than every 15 seconds."""
    assert LEAST_CADENCE <= allowed_cadence(asked) <= MOST_CADENCE


def test_reports_are_made_when_due_or_when_something_changed():
    """Every report_seconds, give or take half a round; at once when the fault changed."""
    pace = Pace(round_seconds=30, report_seconds=60)
    assert [seal_due(s, pace, fault_changed=False) for s in (0, 30, 44, 46, 60)] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert seal_due(0, pace, fault_changed=True)


@given(TIMES, TIMES, st.integers(0, 2**45), st.integers(0, 2**45), st.booleans(), st.booleans())
def test_the_journal_is_never_nonsense(wall, later, mono, mono_later, same_boot, stopped):
    """Any clocks: intervals do not end before they begin, and a start always is told, last."""
    last = Alive(wall, mono, "b1", stopped=stopped)
    now = Alive(later, mono_later, "b1" if same_boot else "b2")
    marks = on_start(last, now) + on_round(last, now, 30.0)
    assert all(m.until is None or m.until >= m.at for m in marks)
    started = on_start(last, now)
    assert started[-1].kind is PresenceKind.STARTED
    lost = [m for m in started if m.kind is PresenceKind.LOST_POWER]
    assert bool(lost) == (not stopped and not same_boot)
