"""Whose books are complete and current: each sees the offices of the own part, and nothing is made up."""

import json
import urllib.error

import pytest

from support import seeded
from support.pages import serving


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The real application with a province of sixty offices."""
    with serving(tmp_path_factory.mktemp("books"), offices=60, late=5) as found:
        yield found


def told(site, user, query=""):
    return json.loads(site.get(f"/books.json?month={seeded.MONTH}{query}", user=user))


def test_a_province_sees_its_offices_a_page_at_a_time(site):
    first, second = told(site, "somying"), told(site, "somying", "&page=2")
    codes = [x["office"] for x in first["offices"] + second["offices"]]
    assert (len(first["offices"]), first["pages"]) == (50, 2)
    assert len(codes) == len(set(codes)) >= 60
    page = site.get(f"/books?month={seeded.MONTH}", user="somying")
    assert len(page) < 60_000
    assert page.decode().count('/books?month=2026-10">') >= 50


def test_the_list_says_what_each_office_s_own_page_says(site):
    listed = {x["office"]: x for x in told(site, "somying")["offices"]}
    own = json.loads(
        site.get(f"/offices/{seeded.FIRST}/books.json?month={seeded.MONTH}", user="somchai")
    )
    assert listed[seeded.FIRST] == own


def test_offices_that_handed_in_nothing_are_unknown(site):
    empty = [
        x
        for x in told(site, "admin", "&page=2")["offices"]
        if all(book["known_until"] is None for s in x["systems"] for book in s["books"])
    ]
    assert empty
    for office in empty:
        assert office["standing"] == "unknown"
        assert {s["standing"] for s in office["systems"]} == {"unknown"}


def test_an_officer_sees_the_own_office_only(site):
    assert [x["office"] for x in told(site, "somchai")["offices"]] == [seeded.FIRST]


@pytest.mark.parametrize("path", ["/books", "/books.json"])
def test_who_helps_with_lines_sees_no_books(site, path):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        site.get(path, user="support")
    assert 'href="/books"' not in site.get("/", user="support").decode()


@pytest.mark.parametrize("query", ["month=2026-13", "month=x"])
def test_odd_months_are_refused(site, query):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        site.get(f"/books?{query}", user="somying")


def test_a_page_beyond_the_last_is_empty(site):
    assert told(site, "somying", "&page=99")["offices"] == []
    assert "ยังไม่มีหน่วยงาน" in site.get("/books?page=99", user="somying").decode()
