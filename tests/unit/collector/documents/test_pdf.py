"""Letters on paper: A4, the official margins, all of the text, the same bytes each time."""

import struct
import zlib

import pytest

from laaswatch_collector.documents.emblem import picture_kind
from laaswatch_collector.documents.make import Kind
from laaswatch_collector.documents.model import Columns, Emblem, plain_text
from laaswatch_collector.documents.pdf import to_pdf, to_png
from support.letters import document, entry, office_month
from support.pdf_pages import read_pages, skeleton


def png(width, height, colour=b"\xc0\x20\x20"):
    """A picture of one colour."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\x00" + colour * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["th", "en"])
def test_pages_are_a4_with_the_official_margins(kind, language):
    """Left 3 cm, right 2 cm, text from 2.5 cm; page numbers and the foot stand in the margins."""
    pages = read_pages(to_pdf(document(kind, language=language)))
    for page in pages:
        assert (round(page.width), round(page.height)) == (210, 297)
        assert page.left >= 29.5
        assert page.right >= 19.5
        assert page.bottom >= 10
    assert min(page.left for page in pages) < 32
    assert pages[0].top >= 23  # the tallest tone marks reach above the line
    assert all(page.top >= 12 for page in pages[1:])


@pytest.mark.parametrize("kind", list(Kind))
def test_all_of_the_text_is_on_the_pages(kind):
    """As the document has it; vowels and tones aside, which readers of PDF put in other places."""
    made = document(kind)
    said = skeleton("".join(page.text for page in read_pages(to_pdf(made))))
    missing = []
    for piece in plain_text(made):
        # A line may break anywhere, and a page's head and foot may come between.
        words = [w for w in piece.replace(".", " ").split() if len(skeleton(w)) > 2]
        missing += [w for w in words if skeleton(w)[:12] not in said]
    assert missing == []


def test_a_letters_emblem_has_its_place_with_or_without_a_picture():
    """3 cm from 1.5 cm below the edge: the first line stands in its lower end, in both."""
    made = document("explanation")
    assert isinstance(made.blocks[0], Emblem)
    assert made.blocks[0].height == 30
    assert isinstance(made.blocks[1], Columns)
    without, with_one = (read_pages(to_pdf(made, x))[0] for x in (b"", png(30, 30)))
    assert 42 < without.top < 52
    assert without.top == pytest.approx(with_one.top)
    assert to_png(made, png(30, 30))[0] != to_png(made)[0]


def test_a_memos_emblem_is_half_as_high():
    """1.5 cm, at the left."""
    made = document("memo")
    assert made.blocks[0].height == 15
    assert 28 < read_pages(to_pdf(made))[0].top < 42


def test_the_same_document_gives_the_same_bytes():
    """So that a file can be told from an altered one."""
    assert to_pdf(document("memo")) == to_pdf(document("memo"))


def test_the_code_stands_on_every_page():
    """In Latin letters and digits, whatever the others are."""
    made = document("explanation")
    code = made.footer[-1].text.strip()
    assert all(code in page.text for page in read_pages(to_pdf(made)))


def test_pages_are_numbered_from_the_second_on_in_thai_digits():
    """As official letters are."""
    pages = read_pages(to_pdf(document("explanation")))
    assert "– ๒ –" in pages[1].text
    assert "– ๑ –" not in pages[0].text


def test_a_long_list_goes_on_over_pages_and_says_what_it_leaves_out():
    """300 rows, the rest behind the code."""
    made = document("explanation", office_month(tuple(entry(n) for n in range(1, 311))))
    pages = read_pages(to_pdf(made))
    assert len(pages) > 20
    told = "".join(page.text for page in pages)
    assert "RCPT-00300/70" in told
    assert "RCPT-00301/70" not in told
    assert skeleton("ยังมีอีก ๑๐ รายการ") in skeleton(told)


@pytest.mark.parametrize("picture", [b"", b"GIF89a", b"<svg/>", b"\x89PNG" + bytes(3 << 20)])
def test_only_pictures_that_can_be_used_are_emblems(picture):
    """PNG and JPEG, not too large."""
    with pytest.raises(ValueError, match="emblem"):
        picture_kind(picture)
