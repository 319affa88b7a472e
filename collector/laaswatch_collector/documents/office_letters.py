"""Documents about one office and a month: explanation letter, memo, notice to the executive, urging letter."""

import msgspec

from laaswatch_collector.documents.annexes import entries_annex, method_annex, outages_annex
from laaswatch_collector.documents.facts import OfficeMonth
from laaswatch_collector.documents.form import Form
from laaswatch_collector.documents.model import (
    Align,
    Block,
    Column,
    Document,
    PageBreak,
    Table,
    body,
    text,
)
from laaswatch_collector.documents.parts import (
    Stamp,
    first_sentence,
    footer_of,
    letter_end,
    letter_head,
    memo_end,
    memo_head,
)
from laaswatch_collector.documents.phrases import (
    BLANK,
    Speaker,
    counts_lines,
    entries_line,
    estimated_line,
    head_of,
    listed,
    minutes_line,
    outages_line,
    posted_line,
    tally,
    tried_lines,
)


def explanation_letter(t: Speaker, facts: OfficeMonth, form: Form, stamp: Stamp) -> Document:
    """The office to the governor: what was late, what was measured, what was tried, what is done."""
    office, province = t.name(facts.office), t.province(facts.office.province)
    month = t.month(facts.month)
    subject = t("documents.explanation_subject", month=month)
    enclosures = (
        t("documents.enclosure_entries", n=len(facts.late)),
        t("documents.enclosure_outages", n=len(facts.outages)),
        t("documents.enclosure_method"),
    )
    blocks: list[Block] = [
        *letter_head(
            t,
            form,
            t("documents.office_of", office=office),
            subject,
            t("documents.governor", province=province),
            enclosures,
        ),
        first_sentence(t("documents.explanation_reason", province=province, office=office)),
        first_sentence(t("documents.explanation_intro", office=office)),
        *_numbered_facts(t, facts),
        *letter_end(t, form, t("documents.explanation_closing"), t("documents.finance")),
        PageBreak(),
        *entries_annex(t, facts, 1),
        PageBreak(),
        *outages_annex(t, facts, 2),
        PageBreak(),
        *method_annex(t, facts, stamp, 3),
    ]
    return _document(t, "explanation", subject, blocks, facts, stamp)


def _numbered_facts(t: Speaker, facts: OfficeMonth) -> list[Block]:
    """The six points of the letter, in their order."""
    points: tuple[tuple[str, list[str]], ...] = (
        (entries_line(t, facts), []),
        (minutes_line(t, facts), [outages_line(t, facts.outages)]),
        (t("documents.relation"), _relation(t, facts)),
        (t("documents.tried_title"), tried_lines(t, facts)),
        (posted_line(t, facts), []),
        (t("documents.prevention", blank=BLANK * 2), []),
    )
    blocks: list[Block] = []
    for n, (words, under) in enumerate(points, 1):
        blocks.append(body(f"{n}. {words}", before=0.7))
        blocks += listed(under)
    return blocks


def _relation(t: Speaker, facts: OfficeMonth) -> list[str]:
    return counts_lines(t, tally(facts.late)) + estimated_line(t, facts.estimated_days)


def memo(t: Speaker, facts: OfficeMonth, form: Form, stamp: Stamp) -> Document:
    """The finance division to the clerk and the executive, inside the office."""
    month = t.month(facts.month)
    subject = t("documents.memo_subject", month=month)
    blocks: list[Block] = [
        *memo_head(
            t,
            form,
            t.name(facts.office),
            subject,
            form.to or head_of(t, facts.office),
        ),
        first_sentence(t("documents.memo_reason", month=month)),
        body(f"1. {t('documents.memo_books')}", before=0.7, keep_next=True),
        books_table(t, facts),
        body(f"2. {minutes_line(t, facts)}", before=0.7),
        *listed([outages_line(t, facts.outages)]),
        body(f"3. {t('documents.relation')}", before=0.7),
        *listed(_relation(t, facts)),
        body(f"4. {posted_line(t, facts)}", before=0.7),
        *memo_end(t, form, t("documents.memo_closing")),
        PageBreak(),
        *entries_annex(t, facts, 1),
        PageBreak(),
        *method_annex(t, facts, stamp, 2),
    ]
    return _document(t, "memo", subject, blocks, facts, stamp)


def notice(t: Speaker, facts: OfficeMonth, form: Form, stamp: Stamp) -> Document:
    """The province to the local executive: how the three books stand (the circular, part 1)."""
    month, office = t.month(facts.month), t.name(facts.office)
    province = t.province(facts.office.province)
    subject = t("documents.notice_subject", month=month)
    enclosures = (
        t("documents.enclosure_entries", n=len(facts.late)),
        t("documents.enclosure_method"),
    )
    blocks: list[Block] = [
        *letter_head(
            t,
            _citing(t, form),
            t("documents.provincial_office", province=province),
            subject,
            head_of(t, facts.office),
            enclosures,
        ),
        first_sentence(t("documents.notice_reason", province=province)),
        first_sentence(
            t("documents.notice_found", month=month, office=office)
            + t.word("documents.standing", facts.standing)
        ),
        books_table(t, facts),
        body(entries_line(t, facts), before=0.7),
        *listed([*_relation(t, facts), minutes_line(t, facts)]),
        *letter_end(t, form, t("documents.notice_closing"), t("documents.local_finance_group")),
        PageBreak(),
        *entries_annex(t, facts, 1),
        PageBreak(),
        *method_annex(t, facts, stamp, 2),
    ]
    return _document(t, "notice", subject, blocks, facts, stamp)


def urging(t: Speaker, facts: OfficeMonth, form: Form, stamp: Stamp) -> Document:
    """The province to the office: post what is open, answer what nothing explains, say where help is needed."""
    month, office = t.month(facts.month), t.name(facts.office)
    province = t.province(facts.office.province)
    counted = tally(facts.late)
    subject = t("documents.urging_subject", month=month)
    asked = [
        t("documents.urging_post", n=counted.not_posted)
        if counted.not_posted
        else t("documents.urging_keep"),
        t("documents.urging_answer", n=counted.not_explained + counted.partly)
        if counted.not_explained + counted.partly
        else t("documents.urging_answer_all"),
    ]
    if counted.unconfirmed + counted.estimated:
        asked.append(t("documents.urging_data", n=counted.unconfirmed + counted.estimated))
    asked.append(t("documents.urging_help"))
    blocks: list[Block] = [
        *letter_head(
            t,
            _citing(t, form),
            t("documents.provincial_office", province=province),
            subject,
            head_of(t, facts.office),
            (t("documents.enclosure_entries", n=len(facts.late)), t("documents.enclosure_method")),
        ),
        first_sentence(t("documents.notice_reason", province=province)),
        first_sentence(t("documents.urging_found", office=office) + entries_line(t, facts)),
        *listed(_relation(t, facts)),
        first_sentence(t("documents.urging_ask", blank=BLANK[:24])),
        *(body(f"{n}. {words}", before=0.7) for n, words in enumerate(asked, 1)),
        *letter_end(t, form, t("documents.urging_closing"), t("documents.local_finance_group")),
        PageBreak(),
        *entries_annex(t, facts, 1),
        PageBreak(),
        *method_annex(t, facts, stamp, 2),
    ]
    return _document(t, "urging", subject, blocks, facts, stamp)


def _citing(t: Speaker, form: Form) -> Form:
    """The form with the circular as its reference, unless somebody typed another."""
    if form.reference:
        return form
    return msgspec.structs.replace(form, reference=t("documents.circular", blank=BLANK[:20]))


def books_table(t: Speaker, facts: OfficeMonth) -> Table:
    """The three books: entries of the month by when they were posted."""
    names = ("entries", "same_day", "next_day", "late", "undetermined", "not_posted")
    columns = [Column(t("documents.book"), 46)]
    columns += [Column(t(f"documents.band_{x}"), 19, Align.RIGHT) for x in names]
    rows = tuple(
        (text(t.word("book", x.book)), *(text(f"{getattr(x, name):,}") for name in names))
        for x in facts.books
    )
    return Table(tuple(columns), rows)


def _document(
    t: Speaker, kind: str, title: str, blocks: list[Block], facts: OfficeMonth, stamp: Stamp
) -> Document:
    return Document(
        kind=kind,
        title=title,
        language=t.language,
        blocks=tuple(blocks),
        footer=footer_of(t, stamp, simulated=facts.office.simulated),
    )
