"""The same table as a workbook, as a web page and as text gives the same entries, to the last hash."""

import csv
import html
import io
from datetime import date, datetime, time

from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.worktime.thai import MONTHS, thai_digits
from support.ledgers import read, workbook

HEADER = ["วันที่", "เลขที่เอกสาร", "รายการ", "จำนวนเงิน", "วันที่บันทึก"]
KEY = b"k" * 32
DAYS = st.dates(date(2025, 10, 1), date(2026, 11, 20))
NUMBERS = st.from_regex(r"[A-Zกขค]{0,3}-?[1-9][0-9]{0,5}(/[67][0-9])?", fullmatch=True)
NOTES = st.text("กขคงจาิี่้ำเแ abcXYZ(),;|\"'.0123456789", min_size=1, max_size=20).map(str.strip)
AMOUNTS = st.integers(0, 10**9).map(lambda satang: satang / 100)
ROWS = st.lists(
    st.tuples(st.none() | DAYS, NUMBERS, NOTES, AMOUNTS, st.none() | DAYS), min_size=1, max_size=8
)


def be(day, way):
    """A day as one office writes it and as another does."""
    plain = f"{day.day}/{day.month}/{day.year + 543}"
    return [plain, thai_digits(plain), f"{day.day} {MONTHS[day.month - 1]} {day.year + 543}"][way]


def as_text(rows, way):
    """The rows with every cell as text; a blank day means the one above."""
    return [
        [
            be(day, way) if day else "",
            number,
            note,
            f"{amount:,.2f}",
            be(posted, way) if posted else "",
        ]
        for day, number, note, amount, posted in rows
    ]


def as_workbook(rows):
    def cell(day):
        return datetime.combine(day, time()) if day else None

    return workbook(
        HEADER, *([cell(d), n, note, amount, cell(p)] for d, n, note, amount, p in rows)
    )


def as_csv(rows, separator=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows([HEADER, *rows])
    return out.getvalue().encode("utf-8-sig")


def as_web_page(rows):
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in [HEADER, *rows]
    )
    return f"<html><body><table>{lines}</table></body></html>".encode()


def reading(data):
    file = read(data, name="สมุดเงินสดรับ", key=KEY)
    assert not file.errors
    return file.rows


@settings(deadline=None)
@given(st.dates(date(2026, 1, 1), date(2026, 10, 1)), ROWS, st.integers(0, 2))
def test_readings_agree(first, rows, way):
    day, *rest = rows[0]
    rows = [(day or first, *rest), *rows[1:]]
    texts = as_text(rows, way)
    expected = reading(as_workbook(rows))
    assert len(expected) == len(rows)
    assert reading(as_web_page(texts)) == expected
    for separator in ",;\t":
        assert reading(as_csv(texts, separator)) == expected
