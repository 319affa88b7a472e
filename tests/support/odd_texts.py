"""Odd ledgers that are text: CSV in every encoding, tables of a web page or tabs named .xls."""

from support.ledgers import HEAD
from support.odd_ledgers import RECEIPTS, Odd

ONE = ("2026-10-05 R-1",)
TWO = ("2026-10-05 R-1", "2026-10-06 R-2")
ROWS = "5/10/2569,R-1,ค่าธรรมเนียม,100.00\n6/10/2569,R-2,ค่าปรับ,50.00\n"
PLAIN = HEAD + ROWS
TITLE = "องค์การบริหารส่วนตำบลตัวอย่าง\nสมุดเงินสดรับ\nประจำเดือน ตุลาคม พ.ศ. ๒๕๖๙\n\n"


def _of(text, encoding="utf-8"):
    return lambda: text.encode(encoding)


def _dates(*spellings):
    """One entry a spelling, quoted."""
    return _of(HEAD + "".join(f'"{s}",R-{n},x,1\n' for n, s in enumerate(spellings, 1)))


def _on(*days):
    return tuple(f"{day} R-{n}" for n, day in enumerate(days, 1))


def _web(rows, head="<tr><th>วันที่</th><th>เลขที่เอกสาร</th><th>รายการ</th><th>จำนวนเงิน</th></tr>"):
    return f"<html><body><table border=1>{head}{rows}</table></body></html>"


def _webrow(*cells):
    return "<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"


_WEBROWS = _webrow("5/10/2569", "R-1", "ก", "100.00") + _webrow("6/10/2569", "R-2", "ข", "50.00")
CSV, XLS = f"{RECEIPTS}.csv", f"{RECEIPTS}.xls"

ENCODINGS = (
    Odd("csv-utf8", _of(PLAIN), TWO, name=CSV),
    Odd("csv-utf8-bom", _of(PLAIN, "utf-8-sig"), TWO, name=CSV),
    Odd("csv-cp874", _of(PLAIN, "cp874"), TWO, name=CSV),
    Odd("csv-tis620", _of(PLAIN, "tis-620"), TWO, name=CSV),
    Odd("csv-cp874-en-dash", _of(PLAIN.replace("R-1", "R–1"), "cp874"), ("2026-10-05 R–1", TWO[1]), name=CSV),
    Odd("unicode-text-utf16-tabs", _of(PLAIN.replace(",", "\t"), "utf-16"), TWO, name="export.txt" + CSV),
    Odd("utf16-be-no-mark", _of(PLAIN.replace(",", "\t"), "utf-16-be"), TWO, name=CSV),
    Odd("csv-two-encodings-in-one",
        lambda: PLAIN.encode() + "7/10/2569,ร-3,ค่าปรับ,1\n".encode("cp874"), TWO, {4: "เลขที่เอกสาร"}, name=CSV),
    Odd("csv-crlf", _of(PLAIN.replace("\n", "\r\n")), TWO, name=CSV),
    Odd("csv-bare-cr-of-old-macs", _of(PLAIN.replace("\n", "\r")), TWO, name=CSV),
    Odd("csv-no-newline-at-the-end", _of(PLAIN.rstrip()), TWO, name=CSV),
)  # fmt: skip

SEPARATORS = (
    Odd("csv-semicolons", _of(PLAIN.replace(",", ";")), TWO, name=CSV),
    Odd("csv-semicolons-and-decimal-commas",
        _of(PLAIN.replace(",", ";").replace("100.00", "100,00")), TWO, name=CSV),
    Odd("csv-sep-line-for-excel", _of("sep=;\n" + PLAIN.replace(",", ";")), TWO, name=CSV),
    Odd("csv-pipes", _of(PLAIN.replace(",", "|")), TWO, name=CSV),
    Odd("csv-quoted-amounts", _of(HEAD + '5/10/2569,R-1,x,"1,234.50"\n6/10/2569,R-2,x,"(500.-)"\n'), TWO, name=CSV),
    Odd("csv-amount-without-quotes-cuts-the-row",
        _of(HEAD + "5/10/2569,R-1,x,100\n6/10/2569,R-2,x,1,234.50\n"), ONE, {3: ""}, name=CSV),
    Odd("csv-comma-in-a-name-moves-the-columns",
        _of("รายการ,วันที่,เลขที่เอกสาร\nค่าน้ำ,5/10/2569,R-1\nก, ข,6/10/2569,R-2\n"), ONE, {3: ""}, name=CSV),
    Odd("csv-quotes-and-newlines-in-cells",
        _of(HEAD + '5/10/2569,R-1,"ก ""ข"", ค\nง\nจ",100\n6/10/2569,R-2,"x",1\n'), TWO, name=CSV),
    Odd("csv-quote-never-closed",
        _of(HEAD + '5/10/2569,R-1,x,1\n6/10/2569,R-2,"x,1\n' + "7/10/2569,R-3,x,1\n" * 8),
        (*ONE, "2026-10-07 R-3", *(f"2026-10-07 R-3 line {n}" for n in range(2, 9))), {3: ""}, (0,), name=CSV),
    Odd("csv-formulas-guarded", _of(HEAD + "5/10/2569,'R-1,'=1+1,'+5\n"), ONE, name=CSV),
    Odd("csv-trailing-empty-columns", _of(PLAIN.replace("\n", ",,,,\n")), TWO, name=CSV),
)  # fmt: skip

BLOCKS = (
    Odd("csv-title-block", _of(TITLE + PLAIN), TWO, name="export.csv"),
    Odd("csv-heading-in-row-20", _of("พิมพ์โดยระบบ\n" * 19 + PLAIN), TWO, name=CSV),
    Odd("csv-page-heading-repeated", _of(TITLE + HEAD + ROWS[:44] + "\nหน้า 2/2\n" + TITLE + HEAD + "6/10/2569,R-2,x,1\n"),
        TWO, name="export.csv"),
    Odd("csv-subtotals-and-carried-forward",
        _of(HEAD + ",,ยอดยกมา,500\n5/10/2569,R-1,x,1\n,,รวมวันนี้,1\n,,ยอดยกไป,501\n,,ยอดยกมา,501\n6/10/2569,R-2,x,1\n,,รวมทั้งเดือน,2\n,,รวมตั้งแต่ต้นปี,502\n"),
        TWO, name=CSV),
    Odd("csv-totals-in-the-number-column", _of(HEAD + "5/10/2569,R-1,x,1\n5/10/2569,รวม 1 รายการ,,1\n"), ONE, name=CSV),
    Odd("csv-blank-is-the-date-above", _of(HEAD + "5/10/2569,R-1,x,1\n,R-2,x,1\n\n,R-3,x,1\n"),
        (*ONE, "2026-10-05 R-2", "2026-10-05 R-3"), name=CSV),
    Odd("csv-blank-under-a-bad-date", _of(HEAD + "5/10/2569,R-1,x,1\n31/2/69,R-2,x,1\n,R-3,x,1\n"),
        ONE, {3: "วันที่", 4: "วันที่"}, name=CSV),
    Odd("csv-signatures-under-the-table",
        _of(PLAIN + "\n,ลงชื่อ ............ ผู้จัดทำ,,\n,( นายสมชาย ใจดี ),,\n,วันที่พิมพ์ 31/10/2569,,\nตรวจแล้วถูกต้อง,,,\n"),
        TWO, name=CSV),
    Odd("csv-page-numbers-in-the-number-column", _of(HEAD + "5/10/2569,R-1,x,1\n,หน้า 1/2,,\n6/10/2569,R-2,x,1\n,หน้า 2/2,,\n"),
        TWO, name=CSV),
    Odd("csv-lines-of-one-voucher-without-number",
        _of(HEAD + "5/10/2569,R-1,ก,1\n,,ข,2\n,,ค,3\n6/10/2569,R-2,x,1\n"), TWO, name=CSV),
    Odd("csv-name-in-the-number-column", _of(HEAD + "5/10/2569,R-1,x,1\n6/10/2569,นางสาวสมหญิง รักไทย,x,1\n"),
        ONE, name=CSV),
    Odd("csv-words-in-the-number-column", _of(HEAD + "5/10/2569,R-1,x,1\n6/10/2569,ยังไม่ออกใบเสร็จ,x,1\n"),
        ONE, {3: "เลขที่เอกสาร"}, name=CSV),
    Odd("csv-three-books-one-file",
        _of("".join(f"{t}\nวันที่,เลขที่\n5/10/2569,R-1\n" for t in ("ทะเบียนเงินรายรับ", RECEIPTS, "สมุดเงินสดจ่าย"))),
        ("2026-10-05 R-1 receipts_register", "2026-10-05 R-1", "2026-10-05 R-1 cash_payments_journal"), name="x.csv"),
    Odd("csv-no-book-anywhere", _of(PLAIN), refused="which book", name="export.csv"),
    Odd("csv-unknown-headings", _of("Datum,Nr,Text\n5/10/2569,R-1,x\n"), refused="no ledger heading", name=CSV),
)  # fmt: skip

DATES = (
    Odd("dates-as-the-owner-s-pages-write-them",
        _dates("วันอังคารที่ ๒๙ กรกฏาคม ๒๕๖๘ เวลา ๐๐:๐๐ น.", "7 มกราคม 2569", "12 ก.ย. 2569", "2 พ.ค.69", "11 ธ.ค. 68", "16/1/2569"),
        _on("2025-07-29", "2026-01-07", "2026-09-12", "2026-05-02", "2025-12-11", "2026-01-16"), name=CSV),
    Odd("dates-july-in-both-spellings", _dates("1 กรกฎาคม 2569", "2 กรกฏาคม 2569"), _on("2026-07-01", "2026-07-02"), name=CSV),
    Odd("dates-thai-digits", _dates("๕/๑๐/๒๕๖๙", "๖ ต.ค. ๖๙"), _on("2026-10-05", "2026-10-06"), name=CSV),
    Odd("dates-dots-dashes-spaces", _dates("5.10.2569", "06-10-2569", " 7 / 10 / 2569 "),
        _on("2026-10-05", "2026-10-06", "2026-10-07"), name=CSV),
    Odd("dates-era-written-out", _dates("5 ตุลาคม พ.ศ. 2569", "6 ตุลาคม ค.ศ. 2026"), _on("2026-10-05", "2026-10-06"), name=CSV),
    Odd("dates-christian-in-the-whole-file", _dates("5/10/2026", "6/10/26"), _on("2026-10-05", "2026-10-06"), name=CSV),
    Odd("dates-iso", _dates("2026-10-05", "2569-10-06", "2026-10-06T17:30:00Z"),
        _on("2026-10-05", "2026-10-06", "2026-10-07"), name=CSV),
    Odd("dates-excel-day-numbers-as-text", _dates("46300", "46301.5"), _on("2026-10-05", "2026-10-06"), name=CSV),
    Odd("dates-29-february", _dates("29/2/2567", "29 ก.พ. 67"), _on("2024-02-29", "2024-02-29"), name=CSV),
    Odd("dates-29-february-of-no-leap-year", _dates("28/2/2568", "29/2/2568", "29/2/69"),
        ("2025-02-28 R-1",), {3: "วันที่", 4: "วันที่"}, name=CSV),
    Odd("dates-that-are-none", _dates("5/10/2569", "31/2/69", "30 ก.พ. 2569", "31/9/2569", "10/31/2569", "5/10/2569 24:00"),
        ONE, dict.fromkeys(range(3, 8), "วันที่"), name=CSV),
    Odd("dates-in-the-future", _dates("5/10/2569", "5/10/2596"), ONE, {3: "วันที่"}, name=CSV),
    Odd("dates-before-e-laas", _dates("5/10/2569", "5/10/2549"), ONE, {3: "วันที่"}, name=CSV),
    Odd("dates-null-date-means-the-one-above", _dates("5/10/2569", "30 พฤศจิกายน ๒๕๔๒ ๐๗:๐๐"),
        _on("2026-10-05", "2026-10-05"), name=CSV),
    Odd("recorded-null-date-time-and-blank",
        _of("วันที่,เลขที่,วันที่บันทึก\n5/10/2569,R-1,30 พฤศจิกายน 2542 07:00\n5/10/2569,R-2,6/10/2569 09:30\n5/10/2569,R-3,\n"),
        ("2026-10-05 R-1", "2026-10-05 R-2 posted 10-06 09:30", "2026-10-05 R-3 not posted"), name=CSV),
)  # fmt: skip

NUMBERS = (
    Odd("numbers-cancelled-and-issued-again",
        _of("วันที่,เลขที่ใบเสร็จ,สถานะ\n5/10/2569,R-1,ยกเลิก\n5/10/2569,R-1,ปกติ\n5/10/2569,R-2 (ยกเลิก),\n"),
        ("2026-10-05 R-1 cancelled", "2026-10-05 R-1 line 2", "2026-10-05 R-2 cancelled"), warnings=(0,), name=CSV),
    Odd("numbers-restart-with-the-fiscal-year", _of(HEAD + "30/9/2569,1,x,1\n1/10/2569,1,x,1\n"),
        ("2026-09-30 1", "2026-10-01 1"), name=CSV),
    Odd("numbers-book-and-number", _of("วันที่,เล่มที่,เลขที่\n5/10/2569,๑๒,๗\n,๑๒,๘\n"),
        ("2026-10-05 12/7", "2026-10-05 12/8"), name=CSV),
    Odd("numbers-shortened-by-a-spreadsheet", _of(HEAD + "5/10/2569,R-1,x,1\n5/10/2569,6.90E+14,x,1\n"),
        ONE, {3: "เลขที่เอกสาร"}, name=CSV),
    Odd("numbers-with-thai-letters", _of(HEAD + "5/10/2569,บค.๑๒/๒๕๗๐,x,1\n"), ("2026-10-05 บค.12/2570",), name=CSV),
    Odd("headings-with-both-spellings-of-am",
        _of("วันที่,เลขที่เอกสาร,จ\u0e4d\u0e32นวนเงิน\n5/10/2569,R-1,1\n"), ONE, name=CSV),
    Odd("headings-with-spaces-and-zero-width", _of("ว\u200bันที่ ,เลขที่\u00a0เอกสาร,\n5/10/2569,R-1,1\n"), ONE, name=CSV),
    Odd("rows-of-another-office", _of(f"รหัส อปท.,{HEAD}6570401,5/10/2569,R-1,x,1\n6570402,6/10/2569,R-2,x,1\n"),
        ONE, {3: "รหัส อปท."}, name=CSV),
)  # fmt: skip

WEB = (
    Odd("html-named-xls", _of(_web(_WEBROWS)), TWO, name=XLS),
    Odd("html-cp874-named-xls", _of(_web(_WEBROWS), "cp874"), TWO, name=XLS),
    Odd("html-asp-net-grid", _of(
        '<meta http-equiv="content-type" content="text/html; charset=utf-8"><style>td{mso-number-format:"\\@"}</style>'
        '<table><tr><td colspan="4">สมุดเงินสดรับ</td></tr></table>' + _web(_WEBROWS)), TWO, name="export.xls"),
    Odd("html-headings-over-two-rows", _of(_web(
        _webrow("5/10/2569", 12, 7, "1") + _webrow("&nbsp;", 12, 8, "1"),
        "<tr><th rowspan=2>วันที่</th><th colspan=2>ใบเสร็จรับเงิน</th><th rowspan=2>จำนวนเงิน</th></tr>"
        "<tr><th>เล่มที่</th><th>เลขที่</th></tr>")), ("2026-10-05 12/7", "2026-10-05 12/8"), name=XLS),
    Odd("html-date-cell-over-two-rows", _of(_web(
        "<tr><td rowspan=2>5/10/2569</td><td>R-1</td><td>ก</td><td>1</td></tr><tr><td>R-2</td><td>ข</td><td>1</td></tr>")),
        (*ONE, "2026-10-05 R-2"), name=XLS),
    Odd("html-tags-never-closed", _of("<table><tr><th>วันที่<th>เลขที่<tr><td>5/10/2569<td>R-1<tr><td>6/10/2569<td>R-2"),
        TWO, name=XLS),
    Odd("html-entities-scripts-and-line-breaks", _of(_web(
        "<script>var x='<td>9/9/2569</td>'</script>" + _webrow("5/10/2569", "R&#45;1", "ก &amp; ข<br>ค", "1"))), ONE, name=XLS),
    Odd("html-three-pages-of-one-report", _of("".join(
        _web(_webrow(f"{d}/10/2569", f"R-{d - 4}", "x", "1")) for d in (5, 6))), TWO, name=XLS),
    Odd("tabs-named-xls", _of(PLAIN.replace(",", "\t")), TWO, name=XLS),
    Odd("tabs-cp874-named-xls", _of(PLAIN.replace(",", "\t"), "cp874"), TWO, name=XLS),
    Odd("html-without-a-table", _of("<html><body><p>Session expired</p></body></html>"), refused="empty|no ledger", name=XLS),
)  # fmt: skip


def _long(rows):
    return (HEAD + "".join(f"{1 + n % 28}/10/2569,R-{n},x,1\n" for n in range(rows))).encode()


SIZES = (
    Odd("csv-99900-rows", lambda: _long(99_900), count=99_900, name=CSV),
    Odd("csv-too-many-rows", lambda: _long(100_200), refused="too large", name=CSV),
    Odd("csv-only-a-heading", _of(HEAD), refused="no entry", name=CSV),
    Odd("csv-empty", _of("\ufeff \r\n"), refused="empty", name=CSV),
    Odd("csv-endless-cell", _of(HEAD + f"5/10/2569,R-1,{'x' * 200_000},1\n6/10/2569,R-2,x,1\n"),
        (TWO[1],), {2: ""}, name=CSV),
)  # fmt: skip

ODD_TEXTS = (*ENCODINGS, *SEPARATORS, *BLOCKS, *DATES, *NUMBERS, *WEB, *SIZES)
