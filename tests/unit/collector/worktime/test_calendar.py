"""Whose day off it is, and the files that say so."""

from datetime import UTC, date, datetime

import pytest

from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.worktime.calendar import (
    Calendar,
    CalendarError,
    Kind,
    parse_days,
    parse_hours,
)
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import BANGKOK

HEAD = ("scope", "day", "name_th", "name_en", "kind", "status", "source", "added")


def days(*rows):
    return parse_days(
        [
            dict(zip(HEAD, (*row, "วันหยุด", "Day", kind, status, "test", "2026-01-01"), strict=True))
            for *row, kind, status in rows
        ],
        "test.csv",
    )


CALENDAR = Calendar(
    days(
        ("", "2026-10-13", "public", "official"),
        ("", "2026-12-31", "public", "estimated"),
        ("region:north", "2026-10-14", "region", "official"),
        ("province:90 94", "2026-10-15", "province", "estimated"),
        ("office:6570401", "2026-10-16", "local", "official"),
        ("office:6570401", "2026-10-13", "works", "official"),
    )
)


@pytest.mark.parametrize(
    ("day", "province", "office", "works"),
    [
        (12, "", "", True),
        (13, "", "", False),
        (13, "57", "6570401", True),
        (14, "57", "", False),
        (14, "57", "6570401", False),
        (14, "30", "", True),
        (15, "94", "", False),
        (15, "93", "", True),
        (16, "57", "6570401", False),
        (16, "57", "other", True),
        (17, "", "", False),
    ],
)
def test_the_narrowest_scope_decides(day, province, office, works):
    clock = CALENDAR.work_clock(province, office)
    assert clock.is_working_day(date(2026, 10, day)) is works


def test_estimated_days_are_told():
    assert CALENDAR.estimated(date(2026, 12, 31))
    assert CALENDAR.estimated(date(2026, 10, 15), "94")
    assert not CALENDAR.estimated(date(2026, 10, 15), "93")
    assert not CALENDAR.estimated(date(2026, 10, 13))
    assert CALENDAR.estimated(date(2031, 1, 7)), "a year without data is not known"


def test_clocks_are_shared_between_offices_without_days_of_their_own():
    assert CALENDAR.work_clock("57", "a") is CALENDAR.work_clock("57", "b")
    assert CALENDAR.work_clock("57", "a") is not CALENDAR.work_clock("57", "6570401")


def test_an_office_may_have_its_own_hours(tmp_path):
    (tmp_path / "days.csv").write_text(
        ",".join(HEAD) + "\n,2026-10-13,วันหยุด,Day,public,official,test,2026-01-01\n",
        encoding="utf-8",
    )
    (tmp_path / "hours.yaml").write_text(
        'default: {hours: ["08:30-12:00", "13:00-16:30"], weekdays: [mon, tue, wed, thu, fri]}\n'
        'offices: {"1": {hours: ["09:00-15:00"], weekdays: [sat]}}\n',
        encoding="utf-8",
    )
    calendar = load_calendar(tmp_path)
    saturday = datetime(2026, 10, 17, 12, 30, tzinfo=BANGKOK)
    assert calendar.work_clock("57", "1").is_working(int(saturday.timestamp()))
    assert not calendar.work_clock("57", "2").is_working(int(saturday.timestamp()))


GOOD = dict(
    zip(HEAD, ("", "2026-10-13", "ก", "a", "public", "official", "s", "2026-01-01"), strict=True)
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scope": "province:99"}, "no province '99'"),
        ({"scope": "region:east"}, "no region 'east'"),
        ({"scope": "planet:earth"}, "scope"),
        ({"scope": "province:"}, "scope"),
        ({"day": "13/10/2569"}, "row 2"),
        ({"day": "2569-10-13"}, "write dates in CE"),
        ({"kind": "holiday"}, "holiday"),
        ({"status": "sure"}, "sure"),
        ({"source": ""}, "source"),
        ({"name_th": " "}, "Thai name"),
        ({"added": None}, "expected the columns"),
        ({None: ["more"]}, "expected the columns"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(change, said):
    with pytest.raises(CalendarError, match=said) as refusal:
        parse_days([GOOD | change], "test.csv")
    assert "test.csv, row 2" in str(refusal.value)


@pytest.mark.parametrize(
    "data",
    [
        {"hours": ["12:00-08:30"], "weekdays": ["mon"]},
        {"hours": ["13:00-16:30", "08:30-12:00"], "weekdays": ["mon"]},
        {"hours": ["08:30-25:00"], "weekdays": ["mon"]},
        {"hours": ["8:30-12:00"], "weekdays": ["mon"]},
        {"hours": ["08:30-12:00"], "weekdays": ["monday"]},
        {"hours": ["08:30-12:00"], "weekdays": []},
        {"hours": [], "weekdays": ["mon"]},
        {"hours": "08:30-12:00", "weekdays": "mon"},
        {"hours": ["08:30-12:00"]},
        "08:30-12:00",
    ],
)
def test_wrong_hours_are_refused(data):
    with pytest.raises(CalendarError, match="here"):
        parse_hours(data, "here")


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(CalendarError, match="no calendar files"):
        load_calendar(tmp_path)
    (tmp_path / "days.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(CalendarError, match=r"days\.csv"):
        load_calendar(tmp_path)


def test_there_are_77_provinces():
    assert len(PROVINCES) == 77
    assert PROVINCES["57"].name_th == "เชียงราย"
    assert all(len(p.code) == 2 and p.letters and p.name_en for p in PROVINCES.values())
    assert {p.region for p in PROVINCES.values()} == {"north", "northeast", "central", "south"}


def test_the_day_kinds_of_the_delivered_files_are_used():
    kinds = {row.kind for row in load_calendar().days}
    assert kinds == {Kind.PUBLIC, Kind.SUBSTITUTION, Kind.CABINET, Kind.REGION, Kind.PROVINCE}


def test_a_deadline_in_real_october():
    clock = load_calendar().work_clock("57")
    thursday = datetime(2026, 10, 22, 9, tzinfo=BANGKOK)  # the next day, 23 October, is a holiday
    due = datetime.fromtimestamp(clock.deadline(int(thursday.timestamp()), 1, (16, 30)), UTC)
    assert due.astimezone(BANGKOK).date() == date(2026, 10, 26)
