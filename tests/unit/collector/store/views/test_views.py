"""What the pages read: scoped in the query, counted with denominators, and nothing beyond the asker's part."""

import itertools
from datetime import timedelta

import pytest

from laaswatch_agent.report.vocabulary import Layer
from laaswatch_collector.access.policy import NATION, Resource
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.views import explanations, figures, offices, outages
from support import seeded

ONE = Resource(office=seeded.FIRST, province=seeded.PROVINCE)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request, tmp_path_factory):
    """One seeded database of each engine for all tests here: they only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('views')}/store.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").new_store()
    database = Database.open(url)
    seeded.seed(database, offices=12)
    yield database
    database.close()


def test_lists_stay_inside_the_askers_part_and_leave_our_own_probes_out(database):
    """Nation, province, office: each sees less; the site of a control probe is no office."""
    with database.reading() as c:
        assert len(offices.office_codes(c, NATION)) == 15
        assert len(offices.office_codes(c, Resource(province="90"))) == 3
        assert offices.office_codes(c, ONE) == {seeded.FIRST}
        assert offices.office_codes(c, Resource(office="nobody")) == frozenset()


def test_who_is_behind_comes_first(database):
    """Page after page: unexplained lateness, then lateness, then the name; nobody twice or left out."""
    with database.reading() as c:
        pages = [offices.those_behind(c, NATION, seeded.MONTH, n, 4) for n in range(0, 20, 4)]
        codes = offices.office_codes(c, NATION)
        late = explanations.late_by_office(c, sorted(codes), seeded.MONTH)
        named = offices.offices_named(c, codes)
    found = [x for page in pages for x in page]

    def order(x):
        mine = late.get(x.code, {})
        return (-mine.get("not_explained", 0), -sum(mine.values()), x.name_th, x.code)

    assert found == sorted(named.values(), key=order)
    assert {x.code for x in found} == codes
    assert order(found[0]) < order(found[-1])


def test_an_office_is_marked_as_simulated(database):
    """Pages must never show made-up data as real."""
    with database.reading() as c:
        assert offices.find_office(c, seeded.FIRST).simulated
        assert not offices.find_office(c, "CONTROL").simulated
        assert offices.find_office(c, "0000000") is None


def test_newest_rounds_come_with_their_layers(database):
    """The ladder needs every layer; the live view needs to know which are our own probes."""
    with database.reading() as c:
        newest = offices.newest_rounds(c)
        pcs = offices.pcs_of(c, seeded.FIRST)
        ours = offices.controls(c)
    assert {x.office for x in newest if x.control} == {"CONTROL"}
    assert len(pcs) == 2
    assert pcs[0].round.of(Layer.REFERENCE, "reference_a").result == "fail"
    assert ours[0].round.of(Layer.HTTP, "kb").result == "ok"


def test_outages_are_those_of_the_offices_asked_for_newest_first(database):
    """A wide outage belongs to all it hit, a small one to its office only."""
    start, end = seeded.at(1), seeded.at(1, month=11)
    with database.reading() as c:
        mine = outages.outages_between(c, start, end, [seeded.FIRST])
        other = outages.outages_between(c, start, end, ["6860102"])
        none = outages.outages_between(c, start, end, [])
        now, count = outages.outages_anywhere(c, start, seeded.NOW, 10, going_on=True)
        wide, every = outages.outages_anywhere(c, start, end, 2, first=("site", "isp"))
    assert [x.id for x in mine] == [
        "o-inferred",
        "o-pc",
        "o-office",
        "o-province",
        "o-isp",
        "o-site",
    ]
    assert [x.id for x in other] == ["o-province", "o-site"]
    assert none == []
    assert [x.id for x in now] == ["o-now"]
    assert count == 1
    assert [x.id for x in wide] == ["o-isp", "o-site"]
    assert every == 6
    assert now[0].minutes(seeded.NOW) == 48


def test_a_code_that_is_part_of_another_does_not_match_it(database):
    """686 is no office of the outage of 6860101, nor is a wildcard."""
    start, end = seeded.at(1), seeded.at(1, month=11)
    with database.reading() as c:
        assert outages.outages_between(c, start, end, ["686010"]) == []
        assert outages.outages_between(c, start, end, ["%"]) == []


def test_late_entries_are_paged_in_a_fixed_order(database):
    """Two pages together are the whole list, without doubles."""
    with database.reading() as c:
        whole = explanations.late_entries(c, seeded.FIRST, seeded.MONTH)
        first = explanations.late_entries(c, seeded.FIRST, seeded.MONTH, first=0, most=20)
        rest = explanations.late_entries(c, seeded.FIRST, seeded.MONTH, first=20, most=100)
    assert len(whole) == 46
    assert [x.number for x in first + rest] == [x.number for x in whole]
    assert all(x.explanation.verdict for x in whole)


def test_books_count_every_entry_once_and_empty_books_are_there(database):
    """The bands are disjoint and add up; a month without entries has three empty books."""
    with database.reading() as c:
        books = explanations.books_of(c, seeded.FIRST, seeded.MONTH)
        verdicts = explanations.verdicts_of(c, seeded.FIRST, seeded.MONTH)
        empty = explanations.books_of(c, seeded.FIRST, "2026-09")
        late = explanations.late_by_office(c, [seeded.FIRST], seeded.MONTH)
    for book in books:
        assert book.entries == book.same_day + book.next_day + book.late + book.undetermined + book.not_posted  # fmt: skip
    assert sum(verdicts.values()) == 46
    assert late == {seeded.FIRST: verdicts}
    assert [x.entries for x in empty] == [0, 0, 0]


def test_runs_cover_the_asked_time_and_unknown_is_among_them(database):
    """The strip draws what is there; the last observation is no night."""
    with database.reading() as c:
        runs = outages.runs_of(c, seeded.FIRST, seeded.at(27), seeded.at(28))
        last = outages.last_state_at(c, seeded.FIRST)
        assert outages.last_state_at(c, "nobody") is None
    assert {x.state for x in runs} == {"unknown", "up", "down"}
    assert all(a.to_at == b.from_at for a, b in itertools.pairwise(runs))
    assert last == seeded.at(30, "16:40")


def test_figures_agree_with_the_tables(database):
    """What /metrics says is what the pages count."""
    with database.reading() as c:
        found, books = figures.figures(c, seeded.NOW), figures.book_figures(c)
        late = explanations.late_by_office(c, sorted(offices.office_codes(c, NATION)), seeded.MONTH)
    assert sum(books.late.values()) == sum(sum(x.values()) for x in late.values())
    assert sum(books.entries.values()) >= sum(books.late.values())
    assert books.not_current == {(seeded.MONTH, seeded.PROVINCE): 11}
    assert found.going_on == {("office", "uplink"): 1}
    assert found.outage_minutes[seeded.MONTH, "site"] == 395
    assert found.newest_report_at == seeded.NOW - timedelta(seconds=40)
