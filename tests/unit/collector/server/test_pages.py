"""Who sees which page, what the CSV holds, and what odd addresses get."""

import csv
import gzip
import io
import json
import urllib.error
import urllib.request
from dataclasses import replace

import pytest
import sqlalchemy as sa

from laaswatch_collector.localization.isp_of import How, Inferred
from laaswatch_collector.localization.silence import Silence
from laaswatch_collector.server.routes import pages_office, pages_overview
from laaswatch_collector.server.routes.explanations_csv import CSV_COLUMNS, guard
from laaswatch_collector.store.schema import audit, outage_revisions, outages
from laaswatch_collector.timeline.conclusions import Scope
from support import seeded
from support.pages import serving

OFFICE = f"/offices/{seeded.FIRST}"
EXPLANATIONS = f"{OFFICE}/explanations?month={seeded.MONTH}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request, tmp_path_factory):
    """The real application with twelve seeded offices, on either engine."""
    place = tmp_path_factory.mktemp("site")
    if request.param == "postgresql":
        place = request.getfixturevalue("cluster").new_store()
    with serving(place, offices=12) as found:
        yield found


def _status(site, path, user):
    try:
        site.get(path, user=user)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("somchai", OFFICE, 200),
        ("somchai", EXPLANATIONS, 200),
        ("malee", OFFICE, 404),  # another office's officer
        ("malee", EXPLANATIONS, 404),
        ("somying", OFFICE, 200),
        ("somying", EXPLANATIONS, 200),
        ("somying", "/offices/6900100", 404),  # another province
        ("somying", "/offices/6900100/explanations.csv", 404),
        ("support", OFFICE, 200),
        ("support", EXPLANATIONS, 404),  # support sees counts, not entries
        ("support", f"{OFFICE}/explanations.csv", 404),
        ("admin", "/offices/6900100", 200),
        ("admin", "/offices/nowhere", 404),
        ("somchai", "/metrics", 404),
        ("somchai", f"{OFFICE}?month=2026-13", 404),
        ("somchai", f"{OFFICE}?month=25691001", 404),
        ("somchai", f"{EXPLANATIONS}&page=999999999999999999999", 200),
        ("somchai", "/static/../config.py", 404),
    ],
)
def test_everyone_sees_the_own_part_and_no_more(site, user, path, status):
    """Refused and absent look alike."""
    assert _status(site, path, user) == status


def test_a_stranger_is_sent_to_the_sign_in_page(site):
    """And comes back to where they wanted to go."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args, **_kwargs):
            return None

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(Stay).open(f"{site.url}{OFFICE}", timeout=10)
    with refused.value as answer:
        assert answer.code == 303
        assert answer.headers["Location"] == f"/sign-in?next={OFFICE}"


def test_an_officer_lands_on_the_own_office(site):
    """Nobody has to search for it."""
    assert "เทศบาลตำบลบ้านหนองแวง 1" in site.get("/", user="somchai").decode()


def test_a_province_lands_on_its_own_list(site):
    """With its denominator, and nobody else's offices."""
    text = site.get("/", user="somying").decode()
    assert text.count('<a href="/offices/68601') >= 12
    assert "/offices/690010" not in text
    assert "จาก 12 แห่ง" in text


def test_others_land_on_the_site(site):
    for user in ("support", "admin"):
        assert "เว็บระบบบัญชี" in site.get("/", user=user).decode().split("</h1>")[0]


def test_the_stand_in_is_named_on_every_page(site):
    """A demonstration must never be taken for the real thing."""
    for path in ("/", OFFICE, EXPLANATIONS, "/knowledge", "/sign-in"):
        assert "เว็บจำลองบนเครื่องนี้ ไม่ใช่ e-LAAS" in site.get(path, user="somying").decode(), path


def test_simulated_offices_are_labelled(site):
    """In the list and on each page of theirs."""
    assert "จำลอง</small>" in site.get("/", user="somying").decode()
    for path in (OFFICE, EXPLANATIONS):
        assert 'class="tag">ข้อมูลจำลอง' in site.get(path, user="somying").decode()


def test_silence_is_neither_good_nor_bad(site):
    """The silent office has its own state, and nobody is sent to a router."""
    text = site.get("/offices/6860104", user="somying").decode()
    assert 'class="answer unknown"' in text
    assert "ไม่ได้รับรายงานจากสำนักงานนี้ในขณะนี้" in text
    assert 'class="answer down"' not in text


def test_the_office_page_says_how_its_books_stand(site):
    page = site.get(
        f"/offices/{seeded.FIRST}?lang=en&month={seeded.MONTH}", user="somying"
    ).decode()
    assert "Standing of the books:</strong> not current" in page
    empty = site.get(f"/offices/{seeded.FIRST}?lang=en&month=2026-01", user="somying").decode()
    assert "Standing of the books:" not in empty


def test_what_was_refused_is_written_down(site):
    with pytest.raises(urllib.error.HTTPError) as refused:
        site.get("/offices/6900100", user="somchai")
    with refused.value as answer:
        assert 'href="/static/style.css' in answer.read().decode()
    kept = site.database.read(
        lambda c: c.execute(
            sa.select(audit.c.who, audit.c.action, audit.c.object).where(
                audit.c.result == "refused"
            )
        ).all()
    )
    assert ("somchai", "read_connectivity", "/offices/6900100") in [tuple(x) for x in kept]


def test_empty_states_are_explained(site):
    """An empty page says why it is empty."""
    text = site.get(f"{OFFICE}/explanations?month=2026-01", user="somchai").decode()
    assert "ยังไม่มีการนำเข้าสมุดบัญชีของเดือนนี้" in text
    assert "<svg" not in text


def test_the_csv_holds_every_late_entry_and_opens_in_excel(site):
    """With the mark that tells Excel the encoding; Thai reasons as on the page."""
    data = site.get(f"{OFFICE}/explanations.csv?month={seeded.MONTH}", user="somchai")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 46
    assert tuple(rows[0]) == CSV_COLUMNS
    explained = next(x for x in rows if x["verdict"] == "explained")
    assert "ใช้งานได้ 42 จาก 480 นาทีทำการก่อนครบกำหนด" in explained["reason"]
    assert explained["event_at"].endswith("+07:00")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"), ("+66", "'+66"), ("-5", "'-5"), ("@x", "'@x"), ("\t=x", "'\t=x"), ("\rx", "'\rx"),
        ("  =x", "'  =x"), ("＝x", "'＝x"), ("RCPT-1/70", "RCPT-1/70"), (-5, -5), (0.25, 0.25), ("", ""), ("ก", "ก"),
    ],
)  # fmt: skip
def test_a_spreadsheet_never_runs_what_a_ledger_holds(value, written):
    """Texts that begin like a formula get an apostrophe; numbers stay numbers."""
    assert guard(value) == written


def test_pages_travel_compressed(site):
    """The worst line of the province loads them too."""
    request = urllib.request.Request(
        f"{site.url}{EXPLANATIONS}&print=1",
        headers={"Cookie": site.cookie_header("somchai"), "Accept-Encoding": "gzip"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        wire = answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
    assert len(wire) < 15_000
    assert len(gzip.decompress(wire)) > 4 * len(wire)


def test_a_choice_of_language_sets_a_cookie_and_nothing_foreign(site):
    """English from now on; an unknown language is no page."""
    answer = site.get("/sign-in?lang=en").decode()
    assert '<html lang="en">' in answer
    assert _status(site, "/language?lang=xx&next=/", "somchai") == 404


def test_an_outage_that_changed_tells_how(site):
    """Behind its count, in words; an outage of the office's month that late reports moved."""

    def revise(connection):
        found = connection.execute(
            sa.select(outages)
            .where(outages.c.office_codes.contains(f'"{seeded.FIRST}"'))
            .where(outages.c.end_at.is_not(None))
            .order_by(outages.c.end_at - outages.c.start_at)
        ).all()[-1]
        change = {"end_at": found.start_at.isoformat(), "reports": 14, "from_offices": 3}
        connection.execute(
            outage_revisions.insert().values(
                outage_id=found.id, revision=99, changed_at=seeded.NOW, change=json.dumps(change)
            )
        )

    site.database.write(revise)
    page = site.get(f"{OFFICE}?month={seeded.MONTH}", user="somchai").decode()
    assert "<details><summary>แก้ไขแล้ว" in page
    assert "หลังได้รับรายงานที่มาช้า 14 ฉบับจาก 3 แห่ง: สิ้นสุด" in page


@pytest.mark.parametrize(
    ("silence", "said"),
    [
        (Silence(Scope.PROVINCE, "", seeded.PROVINCE, 9, 1, 2.34e-5, 0), "43,000"),
        (Silence(Scope.ISP, "NT", "", 9, 1, 1e-40, 0), "NT"),
        (Silence(Scope.ISP_PROVINCE, "NT", seeded.PROVINCE, 9, 1, 1e-40, 0), "1,000,000"),
        (Silence(Scope.PROVINCE, "", seeded.PROVINCE, 9, 1), "9"),
    ],
    ids=["province", "provider", "provider in the province", "nothing learned"],
)
def test_what_is_presumed_is_told_with_its_chance(site, monkeypatch, silence, said):
    elsewhere = Silence(Scope.ISP_PROVINCE, "TOT", "50", 9, 1, 1e-9, 0)
    read = pages_overview.read_live

    def presumed(*what):
        live = read(*what)
        return replace(live, view=replace(live.view, presumed=(silence, elsewhere)))

    monkeypatch.setattr(pages_overview, "read_live", presumed)
    page = site.get("/site", user="somying").decode()
    (sentence,) = [x for x in page.splitlines() if "สันนิษฐาน" in x]
    assert said in sentence
    assert ("1 ใน" in sentence) == (silence.chance is not None)


@pytest.mark.parametrize("isp", ["OTHER", None], ids=["they differ", "the registry alone"])
def test_where_registry_and_network_differ_the_page_says_so(site, monkeypatch, isp):
    read = pages_office.read_live

    def known(*what):
        lines = {} if isp is None else {seeded.FIRST: Inferred(isp, How.NEIGHBOURS)}
        return replace(read(*what), lines=lines)

    monkeypatch.setattr(pages_office, "read_live", known)
    page = site.get(OFFICE, user="somchai").decode()
    assert ("ดูจากเครือข่ายที่ส่งรายงานเข้ามา แต่ทะเบียนระบุ" in page) == (isp is not None)
    assert isp is None or isp in page


def _numbers(site, query):
    """The entries in the table, and all that there are by the file."""
    page = site.get(f"{EXPLANATIONS}{query}", user="somchai").decode()
    raw = site.get(EXPLANATIONS.replace("?", ".csv?") + query, user="somchai")
    body = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    return page, rows


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("&verdict=not_explained", "verdict", "not_explained"),
        ("&book=receipts_register", "book", "receipts_register"),
    ],
)
def test_late_entries_are_chosen_by_verdict_and_book(site, query, field, value):
    page, rows = _numbers(site, query)
    whole = _numbers(site, "")[1]
    assert {x[field] for x in rows} == {value}
    assert len(rows) == sum(x[field] == value for x in whole) < len(whole)
    assert f"แสดง {len(rows)} จาก {len(whole)} รายการ" in page
    assert page.count('<tr id="e') == min(20, len(rows))


def test_a_choice_that_is_not_understood_chooses_nothing(site):
    assert _numbers(site, "&verdict=nonsense&book=x")[1] == _numbers(site, "")[1]


def test_a_choice_without_entries_says_so_and_leads_back(site):
    page, rows = _numbers(site, "&verdict=undetermined")
    assert rows == []
    assert "ไม่มีรายการตามที่เลือก" in page
    assert 'class="axis"' not in page


def test_the_next_page_keeps_what_was_asked_for(site):
    page = site.get(f"{EXPLANATIONS}&verdict=", user="somchai").decode()
    links = [x for x in page.split('"') if "page=2" in x]
    assert links
    assert all(f"month={seeded.MONTH}" in x for x in links)


def test_the_evidence_log_stands_in_the_metrics(site):
    """Its newest checkpoint is of now here, over at least one leaf."""
    request = urllib.request.Request(
        f"{site.url}/metrics", headers={"Authorization": f"Bearer {site.token}"}
    )
    with urllib.request.urlopen(request) as answer:
        lines = dict(x.rsplit(" ", 1) for x in answer.read().decode().splitlines() if x[0] != "#")
    assert float(lines["laaswatch_log_checkpoint_age_seconds"]) == 0
    assert float(lines["laaswatch_log_leaves"]) >= 1
    assert float(lines["laaswatch_messages_waiting_seconds"]) == 0
