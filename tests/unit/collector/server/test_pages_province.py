"""A province's list: what comes first, what may be asked for, who may look; and the site's page beside it."""

import csv
import io
import re
import urllib.error

import pytest

from laaswatch_collector.access.policy import Principal, Role
from laaswatch_collector.server import standings
from laaswatch_collector.server.routes import pages_overview, pages_province
from laaswatch_collector.server.routes.home import home_of
from support import seeded
from support.pages import serving

LIST = f"/provinces/{seeded.PROVINCE}"
ROW = re.compile(
    r'<tr class="c-(\w+)"><th scope="row"><a href="/offices/(\d+)">(.*?)</a>(.*?)</tr>'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The real application with a province of 120 offices: more than one page holds."""
    with serving(tmp_path_factory.mktemp("province"), offices=120) as found:
        yield found


def _rows(site, query="", user="somying"):
    """(colour, office, the rest of the row) as the page has them."""
    text = site.get(f"{LIST}?month={seeded.MONTH}{query}", user=user).decode()
    return [(x[0], x[1], x[3]) for x in ROW.findall(text)]


def _cells(row):
    """The three counts of a row: unexplained, cannot tell, explained."""
    return [int(x.replace("·", "0")) for x in re.findall(r'<td class="n">(\d+|·)', row)]


def _csv(site, query=""):
    raw = site.get(f"{LIST}/list.csv?month={seeded.MONTH}{query}", user="somying")
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def test_unexplained_lateness_comes_first(site):
    rows = _rows(site)
    assert len(rows) == pages_province.ROWS_A_PAGE
    unexplained = [_cells(rest)[0] for _, _, rest in rows]
    assert unexplained == sorted(unexplained, reverse=True)
    assert unexplained[0] > unexplained[-1] == 0
    assert all(colour == "red" for (colour, _, _), n in zip(rows, unexplained, strict=True) if n)


def test_pages_hold_every_office_once(site):
    both = _rows(site) + _rows(site, "&page=2")
    assert len(both) == len({code for _, code, _ in both}) == 120
    assert _rows(site, "&page=99") == _rows(site, "&page=2")


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_list_is_light(site, language):
    assert len(site.get(f"{LIST}?month={seeded.MONTH}&lang={language}", user="somying")) < 60_000


def test_filters_leave_what_was_asked_for(site):
    by_csv = {x[0]: x for x in _csv(site)[1:]}
    assert len(by_csv) == 120
    amber = _rows(site, "&colour=amber")
    assert amber
    assert {colour for colour, _, _ in amber} == {"amber"}
    nt = {code for _, code, _ in _rows(site, "&isp=NT")}
    assert nt == {code for code, x in by_csv.items() if x[3] == "NT"}
    found = [code for _, code, _ in _rows(site, f"&q={seeded.FIRST}")]
    assert found == [seeded.FIRST]
    assert "ไม่มีหน่วยงานตามที่เลือก" in site.get(f"{LIST}?q=qqqq", user="somying").decode()


def test_orders(site):
    names = [x[1] for x in _csv(site, "&sort=name")[1:]]
    assert names == sorted(names)
    now = [x[4] for x in _csv(site, "&sort=now")[1:]]
    assert [now.index(x) for x in dict.fromkeys(now)] == sorted(now.index(x) for x in set(now))
    assert len(set(now)) == len([1 for i, x in enumerate(now) if i == 0 or now[i - 1] != x])
    assert _csv(site, "&sort=nonsense") == _csv(site)


def test_the_file_says_what_the_page_says(site):
    rows, lines = _rows(site) + _rows(site, "&page=2"), _csv(site)
    assert {len(x) for x in lines} == {14}
    counts = {x[0]: [int(x[7]), int(x[9]), int(x[8])] for x in lines[1:]}
    for _, code, rest in rows:
        assert _cells(rest) == counts[code]


def test_what_hits_many_offices_is_told_above_the_list(site):
    wide = site.get(f"{LIST}?month={seeded.MONTH}", user="somying").decode()
    assert 'class="answer down"' not in wide  # nothing wide goes on in the seeded minute


@pytest.mark.parametrize(
    ("user", "status"),
    [("somying", 200), ("admin", 200), ("support", 200), ("somchai", 404), ("prometheus", 404)],
)
@pytest.mark.parametrize("path", [LIST, f"{LIST}/map", f"{LIST}/list.csv"])
def test_who_may_look(site, path, user, status):
    assert _status(site, path, user) == status


@pytest.mark.parametrize("path", ["/provinces/90", "/provinces/90/map", "/provinces/99"])
def test_another_province_is_as_absent_as_none(site, path):
    assert _status(site, path, "somying") == 404


def test_the_map_names_who_is_not_up(site):
    text = site.get(f"{LIST}/map", user="somying").decode()
    assert text.count('<a href="/offices/') >= 120
    down = [x for x in _csv(site)[1:] if x[4] == "ใช้ไม่ได้"]
    for x in down:
        assert x[1].removeprefix("องค์การบริหารส่วนตำบล").removeprefix("เทศบาลตำบล") in text


def test_how_books_stand_is_kept_a_minute(site, monkeypatch):
    """Many look in the same morning: the store is asked once."""
    asked = []
    real = standings.standings
    monkeypatch.setattr(standings, "standings", lambda *a: asked.append(1) or real(*a))
    standings._kept.pop(site.database, None)
    first = _rows(site)
    assert _rows(site) == first
    assert len(asked) == 1


def test_everybody_begins_with_the_own_question():
    assert home_of(_principal(Role.PROVINCE, province="86")) == "/provinces/86"
    assert home_of(_principal(Role.SUPPORT)) == "/site"
    assert home_of(_principal(Role.ADMIN)) == "/site"


def _principal(role, office="", province=""):
    return Principal(role=role, name="x", office=office, province=province)


def _status(site, path, user):
    try:
        site.get(path, user=user)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200


def test_the_site_s_page_counts_the_nation_for_those_who_see_it(site):
    nation = site.get("/site", user="admin").decode()
    assert nation.count('<a href="/provinces/') >= 2  # on the map and in the table
    assert 'class="tiles-map"' in nation
    own = site.get("/site", user="somying").decode()
    assert 'class="tiles-map"' not in own
    assert "/provinces/90" not in own


def test_five_working_days_of_the_site_are_shown(site):
    """The second of November is a Monday: the day itself and the four working days before it."""
    text = site.get("/site", user="admin").decode()
    days = re.findall(r'<th scope="row" class="nowrap">(.*?)</th><td class="picture">', text)
    assert len(days) == pages_overview.DAYS
    assert [x.split()[0] for x in days] == ["อ.", "พ.", "พฤ.", "ศ.", "จ."]
