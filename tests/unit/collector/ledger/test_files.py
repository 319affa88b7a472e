"""Files as they come: encodings, separators, disguises, bombs. What cannot be read is said clearly."""

import io
import zipfile

import pytest

from laaswatch_collector.ledger.model import LedgerFormatError
from laaswatch_collector.ledger.parse import MOST_BYTES, shown_name
from laaswatch_collector.ledger.workbook import MOST_PARTS
from support.ledgers import HEAD, read, workbook
from support.said import refuses, said

PLAIN = HEAD + "5/10/2569,R-1,ค่าธรรมเนียม,100\n"


def numbers(file):
    return [row.doc_no for row in file.rows]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("cp874"),
        PLAIN.encode("tis-620"),
        (PLAIN + "6/10/2569,R–2,,\n").encode("cp874"),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace(",", "\t").encode("utf-16-le"),
        PLAIN.replace(",", "\t").encode("utf-16-be"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
    ],
    ids=["utf-8", "bom", "cp874", "tis-620", "en dash", "utf-16", "le", "be", "crlf", "bare cr"],
)
def test_every_encoding_of_windows_is_read(data):
    assert numbers(read(data))[0] == "R-1"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_separator_is_found(separator):
    assert numbers(read(PLAIN.replace(",", separator))) == ["R-1"]


def test_a_bad_byte_far_down_costs_its_row_only():
    lines = [f"5/10/2569,R-{n},ค่าธรรมเนียม,100\n".encode() for n in range(10_000)]
    lines[9_000] = b"5/10/2569,R-\xff9000,x,100\n"
    file = read(HEAD.encode() + b"".join(lines))
    assert len(file.rows) == 9_999
    assert [error.row for error in file.errors] == [9_002]
    assert "encodings" in said(file.errors[0].reason)


def test_a_bad_byte_in_a_column_that_is_not_read_costs_nothing():
    file = read(HEAD.encode() + "5/10/2569,R-1,ค่า".encode() + b"\xff\xfe,100\n")
    assert (len(file.rows), len(file.errors)) == (1, 0)


def test_a_quotation_mark_that_is_never_closed_costs_its_row_only():
    rest = "".join(f"6/10/2569,R-{n},x,1\n" for n in range(2, 1000))
    file = read(HEAD + '5/10/2569,R-1,"ค่าธรรมเนียม,100\n' + rest)
    assert len(file.rows) == 998
    assert [(error.row, "never closed" in said(error.reason)) for error in file.errors] == [
        (2, True)
    ]


def test_a_quoted_cell_may_hold_separators_quotes_and_line_breaks():
    file = read(HEAD + '5/10/2569,R-1,"ก ""ข"", ค\nง",100\n6/10/2569,R-2,,\n')
    assert numbers(file) == ["R-1", "R-2"]


def test_an_endless_cell_costs_its_row_only():
    file = read(HEAD + f"5/10/2569,R-1,{'x' * 200_000},1\n6/10/2569,R-2,,\n")
    assert numbers(file) == ["R-2"]
    assert [error.row for error in file.errors] == [2]


def test_nul_bytes_do_no_harm():
    file = read(HEAD + "5/10/2569,R-\x001,,\n6/10/2569,R-2,,\n")
    assert numbers(file) == ["R-2"]
    assert len(file.errors) == 1


def test_an_html_table_named_xls_is_read():
    html = (
        "<html><head><meta charset=utf-8><style>td{color:red}</style></head><body><table>"
        "<tr><td colspan=4>สมุดเงินสดรับ</td></tr>"
        "<tr><th rowspan=2>วันที่</th><th colspan=2>ใบเสร็จ</th><th rowspan=2>จำนวนเงิน</th></tr>"
        "<tr><th>เล่มที่</th><th>เลขที่</th></tr>"
        "<tr><td>5/10/2569</td><td>12</td><td>7<td>100"
        "<tr><td>&nbsp;</td><td>12</td><td>8</td><td>100</td></tr></table></body></html>"
    )
    for data in (html.encode(), html.encode("cp874")):
        assert numbers(read(data, name="export.xls")) == ["12/7", "12/8"]


def test_the_name_decides_nothing():
    assert numbers(read(PLAIN, name="สมุดเงินสดรับ.xlsx")) == ["R-1"]
    data = workbook(["วันที่", "เลขที่"], ["5/10/2569", "R-1"])
    assert numbers(read(data, name="สมุดเงินสดรับ.csv")) == ["R-1"]


def zipped(*parts, compress=zipfile.ZIP_DEFLATED):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", compress) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return memory.getvalue()


def far_cell(reference):
    data = workbook(["วันที่", "เลขที่"], ["5/10/2569", "R-1"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(
        b"</sheetData>",
        b'<row r="1048576"><c r="' + reference + b'" t="n"><v>1</v></c></row></sheetData>',
    )
    return zipped(*parts.items())


def encrypted_zip():
    data = bytearray(workbook(["วันที่", "เลขที่"]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + offset] |= 1
    return bytes(data)


def lying_zip():
    """The directory says that a part is small; in truth it unpacks to 50 MB."""
    data = bytearray(
        zipped(("xl/workbook.xml", b"x"), ("xl/worksheets/sheet1.xml", b" " * 50_000_000))
    )
    at = data.find((50_000_000).to_bytes(4, "little"))
    while at >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
        at = data.find((50_000_000).to_bytes(4, "little"))
    return bytes(data)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
REFUSED = {
    "nothing": (b"", "empty"),
    "blank": (b" \r\n \n", "empty"),
    "only a byte-order mark": (b"\xef\xbb\xbf", "empty"),
    "PDF": (b"%PDF-1.7\n...", "PDF"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "PNG"),
    "JPEG": (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "JPEG"),
    "gzip": (b"\x1f\x8b\x08" + b"\x00" * 50, "gzip"),
    "a program": (b"MZ" + b"\x90\x00" * 50, "program"),
    "old Excel": (OLE, "old Excel"),
    "workbook with a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "zip with a password": (encrypted_zip(), "password"),
    "a zip that is no workbook": (zipped(("a.txt", "x")), "no Excel workbook"),
    "a zip in a zip": (zipped(("a.xlsx", workbook(["วันที่"]))), "no Excel workbook"),
    "a Word file": (zipped(("word/document.xml", "<w/>")), "no Excel workbook"),
    "a cut workbook": (workbook(["วันที่", "เลขที่"])[:2000], "damaged"),
    "a bomb": (
        zipped(("xl/workbook.xml", "x"), ("xl/worksheets/sheet1.xml", b" " * 70_000_000)),
        "unreasonable",
    ),
    "a bomb that lies": (lying_zip(), "damaged"),
    "too many parts": (zipped(*((f"{n}", "") for n in range(MOST_PARTS + 1))), "unreasonable"),
    "a path out of the archive": (
        zipped(("../../x", "x"), ("/etc/passwd", "x")),
        "no Excel workbook",
    ),
    "a cell at the far end": (far_cell(b"XFD1048576"), "too large"),
    "a row at the far end": (far_cell(b"A1048576"), "too large"),
    "XML spreadsheet": (b'<?xml version="1.0"?><Workbook xmlns="urn:x"/>', "XML"),
    "billion laughs": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>', "XML"),
    "noise": (bytes(range(256)) * 40, "encoding|neither"),
    "prose": ("เรียน ผู้ว่าราชการจังหวัด\nตามที่อ้างถึง".encode(), "no ledger heading"),
    "headings alone": (HEAD.encode(), "no entry"),
    "too many rows": ((HEAD + "5/10/2569,1,,\n" * 100_200).encode(), "too large"),
    "too many columns": (b"," * 20_000 + b"\n" + HEAD.encode(), "no entry|no ledger"),
    "too many bytes": (b"x" * (MOST_BYTES + 1), "larger than 10 MB"),
}


@pytest.mark.parametrize(("data", "pattern"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_ledger_is_refused_by_name(data, pattern):
    with refuses(LedgerFormatError, pattern):
        read(data)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\สมุด.xlsx", "สมุด.xlsx"),
        ("a\x00b.csv", "ab.csv"),
        ("x" * 300, "x" * 120),
        ("\u202egpj.csv", "gpj.csv"),
        ("<script>.csv", "script.csv"),
        ("", "ledger"),
    ],
)
def test_names_of_files_are_shown_harmlessly(name, shown):
    assert shown_name(name) == shown


def test_an_external_entity_is_never_fetched():
    data = workbook(["วันที่", "เลขที่"], ["5/10/2569", "R-1"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = (
        b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>' + parts[name]
    ).replace(b"R-1", b"&secret;")
    with open("/etc/hostname", encoding="utf-8") as file:  # noqa: PTH123
        secret = file.read().strip()
    try:
        file = read(zipped(*parts.items()), name="สมุดเงินสดรับ.xlsx")
    except LedgerFormatError:
        return
    assert secret not in repr(file)
