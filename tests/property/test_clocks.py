"""Wrong clocks, sleep and steps, from the agent's journal to the collector's time line.

A PC is simulated with its true time, a wall clock that is wrong by anything and is set at random, and a
monotonic clock that counts sleep, or stops in it, or runs over after 49.7 days. Its rounds go through the
real journal, packing and placement. Evidence must not move, and no minute may turn into an outage.
"""

import random

import numpy as np
import pytest

from laaswatch_agent.presence import Alive, interrupted, on_round, on_start, on_stop
from laaswatch_agent.report.model import Envelope, Report
from laaswatch_agent.report.vocabulary import PresenceKind
from laaswatch_collector.store.intake import NO_TIME, REPORT_COLUMNS, Arrival, PreparedReport
from laaswatch_collector.timeline.boots import Boots
from laaswatch_collector.timeline.facts import AgentFacts, Delivered
from laaswatch_collector.timeline.minutes import HTTP, MADE, minutes_of
from laaswatch_collector.timeline.packed import pack, unpack
from laaswatch_collector.timeline.placement import TOLERATED_MS, place
from support.agents import a_round
from support.soak import seed, soak

SEEDS = soak(400, 10_000)
CADENCE = 30_000
DEADLINE = 13.0
YEAR = 365 * 86_400_000
WRONG = (
    0,
    900,
    -4000,
    60_000,
    3_600_000,
    -3_600_000,
    -25_200_000,
    10 * YEAR,
    -10 * YEAR,
    543 * YEAR,
)
"""What a wall clock may be off, in ms: a little, an hour, a zone, a dead battery, a Buddhist year."""
WRAP = 2**32
SLOWEST = 2_000
"""Milliseconds that a delivery is on its way."""


class Pc:
    """True time, and what the PC's own clocks make of it. All in ms."""

    def __init__(self, dice, *, stops_in_sleep=False, wraps=False):
        self.dice = dice
        self.now = 1_795_000_000_000
        self.wrong = dice.choice(WRONG)
        self.stops, self.wraps = stops_in_sleep, wraps
        self.boots = 0
        self.boot()

    def boot(self):
        self.boots += 1
        self.booted = self.now
        self.asleep = 0
        self.before = self.dice.randrange(WRAP - 7_200_000, WRAP) if self.wraps else 5_000

    def pass_time(self, ms, *, asleep=False):
        self.now += ms
        if asleep and self.stops:
            self.asleep += ms

    def alive(self):
        mono = self.before + self.now - self.booted - self.asleep
        return Alive(self.now + self.wrong, mono % WRAP if self.wraps else mono, f"b{self.boots}")


def a_life(number, *, stable_clock=False, reboots=False, **clock):
    """Some hours of one PC: (its rounds by delivery with the truth, the marks it wrote, its sleeps)."""
    dice = random.Random(number)
    pc = Pc(dice, **clock)
    deliveries, marks, sleeps, waiting = [], [], [], []
    last = None
    marks += on_start(None, pc.alive())
    for _ in range(dice.randrange(50, 300)):
        luck = dice.random()
        if luck < 0.02 and not stable_clock:
            pc.wrong = dice.choice(WRONG)
        elif luck < 0.04:
            pc.wrong += dice.choice((-1000, 1000, 500))  # a leap second, a smear, NTP at work
        elif luck < 0.06 and last is not None:
            length = dice.randrange(200_000, 30 * 86_400_000)
            sleeps.append((pc.now, pc.now + length))
            pc.pass_time(length, asleep=True)
        elif luck < 0.07 and reboots:
            marks += on_stop(pc.alive())
            pc.pass_time(dice.randrange(60_000, 86_400_000))
            pc.boot()
            last = None
        pc.pass_time(CADENCE + dice.randrange(-3000, 3000))
        now = pc.alive()
        marks += on_round(last, now, 30.0, DEADLINE, mono_counts_sleep=not pc.stops)
        last = now
        waiting.append((now, pc.now))
        if dice.random() < 0.3:
            sent, at = pc.alive(), pc.now + dice.randrange(SLOWEST)
            deliveries.append((sent, at, waiting))
            waiting = []
    return deliveries, marks, sleeps


def placed(deliveries):
    """(where the collector puts each round, the truth, was it sent in another boot than it was made in)."""
    for sent, received, rounds in deliveries:
        for boot in dict.fromkeys(r.boot for r, _ in rounds):
            made = [(r, true) for r, true in rounds if r.boot == boot]
            report = Report(
                seq=1,
                previous="0" * 64,
                boot=boot,
                made=sent.wall,
                cadence=30.0,
                rules="r",
                agent_version="0",
                rounds=tuple(_round(r) for r, _ in made),
            )
            columns = unpack(pack(report))
            times = place(
                columns["at"],
                columns["mono"],
                same_boot=boot == sent.boot,
                sent_ms=sent.wall,
                sent_mono_ms=sent.mono,
                received_ms=received,
            )
            for time, (_, true) in zip(times.tolist(), made, strict=True):
                yield time, true, boot != sent.boot


def _round(now):
    one = a_round()
    return type(one)(now.wall, now.mono, one.fault, one.rule, one.layers)


def worst(seeds, **life):
    """The largest error of a placed round, in ms, and how many rounds were placed."""
    errors = [abs(time - true) for n in seeds for time, true, _ in placed(a_life(n, **life)[0])]
    return max(errors), len(errors)


def test_a_wrong_clock_moves_no_evidence():
    """Whatever the wall clock says and however it jumps: rounds lie where they were made."""
    first = seed()
    error, rounds = worst(range(first, first + SEEDS))
    print(f"{SEEDS} lives, {rounds} rounds, largest error {error} ms")
    assert error <= CADENCE + SLOWEST


def test_a_clock_that_is_wrong_for_good_is_repaired_over_a_restart():
    """Rounds that wait over a restart are placed by what the clock is off when they are sent."""
    first = seed()
    error, rounds = worst(range(first, first + SEEDS), stable_clock=True, reboots=True)
    print(f"{SEEDS} lives, {rounds} rounds, largest error {error} ms")
    assert error <= TOLERATED_MS + 20_000 + SLOWEST  # twenty leap seconds and corrections at most


def taken_in(deliveries):
    """The same through the intake, which remembers boots: (where or None, between when and when, the truth)."""
    boots, seq = Boots(), 0
    for sent, received, rounds in deliveries:
        envelope = Envelope("a", "0" * 16, sent.boot, sent.wall, sent.mono, len(rounds))
        own = [seq + n for n, (r, _) in enumerate(rounds, 1) if r.boot == sent.boot]
        boots.learn(
            sent.boot,
            min(own, default=seq + len(rounds) + 1),
            sent_ms=sent.wall,
            sent_mono_ms=sent.mono,
            received_ms=received,
        )
        arrival = Arrival(envelope, received)
        for r, true in rounds:
            seq += 1
            report = Report(
                seq=seq,
                previous="0" * 64,
                boot=r.boot,
                made=r.wall,
                cadence=30.0,
                rules="r",
                agent_version="0",
                rounds=(_round(r),),
            )
            found = arrival.place(PreparedReport(report, b"", b"", pack(report), None), boots)
            first = found.row[REPORT_COLUMNS.index("first_at")]
            gap = next((g for g in found.gaps if g["why"] == NO_TIME), None)
            yield first, gap and (gap["first_at"], gap["last_at"]), true


def test_a_clock_set_over_a_restart_moves_no_evidence():
    """A boot that ever sent anything is placed by its own clock; of the others, where the clock was set
    in between, only between when and when is said. What is left is a clock that was set, and set back,
    within one boot that sent nothing: nobody could know.
    """
    first = seed()
    lives = 4 * SEEDS
    errors, intervals, outside, nowhere = [], 0, 0, 0
    for n in range(first, first + lives):
        for time, interval, true in taken_in(a_life(n, reboots=True)[0]):
            if time is not None:
                errors.append(abs(time - true))
            elif interval is not None:
                intervals += 1
                outside += not interval[0] - 20_000 <= true <= interval[1] + 20_000
            else:
                nowhere += 1
    wrong = sum(error > CADENCE + SLOWEST + TOLERATED_MS for error in errors)
    print(
        f"{lives} lives: {len(errors)} rounds placed, {wrong} of them wrong (at most {max(errors)} ms); "
        f"{intervals} between two times, {outside} of them outside; {nowhere} placed nowhere"
    )
    assert intervals > 0
    assert outside == 0
    assert wrong * 10_000 <= len(errors)


def test_no_round_is_placed_after_it_was_received():
    """Nothing lies in the future, whatever the clocks did."""
    first = seed()
    for n in range(first, first + SEEDS // 4):
        deliveries, _, _ = a_life(n, reboots=True)
        latest = max((received for _, received, _ in deliveries), default=0)
        assert all(time <= latest for time, _, _ in placed(deliveries))


def test_a_collector_that_obeys_the_wall_clock_is_caught(monkeypatch):
    """The negative control: without the monotonic clock the same lives move evidence by years."""

    def obeys(at, mono, **_):
        return at

    monkeypatch.setitem(globals(), "place", obeys)
    assert worst(range(50))[0] > YEAR


KINDS = {
    "counts sleep": {},
    "stops in sleep": {"stops_in_sleep": True},
    "runs over": {"wraps": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_sleep_and_steps_are_no_outages(kind):
    """Sleeps, hibernation, a counter that runs over, set clocks: no minute is bad, no power was lost."""
    first = seed()
    clock = KINDS[kind]
    # Where the monotonic clock stops in sleep, a wall clock that is set looks like one: only the journal.
    stable = bool(clock)
    minutes = 0
    for n in range(first, first + SEEDS):
        deliveries, marks, sleeps = a_life(n, stable_clock=stable, **clock)
        kinds = {m.kind for m in marks}
        assert PresenceKind.LOST_POWER not in kinds, n
        asleep = [m for m in marks if m.kind is PresenceKind.ASLEEP]
        if kind != "runs over":  # a counter that ran over in a sleep cannot tell the sleep
            assert len(asleep) == len(sleeps), n
        assert len(asleep) <= len(sleeps), n
        times = np.array(sorted(t // 1000 for t, _, _ in placed(deliveries)), np.int64)
        if not len(times):
            continue
        made, good = observed(times)
        assert (made == good).all(), n
        minutes += int(made.sum())
    print(f"{kind}: {SEEDS} lives, {minutes} observed minutes, 0 of an outage")
    assert minutes > SEEDS


def observed(times):
    """Minutes with a round, and minutes in which the site was usable."""
    start = int(times[0]) // 60 * 60
    count = min((int(times[-1]) - start) // 60 + 1, 3 * 24 * 60)
    facts = AgentFacts(
        id="a",
        office="o",
        t=times,
        layers=np.ones((len(times), 6), np.uint8),
        rtt=np.full(len(times), 5.0, np.float32),
        cadence=30.0,
        delivered=(Delivered(0, len(times), 1, 1),),
        fault=np.zeros(len(times), np.uint8),
    )
    bits = minutes_of([facts], ["o"], start, count).bits[0]
    return (bits & MADE) > 0, (bits & HTTP) > 0


@pytest.mark.parametrize(
    ("ms", "slept"), [(0, False), (13_000, False), (22_000, False), (60_000, True), (-5, False)]
)
def test_a_round_in_which_the_pc_slept_says_nothing(ms, slept):
    """Time-outs that ran out in a sleep are not the line's: such a round is no round."""
    begun = Alive(1_795_000_000_000, 10_000, "b")
    ended = Alive(1_795_000_000_000 + ms, 10_000 + ms, "b")
    assert interrupted(begun, ended, DEADLINE) is slept
