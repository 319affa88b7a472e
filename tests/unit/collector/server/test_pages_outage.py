"""The page of one outage: who sees it, who was hit and who was not, what rests on it, what speaks against it."""

import json
import re
import urllib.error

import pytest
import sqlalchemy as sa

from laaswatch_collector.access.policy import NATION, Resource
from laaswatch_collector.store import schema
from laaswatch_collector.store.views.outage_page import outage_seen
from laaswatch_collector.store.views.outages import flags_on, outages_by_id
from support import seeded
from support.pages import serving


@pytest.fixture
def site(store_url):
    """The real application with twelve seeded offices of which all have states."""
    with serving(store_url, offices=12) as found:
        yield found


def text_of(site, path, user):
    """The words of a page, without its marks."""
    page = site.get(path, user=user).decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1]))


def refused(site, path, user):
    with pytest.raises(urllib.error.HTTPError) as error:
        site.get(path, user=user)
    with error.value as answer:
        return answer.code


def test_it_says_whose_why_and_what_to_do(site):
    said = text_of(site, "/outages/o-isp", "somying")
    assert "ผู้ให้บริการอินเทอร์เน็ต NT เคยขัดข้อง" in said
    assert "จึงสรุปว่าเป็นที่ผู้ให้บริการ ไม่ใช่ที่สำนักงาน" in said
    assert "ให้จังหวัดแจ้งเรื่องเดียวแทนทุกสำนักงาน" in said
    assert "15 ต.ค. 2569" in said
    going_on = text_of(site, "/outages/o-now", "somchai")
    assert "ขัดข้องอยู่" in going_on
    assert "ยังไม่จบ" in going_on


def test_who_was_hit_and_who_was_not_is_counted_by_provider(site):
    seen = site.database.read(
        lambda c: outage_seen(c, "o-isp", Resource(province=seeded.PROVINCE), seeded.NOW)
    )
    counts = {x.name: (x.hit, x.worked, x.unheard) for x in seen.groups}
    assert counts == {"NT": (4, 0, 0), "AIS": (0, 4, 0), "TRUE": (0, 4, 0)}
    nt, ais = (next(x for x in seen.groups if x.name == name) for name in ("NT", "AIS"))
    assert max(nt.down) == 4
    assert max(ais.down) == 0
    assert max(ais.heard) == 4
    # The outage began at 13:05 and the picture well before it: nobody was down in its first bars.
    assert nt.down[0] == 0


def test_an_officer_sees_the_own_office_and_others_as_a_number(site):
    assert refused(site, "/outages/o-office", "malee") == 404
    assert refused(site, "/outages/o-isp", "malee") == 404, "her office has another provider"
    assert refused(site, "/outages/none", "malee") == 404
    said = text_of(site, "/outages/o-site", "malee")
    assert "นอกเขตที่ท่านดูได้ เป็นอีก 11 แห่ง" in said
    page = site.get("/outages/o-site", user="malee").decode()
    assert set(re.findall(r'href="/offices/([0-9]+)"', page)) == {"6860102"}


def test_another_province_s_offices_are_not_there(site):
    seen = site.database.read(
        lambda c: outage_seen(c, "o-site", Resource(province="90"), seeded.NOW)
    )
    assert seen is None
    everywhere = site.database.read(lambda c: outage_seen(c, "o-site", NATION, seeded.NOW))
    assert everywhere.own_count == 12
    assert sum(x.offices for x in everywhere.groups) == 15


def put_on(site, outage, flags=()):
    """Let one late entry of the first office rest on an outage."""
    x = schema.explanations.c

    def write(connection):
        entry = connection.execute(
            sa.select(x.entry_id).where(x.office_code == seeded.FIRST, x.verdict == "explained")
        ).scalars().first()  # fmt: skip
        connection.execute(
            schema.explanations.update()
            .where(x.entry_id == entry)
            .values(outage_ids=json.dumps([outage]), flags=json.dumps(list(flags)))
        )

    site.database.write(write)


def test_late_entries_that_rest_on_it_are_counted_and_support_sees_no_more_than_the_count(site):
    assert "ยังไม่มีรายการล่าช้าที่อ้างถึงเหตุนี้" in text_of(site, "/outages/o-office", "somchai")
    put_on(site, "o-office")
    link = f'href="/offices/{seeded.FIRST}/explanations?month=2026-10"'
    for user, linked in (("somchai", True), ("somying", True), ("support", False)):
        assert "มีรายการล่าช้า 1 รายการ" in text_of(site, "/outages/o-office", user)
        assert (link in site.get("/outages/o-office", user=user).decode()) is linked


def test_what_speaks_against_it_is_said(site):
    first = int(seeded.at(27, "10:00").timestamp())
    flag = {"flag": "contact_inside", "outage": "o-office", "count": 3, "first": first}
    put_on(site, "o-office", [flag])
    said = text_of(site, "/outages/o-office", "somying")
    assert "สิ่งที่ขัดแย้ง" in said
    assert "ติดต่อระบบเฝ้าดูได้ 3 ครั้ง" in said


def test_outages_everywhere_lead_to_their_page(site):
    for path in ("/site", f"/offices/{seeded.FIRST}?month=2026-10"):
        assert 'href="/outages/o-' in site.get(path, user="somying").decode()


def test_the_grade_and_the_place_of_the_cause_are_said(site):
    """E0 to E3 in words; a cause that can come from within the office is called that."""
    assert "E3 · เห็นจากนอกหน่วยงานด้วย. ที่ผู้ให้บริการหรือทั้งพื้นที่" in text_of(
        site, "/outages/o-isp", "somying"
    )
    table = schema.outages
    site.database.write(
        lambda c: c.execute(
            table.update().where(table.c.id == "o-office").values(fault="gateway", grade="measured")
        )
    )
    said = text_of(site, "/outages/o-office", "somchai")
    assert "ที่เราเตอร์หรืออุปกรณ์ของหน่วยงาน" in said
    assert "เกิดจากภายในหน่วยงานเองได้" in said


def test_what_speaks_against_an_outage_makes_it_ex(site):
    """Read from the explanations that rest on it, for the list as for the page."""
    put_on(
        site, "o-office", [{"flag": "contact_inside", "outage": "o-office", "count": 2, "first": 1}]
    )
    rows = site.database.read(lambda c: outages_by_id(c, ["o-office", "o-isp"]))
    found = site.database.read(lambda c: flags_on(c, rows.values()))
    assert found == {"o-office": {"contact_inside"}}
    assert "EX · มีข้อเท็จจริงที่ขัดกัน" in text_of(site, "/outages/o-office", "somying")
