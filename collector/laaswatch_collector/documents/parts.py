"""The parts that documents share: the head of a letter, of a memo, the end, and the stamp with its check code."""

import io
from dataclasses import dataclass

import segno

from laaswatch_collector.documents.form import Form
from laaswatch_collector.documents.model import (
    Align,
    Block,
    Columns,
    Emblem,
    Figure,
    Labelled,
    Paragraph,
    Run,
    Runs,
    body,
    text,
)
from laaswatch_collector.documents.official import (
    FIRST_LINE,
    LABEL,
    LETTER_EMBLEM,
    MEMO_EMBLEM,
    MEMO_TITLE,
    SMALL,
)
from laaswatch_collector.documents.phrases import BLANK, Speaker, day_in_full, moment_of

RIGHT_HALF = 75.0
"""Where the right half of a letter begins: date, closing words and signature stand there."""
QR_SIZE = 28.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What ties a document to the facts that are kept: its code, their fingerprint, and when it was made."""

    code: str
    sha256: str
    url: str
    made_at: int


def letter_head(
    t: Speaker, form: Form, agency: str, subject: str, to: str, enclosures: tuple[str, ...]
) -> list[Block]:
    """From the Garuda down to the enclosures, in the order of official letters."""
    address = [text(form.agency or agency)]
    address += [text(x) for x in (form.address or BLANK,)]
    number = t("documents.number", number=form.number or BLANK[:20])
    blocks: list[Block] = [
        Emblem(LETTER_EMBLEM, Align.CENTER),
        Columns((RIGHT_HALF, 160 - RIGHT_HALF), ((text(number),), tuple(address))),
        Paragraph(text(_date(t, form)), left=RIGHT_HALF, before=2.1),
        Labelled(text(t("documents.subject")), (text(subject),), 12),
        Labelled(text(t("documents.to")), (text(_to(t, form, to)),), 12),
    ]
    reference = form.reference or t("documents.reference_blank", blank=BLANK)
    blocks.append(Labelled(text(t("documents.reference")), (text(reference),), 16))
    if enclosures:
        lines = tuple(text(f"{n}. {x}") for n, x in enumerate(enclosures, 1))
        blocks.append(Labelled(text(t("documents.enclosures")), lines, 28))
    return blocks


def memo_head(t: Speaker, form: Form, agency: str, subject: str, to: str) -> list[Block]:
    """From the Garuda down to whom the memo is for."""
    unit = "  ".join(x for x in (form.division, form.agency or agency) if x)
    phone = t("documents.phone", phone=form.phone or BLANK[:20])
    number = _label(t("documents.number_label")), Run(f"  {form.number or BLANK[:20]}")
    date = _label(t("documents.date_label")), Run(f"  {form.date or BLANK[:24]}")
    return [
        Emblem(MEMO_EMBLEM, Align.LEFT),
        Paragraph(
            text(t("documents.memo"), bold=True), size=MEMO_TITLE, align=Align.CENTER, exact=35
        ),
        _memo_line(t("documents.unit"), f"{unit}  {phone}", 28),
        Columns((80, 80), ((number,), (date,)), before=1.5),
        _memo_line(t("documents.subject"), subject, 17),
        Labelled(text(t("documents.to")), (text(_to(t, form, to)),), 12),
    ]


def _label(words: str) -> Run:
    return Run(words, bold=True, size=LABEL)


def _memo_line(label: str, words: str, width: float) -> Labelled:
    return Labelled(text(label, bold=True), (text(words),), width, label_size=LABEL, before=1.5)


def _to(t: Speaker, form: Form, to: str) -> str:
    found = form.to or to
    return t("documents.through", to=found, through=form.through) if form.through else found


def _date(t: Speaker, form: Form) -> str:
    return form.date or t("documents.date_blank", blank=BLANK[:24])


def letter_end(t: Speaker, form: Form, closing: str, division: str) -> list[Block]:
    """The closing words, room for a signature, the name and who made the letter."""
    contact = [form.division or division, t("documents.phone", phone=form.phone or BLANK[:24])]
    return [
        body(closing, before=2.1, keep_next=True),
        Paragraph(
            text(t("documents.respectfully")), left=RIGHT_HALF, align=Align.CENTER, before=4.2,
            keep_next=True,
        ),
        *_signature(t, form),
        *(Paragraph(text(x), before=6 if n == 0 else 0) for n, x in enumerate(contact)),
    ]  # fmt: skip


def memo_end(t: Speaker, form: Form, closing: str) -> list[Block]:
    """The closing words, room for a signature and the name."""
    return [body(closing, before=2.1, keep_next=True), *_signature(t, form)]


def _signature(t: Speaker, form: Form) -> list[Block]:
    name = form.signer or BLANK
    position = form.position or t("documents.position", blank=BLANK[:30])
    return [
        Paragraph(
            text(f"({name})"), left=RIGHT_HALF, align=Align.CENTER, before=18, keep_next=True
        ),
        Paragraph(text(position), left=RIGHT_HALF, align=Align.CENTER),
    ]


def heading(words: str, *, before: float = 3) -> Paragraph:
    """A heading inside a document."""
    return Paragraph(text(words, bold=True), before=before, keep_next=True)


def annex_title(t: Speaker, number: int, words: str) -> list[Block]:
    """The title of an annex: its number on the right, what it is in the middle."""
    return [
        Paragraph(text(t("documents.annex", n=number)), align=Align.RIGHT),
        Paragraph(text(words, bold=True), align=Align.CENTER, before=1),
    ]


def note(words: str, *, before: float = 1) -> Paragraph:
    """Small words under a table or a chart."""
    return Paragraph(text(words), size=SMALL, before=before)


def footer_of(t: Speaker, stamp: Stamp, *, simulated: bool = False) -> Runs:
    """What stands at the foot of every page."""
    runs = (Run(t("documents.footer")), Run(f" {stamp.code}", keep=True))
    return (Run(t("documents.simulated") + "  ·  "), *runs) if simulated else runs


def check_part(t: Speaker, stamp: Stamp) -> list[Block]:
    """The check code, its QR, the fingerprint of the facts, and what to do with them."""
    groups = " ".join(stamp.sha256[n : n + 8].upper() for n in range(0, 64, 8))
    return [
        heading(t("documents.check_title")),
        Paragraph((Run(t("documents.check_code")), Run(f" {stamp.code}", bold=True, keep=True))),
        qr(t, stamp.url),
        note(t("documents.check_how", url=stamp.url)),
        note(t("documents.made_at", at=moment_of(t, stamp.made_at))),
        Paragraph(
            (Run(t("documents.fingerprint")), Run(f" {groups}", keep=True)), size=SMALL, before=1
        ),
        note(t("documents.check_means")),
    ]


def qr(t: Speaker, url: str) -> Figure:
    """The address of the check page as a QR code."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        drawn, kind="svg", scale=4, border=2, xmldecl=False, nl=False
    )
    return Figure(
        drawn.getvalue().decode(), t("documents.qr", url=url), QR_SIZE, QR_SIZE, Align.LEFT
    )


def first_sentence(words: str) -> Paragraph:
    """The reason for writing."""
    return body(words, first=FIRST_LINE, before=2.1)


def made_on(t: Speaker, stamp: Stamp) -> str:
    """The day on which the facts were taken, in full."""
    return day_in_full(t, stamp.made_at)
