"""The registry of offices and the register of closures."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.ledger.lateness import Closure
from laaswatch_collector.office_file import OfficeFileError, parse_offices
from laaswatch_collector.shipped import shipped
from laaswatch_collector.store.closures import closures_between, declare_closure
from laaswatch_collector.store.offices import Office, import_offices, list_offices, office_codes
from laaswatch_collector.store.schema import audit, metadata, stale_days
from support.said import said

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def connection():
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as c:
        c.execute(sa.text("PRAGMA foreign_keys=ON"))
        yield c
    engine.dispose()


def test_offices_are_added_changed_and_left_alone(connection):
    child, parent = Office("S1", "ข", parent_code="P1"), Office("P1", "ก", province="57")
    assert import_offices(connection, [child, parent]).added == 2
    renamed = Office("P1", "ก ใหม่", province="57")
    done = import_offices(connection, [renamed])
    assert (done.added, done.changed, done.same) == (0, 1, 0)
    assert import_offices(connection, [renamed, child]).same == 2
    assert [office.name_th for office in list_offices(connection)] == ["ก ใหม่", "ข"]
    assert office_codes(connection) == {"P1", "S1"}


def test_the_example_list_is_good():
    path = shipped("offices.example.csv")
    found = parse_offices(path.read_bytes(), path.name)
    assert [office.kind for office in found] == ["pao", "subdistrict", "tao", "sub_office"]
    assert found[1].latitude == 19.9
    assert found[3].parent_code == found[0].code


def listed(text, **more):
    return parse_offices(text.encode(), "offices.csv", **more)


HEAD = "code,name_th,kind,province,isp,pcs,parent_code\n"


def test_codes_stay_text_and_thai_letters_are_understood():
    one, two = listed(HEAD + "๐๕๑๒๐๑๐๑,ก,อบต.,๕๗,tot,๓,\n0012,ข,ทต.,57,ais,,\n")
    assert (one.code, one.kind, one.province, one.isp, one.pcs) == (
        "05120101",
        "tao",
        "57",
        "NT",
        3,
    )
    assert (two.code, two.kind, two.isp, two.pcs) == ("0012", "subdistrict", "AIS", 1)


def test_a_list_saved_by_excel_in_thailand_is_read():
    data = (HEAD + "1,เทศบาล,ทม.,57,NT,1,\n").replace(",", ";").encode("cp874")
    assert parse_offices(data, "x.csv")[0].name_th == "เทศบาล"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("1,ก,tao,99,NT,1,", "province"),
        ("1,ก,tao,TH-S,NT,1,", "province"),
        ("1,ก,tao,,NT,1,", "province"),
        (",ก,tao,57,NT,1,", "code"),
        ("../1,ก,tao,57,NT,1,", "code"),
        ("1" * 21 + ",ก,tao,57,NT,1,", "code"),
        ("1,,tao,57,NT,1,", "name_th"),
        ("1,ก\u202eข,tao,57,NT,1,", "name_th"),
        ("1,ก,village,57,NT,1,", "kind"),
        ("1,ก,tao,57,ทีโอที,1,", "isp"),
        ("1,ก,tao,57,NT,0,", "pcs"),
        ("1,ก,tao,57,NT,1e3,", "pcs"),
        ("1,ก,tao,57,NT,1,2", "parent_code"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(row, column):
    with pytest.raises(OfficeFileError) as refusal:
        listed(HEAD + "9,ดี,tao,57,NT,1,\n" + row + "\n")
    assert [(error.row, error.column) for error in refusal.value.errors] == [(3, column)]
    assert said(refusal.value.errors[0].reason, "th")


def test_a_code_twice_is_refused_and_a_registered_parent_is_fine():
    with pytest.raises(OfficeFileError) as refusal:
        listed(HEAD + "1,ก,tao,57,NT,1,\n1,ข,tao,57,NT,1,\n")
    assert "already used" in said(refusal.value.errors[0].reason)
    assert listed(HEAD + "1,ก,tao,57,NT,1,2\n", registered=frozenset({"2"}))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"%PDF-1.4", "PDF"),
        (b"PK\x03\x04", "CSV file is needed"),
        (HEAD.encode(), "no offices"),
        (b"code,name_th\n1,x\n", "no column province"),
        (b"code,name_th,province,password\n1,x,57,y\n", "no column called password"),
        (b"code,name_th,province\n1," + b"x" * 200_000 + b",57\n", "damaged"),
    ],
)
def test_a_list_that_is_none_is_refused(data, told):
    with pytest.raises(OfficeFileError) as refusal:
        parse_offices(data, "x.csv")
    assert told in said(refusal.value.errors[0].reason)


def test_a_closure_is_written_down_and_its_days_judged_anew(connection):
    closure = Closure(NOW - timedelta(days=3), NOW - timedelta(days=1), NOW, "57")
    declare_closure(connection, closure, source="ที่ มท 1/2569", declared_by="admin", now=NOW)
    assert closures_between(connection, NOW - timedelta(days=2), NOW) == [closure]
    assert closures_between(connection, NOW - timedelta(hours=1), NOW) == []
    assert connection.execute(sa.select(stale_days)).all() == [], "states do not rest on it"
    (line,) = connection.execute(sa.select(audit).where(audit.c.action == "closure_declared")).all()
    assert "มท 1/2569" in json.loads(line.detail)["source"]


def test_an_open_closure_touches_everything_after_it(connection):
    closure = Closure(NOW - timedelta(days=1), None)
    declare_closure(connection, closure, source="ประกาศ", declared_by="admin", now=NOW)
    assert closures_between(connection, NOW, NOW + timedelta(days=9)) == [closure]


@pytest.mark.parametrize(("end", "source"), [(NOW, "x"), (NOW + timedelta(days=1), " ")])
def test_a_closure_needs_an_end_after_its_start_and_a_source(connection, end, source):
    with pytest.raises(ValueError, match="closure"):
        declare_closure(connection, Closure(NOW, end), source=source, declared_by="a", now=NOW)
