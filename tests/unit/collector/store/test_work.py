"""The queues of work: shared without two ever doing one piece, and no piece is ever lost."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from laaswatch_collector.store.schema import entries, ledger_imports, stale_days
from laaswatch_collector.store.work import (
    LEASE,
    StaleDay,
    StaleOffice,
    finish,
    give_all_back,
    give_back,
    hold,
    mark_offices,
    mark_stale,
    newly_settled,
    stale_count,
    take_days,
    take_offices,
    work_count,
)
from support.intake import NOW, OFFICE

DAYS = [date(2026, 11, n) for n in (20, 21, 22, 23)]


@pytest.fixture
def queue(database):
    """Four days wait."""
    database.write(lambda c: mark_stale(c, DAYS, NOW))
    return database


def take(database, who, most=9, now=NOW):
    return [x.day for x in database.write(lambda c: take_days(c, who, now, most))]


def test_the_newest_days_come_first_and_to_one_worker_only(queue):
    assert take(queue, "a", 2) == [DAYS[3], DAYS[2]]
    assert take(queue, "b", 3) == [DAYS[1], DAYS[0]]
    assert take(queue, "c") == []
    assert queue.read(stale_count) == 4


def test_a_finished_day_is_gone(queue):
    (day,) = queue.write(lambda c: take_days(c, "a", NOW, 1))
    queue.write(lambda c: finish(c, day))
    assert queue.read(stale_count) == 3


def test_a_day_touched_meanwhile_goes_back(queue):
    (day,) = queue.write(lambda c: take_days(c, "a", NOW, 1))
    queue.write(lambda c: mark_stale(c, [day.day], NOW))
    queue.write(lambda c: finish(c, day))
    assert queue.write(lambda c: take_days(c, "b", NOW, 1)) == [StaleDay(day.day, day.mark + 1)]


def test_a_worker_that_was_killed_stops_nothing(queue):
    assert len(take(queue, "killed")) == 4
    assert take(queue, "b", now=NOW + LEASE - timedelta(seconds=1)) == []
    assert len(take(queue, "b", now=NOW + LEASE)) == 4


def test_what_was_lost_does_not_count(queue):
    """Too slow: another has it by now, and only that one's results are kept."""
    (day,) = queue.write(lambda c: take_days(c, "slow", NOW, 1))
    later = NOW + LEASE
    assert take(queue, "b", 1, later) == [day.day]
    assert not queue.write(lambda c: hold(c, day, "slow", later))
    assert queue.write(lambda c: hold(c, day, "b", later))


def test_a_worker_that_stops_gives_back(queue):
    take(queue, "a", 2)
    take(queue, "b", 1)
    queue.write(lambda c: give_back(c, "a"))
    assert take(queue, "c") == [DAYS[3], DAYS[2], DAYS[0]]
    queue.write(give_all_back)
    assert len(take(queue, "d")) == 4


def add_entry(database, event, recorded):
    def add(c):
        found = c.execute(
            ledger_imports.insert().values(
                sha256=bytes(32),
                imported_at=NOW,
                snapshot_at=NOW,
                rows_good=1,
                rows_bad=0,
                added=1,
                changed=0,
                vanished=0,
            )
        )
        number = found.inserted_primary_key[0]
        c.execute(
            entries.insert().values(
                office_code=OFFICE,
                book="cash_receipts_journal",
                fiscal_year=2570,
                doc_no=f"R-{number}",
                event_at=event,
                recorded_from_at=recorded,
                recorded_to_at=recorded,
                first_import_id=number,
                last_import_id=number,
            )
        )

    database.write(add)


def mark(database, day):
    end = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)  # midnight in Bangkok
    database.write(lambda c: mark_offices(c, day, end - timedelta(days=36), end))


def test_an_office_waits_for_the_span_of_days_that_changed(office):
    add_entry(office, NOW - timedelta(days=9), None)
    mark(office, DAYS[2])
    mark(office, DAYS[0])
    mark(office, DAYS[1])
    expected = StaleOffice(OFFICE, DAYS[0], DAYS[2], 3)
    assert office.write(lambda c: take_offices(c, "a", NOW, 9)) == [expected]
    assert office.write(lambda c: take_offices(c, "b", NOW, 9)) == []
    assert office.read(work_count) == 1
    office.write(lambda c: finish(c, expected))
    assert office.read(work_count) == 0


@pytest.mark.parametrize(
    ("event", "recorded", "waits"),
    [(-1, 0, True), (-1, None, True), (-3, -2, True), (-40, None, False), (2, 3, False)],
    ids=["posted that day", "not posted yet", "posted before", "too old", "after that day"],
)
def test_only_offices_with_entries_that_are_judged_by_the_day(office, event, recorded, waits):
    add_entry(
        office,
        NOW + timedelta(days=event),
        None if recorded is None else NOW + timedelta(days=recorded),
    )
    mark(office, NOW.date())
    assert office.read(work_count) == int(waits)


def test_many_workers_share_without_overlap(queue):
    """All at once, each piece goes to one of them, and touches get through meanwhile."""
    queue.write(lambda c: mark_stale(c, [date(2026, 10, n) for n in range(1, 32)], NOW))
    taken, lock = [], threading.Lock()

    def work(name):
        while days := queue.write(lambda c: take_days(c, name, NOW, 3)):
            for day in days:
                queue.write(lambda c, d=day: finish(c, d))
            with lock:
                taken.extend(day.day for day in days)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 35
    assert queue.read(stale_count) == 0


def test_days_that_became_final_are_asked_for_once(database):
    database.write(lambda c: newly_settled(c, DAYS[0], NOW))
    database.write(lambda c: newly_settled(c, DAYS[2], NOW))
    database.write(lambda c: newly_settled(c, DAYS[2], NOW))
    rows = database.read(lambda c: c.execute(stale_days.select()).all())
    assert sorted((x.day, x.mark) for x in rows) == [(DAYS[1], 1), (DAYS[2], 1)]
