"""Snapshots of a ledger: the same file twice, changed, shorter, older; and what bounds a posting time."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from laaswatch_collector.ledger.model import LedgerFormatError, Precision
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.entries import entries_of
from laaswatch_collector.store.ledger_imports import KeptError, import_ledger
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.schema import (
    entries,
    ledger_imports,
    metadata,
    stale_days,
    stale_offices,
)
from laaswatch_collector.worktime.thai import BANGKOK
from support.ledgers import HEAD, OFFICE, read
from support.said import said

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OTHER = "2570101"
LONG_AGO, FAR = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def october(day, hour=0, minute=0):
    return datetime(2026, 10, day, hour, minute, tzinfo=BANGKOK).astimezone(UTC)


@pytest.fixture
def connection():
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as c:
        import_offices(c, [Office(OFFICE, "ก", province="57"), Office(OTHER, "ข", province="57")])
        yield c
    engine.dispose()


def take(connection, text, snapshot=None, known=True, now=NOW, **expected):
    return import_ledger(
        connection,
        read(text, **expected),
        sha256=hashlib.sha256(text.encode()).digest(),
        imported_by="officer",
        now=now,
        snapshot_at=snapshot or october(31, 17),
        snapshot_known=known,
    )


def kept(connection, office=OFFICE):
    return {e.doc_no: e for e in entries_of(connection, office, LONG_AGO, FAR)}


def told(done):
    return (done.added, done.changed, done.vanished, done.same)


def test_a_file_is_taken_once(connection):
    text = HEAD + "5/10/2569,1,,\n6/10/2569,2,,\n"
    assert told(take(connection, text)) == (2, 0, 0, 0)
    assert told(take(connection, text)) == (0, 0, 0, 2)
    count = sa.select(sa.func.count()).select_from(ledger_imports)
    assert connection.execute(count).scalar_one() == 1


def test_the_same_rows_in_another_file_are_not_new(connection):
    take(connection, HEAD + "5/10/2569,1,,\n6/10/2569,2,,\n")
    again = take(connection, HEAD + "05-10-2569,1,x,1\n๖/๑๐/๒๕๖๙,2,,\n", snapshot=october(31, 18))
    assert told(again) == (0, 0, 0, 2)


def test_overlapping_months_add_only_what_is_new(connection):
    take(connection, HEAD + "5/10/2569,1,,\n6/10/2569,2,,\n")
    more = take(connection, HEAD + "6/10/2569,2,,\n7/10/2569,3,,\n", snapshot=october(31, 18))
    assert told(more) == (1, 0, 0, 1)
    assert sorted(kept(connection)) == ["1", "2", "3"]


def test_a_shorter_export_marks_what_vanished_and_deletes_nothing(connection):
    take(connection, HEAD + "5/10/2569,1,,\n6/10/2569,2,,\n7/10/2569,3,,\n")
    gone = take(connection, HEAD + "5/10/2569,1,,\n7/10/2569,3,,\n", snapshot=october(31, 18))
    assert told(gone) == (0, 0, 1, 2)
    assert sorted(kept(connection)) == ["1", "3"]
    row = connection.execute(sa.select(entries).where(entries.c.doc_no == "2")).one()
    assert row.vanished_at == october(31, 18)


def test_what_vanished_may_come_back(connection):
    whole = HEAD + "5/10/2569,1,,\n6/10/2569,2,,\n7/10/2569,3,,\n"
    take(connection, whole)
    take(connection, HEAD + "5/10/2569,1,,\n7/10/2569,3,,\n", snapshot=october(31, 18))
    back = take(connection, whole, snapshot=october(31, 19))
    assert told(back) == (0, 1, 0, 2)
    assert "2" in kept(connection)


def test_a_bad_row_is_no_absence(connection):
    take(connection, HEAD + "5/10/2569,1,,\n6/10/2569,2,,\n7/10/2569,3,,\n")
    bad = take(connection, HEAD + "5/10/2569,1,,\n31/2/69,2,,\n7/10/2569,3,,\n", october(31, 18))
    assert (bad.vanished, bad.bad) == (0, 1)


def test_our_template_never_makes_anything_vanish(connection):
    take(connection, HEAD + "5/10/2569,1,,\n6/10/2569,2,,\n")
    own = f"office_code,ledger,doc_no,event_date\n{OFFICE},cash_receipts_journal,9,5/10/2569\n"
    assert told(take(connection, own, october(31, 18))) == (1, 0, 0, 0)
    assert sorted(kept(connection)) == ["1", "2", "9"]


def test_an_older_export_that_comes_in_late_undoes_nothing(connection):
    take(connection, HEAD + "5/10/2569,1,,\n8/10/2569,2,,\n9/10/2569,3,,\n", october(9, 17))
    late = take(connection, HEAD + "5/10/2569,1,,\n7/10/2569,2,,\n", october(8, 17))
    assert (late.added, late.vanished) == (0, 0)
    found = kept(connection)
    assert found["2"].event_at == october(8)
    assert found["1"].recorded_to_at == october(8, 17), "it was seen earlier than we thought"


def test_a_change_is_told_and_kept(connection):
    take(connection, HEAD + "5/10/2569,1,,\n")
    changed = take(connection, HEAD + "6/10/2569,1,,\n", october(31, 18))
    assert told(changed) == (0, 1, 0, 0)
    assert kept(connection)["1"].event_at == october(6)


# ------------------------------------------------------------------ times

RECORDED = "วันที่,เลขที่,วันที่บันทึก\n"


def test_a_recorded_time_in_the_file_is_kept(connection):
    take(
        connection, RECORDED + "5/10/2569,1,6/10/2569 09:30\n5/10/2569,2,6/10/2569\n5/10/2569,3,\n"
    )
    found = kept(connection)
    assert found["1"].recorded_from_at == found["1"].recorded_to_at == october(6, 9, 30)
    assert found["2"].recorded_precision is Precision.DAY
    assert found["3"].recorded_precision is Precision.NONE
    assert found["3"].recorded_from_at is None


def test_what_was_open_is_posted_by_a_later_file(connection):
    take(connection, RECORDED + "5/10/2569,1,\n")
    done = take(connection, RECORDED + "5/10/2569,1,7/10/2569 10:00\n", october(31, 18))
    assert told(done) == (0, 1, 0, 0)
    assert kept(connection)["1"].recorded_from_at == october(7, 10)


def test_without_a_recorded_time_the_snapshot_bounds_it_above(connection):
    take(connection, HEAD + "5/10/2569,1,,\n", october(5, 17))
    entry = kept(connection)["1"]
    assert entry.recorded_precision is Precision.INTERVAL
    assert (entry.recorded_from_at, entry.recorded_to_at) == (october(5), october(5, 17))


def test_the_export_before_bounds_it_below(connection):
    day5 = "5/10/2569,1,,\n6/10/2569,2,,\n"
    take(connection, HEAD + day5, october(6, 17))
    take(connection, HEAD + day5 + "5/10/2569,3,,\n7/10/2569,4,,\n", october(7, 17))
    found = kept(connection)
    assert found["3"].recorded_from_at == october(6, 17), "it was not in yesterday's export"
    assert found["4"].recorded_from_at == october(7)
    assert found["3"].recorded_to_at == october(7, 17)


@pytest.mark.parametrize("first", ["guessed time", "bad rows", "template", "other days"])
def test_an_export_that_proves_no_absence_bounds_nothing(connection, first):
    day6 = "6/10/2569,2,,\n"
    text = HEAD + ("" if first == "other days" else "5/10/2569,1,,\n") + day6
    if first == "bad rows":
        text += "31/2/69,3,,\n"
    if first == "template":
        text = f"office_code,ledger,doc_no,event_date\n{OFFICE},cash_receipts_journal,1,5/10/2569\n"
    take(connection, text, october(6, 17), known=first != "guessed time")
    take(connection, HEAD + "5/10/2569,1,,\n" + day6 + "5/10/2569,3,,\n", october(7, 17))
    assert kept(connection)["3"].recorded_from_at == october(5)


def test_document_numbers_bound_it_below(connection):
    rows = "".join(f"{1 + n // 5}/10/2569,R-{n},,\n" for n in range(1, 40))
    take(connection, HEAD + rows + "2/10/2569,R-40,,\n")
    assert kept(connection)["R-40"].recorded_from_at == october(8)


def test_an_export_dated_before_its_entries_says_less(connection):
    take(connection, HEAD + "5/10/2569,1,,\n", october(4, 17))
    entry = kept(connection)["1"]
    assert (entry.recorded_from_at, entry.recorded_to_at) == (october(5), None)


# ------------------------------------------------------------------ days, offices, all or nothing


def stale(connection):
    """The offices to be judged again, with the days that were touched."""
    return {
        (x.office_code, x.first_day, x.last_day)
        for x in connection.execute(sa.select(stale_offices))
    }


def test_the_office_is_judged_again_from_event_to_posting(connection):
    take(connection, RECORDED + "5/10/2569,1,7/10/2569 10:00\n")
    assert stale(connection) == {(OFFICE, date(2026, 10, 5), date(2026, 10, 7))}


def test_no_day_is_concluded_again_for_a_ledger(connection):
    take(connection, RECORDED + "5/10/2569,1,7/10/2569 10:00\n")
    assert connection.execute(sa.select(stale_days)).first() is None


def test_an_open_entry_asks_for_45_days_at_most(connection):
    take(connection, RECORDED + "5/10/2568,1,\n")
    first = date(2025, 10, 5)
    assert stale(connection) == {(OFFICE, first, first + timedelta(days=45))}


def test_the_same_file_again_asks_for_nothing(connection):
    text = RECORDED + "5/10/2569,1,7/10/2569 10:00\n"
    take(connection, text)
    connection.execute(stale_offices.delete())
    take(connection, text)
    assert stale(connection) == set()


def test_one_file_may_hold_several_offices(connection):
    rows = f"{OFFICE},5/10/2569,1\n{OTHER},5/10/2569,1\n{OTHER},5/10/2569,2\n"
    done = take(connection, "รหัส อปท.,วันที่,เลขที่\n" + rows, office_code=None)
    assert told(done) == (3, 0, 0, 0)
    assert len(kept(connection)) == 1
    assert len(kept(connection, OTHER)) == 2
    assert len(done.imports) == 2


def test_an_office_that_is_not_registered_is_refused(connection):
    with pytest.raises(LedgerFormatError, match="9999999"):
        take(connection, HEAD + "5/10/2569,1,,\n", office_code="9999999")
    assert connection.execute(sa.select(ledger_imports)).first() is None


def test_bad_rows_are_kept_with_the_import(connection):
    take(connection, HEAD + "5/10/2569,1,,\n31/2/69,2,,\n")
    row = connection.execute(sa.select(ledger_imports)).one()
    assert (row.rows_good, row.rows_bad) == (1, 1)
    (error,) = msgspec.json.decode(row.errors, type=list[KeptError])
    assert (error.row, "31/2/2569" in said(error.said, "th")) == (3, True)


def test_errors_kept_in_words_are_still_told():
    """Imports before the catalogues kept the words, not the message."""
    old = msgspec.json.decode(
        '{"row":2,"column":"x","reason_th":"ไทย","reason_en":"E"}', type=KeptError
    )
    assert said(old.said) == "ไทย · E"


def test_a_file_with_bad_rows_only_is_written_down(connection):
    done = take(connection, HEAD + "31/2/69,2,,\n")
    assert (done.good, done.bad, told(done)) == (0, 1, (0, 0, 0, 0))
    assert connection.execute(sa.select(ledger_imports.c.office_code)).scalar_one() == OFFICE


def test_all_or_nothing(tmp_path):
    """An error in the middle of an import leaves no trace of it."""
    database = Database.open(f"sqlite:///{tmp_path / 'x.db'}")
    try:
        database.write(lambda c: import_offices(c, [Office(OFFICE, "ก", province="57")]))

        def interrupted(c):
            take(c, HEAD + "5/10/2569,1,,\n")
            raise KeyError("the power went")

        with pytest.raises(KeyError):
            database.write(interrupted)
        for table in (entries, ledger_imports, stale_offices):
            assert database.read(lambda c, t=table: c.execute(sa.select(t)).first()) is None
    finally:
        database.close()


def test_a_large_ledger_is_taken_in_one_go(connection):
    rows = "".join(f"{1 + n % 28}/10/2569,R-{n},,\n" for n in range(3000))
    assert take(connection, HEAD + rows).added == 3000
    assert take(connection, HEAD + rows + "29/10/2569,R-x,,\n", october(31, 18)).same == 3000
    half = "".join(f"{1 + n % 28}/10/2569,R-{n},,\n" for n in range(0, 3000, 2))
    assert take(connection, HEAD + half, october(31, 19)).vanished > 1000
