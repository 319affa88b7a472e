"""Word files: geometry, complex scripts, the whole text, tables and pictures, as XML has it."""

import io
import zipfile
from xml.etree import ElementTree as ET

import docx
import pytest
from docx.shared import Mm

from laaswatch_collector.documents.make import Kind
from laaswatch_collector.documents.model import Table, plain_text
from laaswatch_collector.documents.word_file import to_docx
from support.letters import document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parts(data):
    """The parts of the file that hold XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {x: found.read(x) for x in found.namelist()}


def body(data):
    return ET.fromstring(parts(data)["word/document.xml"])


@pytest.mark.parametrize("kind", list(Kind))
def test_the_page_is_a4_with_the_official_margins(kind):
    """Twips, read back."""
    section = docx.Document(io.BytesIO(to_docx(document(kind)))).sections[0]
    read = (
        section.page_width, section.page_height, section.left_margin, section.right_margin,
        section.top_margin,
    )  # fmt: skip
    assert [round(x / Mm(1), 1) for x in read] == [210, 297, 30, 20, 25]


def test_thai_is_said_to_be_thai_in_the_official_font():
    """Complex scripts have their own font, size, boldness and language."""
    data = to_docx(document("memo"))
    styles = ET.fromstring(parts(data)["word/styles.xml"])
    normal = next(x for x in styles.iter(f"{W}style") if x.get(f"{W}styleId") == "Normal")
    rules = normal.find(f"{W}rPr")
    fonts = rules.find(f"{W}rFonts")
    assert {fonts.get(f"{W}{x}") for x in ("ascii", "hAnsi", "cs")} == {"TH SarabunPSK"}
    assert rules.find(f"{W}sz").get(f"{W}val") == rules.find(f"{W}szCs").get(f"{W}val") == "32"
    assert rules.find(f"{W}lang").get(f"{W}bidi") == "th-TH"
    title = next(r for r in body(data).iter(f"{W}r") if "".join(r.itertext()) == "บันทึกข้อความ")
    named = {x.tag.removeprefix(W): x.get(f"{W}val") for x in title.find(f"{W}rPr")}
    assert named["sz"] == named["szCs"] == "58"
    assert {"b", "bCs", "cs"} <= set(named)


def test_every_bold_run_is_bold_in_thai_too():
    """Without w:bCs a word processor shows Thai letters plain."""
    for kind in Kind:
        for run in body(to_docx(document(kind))).iter(f"{W}rPr"):
            if run.find(f"{W}b") is not None:
                assert run.find(f"{W}bCs") is not None


def test_the_first_line_of_the_text_is_indented_and_spread_as_thai_is():
    """2.5 cm."""
    lines = list(body(to_docx(document("explanation"))).iter(f"{W}p"))
    first = next(p for p in lines if "".join(p.itertext()).startswith("ตามหนังสือที่อ้างถึง"))
    rules = first.find(f"{W}pPr")
    assert abs(int(rules.find(f"{W}ind").get(f"{W}firstLine")) - 1417) <= 1
    assert rules.find(f"{W}jc").get(f"{W}val") == "thaiDistribute"


@pytest.mark.parametrize("kind", list(Kind))
def test_all_of_the_text_is_in_the_file_in_its_order(kind):
    """Word for word, digit for digit."""
    made = document(kind)
    said = "".join("".join(x.itertext()) for x in body(to_docx(made)).iter(f"{W}p"))
    at = 0
    for piece in plain_text(made):
        words = piece.replace("\n", "")
        found = said.find(words, at)
        assert found >= 0, words
        at = found + len(words)


def test_tables_repeat_their_heads_and_keep_their_rows_whole():
    """And are as wide as the text."""
    made = document("explanation")
    tables = [x for x in made.blocks if isinstance(x, Table)]
    found = [
        x for x in body(to_docx(made)).iter(f"{W}tbl") if x.find(f".//{W}tblHeader") is not None
    ]
    assert len(found) == len(tables) == 2
    for table, has in zip(tables, found, strict=True):
        assert len(has.findall(f"{W}tr")) == 1 + len(table.rows)
        assert len(list(has.iter(f"{W}cantSplit"))) == 1 + len(table.rows)
        widths = [int(x.get(f"{W}w")) for x in has.iter(f"{W}gridCol")]
        assert abs(sum(widths) * 25.4 / 1440 - 160) < 2


def test_pages_are_numbered_with_thai_digits_and_not_on_the_first():
    """The foot with the code stands on the first as well."""
    data = to_docx(document("explanation"))
    section = next(body(data).iter(f"{W}sectPr"))
    assert section.find(f"{W}pgNumType").get(f"{W}fmt") == "thaiNumbers"
    assert section.find(f"{W}titlePg") is not None
    feet = [x for name, x in parts(data).items() if name.startswith("word/footer")]
    assert len(feet) == 2
    code = document("explanation").footer[-1].text.strip()
    assert all(code.encode() in x for x in feet)


def test_charts_and_codes_are_pictures_with_words():
    """For whoever cannot see them."""
    data = to_docx(document("sheet"))
    told = [x.get("descr") for x in body(data).iter() if x.tag.endswith("}docPr")]
    assert len(told) == 3
    assert all(told)
    pictures = [x for name, x in parts(data).items() if name.startswith("word/media/")]
    assert all(x.startswith(b"\x89PNG") for x in pictures)


def test_nobody_is_named_as_its_author():
    """Whoever signs is its author; the program and the user's name are nobody's business."""
    properties = docx.Document(io.BytesIO(to_docx(document("memo")))).core_properties
    assert properties.author == ""
    assert properties.comments == ""
