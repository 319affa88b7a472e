"""Whatever the bytes are, the importer answers with entries or with its own error."""

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_collector.ledger.headers import canonical
from laaswatch_collector.ledger.model import LedgerFormatError
from support.ledgers import HEAD, read, workbook
from support.said import said

GOOD = workbook(
    ["สมุดเงินสดรับ"], ["วันที่", "เลขที่เอกสาร", "จำนวนเงิน"], ["5/10/2569", "R-1", 100], [None, "R-2", 5]
)
CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["5/10/2569", "31/2/69", "R-1", "", "รวม", "๕ ต.ค. ๒๕๖๙", '"', "'", "=1", "46300"]
    ),
)


def survives(data, **more):
    """The file's counts, or None if it was refused in the importer's own way."""
    try:
        file = read(data, **more)
    except LedgerFormatError as refusal:
        assert said(refusal, "th")
        assert said(refusal)
        return None
    assert all(2000 < row.event_at.year < 2101 and row.doc_no for row in file.rows)
    return len(file.rows), len(file.errors)


@given(st.binary(max_size=2000))
def test_any_bytes(data):
    survives(data)


@given(
    st.sampled_from([b"PK\x03\x04", b"<html><table><tr><td>", b"\xff\xfe", b"<?xml "]), st.binary()
)
def test_any_bytes_behind_a_known_start(start, data):
    survives(start + data)


@given(st.lists(st.lists(CELLS, max_size=6), max_size=12), st.sampled_from(",;\t|"))
def test_any_rows_under_a_heading(rows, separator):
    body = "\n".join(separator.join(row) for row in rows)
    survives((HEAD.replace(",", separator) + body).encode("utf-8", "surrogatepass"))


@given(st.data())
def test_a_workbook_with_any_byte_changed(data):
    broken = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(broken))


@given(st.integers(0, len(GOOD) - 1))
def test_a_workbook_cut_anywhere(length):
    assert survives(GOOD[:length]) is None


@given(st.binary(max_size=3000))
def test_any_bytes_as_a_sheet(sheet):
    memory = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(GOOD)) as good,
        zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in good.namelist():
            made.writestr(name, sheet if "sheet1" in name else good.read(name))
    survives(memory.getvalue())


@given(
    st.text(
        st.characters(min_codepoint=0x0E01, max_codepoint=0x0E5B) | st.sampled_from("aB 1.(\u200b"),
        max_size=40,
    )
)
def test_a_canonical_heading_is_canonical(text):
    assert canonical(canonical(text)) == canonical(text)
