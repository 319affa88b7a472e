"""Days announced late: what the calendar's files say anew is noticed, judged again, and written down."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.ledger.lateness import Closure
from laaswatch_collector.ledger.model import Book, LedgerFile, LedgerRow, Precision
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import RulesFiles, load_policy
from laaswatch_collector.store.closures import declare_closure, end_closure
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.ledger_imports import import_ledger
from laaswatch_collector.store.schema import audit, explanations, offices, stale_offices
from laaswatch_collector.store.views.explanations import late_entries
from laaswatch_collector.worktime.calendar import Calendar, CalendarDay, Kind, Status
from laaswatch_collector.worktime.thai import BANGKOK
from support.said import said

MONDAY = datetime(2026, 11, 2, tzinfo=BANGKOK)
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
NEW_YEAR = CalendarDay(
    "", date(2026, 1, 1), "ปีใหม่", "New Year", Kind.PUBLIC, Status.OFFICIAL, "s", date(2026, 1, 1)
)
TUESDAY_OFF = replace(NEW_YEAR, day=date(2026, 11, 3), kind=Kind.CABINET)
NORTH, SOUTH = "6570401", "6940401"
POLICY = load_policy()


@pytest.fixture
def database(store_url):
    opened = Database.open(store_url)
    for code, province in ((NORTH, "57"), (SOUTH, "94")):
        opened.write(
            lambda c, code=code, province=province: c.execute(
                offices.insert().values(code=code, name_th=code, kind="tao", province=province)
            )
        )
        opened.write(lambda c, code=code: a_ledger(c, code))
    yield opened
    opened.close()


def a_ledger(connection, office):
    """One receipt of Monday 10:00, posted on Wednesday at 10:00: a day too late."""
    row = LedgerRow(
        office_code=office,
        book=Book.CASH_RECEIPTS_JOURNAL,
        fiscal_year=2570,
        doc_no="A-1",
        line=1,
        kind="counter",
        event_at=MONDAY + timedelta(hours=10),
        event_precision=Precision.MINUTE,
        recorded_from=MONDAY + timedelta(days=2, hours=10),
        recorded_to=MONDAY + timedelta(days=2, hours=10),
        recorded_precision=Precision.MINUTE,
    )
    file = LedgerFile("book.xlsx", Book.CASH_RECEIPTS_JOURNAL, office, (row,), ())
    import_ledger(
        connection,
        file,
        sha256=office.encode().ljust(32),
        imported_by="t",
        now=NOW,
        snapshot_at=NOW,
    )


def judged(database):
    rows = database.read(lambda c: c.execute(sa.select(explanations)).all())
    return {row.office_code: (row.band, row.computed_at) for row in rows}


def lines(database):
    rows = database.read(
        lambda c: c.execute(sa.select(audit).where(audit.c.action == "rules_changed")).all()
    )
    return [(row.object, json.loads(row.detail)) for row in rows]


def run(database, *days, now=NOW, policy=POLICY):
    recomputer = Recomputer(database, Calendar((NEW_YEAR, *days)), policy, lambda: now)
    assert recomputer.catch_up()


def test_a_cabinet_day_makes_a_late_entry_one_in_time(database):
    run(database)
    assert {band for band, _ in judged(database).values()} == {"late"}
    assert lines(database) == []
    run(database, TUESDAY_OFF, now=NOW + timedelta(hours=1))
    assert {band for band, _ in judged(database).values()} == {"next_day"}
    ((scope, line),) = lines(database)
    assert (scope, line["first"], line["before"], line["after"]) == (
        "nation",
        "2026-11-03",
        "",
        "off",
    )
    run(database, now=NOW + timedelta(hours=2))
    assert {band for band, _ in judged(database).values()} == {"late"}, "and back again"


def test_a_province_s_day_touches_nobody_else(database):
    run(database)
    before = judged(database)
    run(database, replace(TUESDAY_OFF, scope="province:94"), now=NOW + timedelta(hours=1))
    after = judged(database)
    assert after[NORTH] == before[NORTH], "not even computed again"
    assert after[SOUTH][0] == "next_day"
    assert [scope for scope, _ in lines(database)] == ["province:94"]


def test_a_day_long_after_the_entries_touches_no_office(database):
    run(database)
    before = judged(database)
    later = replace(TUESDAY_OFF, day=date(2027, 3, 2))
    calendar = Calendar((NEW_YEAR, later))
    recomputer = Recomputer(database, calendar, POLICY, lambda: NOW + timedelta(hours=1))
    recomputer.catch_up()
    after = judged(database)
    assert after == before
    assert database.read(lambda c: c.execute(sa.select(stale_offices)).all()) == []


def test_another_policy_judges_everything_again(database):
    run(database)
    rules = {
        key: replace(rule, late_after=2) if rule.kind == "counter" else rule
        for key, rule in POLICY.rules.items()
    }
    run(database, policy=replace(POLICY, rules=rules))
    assert {band for band, _ in judged(database).values()} == {"next_day"}


HEAD = "scope,day,name_th,name_en,kind,status,source,added\n"
ROW = ",2026-01-01,ปีใหม่,New Year,public,official,s,2026-01-01\n"
CABINET = ",2026-11-03,พิเศษ,Special,cabinet,official,s,2026-11-20\n"
HOURS = 'default: {hours: ["08:30-16:30"], weekdays: [mon, tue]}\noffices: {}\n'


def test_a_running_collector_takes_up_files_that_change(database, tmp_path, caplog):
    days = tmp_path / "days.csv"
    days.write_text(HEAD + ROW, encoding="utf-8")
    hours = tmp_path / "hours.yaml"
    hours.write_text(HOURS.replace("mon, tue", "mon, tue, wed, thu, fri"), encoding="utf-8")
    files = RulesFiles(tmp_path)
    recomputer = Recomputer(database, *files.load(), lambda: NOW, None, files.changed)
    recomputer.catch_up()
    assert judged(database)[NORTH][0] == "late"
    days.write_text("not a calendar", encoding="utf-8")
    assert recomputer.run_once() is None
    assert "not taken up" in caplog.text
    days.write_text(HEAD + ROW + CABINET, encoding="utf-8")
    recomputer.catch_up()
    assert judged(database)[NORTH][0] == "next_day"


def test_files_that_stay_as_they_are_are_not_read_again(tmp_path):
    (tmp_path / "days.csv").write_text(HEAD + ROW, encoding="utf-8")
    (tmp_path / "hours.yaml").write_text(HOURS, encoding="utf-8")
    files = RulesFiles(tmp_path)
    assert files.changed() is None
    (tmp_path / "more.csv").write_text(HEAD + CABINET, encoding="utf-8")
    found = files.changed()
    assert found is not None
    assert not found[0].work_clock().is_working_day(date(2026, 11, 3))
    assert files.changed() is None


# ------------------------------------------------------------------ estimated days and closures


def marks(database):
    rows = database.read(lambda c: c.execute(sa.select(explanations)).all())
    return {row.office_code: row.rests_on_estimate for row in rows}


def test_what_rests_on_an_estimated_day_carries_the_mark_until_it_is_announced(database):
    guess = replace(TUESDAY_OFF, scope="province:94", status=Status.ESTIMATED)
    run(database, guess)
    assert marks(database) == {NORTH: False, SOUTH: True}
    (entry,) = database.read(lambda c: late_entries(c, NORTH, "2026-11"))
    assert "ประมาณ" not in said(reason(entry.explanation), "th")
    run(database, replace(guess, status=Status.OFFICIAL))
    assert marks(database) == {NORTH: False, SOUTH: False}


@pytest.mark.parametrize(
    ("day", "marked"),
    [(date(2026, 10, 30), False), (date(2026, 11, 4), True), (date(2026, 11, 5), False)],
    ids=["before the event", "up to the late posting", "after it"],
)
def test_only_days_between_the_event_and_what_was_judged_count(database, day, marked):
    # In the hours of that day nothing changes: it is worked on, though only by an unconfirmed order.
    works = replace(TUESDAY_OFF, day=day, kind=Kind.WORKS, status=Status.ESTIMATED)
    run(database, works)
    assert marks(database)[NORTH] is marked


def test_the_sentence_of_a_late_entry_says_that_it_is_not_final(database):
    works = replace(TUESDAY_OFF, kind=Kind.WORKS, status=Status.ESTIMATED)
    run(database, works)
    (entry,) = database.read(lambda c: late_entries(c, NORTH, "2026-11"))
    assert "วันหยุดในช่วงนี้ยังเป็นการประมาณ" in said(reason(entry.explanation), "th")
    assert "not final" in said(reason(entry.explanation), "en")


def test_the_end_of_a_closure_judges_its_own_province_again(database):
    run(database)
    closure = Closure(MONDAY, MONDAY + timedelta(days=10), None, "94")
    number = database.write(
        lambda c: declare_closure(c, closure, source="1/2569", declared_by="t", now=NOW)
    )
    run(database)
    assert {o: band for o, (band, _) in judged(database).items()} == {
        NORTH: "late",
        SOUTH: "same_day",
    }
    early = MONDAY + timedelta(hours=9)  # before the receipt of Monday 10:00
    database.write(lambda c: end_closure(c, number, early, source="2/2569", ended_by="t", now=NOW))
    run(database)
    assert {band for band, _ in judged(database).values()} == {"late"}


def test_a_closure_that_is_not_there_cannot_end(database):
    with pytest.raises(LookupError):
        database.write(lambda c: end_closure(c, 7, NOW, source="1", ended_by="t", now=NOW))
