"""The delivered calendar against the library that proposed it: every difference is known and wanted."""

from datetime import date

import holidays
import pytest

from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.worktime.calendar import Kind, Status

CALENDAR = load_calendar()
YEARS = range(2015, 2028)
OURS = {row.day for row in CALENDAR.days if not row.scope and row.day.weekday() < 5}
LIBRARY = {day for day in holidays.TH(years=YEARS, categories=("public",)) if day.weekday() < 5}
LABOUR_DAYS = {
    day
    for day, name in holidays.TH(years=YEARS, categories=("public",)).items()
    if "Labor" in name and day.weekday() < 5
}
PLOUGHING_DAYS = set(holidays.TH(years=YEARS, categories=("government",)))


def test_the_library_has_days_that_a_government_office_works():
    """Labour Day and its substitution; 25 Oct 2021 was moved to the 22nd; 3 Jan 2023 is doubtful."""
    assert LABOUR_DAYS | {date(2021, 10, 25), date(2023, 1, 3)} == LIBRARY - OURS
    assert date(2026, 5, 1) in LABOUR_DAYS
    assert date(2027, 5, 3) in LABOUR_DAYS


def test_the_library_lacks_days_that_a_government_office_has_off():
    """Royal Ploughing Day is in its category for the government; two days of 2021 are in none."""
    assert PLOUGHING_DAYS | {date(2021, 7, 27), date(2021, 10, 22)} == OURS - LIBRARY


@pytest.mark.parametrize(
    "day",
    ["2024-04-12", "2024-12-30", "2025-06-02", "2025-08-11", "2026-01-02", "2021-07-27"],
)
def test_special_days_of_the_cabinet_are_in(day):
    rows = CALENDAR.rows_of(date.fromisoformat(day))
    assert [row.kind for row in rows] == [Kind.CABINET]


def test_royal_ploughing_day_of_2027_is_not_known_yet():
    assert len(PLOUGHING_DAYS) == len(YEARS) - 1
    ploughing = {row.day.year for row in CALENDAR.days if "Ploughing" in row.name_en}
    assert ploughing == set(YEARS) - {2027}


def test_lunar_and_substitution_days_of_the_year_to_come_are_estimates():
    estimated = {
        row.day for row in CALENDAR.days if not row.scope and row.status is Status.ESTIMATED
    }
    assert date(2027, 5, 20) in estimated  # Visakha Bucha
    assert date(2027, 10, 25) in estimated  # a substitution that the Cabinet may move
    assert date(2027, 12, 10) not in estimated
    assert all(day.year == 2027 for day in estimated)


@pytest.mark.parametrize("province", ["90", "91", "94", "95", "96"])
def test_five_southern_provinces_have_days_of_their_own(province):
    clock = CALENDAR.work_clock(province)
    assert not clock.is_working_day(date(2017, 1, 30)), "Chinese New Year, moved"
    assert not clock.is_working_day(date(2026, 5, 27)), "Eid al-Adha"
    assert CALENDAR.estimated(date(2026, 5, 27), province)
    assert CALENDAR.work_clock("92").is_working_day(date(2026, 5, 27))


@pytest.mark.parametrize(
    ("day", "province"),
    [("2021-03-26", "50"), ("2021-05-10", "30"), ("2021-10-06", "83"), ("2021-10-21", "10")],
)
def test_regions_had_days_of_their_own_in_2021(day, province):
    assert not CALENDAR.work_clock(province).is_working_day(date.fromisoformat(day))


def test_every_day_has_a_source_and_both_names():
    assert all(row.source and row.name_th and row.name_en for row in CALENDAR.days)
