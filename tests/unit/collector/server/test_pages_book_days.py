"""The finance head's page: the books day by day, what is open, what nobody can say yet."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from laaswatch_collector.ledger.model import Book
from laaswatch_collector.store.schema import entries, explanations
from laaswatch_collector.store.views.book_days import book_days, in_all, open_entries
from laaswatch_collector.store.views.explanations import books_of
from support import seeded
from support.pages import serving

PAGE = f"/offices/{seeded.FIRST}/books?month={seeded.MONTH}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("book-days")
    if request.param == "postgresql":
        place = request.getfixturevalue("cluster").new_store()
    with serving(place, offices=12) as found:
        yield found


def text_of(site, path=PAGE, user="somchai"):
    return site.get(path, user=user).decode()


def test_the_days_add_up_to_the_month(site):
    """By another way: the counts that are kept by month."""

    def look(c):
        return book_days(c, seeded.FIRST, seeded.MONTH), books_of(c, seeded.FIRST, seeded.MONTH)

    days, books = site.database.read(look)
    for x in books:
        found = in_all(days, x.book)
        assert found.entries == x.entries
        assert found.on_time == x.same_day + x.next_day
        assert found.unexplained == x.verdicts.get("not_explained", 0)
        assert found.explained == x.verdicts["explained"] + x.verdicts["partly"]
        assert found.open == x.not_posted


def test_a_day_is_a_local_one(site):
    """An entry of 06:30 in the morning belongs to its day in Bangkok, not to the day before in UTC."""

    def move(c):
        number = c.execute(
            sa.select(entries.c.id).where(entries.c.office_code == seeded.FIRST).limit(1)
        ).scalar_one()
        c.execute(
            entries.update().where(entries.c.id == number).values(event_at=seeded.at(13, "06:30"))
        )
        return c.execute(
            sa.select(explanations.c.book).where(explanations.c.entry_id == number)
        ).scalar_one()

    with site.database.engine.connect() as c:
        book = move(c)
        days = book_days(c, seeded.FIRST, seeded.MONTH)
        assert days[book, date(2026, 10, 13)].entries == 1
        assert (book, date(2026, 10, 12)) not in days or days[book, date(2026, 10, 12)].entries
        c.rollback()


def test_what_is_open_is_listed_oldest_first(site):
    found, count = site.database.read(lambda c: open_entries(c, seeded.FIRST, seeded.MONTH, 15))
    assert count == len(found) == 1
    assert found[0].number in text_of(site)


def test_every_working_day_has_a_row_and_holidays_have_none(site):
    days = re.findall(r'<tr(?: class="asked")?><th scope="row" class="nowrap">(.*?)</th>', text_of(site))  # fmt: skip
    assert len(days) == 20
    assert not any(x.split()[1] in ("13", "23") for x in days)
    assert not any(x.startswith(("ส.", "อา.")) for x in days)


def test_days_that_no_file_speaks_of_are_unknown_and_not_empty(site):
    rows = dict(re.findall(r'class="nowrap">(.*?)</th>(.*?)</tr>', text_of(site), re.DOTALL))
    assert rows["พฤ. 29 ต.ค."].count("?") == len(Book)
    assert "?" not in rows["จ. 12 ต.ค."]


def test_a_quiet_day_is_asked_about_until_it_is_answered(site):
    assert "พ. 14 ต.ค. ไม่มีรายการในสมุดใดเลย" in text_of(site)
    answer = {
        "month": seeded.MONTH, "first": "2026-10-14", "last": "2026-10-15", "answer": "no_transactions",
    }  # fmt: skip
    assert site.post(f"/offices/{seeded.FIRST}/ledger/quiet", "somchai", **answer)[0] == 303
    text = text_of(site)
    assert "14 ต.ค. ไม่มีรายการในสมุดใดเลย" not in text
    assert text.count("หน่วยงานแจ้งว่าไม่มีรายการในวันนี้") == 2


def test_where_no_file_was_brought_in_nothing_is_said(site):
    text = text_of(site, "/offices/6900100/books?month=2026-10", "admin")
    assert "จึงบอกไม่ได้ว่าครบหรือไม่" in text
    assert "ยังบอกไม่ได้" in re.search(r'<h2 id="answer">(.*?)</h2>', text)[1]
