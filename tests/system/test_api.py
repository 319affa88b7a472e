"""The read API as its own description says: whatever a client sends, the answer is one of those described."""

import csv
import hashlib
import io
import json
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
import schemathesis
from hypothesis import settings
from hypothesis import strategies as st

from laaswatch_collector.server.api.answering import csv_of
from laaswatch_collector.server.api.openapi import document
from laaswatch_collector.server.routes.api import ENDPOINTS
from laaswatch_collector.store import schema as tables
from support import seeded
from support.pages import serving

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("api")]

ZONES = st.integers(-12 * 4, 14 * 4).map(lambda n: timezone(timedelta(minutes=15 * n)))
# Of all times only those that any client could mean: the description says 2000 to 2100.
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=ZONES).map(  # noqa: DTZ001 - the zone comes with it
        lambda at: at.isoformat()
    ),
)
schema = schemathesis.openapi.from_dict(document(ENDPOINTS))
ROOT = Path(__file__).parents[2]
TOKENS = {"somying": "a1" * 32, "malee": "b2" * 32, "support": "c3" * 32}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The seeded province, with a token for some readers."""
    with serving(tmp_path_factory.mktemp("api")) as running:
        for name, token in TOKENS.items():
            row = {
                "token_sha256": hashlib.sha256(token.encode()).digest(),
                "user_name": name,
                "created_at": datetime.now(UTC),
            }
            running.database.write(lambda c, row=row: c.execute(tables.access_tokens.insert(), row))
        yield running


@schema.parametrize()
@settings(max_examples=40)
def test_every_answer_is_as_described(case, site):
    """Statuses, headers, content types and bodies; wrong methods, missing tokens and wild values included."""
    case.call_and_validate(
        base_url=site.url, headers={"Authorization": f"Bearer {TOKENS['somying']}"}, timeout=20
    )


def get(site, path, user="somying", **headers):
    """Status, headers and body of an API path, asked with a token."""
    request = urllib.request.Request(
        f"{site.url}/api/v1/{path}",
        headers={"Authorization": f"Bearer {TOKENS[user]}"} | headers,
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


OCTOBER = "from=2026-10-01T00:00:00%2B07:00&to=2026-11-01T00:00:00%2B07:00"


def everything(site, path):
    """All items of a list, page by page, and how many pages that were."""
    items, cursor, pages = [], "", 0
    while True:
        status, headers, body = get(site, f"{path}{f'&after={quote(cursor)}' if cursor else ''}")
        assert status == 200
        found = json.loads(body)
        items += found["data"]
        pages += 1
        if found["next"] is None:
            assert headers["Link"] is None
            return items, pages
        assert quote(found["next"]) in headers["Link"]
        cursor = found["next"]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("offices?", lambda x: x["code"]),
        (f"outages?{OCTOBER}", lambda x: x["id"]),
        (f"offices/{seeded.FIRST}/states?{OCTOBER}", lambda x: x["start"]),
        (f"offices/{seeded.FIRST}/entries?month=2026-10", lambda x: (x["book"], x["number"])),
    ],
)
def test_pages_hold_each_item_once(site, path, key):
    whole, pages = everything(site, f"{path}&limit=500")
    by_fives, many = everything(site, f"{path}&limit=5")
    assert pages == 1
    assert many == -(-len(whole) // 5) > 1
    assert by_fives == whole
    assert len({key(x) for x in whole}) == len(whole)


def test_what_did_not_change_is_not_sent_again(site):
    path = f"offices/{seeded.FIRST}/books?month=2026-10"
    _, headers, body = get(site, path)
    assert body
    status, again, nothing = get(site, path, **{"If-None-Match": headers["ETag"]})
    assert (status, nothing, again["ETag"]) == (304, "", headers["ETag"])
    other = get(site, "offices/6860102/books?month=2026-10", **{"If-None-Match": headers["ETag"]})
    assert other[0] == 200


def test_csv_holds_what_json_holds(site):
    path = f"offices/{seeded.FIRST}/entries?month=2026-10&limit=500"
    rows = list(csv.DictReader(io.StringIO(get(site, f"{path}&format=csv")[2], newline="")))
    items = json.loads(get(site, path)[2])["data"]
    assert [x["number"] for x in rows] == [x["number"] for x in items]
    assert [x["due"] for x in rows] == [x["due"] for x in items]
    assert [x["outages"].split() for x in rows] == [x["outages"] for x in items]
    assert set(rows[0]) == set(items[0])


def test_a_spreadsheet_runs_nothing():
    class Item(msgspec.Struct):
        name: str

    cell = csv_of([Item("=cmd|' /C calc'!A0"), Item("-1"), Item("ปกติ")], Item).decode()
    assert cell.splitlines() == ["name", "'=cmd|' /C calc'!A0", "'-1", "ปกติ"]


def test_readers_see_their_own_part(site):
    """Malee is an officer of 6860102; support sees lines, not books."""
    assert {x["code"] for x in json.loads(get(site, "offices", "malee")[2])["data"]} == {"6860102"}
    assert get(site, f"offices/{seeded.FIRST}", "malee")[0] == 404
    assert get(site, "offices/9900000", "malee")[0] == 404
    seen = json.loads(get(site, f"outages?{OCTOBER}&limit=500", "malee")[2])["data"]
    every = json.loads(get(site, f"outages?{OCTOBER}&limit=500")[2])["data"]
    assert 0 < len(seen) < len(every)
    hidden = {x["id"] for x in every} - {x["id"] for x in seen}
    assert get(site, f"outages/{hidden.pop()}", "malee")[0] == 404
    assert get(site, f"outages/{seen[0]['id']}", "malee")[0] == 200
    assert get(site, f"offices/{seeded.FIRST}/entries?month=2026-10", "support")[0] == 404
    assert get(site, f"offices/{seeded.FIRST}/states?{OCTOBER}", "support")[0] == 200


def test_the_api_says_what_the_pages_say(site):
    """The same month of the same office, from the same functions."""
    books = json.loads(get(site, f"offices/{seeded.FIRST}/books?month=2026-10")[2])["data"]
    entries, _ = everything(site, f"offices/{seeded.FIRST}/entries?month=2026-10&limit=500")
    counted = sum(x["late"] + x["not_posted"] for x in books)
    page = site.get(f"/offices/{seeded.FIRST}/explanations.csv?month=2026-10", user="somying")
    assert len(entries) == len(page.decode("utf-8-sig").splitlines()) - 1
    assert len(entries) <= counted


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("offices?limit=0", "limit: expected a whole number from 1 to 500"),
        ("offices?limit=1&limit=2", "limit: is given twice"),
        ("offices?colour=red", "colour: there is no such parameter"),
        ("outages?from=2026-10-01&to=2026-10-02", "from: expected a time with its zone"),
        ("outages?from=2569-10-01T00:00:00Z&to=2026-10-02T00:00:00Z", "Christian era"),
        ("calendar", "month: is required"),
        ("calendar?month=2569-10", "month: expected a month such as 2026-10"),
    ],
)
def test_a_wrong_question_is_told_which_parameter(site, path, said):
    status, _, body = get(site, path)
    assert status == 400
    assert said in json.loads(body)["message_en"]


def test_without_a_token_nothing_is_said(site):
    for endpoint in ENDPOINTS:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(
                f"{site.url}{re.sub('{[a-z]+}', '1', endpoint.path)}", timeout=20
            )
        with refused.value as error:
            assert error.code == 401


def test_prometheus_finds_what_to_scrape(site):
    """The nation's text and a province's offices; each of them answers the scraper's token."""
    request = urllib.request.Request(
        f"{site.url}/api/v1/prometheus/targets", headers={"Authorization": f"Bearer {site.token}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        found = json.load(answer)
    paths = [
        f"{x['labels']['__metrics_path__']}?province={x['labels'].get('__param_province', '')}"
        for x in found
    ]
    assert paths == [
        "/metrics?province=",
        "/metrics/offices?province=86",
        "/metrics/offices?province=90",
    ]
    assert {f"{x['labels']['__scheme__']}://{x['targets'][0]}" for x in found} == {site.url}
    for path in paths:
        assert b"laaswatch_" in site.get(path, token=site.token)


def test_the_notebook_reads_a_month(site, monkeypatch, capsys):
    """Every cell of docs/month.ipynb, one after the other, against the running application."""
    pytest.importorskip("pandas", reason="no pandas installed")
    monkeypatch.setenv("LAASWATCH_SERVER", site.url)
    monkeypatch.setenv("LAASWATCH_TOKEN", TOKENS["somying"])
    notebook = json.loads((ROOT / "docs/month.ipynb").read_text(encoding="utf-8"))
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert len(names["offices"]) == 100
    assert set(names["entries"]["office"]) <= set(names["offices"]["code"])
    assert names["by_office"]["not_explained"].sum() == 157
    assert {"site", "isp", "office"} <= set(names["outages"]["scope"])
