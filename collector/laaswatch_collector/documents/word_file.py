"""A document as DOCX, to be changed in a word processor: TH Sarabun as offices have it, real Thai digits.

Thai is a complex script: font, size, boldness and language are said twice, for Latin and for complex letters
(`w:cs`, `w:szCs`, `w:bCs`, `w:lang w:bidi`), or a word processor sets Thai in another font than it was told.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, Mm, Pt
from docx.text.paragraph import Paragraph as WordParagraph

from laaswatch_collector.documents import official
from laaswatch_collector.documents.model import (
    Align,
    Block,
    Columns,
    Document,
    Emblem,
    Figure,
    Labelled,
    PageBreak,
    Paragraph,
    Run,
    Runs,
    Table,
)
from laaswatch_collector.documents.pdf import figure_png

FONT = "TH SarabunPSK"
"""The font of official letters on the PCs of offices."""
_SIDES = {
    Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
    Align.CENTER: WD_ALIGN_PARAGRAPH.CENTER,
    Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
}
_FOOTER_SIZE = 11.0
_MADE = datetime(2000, 1, 1, tzinfo=UTC)


def to_docx(document: Document, emblem: bytes = b"", font: str = FONT) -> bytes:
    """The document as a file; `emblem` is the office's own picture (PNG or JPEG)."""
    writer = _Writer(docx.Document(), document, emblem, font)
    for block in document.blocks:
        writer.write(block)
    written = io.BytesIO()
    writer.word.save(written)
    return written.getvalue()


class _Writer:
    def __init__(self, word: WordDocument, document: Document, emblem: bytes, font: str) -> None:
        self.word = word
        self._thai = document.language == "th"
        self._emblem = emblem
        self._room = 0.0
        self._set_up(document, font)

    def write(self, block: Block) -> None:
        match block:
            case Emblem():
                self._emblem_of(block)
            case Paragraph():
                self._paragraph(block)
            case Labelled():
                self._labelled(block)
            case Columns():
                self._columns(block)
            case Table():
                self._table(block)
            case Figure():
                self._figure(block)
            case PageBreak():
                self.word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    # ------------------------------------------------------------ the page

    def _set_up(self, document: Document, font: str) -> None:
        page, section = official.PAGE, self.word.sections[0]
        section.page_width, section.page_height = Mm(page.width), Mm(page.height)
        section.left_margin, section.right_margin = Mm(page.left), Mm(page.right)
        section.top_margin, section.bottom_margin = Mm(page.top), Mm(page.bottom)
        section.header_distance, section.footer_distance = Mm(12.5), Mm(10)
        normal = self.word.styles["Normal"]
        normal.font.name, normal.font.size = font, Pt(official.BODY)
        _complex(normal.element.get_or_add_rPr(), font, official.BODY, document.language)
        form = normal.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule = WD_LINE_SPACING.SINGLE
        section.different_first_page_header_footer = True
        number = OxmlElement("w:pgNumType")
        number.set(qn("w:fmt"), "thaiNumbers" if document.thai_digits else "decimal")
        rules = section._sectPr  # noqa: SLF001 - python-docx has no other way
        rules.insert_element_before(number, "w:cols", "w:titlePg", "w:docGrid")
        top = section.header.paragraphs[0]
        top.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(top, Run("– "), official.BODY)
        _field(top, "PAGE")
        self._run(top, Run(" –"), official.BODY)
        for foot in (section.footer, section.first_page_footer):
            line = foot.paragraphs[0]
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            self._runs(line, document.footer, _FOOTER_SIZE)
        properties = self.word.core_properties
        properties.title, properties.author, properties.comments = document.title, "", ""
        properties.language = document.language
        properties.created = properties.modified = _MADE

    # ------------------------------------------------------------ parts

    def _emblem_of(self, block: Emblem) -> None:
        self._room += block.height + official.EMBLEM_TOP - official.PAGE.top
        if not self._emblem:
            return
        line = self.word.add_paragraph()
        line.paragraph_format.line_spacing = Pt(1)
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        self._room -= 0.4
        shape = line.add_run().add_picture(io.BytesIO(self._emblem), height=Mm(block.height))
        side = {Align.LEFT: "left", Align.CENTER: "center", Align.RIGHT: "right"}[block.align]
        _float(shape._inline, side)  # noqa: SLF001 - python-docx only knows pictures in a line

    def _paragraph(self, block: Paragraph) -> None:
        line = self._line(block.before)
        form = line.paragraph_format
        form.left_indent, form.first_line_indent = Mm(block.left), Mm(block.first)
        form.keep_with_next = block.keep_next
        form.widow_control = True
        line.alignment = _SIDES[block.align]
        if self._thai and block.first:
            _spread_thai(line)
        if block.exact:
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(block.exact)
        self._runs(line, block.runs, block.size)

    def _labelled(self, block: Labelled) -> None:
        for n, words in enumerate(block.lines):
            line = self._line(block.before if n == 0 else 0)
            form = line.paragraph_format
            form.left_indent = Mm(block.width)
            if n == 0:
                form.first_line_indent = Mm(-block.width)
                form.tab_stops.add_tab_stop(Mm(block.width))
                self._runs(line, block.label, block.label_size)
                line.add_run("\t")
            self._runs(line, words, official.BODY)

    def _columns(self, block: Columns) -> None:
        if block.before or self._room:
            self._gap(block.before)
        table = self.word.add_table(1, len(block.widths))
        _fix_widths(table, block.widths)
        _cell_margins(table, 0)
        for cell, width, lines in zip(table.rows[0].cells, block.widths, block.cells, strict=True):
            cell.width = Mm(width)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
            for n, words in enumerate(lines):
                line = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
                self._runs(line, words, block.size)

    def _table(self, block: Table) -> None:
        table = self.word.add_table(1, len(block.columns), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        _fix_widths(table, [x.width for x in block.columns])
        _cell_margins(table, 57)
        for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
            cell.width = Mm(column.width)
            line = cell.paragraphs[0]
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            self._run(line, Run(column.title, bold=True), block.size)
        _mark_row(table.rows[0], "w:tblHeader")
        for row in block.rows:
            cells = table.add_row().cells
            for cell, column, words in zip(cells, block.columns, row, strict=True):
                cell.width = Mm(column.width)
                line = cell.paragraphs[0]
                line.alignment = _SIDES[column.align]
                self._runs(line, words, block.size)
        for row in table.rows:
            _mark_row(row, "w:cantSplit")
        self._gap(2)

    def _figure(self, block: Figure) -> None:
        line = self._line(1.5)
        line.alignment = _SIDES[block.align]
        picture = io.BytesIO(figure_png(block))
        shape = line.add_run().add_picture(picture, width=Mm(block.width), height=Mm(block.height))
        shape._inline.docPr.set("descr", block.alt)  # noqa: SLF001 - python-docx has no other way

    # ------------------------------------------------------------ lines and words

    def _line(self, before: float) -> WordParagraph:
        line = self.word.add_paragraph()
        line.paragraph_format.space_before = Mm(before + self._room)
        self._room = 0.0
        return line

    def _gap(self, height: float) -> None:
        """An empty line of exactly this height and the room that waits, in millimetres."""
        line = self.word.add_paragraph()
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        line.paragraph_format.line_spacing = Mm(max(0.4, height + self._room))
        self._room = 0.0

    def _runs(self, line: WordParagraph, runs: Runs, size: float) -> None:
        for run in runs:
            self._run(line, run, size)

    def _run(self, line: WordParagraph, run: Run, size: float) -> None:
        made = line.add_run(run.text)
        made.font.bold, made.font.italic = run.bold or None, run.italic or None
        rules = made._r.get_or_add_rPr()  # noqa: SLF001 - python-docx has no words for complex scripts
        if run.bold:
            rules.append(OxmlElement("w:bCs"))
        if run.italic:
            rules.append(OxmlElement("w:iCs"))
        size = run.size or size
        if size != official.BODY:
            made.font.size = Pt(size)
            rules.append(_half_points(size))
        if self._thai:
            rules.append(OxmlElement("w:cs"))


def _complex(rules: Any, font: str, size: float, language: str) -> None:  # noqa: ANN401 - an XML element
    """Say for complex scripts what was said for Latin letters."""
    fonts = rules.get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(name), font)
    rules.append(_half_points(size))
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "th-TH" if language == "th" else "en-GB")
    spoken.set(qn("w:bidi"), "th-TH")
    rules.append(spoken)


def _half_points(size: float) -> Any:  # noqa: ANN401 - an XML element
    found = OxmlElement("w:szCs")
    found.set(qn("w:val"), str(round(2 * size)))
    return found


def _spread_thai(line: WordParagraph) -> None:
    """Spread a line between the margins as Thai is spread: between letters, not only at blanks."""
    rules = line._p.get_or_add_pPr()  # noqa: SLF001 - python-docx's list stops short of it
    rules.get_or_add_jc().set(qn("w:val"), "thaiDistribute")


def _field(line: WordParagraph, code: str) -> None:
    for kind, words in (("begin", ""), ("", code), ("end", "")):
        run = line.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = f" {words} "
        run._r.append(mark)  # noqa: SLF001 - python-docx knows no fields


def _mark_row(row: Any, name: str) -> None:  # noqa: ANN401 - a row of a table
    row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001 - python-docx has no word for it


def _fix_widths(table: Any, widths: Sequence[float]) -> None:  # noqa: ANN401 - a table
    """Widths as given: word processors go by the grid, then by the cells."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)


def _cell_margins(table: Any, twips: int) -> None:  # noqa: ANN401 - a table
    """Room left and right inside cells, in twentieths of a point."""
    rules = table._tbl.tblPr  # noqa: SLF001 - python-docx has no word for it
    rules.append(
        parse_xml(
            f'<w:tblCellMar {nsdecls("w")}><w:left w:w="{twips}" w:type="dxa"/>'
            f'<w:right w:w="{twips}" w:type="dxa"/></w:tblCellMar>'
        )
    )


def _float(inline: Any, side: str) -> None:  # noqa: ANN401 - an XML element
    """Let a picture stand at `EMBLEM_TOP` below the paper's edge, whatever the text does."""
    top = Length(Mm(official.EMBLEM_TOP))
    anchor = parse_xml(
        f'<wp:anchor {nsdecls("wp", "a", "pic", "r")} distT="0" distB="0" distL="0" distR="0" '
        'simplePos="0" relativeHeight="1" behindDoc="0" locked="1" layoutInCell="1" '
        'allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="margin"><wp:align>{side}</wp:align></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{top}</wp:posOffset></wp:positionV>'
        "</wp:anchor>"
    )
    kept = list(inline)
    for child in kept:
        anchor.append(child)
    wrap = OxmlElement("wp:wrapNone")
    anchor.insert([x.tag for x in anchor].index(qn("wp:docPr")), wrap)
    inline.getparent().replace(inline, anchor)
