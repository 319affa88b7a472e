"""The fault sheet for an internet provider: times, loss and delay, layers, offices on the same provider."""

from datetime import UTC, datetime

from laaswatch_collector.documents.charts import Frame, Point, bars, line
from laaswatch_collector.documents.facts import LayerCount, Measured, Neighbour, OutageSheet
from laaswatch_collector.documents.form import Form
from laaswatch_collector.documents.model import (
    Align,
    Block,
    Column,
    Document,
    Figure,
    Labelled,
    Paragraph,
    Runs,
    Table,
    text,
)
from laaswatch_collector.documents.official import LABEL, official_digits
from laaswatch_collector.documents.parts import (
    Stamp,
    check_part,
    footer_of,
    heading,
    note,
)
from laaswatch_collector.documents.phrases import (
    BLANK,
    WEAK,
    Speaker,
    moment_of,
    scope_word,
)
from laaswatch_collector.worktime.thai import BANGKOK

TICKS = 6
_LABEL = 52.0


def isp_sheet(t: Speaker, facts: OutageSheet, form: Form, stamp: Stamp) -> Document:
    """One sheet: what happened, when, how it was measured, who else has it."""
    x = facts.outage
    said = [
        ("isp", facts.isp or BLANK),
        ("circuit", form.circuit or BLANK),
        ("customer", _customer(t, facts)),
        ("began", moment_of(t, x.start)),
        ("ended", t("documents.going_on") if x.end is None else moment_of(t, x.end)),
        ("lasted", _lasted(t, facts, stamp)),
        ("symptom", t.word("fault", x.fault)),
        ("where", _where(t, facts)),
        ("contact", _contact(t, form)),
    ]
    blocks: list[Block] = [
        Paragraph(
            text(t("documents.sheet_title"), bold=True), size=LABEL, align=Align.CENTER, before=0
        ),
        Paragraph(text(t("documents.sheet_lead")), align=Align.CENTER, before=0),
        *(
            Labelled(text(t(f"documents.sheet_{key}"), bold=True), (text(words),), _LABEL, before=1)
            for key, words in said
        ),
        *_charts(t, facts, stamp),
        *_layers(t, facts),
        *_neighbours(t, facts),
        heading(t("documents.sheet_asked")),
        note(t("documents.sheet_ask")),
        *check_part(t, stamp),
    ]
    return Document(
        kind="sheet",
        title=t("documents.sheet_title"),
        language=t.language,
        blocks=tuple(blocks),
        footer=footer_of(t, stamp, simulated=facts.office is not None and facts.office.simulated),
    )


def _customer(t: Speaker, facts: OutageSheet) -> str:
    if facts.office is not None:
        return f"{t.name(facts.office)} ({facts.office.code})"
    return t("documents.sheet_many", n=facts.hit, province=t.province(facts.province))


def _lasted(t: Speaker, facts: OutageSheet, stamp: Stamp) -> str:
    x = facts.outage
    minutes = max(0, round(((x.end or stamp.made_at) - x.start) / 60))
    said = t.lasting(minutes)
    if x.inferred_minutes:
        said += " " + t("documents.sheet_inferred", n=x.inferred_minutes)
    return said


def _where(t: Speaker, facts: OutageSheet) -> str:
    x = facts.outage
    said = scope_word(t, x.scope)
    if x.grade in WEAK or not x.grade:
        said = t("documents.probably", what=said)
    return f"{said} ({t.word('documents.grade', x.grade)})"


def _contact(t: Speaker, form: Form) -> str:
    parts = [form.signer, t("documents.phone", phone=form.phone) if form.phone else ""]
    return "  ".join(x for x in parts if x) or BLANK


def _charts(t: Speaker, facts: OutageSheet, stamp: Stamp) -> list[Block]:
    blocks: list[Block] = [heading(t("documents.sheet_measured"))]
    if not facts.measured:
        return [*blocks, note(t("documents.sheet_no_steps"))]
    frame = _frame(t, facts, stamp)
    half = facts.step_minutes * 30
    loss = [Point(x.start + half, x.loss / 10) for x in facts.measured if x.loss is not None]
    delay = [
        Point(x.start + half, x.delay, x.delay_high) for x in facts.measured if x.delay is not None
    ]
    blocks += [
        note(t("documents.sheet_loss", minutes=facts.step_minutes, n=facts.measuring)),
        Figure(bars(frame, loss, "%"), _loss_text(t, facts), 158, 47),
        note(t("documents.sheet_delay", minutes=facts.step_minutes)),
        Figure(line(frame, delay, ""), _delay_text(t, facts), 158, 47)
        if delay
        else note(t("documents.sheet_no_delay")),
        note(_loss_text(t, facts) + " " + _delay_text(t, facts)),
    ]
    return blocks


def _frame(t: Speaker, facts: OutageSheet, stamp: Stamp) -> Frame:
    x, step = facts.outage, facts.step_minutes * 60
    end = x.end or stamp.made_at
    start = min(facts.measured[0].start, x.start)
    after = max(facts.measured[-1].start + step, end)
    ticks = [start + (after - start) * n // TICKS for n in range(TICKS + 1)]
    return Frame(start, after, (x.start, end), step, [(at, _clock(t, at)) for at in ticks[:-1]])


def _clock(t: Speaker, at: int) -> str:
    moment = datetime.fromtimestamp(at, UTC).astimezone(BANGKOK)
    said = f"{moment:%H:%M}"
    return official_digits(said) if t.language == "th" else said


def _inside(facts: OutageSheet, *, inside: bool) -> list[Measured]:
    x = facts.outage
    end = x.end or facts.measured[-1].start + 1
    return [m for m in facts.measured if (x.start <= m.start < end) is inside]


def _loss_text(t: Speaker, facts: OutageSheet) -> str:
    values = [
        [m.loss for m in _inside(facts, inside=side) if m.loss is not None]
        for side in (True, False)
    ]
    return t(
        "documents.sheet_loss_text",
        inside=_percent(t, values[0]),
        outside=_percent(t, values[1]),
    )


def _percent(t: Speaker, values: list[int]) -> str:
    return f"{sum(values) / len(values) / 10:.0f} %" if values else t("documents.nobody")


def _delay_text(t: Speaker, facts: OutageSheet) -> str:
    said = []
    for side in (True, False):
        values = sorted(m.delay for m in _inside(facts, inside=side) if m.delay is not None)
        middle = values[len(values) // 2] if values else None
        said.append(t("documents.nobody") if middle is None else t("documents.ms", n=middle))
    return t("documents.sheet_delay_text", inside=said[0], outside=said[1])


def _layers(t: Speaker, facts: OutageSheet) -> list[Block]:
    if not facts.layers:
        return []
    columns = (
        Column(t("documents.layer"), 60),
        Column(t("documents.layer_before"), 50, Align.RIGHT),
        Column(t("documents.layer_in"), 50, Align.RIGHT),
    )
    rows = tuple(_layer_row(t, x) for x in facts.layers)
    return [heading(t("documents.layers")), Table(columns, rows), note(t("documents.layers_note"))]


def _layer_row(t: Speaker, x: LayerCount) -> tuple[Runs, ...]:
    def share(failed: int, worked: int) -> str:
        tried = failed + worked
        if not tried:
            return t("documents.nobody")
        return t("documents.failed_of", failed=failed, tried=tried, share=100 * failed // tried)

    return (
        text(t.word("layer", x.layer)),
        text(share(x.failed_before, x.worked_before)),
        text(share(x.failed, x.worked)),
    )


def _neighbours(t: Speaker, facts: OutageSheet) -> list[Block]:
    blocks: list[Block] = [
        heading(t("documents.neighbours")),
        note(
            t(
                "documents.neighbours_count",
                hit=facts.hit,
                not_hit=facts.not_hit,
                unseen=facts.unseen,
            )
        ),
    ]
    if not facts.neighbours:
        return blocks
    columns = (
        Column(t("documents.office"), 72),
        Column(t("documents.minutes_of_down"), 22, Align.RIGHT),
        Column(t("documents.minutes_of_slow"), 22, Align.RIGHT),
        Column(t("documents.minutes_of_up"), 22, Align.RIGHT),
        Column(t("documents.minutes_unseen"), 22, Align.RIGHT),
    )
    rows = tuple(_neighbour(t, x) for x in facts.neighbours)
    return [*blocks, Table(columns, rows)]


def _neighbour(t: Speaker, x: Neighbour) -> tuple[Runs, ...]:
    seen = x.down + x.slow + x.up > 0  # of an unseen office there is no nought to tell
    figures = [f"{n:,}" if seen else "–" for n in (x.down, x.slow, x.up)]
    return (
        text(f"{t.name(x)} ({x.code})"),
        *(text(n) for n in (*figures, f"{x.unknown:,}")),
    )
