"""The outlook's words: figures with their doubt, in both languages, never all or nothing by rounding."""

from dataclasses import replace

import pytest

from laaswatch_collector.outlook.backlog import Forecast
from laaswatch_collector.outlook.costs import OfficeMonth, costs
from laaswatch_collector.outlook.safe_moment import Measured, SafeMoment
from laaswatch_collector.outlook.second_line import SecondLine, Span
from laaswatch_collector.outlook.sentence import (
    say_backlog,
    say_cost,
    say_safe,
    say_second_line,
)
from support.said import said

SAFE = SafeMoment(0.9871, True, 3200, Measured(9000, 0.012, 0.056, 0.014, 0.08))
LATE = SecondLine(31, 4, 610, Span(12, 7, 14), Span(540, 410, 610), 0.93, 22)
COST = costs([OfficeMonth("A", "57", 500, 6), OfficeMonth("A", "57", 400, 2)])[0]


def test_a_safe_moment_says_how_often_such_words_were_wrong():
    assert said(say_safe(SAFE), "en") == (
        "A good moment to save: in 3,200 minutes like this one, the site stayed usable for 10 minutes more "
        "in 98.7 %; when called good, wrong in 1.2 %; when told to wait, usable after all in 5.6 %"
    )
    assert "ตอนนี้เหมาะจะบันทึก" in said(say_safe(SAFE), "th")
    assert "1.2 %" in said(say_safe(SAFE), "th")


def test_what_is_not_sure_never_reads_as_sure():
    assert "99.9 %" in said(say_safe(replace(SAFE, chance=0.99999)), "en")
    assert "0.1 %" in said(say_safe(replace(SAFE, chance=0.00001, safe=False)), "en")
    assert "ควรรอ" in said(say_safe(replace(SAFE, chance=0.2, safe=False)), "th")


def test_rates_that_were_never_tried_are_left_out():
    untried = replace(SAFE, measured=replace(SAFE.measured, false_unsafe=None))
    assert "after all" not in said(say_safe(untried), "en")


def test_a_backlog_with_its_interval():
    found = said(say_backlog(Forecast(40, 3.25, 2.5, 6.0, 30), 0), "en")
    assert "40 entries wait" in found
    assert "about 3.2 working days (80 % interval: 2.5 to 6.0)" in found
    open_end = said(say_backlog(Forecast(40, 30.0, 20.0, None, 30), 3), "en")
    assert "20.0 to over 60" in open_end
    assert "3 more that younger entries overtook" in open_end


def test_a_second_line_says_what_it_rests_on():
    found = said(say_second_line(LATE), "en")
    assert "of 31 late entries, 12 (80 % interval: 7–14) compute to be in time" in found
    assert "22 offices" in found
    assert "93 %" in found


def test_a_provider_s_cost_has_its_intervals():
    assert said(say_cost(COST, "A"), "en").startswith("A: 0.89 (0.")
    assert "2 หน่วยงาน-เดือน" in said(say_cost(COST, "A"), "th")


@pytest.mark.parametrize("language", ["th", "en"])
def test_unknown_is_said(language):
    told = {
        said(say_safe(None), language),
        said(say_backlog(None, 0), language),
        said(say_backlog(Forecast(0, 0.0, 0.0, 0.0, 9), 0), language),
        said(say_backlog(Forecast(900, None, None, None, 30), 0), language),
        said(say_second_line(None), language),
        said(say_second_line(replace(LATE, outages=0)), language),
    }
    assert len(told) == 6
    assert all(x and "{" not in x for x in told)
