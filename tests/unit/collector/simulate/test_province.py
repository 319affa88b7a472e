"""A simulated province is the same for the same seed, holds what it promises, and follows the real rules."""

import hashlib
from datetime import date

import numpy as np
import pytest

from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.verdict import judge
from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import unseal
from laaswatch_agent.report.model import NO_HASH
from laaswatch_agent.report.vocabulary import Fault, PresenceKind, State, state_of
from laaswatch_collector.ledger.model import Book
from laaswatch_collector.simulate.axis import DAY_SLOTS, month_axis
from laaswatch_collector.simulate.books import ledger_files
from laaswatch_collector.simulate.faults import CABLE_PULLER, STOPPED_AGENT
from laaswatch_collector.simulate.province import simulate
from laaswatch_collector.simulate.situations import USABLE, Situation, Templates, look

HOLIDAYS = (date(2026, 10, 13), date(2026, 10, 23))


def _make(seed=5):
    return simulate(seed, 14, (2026, 10), holidays=HOLIDAYS)


@pytest.fixture(scope="module")
def province():
    return _make()


def _digest(province) -> str:
    digest = hashlib.sha256()
    for row in range(len(province.agents)):
        for report in province.reports(row):
            digest.update(report.line)
    for upload in ledger_files(province):
        digest.update(upload.content)
    return digest.hexdigest()


def test_one_seed_is_one_province():
    """The same seed gives the same bytes, another seed gives others."""
    assert _digest(_make()) == _digest(_make())
    assert _digest(_make()) != _digest(_make(6))


def test_axis_holds_working_days_only():
    """Weekends and holidays are no days of the simulation; the tail reaches into the next month."""
    axis = month_axis(2026, 10, HOLIDAYS, tail_days=2)
    assert axis.days[0] == date(2026, 10, 1)
    assert axis.days[-2:] == (date(2026, 11, 2), date(2026, 11, 3))
    assert axis.month_days == 20
    assert not set(axis.days) & set(HOLIDAYS)
    assert axis.second(0) == 1790814600  # 1 October 2026, 07:30 in Bangkok
    assert axis.working().sum() == 22 * 420


def test_offices_cannot_be_taken_for_real_ones(province):
    """Codes lie in districts that no province has, names say example, the source says simulated."""
    assert len({office.code for office in province.offices}) == 14
    for office in province.offices:
        assert office.code[1:3] == "57"
        assert office.code[3:5] >= "91"
        assert "ตัวอย่าง" in office.name_th
        assert office.source == "simulated"
    assert {office.isp for office in province.offices} == {"NT", "AIS", "TRUE"}


def test_reports_are_a_whole_chain_in_time_order(province):
    """Numbered from 1, each naming the one before; unsealing gives back rounds in order."""
    for row in range(6):
        previous, seq, last = NO_HASH, 0, -(10**18)
        for sealed in province.reports(row):
            report = unseal(sealed.line)
            assert (report.seq, report.previous) == (seq + 1, previous)
            assert sealed.rounds == len(report.rounds) > 0
            times = [r.at for r in report.rounds]
            assert times == sorted(times)
            assert times[0] > last
            seq, previous, last = report.seq, hash_of(sealed.line), times[-1]
        assert seq > 50


def test_a_wrong_clock_shows_in_the_rounds(province):
    """The PC that keeps UTC as local time is seven hours behind in every round."""
    row = next(i for i, agent in enumerate(province.agents) if agent.clock_off == -25_200)
    first = unseal(next(iter(province.reports(row))).line)
    boot = province.boots[row][0]
    true_start = province.axis.second(boot.start)
    assert 0 <= first.rounds[0].at / 1000 + 25_200 - true_start < province.cadence
    assert first.rounds[0].mono == first.rounds[0].at + 25_200_000 - true_start * 1000


EXPECTED = {
    Situation.GOOD: {Fault.NONE},
    Situation.SLOW: {Fault.SLOW},
    Situation.SITE_UNAVAILABLE: {Fault.SITE_HTTP},
    Situation.SITE_MAINTENANCE: {Fault.SITE_HTTP},
    Situation.SITE_HANGS: {Fault.SITE_HTTP},
    Situation.SITE_CERTIFICATE_EXPIRED: {Fault.SITE_TLS},
    Situation.SITE_REFUSES: {Fault.SITE_TCP},
    Situation.PATH_TO_SITE_CUT: {Fault.SITE_TCP},
    Situation.UNPAID_BILL_PAGE: {Fault.CAPTIVE_PORTAL},
    Situation.ANTIVIRUS_IN_BETWEEN: {Fault.INTERCEPTION},
    Situation.NAME_NOT_FOUND: {Fault.DNS},
    Situation.RESOLVER_DEAD: {Fault.DNS},
    Situation.LINE_CUT: {Fault.UPLINK},
    Situation.ROUTER_DEAD: {Fault.GATEWAY},
    Situation.NO_ADDRESS: {Fault.PC_LINK},
    Situation.CABLE_OUT: {Fault.PC_LINK},
    Situation.BLINK: {Fault.SITE_HTTP},
}


@pytest.mark.parametrize("situation", list(Situation), ids=lambda x: x.name.lower())
def test_the_agents_own_rules_name_each_cause(situation):
    """What people know as the cause is what the real rules make of the layers, on every kind of line."""
    templates = Templates()
    for base in (24, 95):
        for jitter in range(4):
            found = templates.of(situation, base, False, jitter)
            assert found.fault in EXPECTED[situation]


def test_a_router_that_never_answers_is_no_fault():
    """Where the gateway never answered ping, good stays good and a dead router looks like a cut line."""
    templates = Templates()
    silent = True
    assert templates.of(Situation.GOOD, 38, silent, 1).fault is Fault.NONE
    assert templates.of(Situation.ROUTER_DEAD, 38, silent, 1).fault is Fault.UPLINK


def test_templates_say_what_judging_each_round_would_say():
    """A template's verdict is the judge's own, not one written down beside it."""
    templates = Templates()
    for situation in (Situation.SITE_REFUSES, Situation.LINE_CUT, Situation.CABLE_OUT):
        verdict = judge(look(situation, 38.0), History())
        assert templates.of(situation, 38.0, False, 1).fault is verdict.fault


def test_rounds_show_the_true_situation(province):
    """Outside noise, a round is down exactly where the truth says that the PC could not use the site."""
    row = 0
    agent, axis = province.agents[row], province.axis
    days = {axis.day_start(day): day for day in range(len(axis.days))}
    wrong = total = 0
    for sealed in province.reports(row):
        for r in unseal(sealed.line).rounds:
            second = r.at // 1000 - agent.clock_off
            start = max(x for x in days if x <= second)
            slot = days[start] * DAY_SLOTS + (second - start) // 60
            usable = province.weather.situation[row, slot] in USABLE
            total += 1
            wrong += usable == (state_of(r.fault) is State.DOWN)
    assert total > 1500
    assert wrong / total < 0.01


def test_on_purpose_faults_are_there(province):
    """One office pulls its cable on some afternoons; one agent is stopped and says so, then nothing."""
    pulled = [e for e in province.events if e.on_purpose and e.cause == "cable_out"]
    assert {e.key for e in pulled} == {province.offices[CABLE_PULLER].code}
    assert len(pulled) >= 3
    row = next(i for i, a in enumerate(province.agents) if a.office == STOPPED_AGENT)
    stop = next(e for e in province.events if e.cause == "agent_stopped")
    start, end = province.axis.second(stop.start), province.axis.second(stop.end - 1)
    reports = [unseal(x.line) for x in province.reports(row)]
    off = province.agents[row].clock_off
    assert not [r for x in reports for r in x.rounds if start <= r.at / 1000 - off < end]
    marks = [(m.at / 1000 - off, m.kind) for x in reports for m in x.presence]
    assert not [at for at, _ in marks if start < at < end]
    assert max(m for m in marks if m[0] <= start)[1] is PresenceKind.STOPPED


def test_a_power_cut_is_told_by_the_next_boot(province):
    """The thunderstorm leaves no clean end; the next boot reports the interval."""
    storm = next(e for e in province.events if e.scope == "province")
    begins = province.axis.second(storm.start)
    told = 0
    for row, agent in enumerate(province.agents):
        for sealed in province.reports(row):
            for mark in unseal(sealed.line).presence:
                if mark.kind is PresenceKind.LOST_POWER:
                    at = mark.at // 1000 - agent.clock_off
                    assert mark.until is not None
                    assert mark.until > mark.at
                    told += at == begins
    assert told >= len(province.offices) * 0.7


def test_truth_of_the_ledger(province):
    """Some entries are late because of faults, some in spite of none; faults hardly ever make one earlier."""
    late = [e for e in province.entries if e.late]
    because = [e for e in late if e.late_because_of_faults]
    assert 0.02 < len(late) / len(province.entries) < 0.3
    assert len(because) > 20
    assert len(late) - len(because) > 20
    earlier = 0
    for entry in province.entries:
        if entry.posted is not None:
            assert entry.posted > entry.transacted
            assert entry.posted_without_faults is not None
            earlier += entry.posted < entry.posted_without_faults
    # A session prolonged after a fault can catch an entry that would have waited for tomorrow.
    assert earlier < len(province.entries) * 0.02
    assert {e.book for e in province.entries} == set(Book)


def test_nothing_is_posted_while_the_site_is_out_of_reach(province):
    """A posting needs a PC of the office that can use the site in that minute."""
    positions = {office.code: i for i, office in enumerate(province.offices)}
    for entry in province.entries:
        if entry.posted is not None:
            assert province.usable[positions[entry.office_code], entry.posted]


def test_the_month_is_bad_but_not_hopeless(province):
    """Offices could use the site in most office hours, and not in all."""
    share = np.mean(province.usable[:, province.axis.working()])
    assert 0.8 < share < 0.97
