"""The provincial office to the governor: every office of the province, unexplained lateness first."""

from laaswatch_collector.documents.annexes import MOST_ROWS, outage_row, outage_table
from laaswatch_collector.documents.facts import OfficeLine, ProvinceMonth
from laaswatch_collector.documents.form import Form
from laaswatch_collector.documents.model import (
    Align,
    Block,
    Column,
    Document,
    PageBreak,
    Runs,
    Table,
    body,
    text,
)
from laaswatch_collector.documents.parts import (
    Stamp,
    annex_title,
    check_part,
    first_sentence,
    footer_of,
    memo_end,
    memo_head,
    note,
)
from laaswatch_collector.documents.phrases import (
    UNCONFIRMED,
    Speaker,
    estimated_line,
    outages_line,
)

NAMED = 10
"""Offices named in the memo itself; the table has all."""


def province_summary(t: Speaker, facts: ProvinceMonth, form: Form, stamp: Stamp) -> Document:
    """A memo, the table of offices, and the outages of the whole province."""
    province, month = t.province(facts.province), t.month(facts.month)
    subject = t("documents.summary_subject", month=month, province=province)
    late = [x for x in facts.offices if x.late]
    open_ones = [x for x in facts.offices if unexplained(x)]
    points = [
        t(
            "documents.summary_offices",
            offices=len(facts.offices),
            with_books=sum(x.entries > 0 for x in facts.offices),
            late=len(late),
            entries=sum(x.late for x in facts.offices),
        ),
        t(
            "documents.summary_counts",
            not_explained=sum(unexplained(x) for x in facts.offices),
            partly=sum(x.verdicts.get("partly", 0) for x in facts.offices),
            explained=sum(x.verdicts.get("explained", 0) for x in facts.offices),
            weak=sum(x.weak for x in facts.offices),
            unconfirmed=sum(unconfirmed(x) for x in facts.offices),
        ),
        outages_line(t, facts.outages),
    ]
    quiet = [x for x in facts.offices if x.standing == "not_operating"]
    if quiet:
        points.append(t("documents.summary_quiet", offices=_names(t, quiet)))
    if open_ones:
        points.append(t("documents.summary_first", offices=_names(t, open_ones)))
    blocks: list[Block] = [
        *memo_head(
            t,
            form,
            t("documents.provincial_office", province=province),
            subject,
            t("documents.governor", province=province),
        ),
        first_sentence(t("documents.summary_reason", month=month)),
        *(body(f"{n}. {words}", before=0.7) for n, words in enumerate(points, 1)),
        *memo_end(t, form, t("documents.summary_closing")),
        PageBreak(),
        *annex_title(t, 1, t("documents.summary_table", month=month)),
        _table(t, facts),
        note(t("documents.summary_note")),
        *(note(x) for x in estimated_line(t, facts.estimated_days)),
        PageBreak(),
        *annex_title(t, 2, t("documents.summary_outages", month=month)),
        outage_table(
            t, tuple(outage_row(t, n, x) for n, x in enumerate(facts.outages[:MOST_ROWS], 1))
        )
        if facts.outages
        else note(t("documents.no_outage")),
        *check_part(t, stamp),
    ]
    simulated = any(x.simulated for x in facts.offices)
    return Document(
        kind="summary",
        title=subject,
        language=t.language,
        blocks=tuple(blocks),
        footer=footer_of(t, stamp, simulated=simulated),
    )


def unexplained(x: OfficeLine) -> int:
    """Late entries of an office that no outage explains."""
    return x.verdicts.get("not_explained", 0)


def unconfirmed(x: OfficeLine) -> int:
    """Late entries of which nothing can be confirmed, with those that rest on an estimated day."""
    return x.estimated + sum(x.verdicts.get(str(v), 0) for v in UNCONFIRMED)


def _names(t: Speaker, offices: list[OfficeLine]) -> str:
    said = t("documents.comma").join(t.name(x) for x in offices[:NAMED])
    more = len(offices) - NAMED
    return said if more <= 0 else said + t("documents.and_more", n=more)


def _table(t: Speaker, facts: ProvinceMonth) -> Table:
    narrow = ("entries", "late", "not_explained", "partly", "explained", "unconfirmed")
    columns = [
        Column(t("documents.no"), 10, Align.CENTER),
        Column(t("documents.office"), 48),
        Column(t("documents.isp"), 18),
    ]
    columns += [Column(t(f"documents.column_{x}"), 14, Align.RIGHT) for x in narrow]
    return Table(tuple(columns), tuple(_row(t, n, x) for n, x in enumerate(facts.offices, 1)))


def _row(t: Speaker, n: int, x: OfficeLine) -> tuple[Runs, ...]:
    if not x.entries:  # no data is its own state, never a row of noughts
        return (text(str(n)), text(t.name(x, short=True)), text(x.isp), *[text("–")] * 6)
    figures = (
        x.entries,
        x.late,
        unexplained(x),
        x.verdicts.get("partly", 0),
        x.verdicts.get("explained", 0),
        unconfirmed(x),
    )
    return (
        text(str(n)),
        text(t.name(x, short=True)),
        text(x.isp),
        *(text(f"{figure:,}") for figure in figures),
    )
