"""Offices below others: any order in the list, any depth, no loops; and their books are their own."""

import pytest

from laaswatch_collector.office_file import OfficeFileError, parse_offices
from laaswatch_collector.store.offices import Office, import_offices, list_offices
from laaswatch_collector.store.views.ledgers import mother_of, sub_offices_of
from support.said import said

HEAD = "code,name_th,province,kind,parent_code\n"


def test_children_may_stand_before_their_mothers(database):
    """A class of a school of a municipality, the last first."""
    rows = parse_offices(
        (HEAD + "3,ค,57,sub_office,2\n2,ข,57,sub_office,๑\n1,ก,57,ทต.,\n").encode(), "o.csv"
    )
    database.write(lambda c: import_offices(c, rows))
    assert {x.code: x.parent_code for x in database.read(list_offices) if x.code in "123"} == {
        "1": None,
        "2": "1",
        "3": "2",
    }
    below = database.read(lambda c: sub_offices_of(c, "1", "2026-10"))
    assert [(x.code, x.entries, x.late) for x in below] == [("2", 0, 0)]
    assert database.read(lambda c: mother_of(c, "3")).code == "2"
    assert database.read(lambda c: mother_of(c, "1")) is None


@pytest.mark.parametrize("rows", ["1,ก,57,ทต.,1\n", "1,ก,57,ทต.,2\n2,ข,57,sub_office,1\n"])
def test_nothing_is_above_itself(rows):
    with pytest.raises(OfficeFileError) as refusal:
        parse_offices((HEAD + rows).encode(), "o.csv")
    assert {said(x.reason) for x in refusal.value.errors} == {"this office is above itself"}


def test_a_loop_among_those_below_does_no_harm():
    """1 hangs under 2, and 2 and 3 under each other: each row says so, none is walked for ever."""
    with pytest.raises(OfficeFileError) as refusal:
        parse_offices((HEAD + "1,ก,57,,2\n2,ข,57,,3\n3,ค,57,,2\n").encode(), "o.csv")
    assert [x.row for x in refusal.value.errors] == [3, 4]


def test_a_mother_that_moves_keeps_her_children(database):
    mother, child = (
        Office("1", "ก", province="57"),
        Office("2", "ข", province="57", parent_code="1"),
    )
    database.write(lambda c: import_offices(c, [child, mother]))
    done = database.write(lambda c: import_offices(c, [Office("1", "ก ใหม่", province="57")]))
    assert (done.added, done.changed) == (0, 1)
    assert database.read(lambda c: mother_of(c, "2")).name_th == "ก ใหม่"
