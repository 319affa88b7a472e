"""What happens to books between two exports: deletions, resets, numbers issued again, lines that move."""

import hashlib
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from laaswatch_collector.ledger.events import EventKind
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.entries import entries_of
from laaswatch_collector.store.ledger_events import newest_events
from laaswatch_collector.store.ledger_imports import import_ledger
from laaswatch_collector.store.matching_key import matching_key
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.schema import entries, ledger_imports
from laaswatch_collector.worktime.thai import BANGKOK
from support.ledgers import HEAD, OFFICE, read

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LONG_AGO, FAR = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(database):
    """A store with one office, and a clock that moves an hour with each export."""
    database.write(lambda c: import_offices(c, [Office(OFFICE, "ก", province="57")]))
    return Books(database)


class Books:
    """Takes exports one after another and says what the store made of them."""

    def __init__(self, database):
        self.database = database
        self.key = database.write(matching_key)
        self.hour = 0

    def take(self, *rows, name="สมุดเงินสดรับ.csv", head=HEAD):
        text = head + "".join(f"{row}\n" for row in rows)
        self.hour += 1
        at = datetime(2026, 11, 1, self.hour, tzinfo=BANGKOK).astimezone(UTC)
        return self.database.write(
            lambda c: import_ledger(
                c,
                read(text, name=name, key=self.key),
                sha256=hashlib.sha256(text.encode()).digest(),
                imported_by="officer",
                now=NOW,
                snapshot_at=at,
            )
        )

    def events(self):
        """Newest first: kind, how many, and their numbers."""
        found = self.database.read(lambda c: newest_events(c, OFFICE))
        return [(str(x.event.kind), x.event.entries, list(x.event.numbers)) for x in found]

    def kept(self):
        """Number/line → day and when it was posted at the latest, of what stands."""
        found = self.database.read(lambda c: entries_of(c, OFFICE, LONG_AGO, FAR))
        return {
            (x.doc_no, x.line): (
                x.event_at.astimezone(BANGKOK).day,
                x.recorded_to_at.astimezone(BANGKOK).hour,
            )
            for x in found
        }

    def ids(self):
        rows = self.database.read(
            lambda c: c.execute(
                sa.select(entries.c.doc_no, entries.c.id).where(entries.c.vanished_at.is_(None))
            ).all()
        )
        return dict(map(tuple, rows))


def line(day, number, note="ค่าน้ำ", amount=100):
    return f"{day}/10/2569,{number},{note},{amount}"


def test_what_vanishes_and_comes_back_is_told(store):
    store.take(line(5, "R-1"), line(6, "R-2"), line(7, "R-3"))
    store.take(line(5, "R-1"), line(7, "R-3"))
    assert store.events() == [("vanished", 1, ["R-2"])]
    store.take(line(5, "R-1"), line(6, "R-2"), line(7, "R-3"))
    assert store.events()[0] == ("back", 1, ["R-2"])
    assert store.kept()["R-2", 1] == (6, 1), "it is still known since when it was there"


def test_a_reset_is_one_event(store):
    store.take(*(line(1 + n, f"R-{n}", f"ก{n}") for n in range(1, 25)))
    store.take(line(2, "R-1", "ก1"), line(25, "R-24", "ก24"))
    [found] = store.database.read(lambda c: newest_events(c, OFFICE))
    assert (found.event.kind, found.event.entries, found.event.of_entries) == (
        EventKind.RESET,
        22,
        24,
    )
    assert (found.event.first_day, found.event.last_day) == (date(2026, 10, 3), date(2026, 10, 24))
    assert len(found.event.numbers) == 20


def test_after_a_reset_numbers_stand_for_other_entries(store):
    """The owner cleared the year; numbers begin at 1 again, for what happened since."""
    store.take(*(line(1 + n % 5, f"{n}", f"เดิม{n}") for n in range(1, 13)))
    store.take(*(line(10 + n % 5, f"{n}", f"ใหม่{n}") for n in range(1, 13)))
    assert [(kind, n) for kind, n, _ in store.events()] == [("reissued", 12), ("reset", 12)]
    kept = store.kept()
    assert len(kept) == 12
    assert {day for day, _ in kept.values()} == set(range(10, 15))
    assert {hour for _, hour in kept.values()} == {2}, "none has inherited another's time"
    again = store.take(*(line(10 + n % 5, f"{n}", f"ใหม่{n}") for n in range(1, 13)), "")
    assert (again.added, again.changed, again.vanished) == (0, 0, 0)


def test_cancelled_and_issued_again_under_another_number(store):
    head = "วันที่,เลขที่เอกสาร,รายการ,จำนวนเงิน,สถานะ\n"
    store.take(line(5, "R-1") + ",", line(5, "R-2", "ค่าปรับ", 7) + ",", head=head)
    store.take(
        line(5, "R-1") + ",",
        line(5, "R-2", "ค่าปรับ", 7) + ",ยกเลิก",
        line(5, "R-3", "ค่าปรับ", "7.00") + ",",
        head=head,
    )
    assert store.events() == [("reissued", 1, ["R-2 → R-3"]), ("cancelled", 1, ["R-2"])]


def test_other_numbers_for_the_same_lines_keep_their_history(store):
    """All numbers moved up by one: nothing was posted anew."""
    store.take(*(line(5, f"R-{n}", f"ก{n}") for n in range(1, 6)))
    ids = store.ids()
    done = store.take(*(line(5, f"R-{n + 1}", f"ก{n}") for n in range(1, 6)))
    assert (done.added, done.vanished) == (0, 0)
    assert store.events() == [("renumbered", 5, [f"R-{n} → R-{n + 1}" for n in range(1, 6)])]
    assert store.ids() == {f"R-{n + 1}": ids[f"R-{n}"] for n in range(1, 6)}
    assert {hour for _, hour in store.kept().values()} == {1}


def test_numbers_that_change_places(store):
    store.take(line(5, "R-1", "ก"), line(5, "R-2", "ข"))
    ids = store.ids()
    store.take(line(5, "R-1", "ข"), line(5, "R-2", "ก"))
    assert store.ids() == {"R-1": ids["R-2"], "R-2": ids["R-1"]}


def test_the_lines_of_a_voucher_move_when_one_is_taken_out(store):
    store.take(line(5, "V-1", "ก"), line(5, "V-1", "ข"), line(5, "V-1", "ค"))
    done = store.take(line(5, "V-1", "ข"), line(5, "V-1", "ค"))
    assert (done.added, done.changed, done.vanished) == (0, 0, 1)
    assert store.events() == [("vanished", 1, ["V-1"])]
    assert sorted(store.kept()) == [("V-1", 2), ("V-1", 3)]


def test_lines_that_look_alike_are_left_to_their_numbers(store):
    store.take(line(5, "R-1"), line(5, "R-2"), line(5, "R-3"))
    done = store.take(line(5, "R-1"), line(5, "R-7"))
    assert (done.added, done.vanished) == (1, 2), "which of the two R-7 is, nobody can say"
    assert [kind for kind, _, _ in store.events()] == ["vanished"]


def test_a_corrected_text_or_day_is_the_same_entry(store):
    store.take(line(5, "R-1", "ค่าน้ำ"), line(6, "R-2", "ค่าไฟ"))
    done = store.take(line(5, "R-1", "ค่าน้ำประปา"), line(7, "R-2", "ค่าไฟ"))
    assert (done.added, done.changed, done.vanished) == (0, 1, 0)
    assert store.events() == []


def test_without_columns_to_compare_number_and_line_decide(store):
    head = "วันที่,เลขที่เอกสาร\n"
    store.take("5/10/2569,R-1", head=head)
    done = store.take("7/10/2569,R-1", head=head)
    assert (done.added, done.changed) == (0, 1)


def test_a_part_of_a_book_renumbers_nothing(store):
    """Our own template adds: what is not in it has not gone, so nothing can have taken its place."""
    store.take(line(5, "R-1", "ก"))
    head = "office_code,ledger,doc_no,event_date,note\n"
    store.take(f"{OFFICE},cash_receipts_journal,R-9,5/10/2569,ก", head=head)
    assert sorted(store.ids()) == ["R-1", "R-9"]
    assert store.events() == []


SECRETS = (
    "สมชาย",
    "ใจดี",
    "ค่าจ้างลับ",
    "98765.43",
    "98,765",
    "9876543",
    "รักไทย",
    "ศรีสุข",
    "0812345678",
)


def test_no_name_amount_or_description_reaches_the_database(tmp_path, caplog):
    """Planted where they belong, where columns have moved, and under the table."""
    place = tmp_path / "store.db"
    database = Database.open(f"sqlite:///{place}")
    try:
        database.write(lambda c: import_offices(c, [Office(OFFICE, "ก", province="57")]))
        done = Books(database).take(
            '5/10/2569,V-1,ค่าจ้างลับ,"98,765.43",นายสมชาย ใจดี',
            '31/2/69,V-2,ค่าจ้างลับ,"98,765.43",นางสาวสมหญิง รักไทย',
            "นายสมชาย ใจดี,V-3,x,1,x",
            "ค่าจ้างลับ 5/10/2569,V-33,x,1,x",
            "5/10/2569,นายสมชาย ใจดี,x,1,x",
            "5/10/2569,ศรีสุข 0812345678 ค่าจ้างลับของนายสมชาย ใจดี,x,1,x",
            "6/10/2569,V-4,ค่าจ้าง, ลับ,98765.43,นายสมชาย ใจดี",
            ",ลงชื่อ นายสมชาย ใจดี,,,",
            ",( นางสาวสมหญิง ศรีสุข ),,,",
            name="สมุดเงินสดจ่าย.csv",
            head="วันที่,เลขที่ฎีกา,รายการ,จำนวนเงินจ่ายสุทธิ,ผู้รับเงิน\n",
        )
        assert (done.good, done.bad) == (1, 5)
        row = database.read(lambda c: c.execute(sa.select(entries.c.match_hash)).scalar_one())
        assert len(row) == 16
        errors = database.read(lambda c: c.execute(sa.select(ledger_imports.c.errors)).scalar_one())
        assert '"shown":"…"' in errors
    finally:
        database.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for secret in SECRETS:
        assert secret.encode() not in kept, secret
        assert secret not in caplog.text


def test_the_key_is_the_store_s_own_and_stays(database):
    first = database.write(matching_key)
    assert len(first) == 32
    assert database.write(matching_key) == first
