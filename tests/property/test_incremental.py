"""Whatever reports come in which order, pieces and doubles, and whenever it is concluded in between: what is stored in the
end is what a computation from scratch stores. With it, that only touched offices are painted again.
"""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_agent.report.vocabulary import Fault, Reason, Result
from laaswatch_collector.computing import Computer
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store import office_days as marks
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import office_days, outages, rollups, state_runs
from laaswatch_collector.timeline.office_day import unpack_all
from laaswatch_collector.worktime.thai import BANGKOK
from support.anew import conclude_anew
from support.intake import a_round, enrol

MONDAY = datetime(2026, 11, 2, tzinfo=BANGKOK)
DAYS = [(MONDAY + timedelta(days=n)).date() for n in range(2)]
OFFICES = [f"65704{n:02d}" for n in range(1, 5)]
NOW = MONDAY + timedelta(days=1, hours=12)
"""Monday is over, Tuesday is not."""
LATER = MONDAY + timedelta(days=20)
FAULTS = (Fault.NONE, Fault.NONE, Fault.DNS, Fault.SITE_HTTP, Fault.UPLINK)

pieces = st.tuples(
    st.integers(0, len(OFFICES) - 1),  # whose
    st.integers(8 * 60, 33 * 60),  # from which minute of Monday on
    st.integers(1, 90),  # so many minutes
    st.sampled_from(FAULTS),
)
steps = st.lists(
    st.one_of(
        pieces.map(lambda x: ("report", x)),
        st.just(("conclude", None)),
        st.just(("again", None)),
        st.integers(0, len(OFFICES) - 1).map(lambda x: ("revoke", x)),
    ),
    min_size=3,
    max_size=14,
)


def stored(database):
    def read(connection):
        columns = [c for c in outages.c if c.name not in ("id", "revision", "computed_at")]
        runs = connection.execute(
            sa.select(state_runs).order_by(state_runs.c.office_code, state_runs.c.from_at)
        ).all()
        found = connection.execute(
            sa.select(*columns).order_by(outages.c.scope, outages.c.key, outages.c.start_at)
        ).all()
        rolled = connection.execute(
            sa.select(rollups).order_by(rollups.c.day, rollups.c.office_code)
        ).all()
        # Of an office that is watched no more, days on which nobody heard it may stand or not.
        heard = {(x.office_code, x.day) for x in runs if x.state != "unknown"}
        return [x for x in runs if (x.office_code, x.day) in heard], found, rolled

    return database.read(read)


class Office_:  # noqa: N801 - a sender with what it has sent
    """One office's agent; what it sends lies on one boot."""

    def __init__(self, database, code):
        self.sender = enrol(database, f"pc-{code}", office=code, now=MONDAY - timedelta(days=1))
        self.sent = []

    def report(self, database, first, minutes, fault):
        start = round(MONDAY.timestamp() * 1000) + first * 60_000
        boot = 10_000_000_000
        rounds = [
            a_round(start + i * 60_000, boot + (first + i) * 60_000, fault) for i in range(minutes)
        ]
        line = self.sender.seal(*rounds, cadence=60.0)
        end, mono = rounds[-1].at + 1_000, rounds[-1].mono + 1_000
        envelope = Envelope(
            self.sender.agent, self.sender.incarnation, self.sender.boot, end, mono, 1
        )
        self.sent.append((Delivery(envelope, (line,)), datetime.fromtimestamp(end / 1000, UTC)))
        self.deliver(database, *self.sent[-1])

    def deliver(self, database, delivery, received):
        database.write(lambda c: accept(c, self.sender.agent, delivery, received))


def a_recomputer(database, now=NOW):
    return Recomputer(database, load_calendar(), load_policy(), lambda: now)


def a_country(database):
    some = [
        Office(code, code, province="65" if i < 3 else "50", isp="AB"[i % 2], pcs=2)
        for i, code in enumerate(OFFICES)
    ]
    database.write(lambda c: import_offices(c, some))
    return [Office_(database, code) for code in OFFICES]


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(steps)
def test_what_is_stored_is_what_would_be_computed_from_scratch(story):
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{Path(folder) / 'store.db'}")
        try:
            told = a_country(database)
            for what, value in story:
                if what == "report":
                    told[value[0]].report(database, *value[1:])
                elif what == "conclude":
                    a_recomputer(database).run_once()
                elif what == "again":
                    for office in told:
                        for delivery in office.sent:
                            office.deliver(database, *delivery)
                elif told[value].sent:  # turning away who never said anything touches no day
                    agent = told[value].sender.agent
                    database.write(
                        lambda c, a=agent: set_state(c, a, AgentState.REVOKED, who="t", now=NOW)
                    )
            for now in (NOW, LATER):
                a_recomputer(database, now).catch_up()
                found = stored(database)
                days = {run.day for run in found[0]}  # that anything was ever heard of
                database.write(lambda c, n=now, d=days: conclude_anew(c, d, n))
                a_recomputer(database, now).catch_up()
                assert stored(database) == found
        finally:
            database.close()


@pytest.fixture
def database(store_url):
    opened = Database.open(store_url)
    yield opened
    opened.close()


def test_a_late_report_paints_its_own_office_alone(database):
    told = a_country(database)
    for office in told:
        office.report(database, 9 * 60, 120, Fault.NONE)
    a_recomputer(database, LATER).catch_up()
    told[2].report(database, 12 * 60, 30, Fault.DNS)
    computer = Computer(database, load_calendar(), load_policy())
    found = computer.day(DAYS[0], LATER)
    assert set(found.painted) == {OFFICES[2]}
    assert set(found.rollups) == {OFFICES[2]}


def test_only_what_changed_is_written(database):
    """The states of the others are not even touched: marked by hand, they keep the mark."""
    told = a_country(database)
    for office in told:
        office.report(database, 9 * 60, 120, Fault.NONE)
    a_recomputer(database, LATER).catch_up()
    by_hand = state_runs.update().values(witnesses=99)
    database.write(lambda c: c.execute(by_hand))
    told[1].report(database, 12 * 60, 30, Fault.DNS)
    a_recomputer(database, LATER).catch_up()
    kept = database.read(
        lambda c: c.execute(
            sa.select(state_runs.c.office_code)
            .where(state_runs.c.day == DAYS[0], state_runs.c.witnesses != 99)
            .distinct()
        ).scalars()
    )
    assert set(kept) == {OFFICES[1]}


def test_another_version_of_painting_paints_everything_anew(database, monkeypatch):
    told = a_country(database)
    told[0].report(database, 9 * 60, 120, Fault.NONE)
    a_recomputer(database, LATER).catch_up()
    computer = Computer(database, load_calendar(), load_policy())
    assert computer.day(DAYS[0], LATER).painted == {}
    monkeypatch.setattr(marks, "VERSION", "another")
    assert set(computer.day(DAYS[0], LATER).painted) == set(OFFICES)


def test_packed_days_of_offices_nobody_heard_are_empty(database):
    told = a_country(database)
    told[0].report(database, 9 * 60, 120, Fault.NONE)
    a_recomputer(database, LATER).catch_up()
    rows = database.read(lambda c: c.execute(sa.select(office_days)).all())
    heard = {row.office_code: len(row.body) for row in rows if row.day == DAYS[0]}
    assert 0 < heard[OFFICES[0]] < 400
    assert [heard[code] for code in OFFICES[1:]] == [0, 0, 0]


def a_dead_router(at, mono):
    """A round that got no farther than the cable."""
    one = a_round(at, mono, Fault.DNS)
    layers = [replace(x, result=Result.FAIL, reason=Reason.TIMEOUT) for x in one.layers]
    layers[0] = one.layers[0]
    return replace(one, fault=Fault.GATEWAY, rule="gateway-fails", layers=tuple(layers))


def test_whether_a_router_says_anything_is_asked_of_the_days_before(database):
    """A router that never answered says nothing, until Monday's late report shows that it did answer."""
    told = a_country(database)[0]
    start = round(MONDAY.timestamp() * 1000) + 33 * 3_600_000
    boot = 10_000_000_000
    rounds = [a_dead_router(start + i * 60_000, boot + (33 * 60 + i) * 60_000) for i in range(60)]
    line = told.sender.seal(*rounds, cadence=60.0)
    end, mono = rounds[-1].at + 1_000, rounds[-1].mono + 1_000
    envelope = Envelope(told.sender.agent, told.sender.incarnation, told.sender.boot, end, mono, 1)
    received = datetime.fromtimestamp(end / 1000, UTC)
    told.deliver(database, Delivery(envelope, (line,)), received)
    a_recomputer(database, LATER).catch_up()

    def local():
        packed = database.read(lambda c: marks.packed_days(c, DAYS[1]))
        first = int((MONDAY + timedelta(days=1)).timestamp())
        return int(unpack_all(packed, [OFFICES[0]], first, 1440).minutes.local.sum())

    assert local() == 0
    told.report(database, 9 * 60, 120, Fault.NONE)
    a_recomputer(database, LATER).catch_up()
    assert local() == 60
    found = stored(database)
    database.write(lambda c: conclude_anew(c, DAYS, LATER))
    a_recomputer(database, LATER).catch_up()
    assert local() == 60
    assert stored(database) == found
