"""Pictures place times on working days only and stay well-formed whatever the texts hold."""

from datetime import date, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest

from laaswatch_collector.web.charts import (
    HEAD,
    LANE,
    LANES,
    ROW,
    Axis,
    Line,
    Stretch,
    axis_chart,
    day_strip,
)

BANGKOK = timezone(timedelta(hours=7))
FRIDAY, MONDAY = date(2026, 10, 2), date(2026, 10, 5)


def at(day, clock):
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BANGKOK)


@pytest.mark.parametrize(
    ("moment", "per_cent"),
    [
        (at(FRIDAY, "08:00"), 0.0),
        (at(FRIDAY, "12:30"), 25.0),
        (at(FRIDAY, "17:00"), 50.0),
        (at(FRIDAY, "23:00"), 50.0),
        (at(date(2026, 10, 4), "10:00"), 50.0),  # a Sunday takes no room
        (at(MONDAY, "08:00"), 50.0),
        (at(MONDAY, "17:00"), 100.0),
        (at(date(2026, 10, 1), "10:00"), 0.0),
        (at(date(2026, 10, 9), "10:00"), 100.0),
    ],
)
def test_the_axis_has_no_nights_and_no_weekends(moment, per_cent):
    """Friday evening and Monday morning are the same place."""
    assert Axis([FRIDAY, MONDAY]).at(moment) == per_cent


def test_an_axis_without_days_is_refused():
    """There is nothing to place a time on."""
    with pytest.raises(ValueError, match="at least one day"):
        Axis([])


def test_a_strip_gives_each_state_its_own_height():
    """In black and white the heights still tell the states apart."""
    picture = ET.fromstring(
        day_strip(
            FRIDAY,
            [
                Stretch(at(FRIDAY, "08:00"), at(FRIDAY, "10:00"), "up"),
                Stretch(at(FRIDAY, "10:00"), at(FRIDAY, "11:00"), "degraded"),
                Stretch(at(FRIDAY, "11:00"), at(FRIDAY, "12:00"), "down", inferred=True),
                Stretch(at(FRIDAY, "13:00"), at(FRIDAY, "14:00"), "unknown"),
                Stretch(at(FRIDAY, "18:00"), at(FRIDAY, "19:00"), "down"),  # outside: not drawn
            ],
            'a "label" & more',
        )
    )
    rects = {x.get("class"): x for x in picture.iter("rect")}
    assert picture.get("aria-label") == 'a "label" & more'
    assert set(rects) == {"ground", "up", "degraded", "down inferred", "unknown"}
    assert len({x.get("height") for x in rects.values()} - {"28"}) == 3
    assert rects["degraded"].get("x") == "22.22%"


def _line(posted):
    return Line(at(FRIDAY, "09:00"), at(MONDAY, "10:00"), posted, "explained", "<b>RCPT-1 & 2</b>")


def test_the_chart_has_lanes_by_scope_and_a_row_an_entry():
    """Bands lie in the lane of whose fault they are; titles are text, never markup."""
    bands = [
        Stretch(at(FRIDAY, "09:00"), at(FRIDAY, "12:00"), "site", title="<site>"),
        Stretch(at(FRIDAY, "09:00"), at(FRIDAY, "09:01"), "isp_province"),
        Stretch(at(MONDAY, "09:00"), at(MONDAY, "12:00"), "pc", inferred=True),
        Stretch(at(MONDAY, "13:00"), at(MONDAY, "14:00"), "unknown"),
    ]
    lines = [_line(at(MONDAY, "11:00")), _line(None), _line(at(date(2026, 10, 20), "09:00"))]
    picture = ET.fromstring(axis_chart(Axis([FRIDAY, MONDAY]), bands, lines, "x", ["2", "5"]))
    assert int(picture.get("height")) == HEAD + LANE * len(LANES) + ROW * 3
    lanes = [x for x in picture.iter("rect") if x.get("class", "").startswith("lane")]
    assert [x.get("class") for x in lanes] == ["lane site", "lane isp", "lane office inferred", "lane unknown"]  # fmt: skip
    assert float(lanes[1].get("width").rstrip("%")) >= 0.35  # a minute can still be seen
    shadows = [x for x in picture.iter("rect") if x.get("class", "").startswith("shadow")]
    assert len(shadows) == 3  # what was not measured throws no shadow
    marks = [x.get("class") for x in picture.iter("path")]
    assert marks == ["posted", "open", "open"]  # not posted, and beyond the edge, point on
    titles = [x.text for x in picture.iter("title")]
    assert "<site>" in titles
    assert titles.count("<b>RCPT-1 & 2</b>") == 3


def test_an_overdue_line_is_thick_from_the_deadline_on():
    """The thin part is the time it had, the thick part the time it was late."""
    picture = ET.fromstring(
        axis_chart(Axis([FRIDAY, MONDAY]), [], [_line(at(MONDAY, "17:00"))], "x", ["2", "5"])
    )
    lines = {x.get("class"): x for x in picture.iter("line") if x.get("class") in ("wait", "over")}
    assert lines["wait"].get("x2") == lines["over"].get("x1") == "61.11%"
    assert lines["over"].get("x2") == "100%"
