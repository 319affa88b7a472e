"""The outlook on stored facts: one province, a provider's bad day, desks that go on posting."""

import json
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.main import main
from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views.outlook import (
    backlog_of,
    costs_by_isp,
    safe_moment_of,
    second_line_of,
)
from laaswatch_collector.worktime.thai import BANGKOK

HERE, PEER, OTHERS = "6570401", "6570402", ("6570403", "6570404", "6570405")
CLOCK = load_calendar().work_clock("57", HERE)
FIRST = date(2026, 9, 1)
DAYS = [d for n in range(30) if CLOCK.is_working_day(d := FIRST + timedelta(days=n))]
BAD = 10
START, END = (datetime(2026, m, 1, tzinfo=BANGKOK) for m in (9, 10))
NOW = datetime(2026, 9, 30, 14, 0, tzinfo=BANGKOK)


def at(day, minute):
    """Minutes since midnight of a working day."""
    d = DAYS[day]
    return datetime(d.year, d.month, d.day, tzinfo=BANGKOK) + timedelta(minutes=minute)


def runs(code, bad):
    for k, day in enumerate(DAYS):
        end = 1000 if day < NOW.date() else 14 * 60 - 4  # last seen four minutes ago
        down = {BAD: (780, 990), BAD + 1: (510, 990)}.get(k) if bad else None
        parts = [(500, end, "up")]
        if down:
            parts = [(500, down[0], "up"), (*down, "down"), (990, end, "up")]
        for a, b, state in parts:
            yield {
                "office_code": code,
                "from_at": at(k, a),
                "to_at": at(k, b),
                "day": day,
                "state": state,
                "fault": "uplink" if state == "down" else "none",
                "scope": "isp_province" if state == "down" else "",
                "inferred": False,
                "witnesses": 2,
            }


def books():
    """Fifteen receipts a day, each posted within the hour; those of the bad afternoon and of the day after it
    on the third morning, one after the other. Two of the last day wait; one old one was forgotten.
    """
    number = held = 0
    for k in range(len(DAYS)):
        for n in range(15):
            number += 1
            event = at(k, 515 + 28 * n + (60 if n > 7 else 0))
            posted = event + timedelta(minutes=45)
            if (k == BAD and n > 7) or k == BAD + 1:
                posted = at(BAD + 2, 510 + 2 * held)
                held += 1
            if k == len(DAYS) - 1 and n > 7:
                posted = None
            if k == 3 and n == 0:
                posted = None
            if event >= NOW:
                continue
            due = at(min(k + 1, len(DAYS) - 1), 990)
            late = posted is None or posted >= due
            yield number, event, posted, due, late and due <= NOW


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(request, tmp_path_factory):
    """The province in a store of each engine; the tests only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('outlook')}/store.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").new_store()
    database = Database.open(url)
    database.write(_seed)
    yield database, url
    database.close()


def _seed(c):
    for code in (HERE, PEER, *OTHERS):
        isp = "NT" if code in {HERE, PEER} else "AIS"
        c.execute(schema.offices.insert().values(code=code, name_th=code, province="57", isp=isp))
        c.execute(schema.state_runs.insert(), list(runs(code, bad=isp == "NT")))
    c.execute(
        schema.ledger_imports.insert().values(
            id=1,
            office_code=HERE,
            book="cash_receipts_journal",
            sha256=bytes(32),
            rows_good=300,
            rows_bad=0,
            added=300,
            changed=0,
            vanished=0,
            imported_at=NOW,
            snapshot_at=NOW,
        )
    )
    for number, event, posted, due, late in books():
        c.execute(
            schema.entries.insert().values(
                id=number,
                office_code=HERE,
                book="cash_receipts_journal",
                fiscal_year=2569,
                doc_no=f"A-{number}",
                event_at=event,
                recorded_from_at=posted,
                recorded_to_at=posted,
                recorded_precision="none" if posted is None else "minute",
                first_import_id=1,
                last_import_id=1,
            )
        )
        c.execute(
            schema.explanations.insert().values(
                entry_id=number,
                office_code=HERE,
                month="2026-09",
                book="cash_receipts_journal",
                due_at=due,
                band="late" if late else "same_day",
                tardiness_minutes=1 if late else 0,
                verdict="explained" if late and posted else "",
                scope="isp_province" if late and posted else "",
                window_minutes=0,
                usable_minutes=0,
                down_minutes=0,
                unknown_minutes=0,
                computed_at=NOW,
            )
        )
    c.execute(
        schema.office_months.insert().values(
            office_code=HERE, month="2026-09", book="cash_receipts_journal", band="late",
            verdict="explained", entries=300,
        )
    )  # fmt: skip


def test_a_second_line_would_have_saved_the_bad_afternoon(stored):
    with stored[0].reading() as c:
        found = second_line_of(c, HERE, CLOCK, START, END, NOW)
    assert found.outages == 1
    assert found.line_minutes == 630
    assert found.offices == 3
    assert found.chance == 1.0
    # The seven of the bad afternoon were late; the forgotten one stays so.
    assert found.late == 8
    assert found.avoided.middle == pytest.approx(7, abs=1)
    assert found.minutes.low == found.minutes.high == 630


def test_an_office_of_the_other_provider_has_nothing_to_gain(stored):
    with stored[0].reading() as c:
        found = second_line_of(c, OTHERS[0], CLOCK, START, END, NOW)
    assert (found.late, found.outages) == (0, 0)


def test_the_backlog_is_cleared_within_the_day_and_the_forgotten_one_left_out(stored):
    with stored[0].reading() as c:
        found = backlog_of(c, HERE, CLOCK, NOW)
    assert found.overtaken == 1
    assert found.forecast.waiting == 2
    assert 0 < found.forecast.middle <= 1.5
    assert found.forecast.low <= found.forecast.middle <= found.forecast.high


def test_an_office_without_books_has_no_backlog(stored):
    with stored[0].reading() as c:
        assert backlog_of(c, PEER, CLOCK, NOW).forecast.waiting == 0


def test_an_afternoon_with_a_fresh_round_is_told(stored):
    with stored[0].reading() as c:
        found = safe_moment_of(c, HERE, CLOCK, NOW)
        assert found.safe
        assert found.measured.moments > 4000
        assert safe_moment_of(c, HERE, CLOCK, NOW + timedelta(minutes=12)) is None, "no fresh round"


def test_costs_are_of_the_offices_that_have_entries(stored):
    with stored[0].reading() as c:
        (row,) = costs_by_isp(c, ["2026-09"], "57")
        assert costs_by_isp(c, ["2026-09"], "50") == ()
        assert costs_by_isp(c, ["2026-08"], "") == ()
    assert (row.isp, row.entries, row.cost) == ("NT", 300, 7)
    assert row.per_100.value == pytest.approx(100 * 7 / 300)


def test_the_command_prints_sentences_and_figures(stored):
    database, url = stored
    database.close()
    asked = ["outlook", "--office", HERE, "--month", "2026-09", "--database", url]
    said = CliRunner().invoke(main, [*asked, "--english"])
    assert said.exit_code == 0, said.output
    assert "With a second line of another provider" in said.output
    assert "NT: 2.33" in said.output
    found = json.loads(CliRunner().invoke(main, [*asked, "--json"]).output)
    assert found["second_line"]["line_minutes"] == 630
    assert found["safe_moment"] is None, "long ago: nothing is known of now"
