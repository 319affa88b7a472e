"""How an office's books stand: nothing is said of what nobody handed in, and a question comes before a fault."""

import hashlib
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from laaswatch_collector.ledger.completeness import Standing
from laaswatch_collector.ledger.model import Book, System
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.ledger_imports import import_ledger
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.schema import entries, explanations, office_months
from laaswatch_collector.store.statements import (
    QuietAnswer,
    answer_quiet,
    state_system,
    statements_of,
)
from laaswatch_collector.store.views.books import office_books
from laaswatch_collector.store.views.books_json import as_json
from laaswatch_collector.worktime.thai import BANGKOK
from support.ledgers import HEAD, OFFICE, read

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CLOCK = load_calendar().work_clock("57", OFFICE)
POLICY = load_policy()
NAMES = dict(zip(Book, ("ทะเบียนเงินรายรับ", "สมุดเงินสดรับ", "สมุดเงินสดจ่าย"), strict=True))
BUSY = tuple(range(1, 32))


class Store:
    """One office whose books come in as whole exports of October."""

    def __init__(self, database):
        self.database = database
        database.write(lambda c: import_offices(c, [Office(OFFICE, "ก", province="57")]))

    def export(self, book, days, *, on=31, known=True, judged=True):
        text = HEAD + "".join(f"{d}/10/2569,{book[:3]}-{d},,\n" for d in days)
        self.database.write(
            lambda c: import_ledger(
                c,
                read(text, name=f"{NAMES[book]}.csv"),
                sha256=hashlib.sha256(text.encode()).digest(),
                imported_by="officer",
                now=NOW,
                snapshot_at=datetime(2026, 10, on, 17, tzinfo=BANGKOK).astimezone(UTC),
                snapshot_known=known,
            )
        )
        if judged:
            self.judge()

    def judge(self):
        """What the computer does within minutes: every entry gets its band."""
        numbers = ("tardiness", "window", "usable", "down", "unknown")

        def work(connection):
            query = sa.select(entries.c.id).where(
                entries.c.id.not_in(sa.select(explanations.c.entry_id))
            )
            for entry in connection.execute(query).scalars().all():
                connection.execute(
                    explanations.insert().values(
                        entry_id=entry,
                        office_code=OFFICE,
                        month="2026-10",
                        due_at=NOW,
                        band="same_day",
                        computed_at=NOW,
                        **{f"{name}_minutes": 0 for name in numbers},
                    )
                )

        self.database.write(work)

    def late(self, book, n=1):
        """What judging would write down: n late entries of a book."""
        self.database.write(
            lambda c: c.execute(
                office_months.insert().values(
                    office_code=OFFICE, month="2026-10", book=book, band="late",
                    verdict="not_explained", entries=n,
                )
            )
        )  # fmt: skip

    def books(self, month="2026-10", now=NOW):
        return self.database.read(
            lambda c: office_books(c, OFFICE, month, clock=CLOCK, policy=POLICY, now=now)
        )

    def standings(self):
        found = self.books()
        systems = {x.system: x.standing for x in found.systems}
        return found.standing, systems[System.RECEIPTS], systems[System.EXPENDITURE]


@pytest.fixture
def store(database):
    return Store(database)


def test_nothing_handed_in_is_unknown_everywhere(store):
    found = store.books()
    assert found.standing is Standing.UNKNOWN
    assert [x.system for x in found.systems] == list(System)
    assert {x.standing for x in found.systems} == {Standing.UNKNOWN}
    assert [x.book for x in found.books] == list(Book)
    assert (found.known_until, found.questions) == (None, ())


def test_complete_and_current(store):
    for book in Book:
        store.export(book, BUSY)
    assert store.standings() == (Standing.CURRENT,) * 3
    assert store.books().known_until == date(2026, 10, 31)
    assert store.books().questions == ()


def test_what_is_not_judged_yet_is_not_called_current(store):
    """Between an import and what is computed of it lie some minutes."""
    for book in Book:
        store.export(book, BUSY, judged=False)
    assert store.standings() == (Standing.UNKNOWN,) * 3
    assert store.books().judging
    store.judge()
    assert store.standings() == (Standing.CURRENT,) * 3
    assert not store.books().judging


def test_one_late_entry_is_not_current_where_it_stands(store):
    for book in Book:
        store.export(book, BUSY)
    store.late(Book.CASH_PAYMENTS_JOURNAL)
    assert store.standings() == (
        Standing.NOT_CURRENT,
        Standing.CURRENT,
        Standing.NOT_CURRENT,
    )


def test_the_register_s_delay_is_not_counted_twice(store):
    for book in Book:
        store.export(book, BUSY)
    store.late(Book.RECEIPTS_REGISTER, 9)
    assert store.standings() == (Standing.CURRENT,) * 3
    assert store.books().books[0].standing is Standing.NOT_CURRENT


def test_five_quiet_working_days_are_a_question_and_then_a_fault(store):
    """12 to 19 October without an entry: five working days, since the 13th is a holiday."""
    days = [d for d in BUSY if not 12 <= d <= 19]
    for book in Book:
        store.export(book, days)
    [question] = [x for x in store.books().questions if x.counts]
    assert (question.run.first, question.run.last, question.run.working_days) == (
        date(2026, 10, 12),
        date(2026, 10, 19),
        5,
    )
    assert store.standings() == (Standing.NOT_OPERATING,) * 3
    run = question.run

    def say(answer):
        store.database.write(
            lambda c: answer_quiet(c, OFFICE, run.first, run.last, answer, who="x", now=NOW)
        )

    say(QuietAnswer.NOT_POSTED)
    assert store.standings()[0] is Standing.NOT_OPERATING
    assert store.books().questions[0].answer.what == "not_posted"
    say(QuietAnswer.NO_TRANSACTIONS)
    assert store.standings() == (Standing.CURRENT,) * 3
    assert store.books().questions[0].answer.what == "no_transactions", "it is still shown"


def test_a_book_that_was_not_handed_in_accuses_nobody(store):
    """Two quiet books of three: the third may hold what happened."""
    store.export(Book.CASH_RECEIPTS_JOURNAL, [1, 30])
    store.export(Book.RECEIPTS_REGISTER, [1, 30])
    found, receipts, expenditure = store.standings()
    assert found is Standing.UNKNOWN, "neither a fault nor all well"
    assert receipts is Standing.NOT_OPERATING
    assert expenditure is Standing.UNKNOWN
    assert store.books().questions == ()


def test_days_after_the_last_export_are_unknown(store):
    for book in Book:
        store.export(book, range(1, 8), on=7)
    found = store.books()
    assert found.standing is Standing.CURRENT
    assert found.known_until == date(2026, 10, 7)
    assert found.questions == ()


def test_an_export_of_guessed_time_speaks_until_its_last_entry(store):
    for book in Book:
        store.export(book, range(1, 8), on=31, known=False)
    assert store.books().known_until == date(2026, 10, 7)


def test_a_whole_export_speaks_until_it_was_made(store):
    for book in Book:
        store.export(book, range(1, 8), on=31)
    assert store.books().standing is Standing.NOT_OPERATING


def test_a_month_that_has_only_begun_says_nothing(store):
    for book in Book:
        store.export(book, BUSY)
    first = datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert store.books("2026-11", first).standing is Standing.UNKNOWN


def test_what_is_said_of_a_system_is_kept_with_its_sayer(store):
    def say(state, who="somchai"):
        store.database.write(
            lambda c: state_system(c, OFFICE, "2026-10", System.BUDGET, state, who=who, now=NOW)
        )

    say(Standing.NOT_CURRENT)
    say(Standing.CURRENT, "malee")
    [budget] = [x for x in store.books().systems if x.system is System.BUDGET]
    assert (budget.standing, budget.said.said_by) == (Standing.CURRENT, "malee")
    say(Standing.UNKNOWN)
    assert store.database.read(lambda c: statements_of(c, OFFICE, "2026-10")) == {}


def test_a_system_with_books_cannot_be_talked_over(store):
    with pytest.raises(ValueError, match="books of its own"):
        store.database.write(
            lambda c: state_system(
                c, OFFICE, "2026-10", System.RECEIPTS, Standing.CURRENT, who="x", now=NOW
            )
        )


def test_every_value_for_programs_has_its_source(store):
    store.export(Book.CASH_RECEIPTS_JOURNAL, [1])
    told = as_json(store.books())
    assert told["not_operating_after"] == {
        "working_days": POLICY.quiet_days,
        "source": POLICY.quiet_source,
        "confidence": "low",
    }
    rules = [r for s in told["systems"] for b in s["books"] for r in b["rules"]]
    assert len(rules) == len(POLICY.rules)
    assert all(r["source"] and r["confidence"] for r in rules)
    assert [s["basis"] for s in told["systems"]] == [
        "nothing", "books", "books", "nothing", "nothing",
    ]  # fmt: skip
