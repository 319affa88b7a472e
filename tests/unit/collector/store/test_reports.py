"""Reports: stored once, acknowledged exactly, placed on our clock whatever the PC's clock says."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import zstandard

from laaswatch_agent.report.model import Delivery, Gap, PresenceMark
from laaswatch_agent.report.vocabulary import Fault, Layer, PresenceKind, Reason, Result
from laaswatch_collector.store.agents import AgentState, agent_by_id, set_state
from laaswatch_collector.store.facts import load_facts
from laaswatch_collector.store.intake import prepare
from laaswatch_collector.store.reports import (
    Arrived,
    accept,
    moment_of_export,
    ranges,
    store_all,
)
from laaswatch_collector.store.schema import (
    audit,
    gaps,
    latest_rounds,
    presence_marks,
    reports,
    stale_days,
)
from laaswatch_collector.store.work import finish, take_days
from support.intake import NOW, NOW_MS, Sender, a_round, enrol

MINUTE = 60_000
MONO = 1_000_000
YEAR = 365 * 86_400_000


@pytest.fixture
def sender(office):
    """An enrolled agent with three reports of two rounds each, the last minute before NOW."""
    agent = enrol(office)
    for n in range(3):
        at = NOW_MS - (3 - n) * MINUTE
        mono = MONO - (3 - n) * MINUTE
        agent.seal(a_round(at, mono), a_round(at + 30_000, mono + 30_000))
    return agent


def take(database, sender, *lines, received=NOW, **envelope):
    delivery = sender.delivery(*lines, **envelope)
    return database.write(lambda c: accept(c, sender.agent, delivery, received))


def stored(database, *columns):
    query = sa.select(*(columns or (reports.c.seq,))).order_by(reports.c.incarnation, reports.c.seq)
    return database.read(lambda c: c.execute(query).all())


def stale(database):
    return database.read(
        lambda c: c.execute(sa.select(stale_days.c.day).order_by(stale_days.c.day)).scalars().all()
    )


def test_a_delivery_is_stored_verbatim_and_acknowledged(office, sender):
    found = take(office, sender)
    assert (found.acked, found.new, found.duplicates, found.refused) == (((1, 3),), 3, 0, "")
    bodies = [
        zstandard.ZstdDecompressor().decompress(bytes(x.body))
        for x in stored(office, reports.c.body)
    ]
    assert bodies == sender.lines


def test_a_delivery_sent_again_is_acknowledged_again_and_stored_once(office, sender):
    take(office, sender)
    again = take(office, sender, received=NOW + timedelta(hours=1))
    assert (again.acked, again.new, again.duplicates) == (((1, 3),), 0, 3)
    assert len(stored(office)) == 3
    assert office.read(lambda c: c.execute(sa.select(latest_rounds.c.received_at)).scalar()) == NOW


def test_any_order_and_any_cut_of_deliveries_gives_the_same_rows(office, sender):
    rng = random.Random(7)
    pieces = [(line,) for line in sender.lines] * 2 + [tuple(sender.lines[1:])]
    rng.shuffle(pieces)
    for piece in pieces:
        take(office, sender, *piece)
    assert [x.seq for x in stored(office)] == [1, 2, 3]


def test_one_line_twice_in_a_delivery_is_one_report(office, sender):
    line = sender.lines[0]
    found = take(office, sender, line, line)
    assert (found.acked, found.new, found.duplicates) == (((1, 1),), 1, 1)
    assert len(stored(office)) == 1


def test_a_bad_line_is_named_and_the_others_go_in(office, sender):
    found = take(office, sender, sender.lines[0], b"{}", sender.lines[1], b"\xff")
    assert found.acked == ((1, 2),)
    assert [bad.line for bad in found.rejected] == [1, 3]
    assert "fields" in found.rejected[0].reason


def test_an_empty_delivery_is_a_sign_of_life(office, sender):
    delivery = replace(sender.delivery(), sealed=())
    found = office.write(lambda c: accept(c, sender.agent, delivery, NOW))
    assert (found.acked, found.refused) == ((), "")
    assert office.read(lambda c: agent_by_id(c, sender.agent)).last_contact == NOW


def forked(sender):
    """The same PC, cloned after its first report: other reports under the same numbers, at the same time."""
    clone = Sender(sender.agent, lines=sender.lines[:1])
    for before in (118_000, 110_000):
        clone.seal(a_round(NOW_MS - before, MONO - before, Fault.DNS))
    return clone


def put_back(sender):
    """The same PC, put back to what it was after its first report, and measuring again since."""
    restored = Sender(sender.agent, lines=sender.lines[:1])
    for before in (20_000, 10_000):
        restored.seal(a_round(NOW_MS - before, MONO - before, Fault.DNS))
    return restored


def test_two_histories_of_one_agent_are_a_fork(office, sender):
    """Nothing of the request counts, the agent is shown as forked, and nothing more is taken."""
    take(office, sender, *sender.lines[:2])
    assert take(office, forked(sender)).refused == "fork"
    assert [x.seq for x in stored(office)] == [1, 2]
    assert office.read(lambda c: agent_by_id(c, sender.agent)).state is AgentState.FORKED
    said = office.read(lambda c: c.execute(sa.select(audit.c.result)).scalars().all())
    assert "fork" in said
    assert take(office, sender).refused == "fork"


def test_a_link_to_another_past_is_a_fork(office, sender):
    """The clone's third report fits no number that we hold, but names a second that is not ours."""
    take(office, sender, *sender.lines[:2])
    assert take(office, forked(sender), forked(sender).lines[2]).refused == "fork"


def test_a_report_that_the_next_one_does_not_name_is_a_fork(office, sender):
    """The seam is looked at from both sides: what comes late must be what came after it speaks of."""
    take(office, sender, sender.lines[0], sender.lines[2])
    assert take(office, forked(sender), forked(sender).lines[1]).refused == "fork"


def test_a_disk_that_was_put_back_is_no_fork(office, sender):
    """It is told to begin a new life, and stays trusted; that it happened is written down once."""
    take(office, sender)
    restored = put_back(sender)
    for lines in (restored.lines, restored.lines[2:], restored.lines[1:2]):
        assert take(office, restored, *lines).refused == "rollback"
    assert take(office, restored, restored.lines[0]).duplicates == 1
    assert office.read(lambda c: agent_by_id(c, sender.agent)).state is AgentState.ACTIVE
    said = office.read(lambda c: c.execute(sa.select(audit.c.result)).scalars().all())
    assert said.count("rollback") == 1
    again = Sender(sender.agent, incarnation="f" * 16)
    again.seal(a_round(NOW_MS - 20_000, MONO - 20_000, Fault.DNS))
    assert take(office, again).new == 1


def test_a_round_that_waited_in_the_backup_accuses_nobody(office, sender):
    """It is in both histories, for it was measured before the backup was made."""
    take(office, sender)
    restored = Sender(sender.agent, lines=sender.lines[:2])
    waited = a_round(NOW_MS - MINUTE, MONO - MINUTE)
    restored.seal(waited, a_round(NOW_MS - 10_000, MONO - 10_000))
    assert take(office, restored).refused == "rollback"


def test_the_old_life_that_goes_on_after_all_is_a_fork(office, sender):
    """A copy was started while the other one slept; the other one's next report shows both."""
    take(office, sender)
    assert take(office, put_back(sender)).refused == "rollback"
    later = NOW + timedelta(minutes=2)
    times = {"sent": NOW_MS + 2 * MINUTE, "mono": MONO + 2 * MINUTE, "received": later}
    sender.seal(a_round(NOW_MS - 25_000, MONO - 25_000))
    assert take(office, sender, sender.lines[-1], **times).new == 1  # made before the copy woke up
    for minutes in (1, 1.5):
        sender.seal(a_round(NOW_MS + int(minutes * MINUTE), MONO + int(minutes * MINUTE)))
    # With a hole before it, it may be the copy's own as well.
    assert take(office, sender, sender.lines[-1], **times).refused == "rollback"
    assert take(office, sender, *sender.lines[-2:], **times).refused == "fork"


def test_a_known_report_is_acknowledged_when_the_report_itself_has_gone(office, sender):
    """Retention takes reports away; that they were accepted stays known for good."""
    take(office, sender)
    office.write(lambda c: c.execute(reports.delete()))
    found = take(office, sender)
    assert (found.acked, found.new, found.duplicates) == (((1, 3),), 0, 3)
    assert stored(office) == []


def test_a_chain_full_of_holes_is_suspended(office, sender, monkeypatch):
    monkeypatch.setattr("laaswatch_collector.store.reports.MOST_RUNS", 1)
    assert take(office, sender, sender.lines[0], sender.lines[2]).refused == "agent_suspended"
    assert office.read(lambda c: agent_by_id(c, sender.agent)).state is AgentState.SUSPENDED
    assert stored(office) == []


def test_deliveries_of_one_transaction_know_of_each_other(office, sender):
    """A duplicate, and a fork, within one group."""
    arrived = [
        Arrived(sender.agent, prepare(x.delivery(*x.lines[:2]), NOW))
        for x in (sender, sender, forked(sender), sender)
    ]
    found = office.write(lambda c: store_all(c, arrived))
    assert [(x.new, x.duplicates, x.refused) for x in found] == [
        (2, 0, ""),
        (0, 2, ""),
        (0, 0, "fork"),
        (0, 0, "fork"),
    ]


def test_two_lines_of_one_number_in_a_delivery_are_a_fork(office, sender):
    assert take(office, sender, sender.lines[1], forked(sender).lines[1]).refused == "fork"
    assert stored(office) == []


def test_a_person_can_let_a_forked_agent_go_on(office, sender):
    take(office, sender, *sender.lines[:2])
    take(office, forked(sender))
    office.write(lambda c: set_state(c, sender.agent, AgentState.ACTIVE, who="x", now=NOW))
    assert take(office, sender).acked == ((1, 3),)


def test_another_life_of_the_spool_has_its_own_numbers(office, sender):
    take(office, sender)
    other = Sender(sender.agent, incarnation="f" * 16)
    other.seal(a_round(NOW_MS, MONO))
    assert take(office, other).new == 1
    assert len(stored(office)) == 4


@pytest.mark.parametrize("state", [AgentState.SUSPENDED, AgentState.REVOKED])
def test_nothing_is_taken_from_an_agent_that_was_turned_away(office, sender, state):
    office.write(lambda c: set_state(c, sender.agent, state, who="x", now=NOW))
    assert take(office, sender).refused == "agent_suspended"
    assert stored(office) == []


def test_what_a_pending_agent_sends_is_kept_and_counts_once_it_is_approved(office):
    sender = enrol(office, "pending", uses=2)
    sender.seal(a_round(NOW_MS, MONO))
    assert take(office, sender).new == 1

    def observed():
        return office.read(lambda c: load_facts(c, NOW - timedelta(hours=1), NOW + timedelta(1)))

    assert observed().agents == ()
    for day in office.write(lambda c: take_days(c, "x", NOW, 9)):
        office.write(lambda c, d=day: finish(c, d))
    office.write(lambda c: set_state(c, sender.agent, AgentState.ACTIVE, who="x", now=NOW))
    assert len(observed().agents) == 1
    assert stale(office) == [date(2026, 11, 23)]


WRONG_CLOCKS = {
    "right": 0,
    "seven hours behind": -7 * 3_600_000,
    "buddhist year": 543 * YEAR,
    "1970": -NOW_MS,
    "ten years ahead": 10 * YEAR,
}


@pytest.mark.parametrize("off", WRONG_CLOCKS.values(), ids=WRONG_CLOCKS.keys())
@pytest.mark.parametrize("same_boot", [True, False], ids=["same boot", "after a restart"])
def test_a_wrong_clock_moves_nothing(office, off, same_boot):
    """Rounds, presence, gaps and the live view land in true time, however wrong the PC's clock is."""
    sender = enrol(office, "wrong clock")
    at = NOW_MS - 10 * MINUTE
    sender.seal(
        a_round(at + off, MONO - 10 * MINUTE),
        presence=(PresenceMark(PresenceKind.ASLEEP, at + off, "boot-1", at + off + MINUTE),),
        gaps=(Gap(3, at + off - MINUTE, at + off, "spool_full"),),
    )
    take(office, sender, sent=NOW_MS + off, mono=MONO, boot="boot-1" if same_boot else "boot-2")
    true = NOW - timedelta(minutes=10)
    (row,) = stored(office, reports.c.first_at, reports.c.last_at)
    assert (row.first_at, row.last_at) == (true, true)
    latest = office.read(lambda c: c.execute(sa.select(latest_rounds)).one())
    assert (latest.at, latest.fault) == (true, "none")
    mark = office.read(lambda c: c.execute(sa.select(presence_marks)).one())
    assert (mark.at, mark.until_at) == (true, true + timedelta(minutes=1))
    gap = office.read(lambda c: c.execute(sa.select(gaps)).one())
    assert (gap.first_at, gap.last_at, gap.rounds) == (true - timedelta(minutes=1), true, 3)


HOUR = 3_600_000


def restarted(office, off, *, heard=True):
    """A PC whose clock was `off`, that lost its power with a report unsent, and came back with a right clock."""
    sender = enrol(office, "restarted")
    before = NOW_MS - 3 * HOUR
    sender.seal(a_round(before + off, MONO))
    if heard:
        take(
            office,
            sender,
            sent=before + off + MINUTE,
            mono=MONO + MINUTE,
            received=at(before + MINUTE),
        )
    waiting = sender.seal(a_round(before + HOUR + off, MONO + HOUR))
    latest = sender.seal(a_round(NOW_MS, 9_000), boot="boot-2")
    take(office, sender, latest, waiting, sent=NOW_MS, mono=9_000, boot="boot-2")
    return before + HOUR


def at(ms):
    return datetime.fromtimestamp(ms / 1000, UTC)


def test_a_boot_that_was_heard_is_placed_by_its_own_clock_for_good(office):
    """The wall clock was set over the restart; what that boot had not sent yet lies where it was made."""
    true = restarted(office, HOUR)
    rows = stored(office, reports.c.seq, reports.c.first_at, reports.c.origin_ms)
    assert [(x.seq, x.first_at) for x in rows][1] == (2, at(true))
    (facts,) = office.read(lambda c: load_facts(c, NOW - timedelta(hours=4), NOW)).agents
    assert true // 1000 in facts.t.tolist()


def test_rounds_that_no_clock_can_place_are_told_as_between_two_times(office):
    """Two boots apart, with a clock that was set in between: never a point, and no evidence."""
    sender = enrol(office, "lost")
    before = NOW_MS - 3 * HOUR
    sender.seal(a_round(before + HOUR, MONO))
    take(office, sender, sent=before + HOUR, mono=MONO, received=at(before))
    waiting = sender.seal(a_round(before + 2 * HOUR, 4_000), boot="boot-1b")
    latest = sender.seal(a_round(NOW_MS, 9_000), boot="boot-2")
    take(office, sender, latest, waiting, sent=NOW_MS, mono=9_000, boot="boot-2")
    assert [x.first_at is None for x in stored(office, reports.c.first_at)] == [False, True, False]
    gap = office.read(lambda c: c.execute(sa.select(gaps)).one())
    assert (gap.why, gap.rounds) == ("no_time", 1)
    assert (gap.first_at, gap.last_at) == (at(before), at(NOW_MS - 9_000))


def test_a_clock_in_the_future_freezes_nothing(office):
    """A round said to be of 2036 is placed at its receipt at the latest, so the next one replaces it."""
    sender = enrol(office, "future")
    sender.seal(a_round(NOW_MS + 10 * YEAR, MONO * 9), boot="other")  # neither clock is of any use
    take(office, sender)
    first = office.read(lambda c: c.execute(sa.select(latest_rounds.c.at)).scalar())
    assert first <= NOW
    later = NOW + timedelta(minutes=1)
    sender.seal(a_round(NOW_MS + MINUTE, MONO, Fault.DNS))
    take(office, sender, sender.lines[-1], sent=NOW_MS + MINUTE, received=later)
    assert office.read(lambda c: c.execute(sa.select(latest_rounds.c.fault)).scalar()) == "dns"


def test_a_clock_beyond_repair_is_kept_but_placed_nowhere(office):
    """Rounds of 1970 sent after the clock was set: no day can be said, so none is computed again."""
    sender = enrol(office, "1970")
    sender.seal(a_round(1_000_000, 5_000), boot="before")
    found = take(office, sender)
    assert (found.acked, found.days) == (((1, 1),), frozenset())
    (row,) = stored(office, reports.c.first_at, reports.c.rounds)
    assert (row.first_at, row.rounds) == (None, 1)
    assert stale(office) == []


def test_late_rounds_do_not_replace_the_live_view(office, sender):
    take(office, sender, sender.lines[2])
    newest = office.read(lambda c: c.execute(sa.select(latest_rounds.c.at)).scalar())
    take(office, sender, *sender.lines[:2])
    assert office.read(lambda c: c.execute(sa.select(latest_rounds.c.at)).scalar()) == newest


def a_sparing_round(at_ms, mono):
    """A round that found nothing wrong, and did not ask for the page."""
    good = a_round(at_ms, mono)
    spared = (Layer.TCP, Layer.TLS, Layer.HTTP)
    rows = tuple(
        replace(x, result=Result.SKIPPED, reason=Reason.OUT_OF_BUDGET, ms=None)
        if x.layer in spared
        else x
        for x in good.layers
    )
    return replace(good, rule="none.line", layers=rows)


@pytest.mark.parametrize(
    ("minutes", "fault", "asked"),
    [(1, "dns", True), (5, "dns", True), (6, "none", False)],
    ids=["a moment ago", "five minutes ago", "too long ago"],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one report", "two reports"])
def test_a_round_that_spares_the_site_leaves_the_last_finding_standing(
    office, minutes, fault, asked, apart
):
    """It renews the time of the live view, and for five minutes not what was found."""
    sender = enrol(office, "spares")
    last = NOW_MS - 30_000
    rounds = (
        a_round(last - minutes * MINUTE, MONO - 30_000 - minutes * MINUTE, Fault.DNS),
        a_sparing_round(last, MONO - 30_000),
    )
    for part in [rounds[:1], rounds[1:]] if apart else [rounds]:
        sender.seal(*part)
        take(office, sender, sender.lines[-1], sent=NOW_MS, mono=MONO)
    latest = office.read(lambda c: c.execute(sa.select(latest_rounds)).one())
    assert (latest.fault, latest.asked_at is not None) == (fault, asked)
    assert latest.at == NOW - timedelta(seconds=30)


def test_the_local_days_that_rounds_touch_are_computed_again(office):
    """17:00 UTC is midnight in Bangkok: two rounds around it touch two days."""
    sender = enrol(office, "midnight")
    midnight = round(datetime(2026, 11, 22, 17, tzinfo=UTC).timestamp() * 1000)
    ago = NOW_MS - midnight
    sender.seal(a_round(midnight - 1, MONO - ago - 1), a_round(midnight, MONO - ago), boot="b")
    found = take(office, sender)
    assert found.days == {date(2026, 11, 22), date(2026, 11, 23)}
    assert stale(office) == sorted(found.days)


def test_a_mark_told_twice_is_kept_once(office):
    sender = enrol(office, "marks")
    mark = PresenceMark(PresenceKind.STARTED, NOW_MS - MINUTE, "boot-1")
    for n in (2, 1):
        sender.seal(a_round(NOW_MS - n, MONO - n), presence=(mark,))
    take(office, sender)
    assert office.read(lambda c: len(c.execute(sa.select(presence_marks)).all())) == 1


def test_facts_come_out_in_true_time(office, sender):
    take(office, sender, sent=NOW_MS + YEAR)
    (facts,) = office.read(lambda c: load_facts(c, NOW - timedelta(hours=1), NOW)).agents
    assert facts.t.tolist() == [NOW_MS // 1000 - x for x in (180, 150, 120, 90, 60, 30)]


def test_an_unknown_agent_is_turned_away(office):
    delivery = Delivery(Sender("nobody").delivery().envelope, ())
    found = office.write(lambda c: accept(c, "nobody", delivery, NOW))
    assert found.refused == "agent_suspended"


@pytest.mark.parametrize(
    ("numbers", "runs"),
    [([], ()), ([3, 1, 2, 2], ((1, 3),)), ([1, 3, 4], ((1, 1), (3, 4)))],
)
def test_numbers_become_the_fewest_runs(numbers, runs):
    assert ranges(numbers) == runs


def test_a_carried_delivery_is_placed_from_its_export(office, sender):
    """Two days on a memory stick must not move the rounds by two days."""
    take(office, sender)
    now = NOW + timedelta(days=2)

    def moment(sent):
        envelope = sender.delivery(sent=sent).envelope
        return office.read(lambda c: moment_of_export(c, sender.agent, envelope, now))

    assert moment(NOW_MS + MINUTE) == NOW + timedelta(minutes=1)
    assert moment(NOW_MS + 3 * 86_400_000) == now  # a clock ahead of ours
    assert moment(0) == now  # a clock that says a time before the agent existed


def test_a_carried_delivery_of_a_wrong_clock_is_placed_by_what_the_clock_was_off(office, sender):
    off = 10 * YEAR
    take(office, sender, sent=NOW_MS + off)
    now = NOW + timedelta(days=2)
    envelope = sender.delivery(sent=NOW_MS + off + MINUTE).envelope
    found = office.read(lambda c: moment_of_export(c, sender.agent, envelope, now))
    assert found == NOW + timedelta(minutes=1)
