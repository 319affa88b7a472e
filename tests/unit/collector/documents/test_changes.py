"""What has changed since: entry by entry, outage by outage; and paper beside what is kept."""

import msgspec
import pytest

from laaswatch_collector.documents.changes import Change, changes, compare, figures
from support.letters import entry, office_month, outage, outage_sheet, province_month

replace = msgspec.structs.replace


def test_another_verdict_is_told_with_both():
    """Of that entry alone."""
    then = office_month((entry(1, "no_evidence"), entry(2)))
    now = replace(then, late=(replace(then.late[0], verdict="explained"), then.late[1]))
    name = "RCPT-00001/70 cash_receipts_journal"
    assert changes(then, now) == [Change("entry", name, "verdict", "no_evidence", "explained")]


def test_entries_that_came_and_went_are_told():
    """A corrected book has others."""
    then, now = office_month((entry(1), entry(2))), office_month((entry(2), entry(3)))
    found = [(x.name[:13], x.what) for x in changes(then, now)]
    assert found == [("RCPT-00001/70", "gone"), ("RCPT-00003/70", "new")]


def test_a_revised_outage_is_told_with_its_revision():
    """And what became of its times."""
    then = office_month(outages=(outage(),))
    now = office_month(outages=(outage(revision=2, end=outage().end + 600),))
    assert [(x.of, x.name, x.what) for x in changes(then, now)] == [
        ("outage", "o-site", "revision"),
        ("outage", "o-site", "end"),
    ]


def test_facts_of_another_kind_differ_as_a_whole():
    """There is nothing to compare."""
    assert [x.of for x in changes(office_month(), province_month())] == ["facts"]


def test_a_provinces_offices_are_told_one_by_one():
    """By code."""
    then = province_month()
    now = replace(then, offices=(replace(then.offices[0], late=8), *then.offices[1:]))
    assert changes(then, now) == [Change("office", "6860101", "late", 9, 8)]


@pytest.mark.parametrize(
    ("typed", "agrees"),
    [
        ("6", True),
        ("๖", True),
        (" 6 ", True),
        ("7", False),
        ("หก", False),
        ("", None),
        ("-6", False),
    ],
)
def test_a_figure_on_paper_agrees_or_differs(typed, agrees):
    """What nobody typed is not compared."""
    found = next(x for x in compare(office_month(), {"late": typed}) if x.name == "late")
    assert found.agrees is agrees


def test_the_main_figures_are_those_that_are_printed():
    """Of each kind of document."""
    assert figures(office_month())["up"] == 7955
    assert figures(province_month()) == {
        "offices": 3, "entries": 103, "late": 9, "not_explained": 4, "partly": 0, "explained": 3,
        "outages": 1,
    }  # fmt: skip
    assert figures(outage_sheet()) == {"minutes": 60, "hit": 34, "not_hit": 1}
    assert "minutes" not in figures(outage_sheet(outage=outage(end=None)))
