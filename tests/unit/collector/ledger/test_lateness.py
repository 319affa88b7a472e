"""When an entry is due, and in which band it falls: the policy that is delivered, case by case."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from laaswatch_agent.knowledge.strict_yaml import load
from laaswatch_collector.ledger.lateness import Closure, Policy, PolicyError
from laaswatch_collector.ledger.model import Band, Book, Precision
from laaswatch_collector.shipped import shipped
from laaswatch_collector.site_rules import load_policy
from laaswatch_collector.worktime.calendar import Calendar, CalendarDay, Kind, Status
from laaswatch_collector.worktime.thai import BANGKOK

POLICY = load_policy()
DAY_OFF = CalendarDay(
    "", date(2026, 6, 3), "วันหยุด", "Holiday", Kind.PUBLIC, Status.OFFICIAL, "test", date(2026, 1, 1)
)
CALENDAR = Calendar([DAY_OFF])
JUNE = {
    "mon": 1,
    "tue": 2,
    "wed": 3,
    "thu": 4,
    "fri": 5,
    "sat": 6,
    "mon2": 8,
    "tue2": 9,
    "wed2": 10,
}
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def at(text):
    """`mon 09:00` → that moment of the first days of June 2026; the Wednesday is a holiday."""
    day, _, clock = text.partition(" ")
    hour, _, minute = (clock or "00:00").partition(":")
    return datetime(2026, 6, JUNE[day], int(hour), int(minute), tzinfo=BANGKOK).astimezone(UTC)


@dataclass
class Entry:
    """An entry as it is judged."""

    event_at: datetime
    recorded_from_at: datetime | None = None
    recorded_to_at: datetime | None = None
    recorded_precision: Precision = Precision.EXACT
    book: Book = Book.CASH_RECEIPTS_JOURNAL
    kind: str = "counter"
    office_code: str = "6570401"


def judged(event, low=None, high=None, precision=Precision.EXACT, now=NOW, closures=(), **more):
    low = at(low) if isinstance(low, str) else low
    high = at(high) if isinstance(high, str) else (high or low)
    entry = Entry(at(event), low, high, precision, **more)
    return POLICY.judge(entry, CALENDAR, now, closures=closures)


@pytest.mark.parametrize(
    ("event", "same", "due"),
    [
        ("mon 09:00", "mon 16:30", "tue 16:30"),
        ("tue 10:00", "tue 16:30", "thu 16:30"),
        ("fri 15:00", "fri 16:30", "mon2 16:30"),
        ("sat 09:00", "mon2 16:30", "tue2 16:30"),
        ("mon 15:29", "mon 16:30", "tue 16:30"),
        ("mon 15:30", "tue 16:30", "thu 16:30"),
        ("mon", "mon 16:30", "tue 16:30"),
        ("wed", "thu 16:30", "fri 16:30"),
    ],
)
def test_counter_money_is_due_by_the_end_of_the_next_working_day(event, same, due):
    found = judged(event)
    assert (found.due_same, found.due) == (at(same), at(due))


@pytest.mark.parametrize(
    ("book", "kind", "due", "counted"),
    [
        (Book.CASH_RECEIPTS_JOURNAL, "counter", "tue 16:30", True),
        (Book.CASH_RECEIPTS_JOURNAL, "", "tue 16:30", True),
        (Book.CASH_RECEIPTS_JOURNAL, "a kind nobody knows", "tue 16:30", True),
        (Book.CASH_RECEIPTS_JOURNAL, "bank_notified", "tue 16:30", True),
        (Book.CASH_RECEIPTS_JOURNAL, "bank", "fri 16:30", True),
        (Book.RECEIPTS_REGISTER, "counter", "tue 16:30", False),
        (Book.RECEIPTS_REGISTER, "bank", "fri 16:30", False),
        (Book.CASH_PAYMENTS_JOURNAL, "payment", "tue 16:30", True),
    ],
)
def test_each_book_and_kind_has_its_rule(book, kind, due, counted):
    found = judged("mon 09:00", book=book, kind=kind)
    assert (found.due, found.counted) == (at(due), counted)


def test_the_cut_off_is_for_money_at_the_counter_only():
    paid = judged("mon 15:45", book=Book.CASH_PAYMENTS_JOURNAL, kind="payment")
    assert paid.due == at("tue 16:30")


def test_a_payment_after_hours_belongs_to_the_next_working_day():
    paid = judged("mon 17:00", book=Book.CASH_PAYMENTS_JOURNAL, kind="payment")
    assert paid.due_same == at("tue 16:30")


BANDS = {
    "exact, same day": ("mon 11:00", None, Precision.EXACT, Band.SAME_DAY),
    "exact, a minute before the edge": ("mon 16:29", None, Precision.MINUTE, Band.SAME_DAY),
    "exact, at the edge": ("mon 16:30", None, Precision.MINUTE, Band.NEXT_DAY),
    "exact, next day": ("tue 16:29", None, Precision.EXACT, Band.NEXT_DAY),
    "exact, at the deadline": ("tue 16:30", None, Precision.EXACT, Band.LATE),
    "exact, recorded before the event": ("mon 08:00", None, Precision.EXACT, Band.SAME_DAY),
    "day, same": ("mon", "mon 23:59", Precision.DAY, Band.SAME_DAY),
    "day, next: never compared by the hour": ("tue", "tue 23:59", Precision.DAY, Band.NEXT_DAY),
    "day, after": ("wed", "wed 23:59", Precision.DAY, Band.LATE),
    "interval before the edge": ("mon 09:00", "mon 16:30", Precision.INTERVAL, Band.SAME_DAY),
    "interval across the edge": ("mon 09:00", "tue 09:00", Precision.INTERVAL, Band.NEXT_DAY),
    "interval up to the deadline": ("mon 09:00", "tue 16:30", Precision.INTERVAL, Band.NEXT_DAY),
    "interval across the deadline": (
        "mon 09:00",
        "thu 09:00",
        Precision.INTERVAL,
        Band.UNDETERMINED,
    ),
    "interval from the deadline": ("tue 16:30", "thu 09:00", Precision.INTERVAL, Band.UNDETERMINED),
    "interval after the deadline": ("tue 16:31", "thu 09:00", Precision.INTERVAL, Band.LATE),
    "not posted": (None, None, Precision.NONE, Band.NOT_POSTED),
    "nothing known": (None, None, Precision.INTERVAL, Band.UNDETERMINED),
}


@pytest.mark.parametrize(("low", "high", "precision", "band"), BANDS.values(), ids=BANDS.keys())
def test_the_band_says_no_more_than_the_times_do(low, high, precision, band):
    found = judged("mon 09:00", low, high, precision)
    assert found.band is band
    assert found.late is (band in {Band.LATE, Band.NOT_POSTED})


def test_what_is_not_posted_is_late_from_the_deadline_on():
    before = judged("mon 09:00", precision=Precision.NONE, now=at("tue 16:29"))
    after = judged("mon 09:00", precision=Precision.NONE, now=at("tue 16:30"))
    assert (before.late, after.late) == (False, True)


# ------------------------------------------------------------------ closures


def test_a_closure_gives_at_least_three_working_days_after_it():
    found = judged("mon 09:00", "wed2 16:00", closures=[Closure(at("mon 10:00"), at("tue 12:00"))])
    # Closed for ten working hours = two days; reopened on Tuesday, three working days later is Monday.
    assert found.due == at("mon2 16:30")
    assert found.moved
    assert found.band is Band.LATE


def test_a_closure_gives_a_working_day_for_each_day_closed():
    long = Closure(at("mon 00:00") - timedelta(days=14), at("mon 08:00"))
    start = Entry(at("mon 09:00") - timedelta(days=10), at("wed2 16:00"), at("wed2 16:00"))
    found = POLICY.judge(start, CALENDAR, NOW, closures=[long])
    # 18–31 May hold ten working days in this calendar: ten working days after Monday 1 June.
    assert found.due == datetime(2026, 6, 16, 9, 30, tzinfo=UTC)
    assert found.band is Band.SAME_DAY, "a back-entry is judged on the catch-up deadline alone"


def test_the_notice_s_own_catch_up_date_is_used():
    closure = Closure(at("mon 10:00"), at("tue 12:00"), catch_up=at("wed2 12:00"))
    assert judged("mon 09:00", closures=[closure]).due == at("wed2 12:00")


@pytest.mark.parametrize(
    "closure",
    [
        Closure(at("tue 17:00"), at("wed 23:00")),
        Closure(at("mon 18:00"), at("tue 06:00")),
        Closure(at("mon 10:00"), at("tue 12:00"), province="50"),
    ],
    ids=["after the deadline", "in the night", "another province"],
)
def test_a_closure_that_took_no_working_time_moves_nothing(closure):
    found = judged("mon 09:00", closures=[closure])
    assert (found.due, found.moved) == (at("tue 16:30"), False)


def test_while_the_site_is_closed_nothing_becomes_late():
    closure = Closure(at("mon 10:00"), None)
    for day in ("tue 17:00", "fri 17:00", "wed2 17:00"):
        found = judged("mon 09:00", precision=Precision.NONE, now=at(day), closures=[closure])
        assert not found.late


def test_an_office_may_have_its_own_cut_off():
    data = load(shipped("lateness.yaml").read_text(encoding="utf-8"), "lateness.yaml")
    data["cut_off"]["offices"] = {"6570401": "12:00"}
    own = Policy.parse(data)
    entry = Entry(at("mon 13:00"))
    assert own.judge(entry, CALENDAR, NOW).due == at("thu 16:30")
    entry.office_code = "other"
    assert own.judge(entry, CALENDAR, NOW).due == at("tue 16:30")


# ------------------------------------------------------------------ the file


def test_every_value_has_a_source_and_a_confidence():
    assert all(
        r.source and r.confidence in {"low", "medium", "high"} for r in POLICY.rules.values()
    )
    assert {book for book, _ in POLICY.rules} == set(Book)


def drop(data, *path):
    for key in path[:-1]:
        data = data[key]
    del data[path[-1]]


def put(data, value, *path):
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value


WRONG = {
    "a key too few": (lambda d: drop(d, "closure"), "closure is missing"),
    "a key too many": (lambda d: put(d, "1", "grace"), "no key grace"),
    "no source": (lambda d: drop(d, "cut_off", "source"), "source is missing"),
    "no confidence": (lambda d: put(d, "sure", "deadline_time", "confidence"), "confidence"),
    "no such book": (lambda d: put(d, "cash", "rules", 0, "book"), "no book 'cash'"),
    "a time of sixty minutes": (lambda d: put(d, "15:60", "cut_off", "value"), "'15:60'"),
    "half a day": (lambda d: put(d, "0.5", "rules", 0, "late_after"), "whole number"),
    "late before same day": (lambda d: put(d, "5", "rules", 0, "same_day_within"), "smaller"),
    "true": (lambda d: put(d, "true", "rules", 0, "counted"), "neither"),
    "the same row twice": (lambda d: d["rules"].append(d["rules"][0]), "twice"),
    "a book without a rule": (lambda d: drop(d, "rules", 7), "no row with kind"),
    "a list for a block": (lambda d: put(d, [], "completeness"), "expected keys"),
    "a text for the rules": (lambda d: put(d, "x", "rules"), "expected a list"),
    "a text for the offices": (lambda d: put(d, "x", "cut_off", "offices"), "office codes"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_policy_is_refused_with_its_key(change, said):
    data = load(shipped("lateness.yaml").read_text(encoding="utf-8"), "lateness.yaml")
    change(data)
    with pytest.raises(PolicyError, match=said):
        Policy.parse(data)


def test_a_policy_file_that_cannot_be_read_is_named(tmp_path):
    broken = tmp_path / "lateness.yaml"
    for content, said in ((b"a: [", "lateness.yaml"), (b"\xff\xfe", "UTF-8"), (b"a: b", "missing")):
        broken.write_bytes(content)
        with pytest.raises(PolicyError, match=said):
            load_policy(broken)
    with pytest.raises(PolicyError, match=r"nowhere\.yaml"):
        load_policy(tmp_path / "nowhere.yaml")
