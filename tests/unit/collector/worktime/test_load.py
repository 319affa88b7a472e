"""When the site is expected to be slow, and the warning before the fiscal year ends."""

from datetime import date, datetime

import pytest

from laaswatch_collector.site_rules import load_calendar, load_expected
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.load import (
    LoadError,
    expected_load,
    next_load,
    parse_load,
    year_ends,
)
from laaswatch_collector.worktime.thai import BANGKOK

CLOCK = load_calendar().work_clock("57")
WINDOWS = load_expected()
YEAR_END, FIRST_MORNING, MONTH_END = (x.name_en for x in WINDOWS)


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-09-23 10:00", None),  # Wednesday, the sixth working day from the end
        ("2026-09-24 08:29", None),
        ("2026-09-24 08:30", YEAR_END),
        ("2026-09-26 10:00", None),  # Saturday
        ("2026-09-30 16:29", YEAR_END),
        ("2026-09-30 16:30", None),
        ("2026-10-01 09:00", FIRST_MORNING),
        ("2026-10-01 13:00", None),
        ("2026-10-02 09:00", None),
        ("2026-10-29 10:00", MONTH_END),
        ("2026-10-28 10:00", None),
        ("2026-12-30 10:00", MONTH_END),  # 31 December is a holiday
        ("2026-12-29 10:00", MONTH_END),
        ("2026-12-28 10:00", None),
    ],
)
def test_expected_load(moment, name):
    at = datetime.fromisoformat(moment).replace(tzinfo=BANGKOK)
    found = expected_load(int(at.timestamp()), CLOCK, WINDOWS)
    assert (found.name_en if found else None) == name


def test_the_next_window_is_told_a_week_before():
    found = next_load(date(2026, 9, 17), CLOCK, WINDOWS)
    assert (found.window.name_en, found.day) == (YEAR_END, date(2026, 9, 24))
    assert next_load(date(2026, 9, 16), CLOCK, WINDOWS) is None


@pytest.mark.parametrize(
    ("day", "warned"),
    [("2026-09-23", False), ("2026-09-24", True), ("2026-09-30", True), ("2026-10-01", False)],
)
def test_the_year_s_end_is_warned_of(day, warned):
    assert year_ends(date.fromisoformat(day), CLOCK) == (date(2026, 9, 30) if warned else None)


def test_every_window_says_where_it_comes_from():
    assert all(x.source and x.confidence in {"low", "medium"} for x in WINDOWS)


def test_a_site_without_the_file_expects_nothing(tmp_path):
    assert load_expected(tmp_path) == ()


ROW = {
    "name_th": "ก",
    "name_en": "a",
    "months": ["9"],
    "days": "last",
    "count": "5",
    "hours": "08:30-16:30",
    "source": "s",
    "confidence": "low",
}


@pytest.mark.parametrize(
    "change",
    [
        {"months": ["13"]},
        {"months": []},
        {"days": "middle"},
        {"count": "0"},
        {"count": "16"},
        {"hours": "16:30-08:30"},
        {"hours": "morning"},
        {"source": ""},
        {"confidence": "sure"},
        {"more": "keys"},
    ],
)
def test_a_wrong_row_is_refused_with_its_place(change):
    with pytest.raises(LoadError, match="row 1"):
        parse_load({"windows": [ROW | change]})


@pytest.mark.parametrize("data", [[], {"windows": {}}, {"other": []}])
def test_another_file_is_refused(data):
    with pytest.raises(LoadError):
        parse_load(data)


def test_a_month_with_fewer_working_days_than_asked_is_all_of_it():
    (window,) = parse_load({"windows": [ROW | {"count": "15"}]})
    once_a_week = WorkClock(weekdays=frozenset({0}))
    assert window.holds_on(date(2026, 9, 7), once_a_week)
