"""The annexes of letters about an office and a month: entries, outages, method."""

from laaswatch_collector.documents.facts import Entry, OfficeMonth, Outage
from laaswatch_collector.documents.model import Align, Block, Column, Run, Runs, Table, text
from laaswatch_collector.documents.parts import Stamp, annex_title, check_part, heading, note
from laaswatch_collector.documents.phrases import (
    Speaker,
    estimated_line,
    explanation_of,
    moment_of,
    scope_word,
    verdict_text,
)
from laaswatch_collector.explanation.sentence import reason

MOST_ROWS = 300
"""Rows of an annex; whoever wants the rest opens the check page or the CSV."""
RULES = (1, 2, 3, 4, 5, 6)
"""The sentences about the method, in their order."""


def entries_annex(t: Speaker, facts: OfficeMonth, number: int) -> list[Block]:
    """Every late entry: what, when, due, posted, verdict and the figures behind it."""
    columns = (
        Column(t("documents.no"), 9, Align.CENTER),
        Column(t("documents.entry"), 29),
        Column(t("documents.times"), 50),
        Column(t("documents.fact"), 72),
    )
    rows = tuple(_entry_row(t, n, x) for n, x in enumerate(facts.late[:MOST_ROWS], 1))
    title = t("documents.annex_entries", month=t.month(facts.month))
    blocks = [*annex_title(t, number, title), Table(columns, rows)]
    if len(facts.late) > MOST_ROWS:
        blocks.append(note(t("documents.rows_left", n=len(facts.late) - MOST_ROWS)))
    blocks.append(note(t("documents.entries_note")))
    return blocks


def _entry_row(t: Speaker, n: int, x: Entry) -> tuple[Runs, ...]:
    verdict = Run(verdict_text(t, x) + (" " if x.estimated else ": "), bold=True)
    # What rests on an estimated day has no verdict, so no reason for one either.
    why = () if x.estimated else (Run(t.say(reason(explanation_of(x)))),)
    flags = tuple(Run(" " + t.word("documents.flag", f)) for f in x.flags)
    times = (
        t("documents.event", at=_when(t, x.event, x.event_precision)),
        t("documents.due", at=moment_of(t, x.due)),
        t("documents.posted", at=_posted(t, x)),
    )
    return (
        text(str(n)),
        (Run(x.number, keep=True), Run("\n" + t.word("book", x.book))),
        text("\n".join(times)),
        (verdict, *why, *flags),
    )


def _when(t: Speaker, at: int | None, precision: str) -> str:
    said = moment_of(t, at)
    # The time of day is the last word: its น. hangs on it.
    return said.rsplit(" ", 1)[0] if precision == "day" and at is not None else said


def _posted(t: Speaker, x: Entry) -> str:
    if x.posted_from is None and x.posted_to is None:
        return t("documents.not_posted")
    if x.posted_precision == "interval" and x.posted_from != x.posted_to:
        first, last = (_when(t, at, "day") for at in (x.posted_from, x.posted_to))
        return t("documents.between", first=first, last=last)
    return _when(t, x.posted_to or x.posted_from, x.posted_precision)


def outages_annex(t: Speaker, facts: OfficeMonth, number: int) -> list[Block]:
    """Every outage that hit the office in working time, with its evidence."""
    title = t("documents.annex_outages", month=t.month(facts.month))
    if not facts.outages:
        return [*annex_title(t, number, title), note(t("documents.no_outage"))]
    rows = tuple(outage_row(t, n, x) for n, x in enumerate(facts.outages[:MOST_ROWS], 1))
    blocks = [*annex_title(t, number, title), outage_table(t, rows)]
    if len(facts.outages) > MOST_ROWS:
        blocks.append(note(t("documents.rows_left", n=len(facts.outages) - MOST_ROWS)))
    blocks.append(note(t("documents.outages_note")))
    return blocks


def outage_table(t: Speaker, rows: tuple[tuple[Runs, ...], ...]) -> Table:
    """A table of outages from `outage_row`."""
    return Table(
        (
            Column(t("documents.no"), 9, Align.CENTER),
            Column(t("documents.from"), 25),
            Column(t("documents.until"), 25),
            Column(t("documents.working"), 19, Align.RIGHT),
            Column(t("documents.whose"), 40),
            Column(t("documents.evidence"), 42),
        ),
        rows,
    )


def outage_row(t: Speaker, n: int, x: Outage) -> tuple[Runs, ...]:
    """One outage as a row."""
    provider = x.key.split("/")[0] if x.scope in ("isp", "isp_province") else ""
    whose = " ".join(p for p in (scope_word(t, x.scope), provider) if p)
    evidence = t.word("documents.grade", x.grade)
    if x.offices > 1:
        evidence += " " + t("documents.seen_by", n=x.offices, observed=max(x.observed, x.offices))
    if not x.settled:
        evidence += " " + t("documents.unsettled")
    return (
        text(str(n)),
        text(moment_of(t, x.start)),
        text(t("documents.going_on") if x.end is None else moment_of(t, x.end)),
        text(f"{x.working_minutes:,}"),
        text(f"{whose}: {t.word('fault', x.fault)}"),
        text(evidence),
    )


def method_annex(t: Speaker, facts: OfficeMonth, stamp: Stamp, number: int) -> list[Block]:
    """How the figures came about, how good they are at this office, and how to check them."""
    lines = [t(f"documents.method_{n}") for n in RULES]
    lines.append(_replay(t, facts))
    lines += estimated_line(t, facts.estimated_days)
    lines.append(t("documents.rules", rules=", ".join(facts.rules) or "–"))
    return [
        *annex_title(t, number, t("documents.annex_method")),
        heading(t("documents.method")),
        *(note(f"{n}. {words}", before=0.5) for n, words in enumerate(lines, 1)),
        *check_part(t, stamp),
    ]


def _replay(t: Speaker, facts: OfficeMonth) -> str:
    x = facts.replay
    if x.error_minutes is None or x.right is None:
        return t("documents.no_replay", weeks=x.weeks, entries=x.entries)
    return t(
        "documents.replay",
        weeks=x.weeks,
        entries=x.entries,
        error=x.error_minutes,
        right=x.right // 10,
    )
