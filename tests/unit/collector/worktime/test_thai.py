"""Thai dates: every spelling that was seen on the owner's pages, and every trap of the era."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.worktime.thai import (
    BANGKOK,
    MONTHS,
    DateError,
    Era,
    fiscal_year,
    latin_digits,
    local_midnight,
    parse_moment,
    parse_thai_date,
    thai_date,
    thai_date_time,
    thai_digits,
    thai_time,
)
from support.said import said

SPELLINGS = {
    "the owner's page, Thai digits, old spelling of July": (
        "วันอังคารที่ ๓๑ กรกฏาคม ๒๕๖๑ เวลา ๐๐:๐๐ น.",
        date(2018, 7, 31),
    ),
    "July spelt right": ("31 กรกฎาคม 2561", date(2018, 7, 31)),
    "long month": ("7 มกราคม 2562", date(2019, 1, 7)),
    "short month": ("12 ก.ย. 2559", date(2016, 9, 12)),
    "short month without spaces, two-digit year": ("2 พ.ค.60", date(2017, 5, 2)),
    "two-digit year": ("11 ธ.ค. 61", date(2018, 12, 11)),
    "slashes": ("16/1/2562", date(2019, 1, 16)),
    "slashes and two-digit year": ("1/2/68", date(2025, 2, 1)),
    "dashes": ("01-02-2568", date(2025, 2, 1)),
    "dots": ("5.10.2569", date(2026, 10, 5)),
    "Thai digits and slashes": ("๕/๑๐/๒๕๖๙", date(2026, 10, 5)),
    "year first, BE": ("2569-10-05", date(2026, 10, 5)),
    "year first, CE": ("2026-10-05", date(2026, 10, 5)),
    "leap day that only exists in BE": ("29/2/2567", date(2024, 2, 29)),
    "month without dots": ("5 ตค 2569", date(2026, 10, 5)),
    "the era written": ("5 ตุลาคม พ.ศ. 2569", date(2026, 10, 5)),
    "the era written, Christian": ("5 ตุลาคม ค.ศ. 2026", date(2026, 10, 5)),
    "with the word": ("วันที่ 5 ตุลาคม 2569", date(2026, 10, 5)),
    "Excel's English short form": ("5-Oct-26", date(2026, 10, 5)),
    "English month in full": ("5 December 2026", date(2026, 12, 5)),
    "English era": ("5 October 2569 B.E.", date(2026, 10, 5)),
    "no-break space and zero width": ("5\u00a0ต.ค.\u200b 2569", date(2026, 10, 5)),
    "Excel serial number": (46300, date(2026, 10, 5)),
    "Excel serial as text": ("45200", date(2023, 10, 1)),
    "a real date": (date(2026, 10, 5), date(2026, 10, 5)),
    "a real date in a year BE": (datetime(2569, 10, 5), date(2026, 10, 5)),  # noqa: DTZ001
    "an aware time late in UTC": (datetime(2026, 10, 4, 18, tzinfo=UTC), date(2026, 10, 5)),
    "with zone": ("2026-10-04T18:00:00Z", date(2026, 10, 5)),
}

REFUSED = {
    "leap day that BE does not have": ("29/02/2568", "29/2/2568"),
    "Excel date on a leap day that BE does not have": (datetime(2568, 2, 29), "29/2/2568"),  # noqa: DTZ001
    "30 February": ("30 ก.พ. 2569", "30/2/2569"),
    "31 September": ("31/9/2569", "31/9/2569"),
    "31 February, short year": ("31/2/69", "31/2/2569"),
    "US order": ("10/31/2569", "10/31/2569"),
    "no month": ("5/2569", "5/2569"),
    "text": ("รวมทั้งเดือน", "รวมทั้งเดือน"),
    "eight digits": ("05102569", "05102569"),
    "before the window": ("31/12/2557", "2557"),
    "after the window": ("1/1/2644", "2644"),
    "24:00": ("5/10/2569 24:00", "24:00"),
    "not a number": (float("nan"), "nan"),
    "infinity": (float("inf"), "inf"),
    "a huge number": (1e300, "1e+300"),
    "true": (True, "True"),
    "an aware time at the end of all time": (datetime(9999, 12, 31, 23, tzinfo=UTC), "9999"),
    "a zoned text at the end of all time": ("9999-12-31T23:00:00Z", "9999"),
    "very long": ("5" * 5000, "555"),
}


@pytest.mark.parametrize(("text", "expected"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_every_spelling_is_read(text, expected):
    assert parse_thai_date(text) == expected


@pytest.mark.parametrize(("text", "shown"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_date_is_refused_with_the_text_in_the_reason(text, shown):
    with pytest.raises(DateError) as refusal:
        parse_thai_date(text)
    assert shown in said(refusal.value, "th") or shown in said(refusal.value)
    assert said(refusal.value, "th") != said(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "-", None, "00/00/0000", "30 พฤศจิกายน ๒๕๔๒ ๐๗:๐๐", date(1999, 11, 30), "1999-11-30"],
)
def test_nothing_written_and_the_null_date_are_missing(text):
    assert parse_thai_date(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 ต.ค. 2569 เวลา 14:30 น.", time(14, 30)),
        ("5 ต.ค. 2569 เวลา ๑๔.๓๐ น.", time(14, 30)),
        ("5/10/2569 09:05", time(9, 5)),
        ("5/10/2569 09:05:07", time(9, 5, 7)),
        ("2026-10-05T09:05:07+07:00", time(9, 5, 7)),
        ("5/10/2569 00:00", None),
        (46300.375, time(9, 0)),
        (datetime(2026, 10, 5), None),  # noqa: DTZ001
        ("5/10/2569", None),
    ],
)
def test_the_time_of_day_is_read_and_midnight_means_none(text, expected):
    moment = parse_moment(text)
    assert moment is not None
    assert (moment.day, moment.clock) == (date(2026, 10, 5), expected)


def test_two_digit_years_are_buddhist_unless_the_file_says_otherwise():
    assert parse_thai_date("1/2/26") == date(2083, 2, 1)
    assert parse_thai_date("1/2/26", Era.CHRISTIAN) == date(2026, 2, 1)


def test_a_buddhist_year_in_a_spreadsheet_date_is_repaired_and_marked():
    moment = parse_moment(datetime(2569, 10, 5, 9, 30))  # noqa: DTZ001
    assert moment is not None
    assert moment.mistyped_era
    assert moment.day == date(2026, 10, 5)
    assert not parse_moment(datetime(2026, 10, 5)).mistyped_era  # noqa: DTZ001


def test_the_era_shown_is_reported():
    assert parse_moment("5/10/2569").era is Era.BUDDHIST
    assert parse_moment("5/10/2026").era is Era.CHRISTIAN
    assert parse_moment("5/10/69").era is None


def test_dates_and_times_are_written_the_thai_way():
    moment = datetime(2026, 10, 5, 7, 30, tzinfo=UTC)
    assert thai_date(moment) == "5 ต.ค. 2569"
    assert thai_date(date(2026, 7, 5), long=True) == "5 กรกฎาคม 2569"
    assert thai_time(moment) == "14:30 น."
    assert thai_date_time(moment) == "5 ต.ค. 2569 14:30 น."
    assert thai_date_time(moment, long=True) == "5 ตุลาคม 2569 เวลา 14:30 น."
    assert thai_digits("5 ต.ค. 2569") == "๕ ต.ค. ๒๕๖๙"


def test_a_time_without_a_zone_has_no_day():
    with pytest.raises(ValueError, match="zone"):
        thai_date(datetime(2026, 10, 5))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2015, 10, 1), 2559), (date(2016, 9, 30), 2559), (date(2016, 10, 1), 2560)],
)
def test_the_fiscal_year_begins_in_october(day, year):
    assert fiscal_year(day) == year


def test_local_midnight_is_seventeen_hours_utc_the_day_before():
    assert local_midnight(date(2026, 10, 5)) == datetime(2026, 10, 4, 17, tzinfo=UTC)
    assert local_midnight(date(2026, 10, 5)).astimezone(BANGKOK).hour == 0


@given(st.dates(date(2015, 1, 1), date(2100, 12, 31)), st.booleans(), st.booleans())
def test_what_is_written_is_read_back(day, long, thai):
    text = thai_date(day, long)
    assert parse_thai_date(thai_digits(text) if thai else text) == day


@given(st.dates(date(2015, 1, 1), date(2100, 12, 31)))
def test_numbers_are_read_back_too(day):
    be = day.year + 543
    assert parse_thai_date(f"{day.day}/{day.month}/{be}") == day
    assert parse_thai_date(f"{day.day:02}-{day.month:02}-{be % 100:02}") == day
    assert parse_thai_date((day - date(1899, 12, 30)).days) == day
    assert parse_thai_date(f"{day.day} {MONTHS[day.month - 1]} พ.ศ.{be}") == day


@given(st.text(max_size=100))
def test_any_text_is_a_date_nothing_or_a_clear_refusal(text):
    try:
        day = parse_thai_date(text)
    except DateError:
        return
    assert day is None or 2015 <= day.year <= 2100


@given(st.text(alphabet="0123456789๐๑๒๓๔๕๖๗๘๙"))
def test_digits_go_both_ways(text):
    assert thai_digits(latin_digits(text)) == thai_digits(text)
