"""The agent's own page: one sentence, one next step, where it broke. A file, not a server.

Thai first, English below. No script, nothing fetched from anywhere: it must work on the PC whose line is
dead. Every colour has a sign beside it, so that a black-and-white print says the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from html import escape

from laaswatch_agent.diagnosis.rungs import rungs, where_it_broke
from laaswatch_agent.locale import texts
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.report.vocabulary import Fault, Result, State, state_of

Texts = Mapping[str, str]

SLOT_MINUTES = 10
SLOTS = 30
BANGKOK = timezone(timedelta(hours=7))
SIGNS = {State.UP: "✔", State.DEGRADED: "~", State.DOWN: "✖", State.UNKNOWN: "·"}
_WORST_FIRST = (State.DOWN, State.DEGRADED, State.UP)
_RUNG_SIGNS = {Result.OK: "✔", Result.FAIL: "✖", Result.SKIPPED: "–"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an article, in both languages; `who` is who can take it (SELF, IT, …)."""

    th: str
    en: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Everything that the page shows. Times are ms by this PC's wall clock.

    `steps` is the whole article for the fault, so that it can be read with no line at all. `recent` are
    (time, fault) of this PC's own rounds. `contact` is (outcome, last answer or None), or None where this
    PC is not enrolled; `waiting` counts rounds not yet acknowledged, `unsaved` those the disk refused.
    `tried` are the steps that were taken, and whether each helped; `pack` says which articles these are;
    `warning` what never to do meanwhile.
    """

    one: ProbeRound
    sentence: Step
    next_step: Step
    code: str
    title: Step
    steps: Sequence[Step]
    recent: Sequence[tuple[int, Fault]]
    now: int
    cadence: float
    waiting: int
    unsaved: int = 0
    contact: tuple[str, int | None] | None = None
    office: Step | None = None
    decides: str = "login"
    tried: Sequence[tuple[Step, bool]] = ()
    pack: Step | None = None
    warning: Step | None = None


def status_page(facts: PageFacts, th: Texts, en: Texts) -> str:
    """The whole page; `th` and `en` are the texts of `locale`, the same keys in both."""
    parts = (
        _head(facts, th),
        _headline(facts),
        _next(facts, th, en),
        _ladder(facts, th, en),
        _strip(facts, th, en),
        _article(facts, th, en),
        _contact(facts, th, en),
        _leaves(th, en),
        "</main></body></html>\n",
    )
    return "\n".join(parts)


def thai_time(at: int) -> str:
    """A wall-clock time in ms as people write it: 23 พ.ย. 2568 10:32 น.; "–" for a clock beyond reason."""
    return _written(at, "th")


def english_time(at: int) -> str:
    """The same in English: 23 Nov 2025 10:32."""
    return _written(at, "en")


def _written(at: int, language: str) -> str:
    when = _bangkok(at)
    if when is None:
        return "–"
    words = texts(language)
    return words["time.moment"].format(
        day=when.day,
        month=words["time.months"].split()[when.month - 1],
        year=when.year + (543 if language == "th" else 0),
        clock=f"{when:%H:%M}",
    )


def prose(text: str) -> str:
    """A text for HTML; a number stays on one line, and with its unit: "3 นาที", a telephone number."""
    kept = _WITH_UNIT.sub("\\1&nbsp;", escape(text))
    return _NUMBER.sub(r'<span class="n">\g<0></span>', kept)


_WITH_UNIT = re.compile(r"([0-9]) (?=[ก-ฮเ-ไ])")
_NUMBER = re.compile(r"[0-9][0-9-]{6,}[0-9]")


def duration(ms: float) -> str:
    """How long something took, as people read it: 85 ms, 5.4 วินาที."""
    if ms < 1000:
        return texts("th")["time.milliseconds"].format(n=ms)
    return texts("th")["time.seconds"].format(n=ms / 1000)


def _bangkok(at: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(BANGKOK)
    except (ValueError, OverflowError, OSError):
        return None


def slots(recent: Sequence[tuple[int, Fault]], now: int) -> list[State]:
    """The last five hours in slots of ten minutes, oldest first: the worst state seen, or unknown.

    A slot without a round is unknown, whatever its neighbours were.
    """
    width = SLOT_MINUTES * 60_000
    end = (now // width + 1) * width
    seen: list[set[State]] = [set() for _ in range(SLOTS)]
    for at, fault in recent:
        index = SLOTS - 1 - (end - 1 - at) // width
        if 0 <= index < SLOTS:
            seen[index].add(state_of(fault))
    return [next((s for s in _WORST_FIRST if s in found), State.UNKNOWN) for found in seen]


def _head(facts: PageFacts, th: Texts) -> str:
    refresh = max(2, round(facts.cadence))
    return (
        '<!doctype html><html lang="th"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{refresh}">'
        f"<title>{escape(facts.sentence.th)} – laaswatch</title><style>{_STYLE}</style></head>"
        f'<body><main><p class="when">{escape(th["page.checked"])} {thai_time(facts.one.at)}</p>'
    )


def _headline(facts: PageFacts) -> str:
    state = state_of(facts.one.fault)
    return (
        f'<header class="{state}"><p class="sign" aria-hidden="true">{SIGNS[state]}</p><div>'
        f"<h1>{escape(facts.sentence.th)}</h1>{_english(facts.sentence.en)}</div></header>"
    )


def _next(facts: PageFacts, th: Texts, en: Texts) -> str:
    code = (
        f'<p class="code">{escape(th["page.code"])} <b>{escape(facts.code)}</b>'
        f"{_english(en['page.code'])}</p>"
        if facts.code
        else ""
    )
    return (
        f'<section class="next"><h2>{escape(th["page.next"])}{_english(en["page.next"])}</h2>'
        f"<p>{_who(facts.next_step, th)}{prose(facts.next_step.th)}</p>"
        f"{_english(facts.next_step.en)}{_warning(facts)}{_tried(facts, th, en)}{code}</section>"
    )


def _warning(facts: PageFacts) -> str:
    if facts.warning is None:
        return ""
    return f'<p class="warning">⚠ {prose(facts.warning.th)}{_english(facts.warning.en)}</p>'


def _tried(facts: PageFacts, th: Texts, en: Texts) -> str:
    if not facts.tried:
        return ""
    rows = []
    for step, helped in facts.tried:
        key = "tried.yes" if helped else "tried.no"
        rows.append(
            f"<li>{prose(step.th)} ({escape(th[key])}){_english(f'{step.en} ({en[key]})')}</li>"
        )
    return (
        f"<h2>{escape(th['page.tried'])}{_english(en['page.tried'])}</h2><ul>{''.join(rows)}</ul>"
    )


def _ladder(facts: PageFacts, th: Texts, en: Texts) -> str:
    found = rungs(facts.one, facts.decides)
    fault = facts.one.fault
    down = state_of(fault) is State.DOWN
    broke = where_it_broke(fault, (row for _, row in found)) if down else None
    rows = []
    for layer, x in found:
        result = x.result if x else Result.SKIPPED
        here = layer is broke
        note = th[f"result.{result}"]
        if x is not None and x.result is Result.OK and x.ms is not None:
            note += f" {duration(x.ms)}"
        if x is not None and x.result is Result.FAIL:
            why = f"reason.{x.reason}"
            note += f" <small>({escape(th[why])})</small>{_english(en[why])}"
        if here:
            note += f" <b>◀ {escape(th['page.broke'])}</b>{_english(en['page.broke'])}"
        rows.append(
            f'<tr class="{result}{" here" if here else ""}"><td aria-hidden="true">'
            f"{_RUNG_SIGNS[result]}</td><th>{escape(th[f'layer.{layer}'])}"
            f"{_english(en[f'layer.{layer}'])}</th><td>{note}</td></tr>"
        )
    return (
        f"<section><h2>{escape(th['page.ladder'])}{_english(en['page.ladder'])}</h2>"
        f'<table class="ladder">{"".join(rows)}</table></section>'
    )


def _strip(facts: PageFacts, th: Texts, en: Texts) -> str:
    states = slots(facts.recent, facts.now)
    cells = "".join(f'<td class="{s}">{SIGNS[s]}</td>' for s in states)
    counted = ", ".join(
        f"{th[f'state.{s}']} {states.count(s) * SLOT_MINUTES}"
        for s in (*_WORST_FIRST, State.UNKNOWN)
        if s in states
    )
    legend = "&emsp;".join(
        f'<span class="n"><span class="{s}">{SIGNS[s]}</span> {escape(th[f"state.{s}"])}</span> '
        f'<small lang="en">{escape(en[f"state.{s}"])}</small>'
        for s in (State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN)
    )
    start = thai_time(facts.now - SLOTS * SLOT_MINUTES * 60_000)
    return (
        f"<section><h2>{escape(th['page.strip'])}{_english(en['page.strip'])}</h2>"
        f'<table class="strip" role="img" aria-label="{escape(counted)}"><tr>{cells}</tr></table>'
        f'<p class="ends"><span>{start}</span><span>{thai_time(facts.now)}</span></p>'
        f"<p>{legend}</p></section>"
    )


def _article(facts: PageFacts, th: Texts, en: Texts) -> str:
    if not facts.steps:
        return ""
    items = "".join(f"<li>{_who(s, th)}{prose(s.th)}{_english(s.en)}</li>" for s in facts.steps)
    pack = f"<br>{escape(facts.pack.th)}{_english(facts.pack.en)}" if facts.pack else ""
    return (
        f"<section><h2>{escape(facts.title.th)}{_english(facts.title.en)}</h2><ol>{items}</ol>"
        f"<p><small>{escape(th['page.offline'])} · "
        f'<span lang="en">{escape(en["page.offline"])}</span>{pack}</small></p></section>'
    )


def _who(step: Step, th: Texts) -> str:
    return f"<b>{escape(th.get(f'step.{step.who}', step.who))}:</b> " if step.who else ""


def _contact(facts: PageFacts, th: Texts, en: Texts) -> str:
    if facts.contact is None:
        key, at = "contact.not_enrolled", None
    else:
        key, at = f"contact.{facts.contact[0]}", facts.contact[1]
    last = thai_time(at) if at is not None else th["page.never"]
    last_en = english_time(at) if at is not None else en["page.never"]
    office = f"<p>{escape(facts.office.th)}{_english(facts.office.en)}</p>" if facts.office else ""
    unsaved = (
        f"<p>{escape(th['page.unsaved'].format(count=facts.unsaved))}"
        f"{_english(en['page.unsaved'].format(count=facts.unsaved))}</p>"
        if facts.unsaved
        else ""
    )
    return (
        f"<section><h2>{escape(th['page.collector'])}{_english(en['page.collector'])}</h2>{office}"
        f"<p>{escape(th[key])}{_english(en[key])}</p>"
        f"<p>{escape(th['page.contact'])} {last}"
        f"{_english(en['page.contact'] + ' ' + last_en)}</p>"
        f"<p>{escape(th['page.waiting'].format(count=facts.waiting))}"
        f"{_english(en['page.waiting'].format(count=facts.waiting))}</p>{unsaved}</section>"
    )


def _leaves(th: Texts, en: Texts) -> str:
    items = "".join(
        f"<li>{escape(th[key])}{_english(en[key])}</li>"
        for key in sorted(th)
        if key.startswith("leaves.")
    )
    return (
        f"<section><h2>{escape(th['page.leaves'])}{_english(en['page.leaves'])}</h2>"
        f"<ul>{items}</ul></section>"
    )


def _english(text: str) -> str:
    return f'<span class="en" lang="en">{prose(text)}</span>'


_STYLE = (
    "body{font:17px/1.5 'Noto Sans Thai','Leelawadee UI',Tahoma,sans-serif;margin:0;color:#1a1a1a;"
    "background:#fff}main{max-width:44rem;margin:0 auto;padding:.75rem}"
    "h1{font-size:1.5rem;line-height:1.35;margin:0}h2{font-size:1.05rem;margin:.2rem 0}"
    ".n{white-space:nowrap}.warning{border-left:5px solid #b26a00;padding-left:.5rem}p{margin:.3rem 0}.en{display:block;font-size:.85em;font-weight:400;color:#555}"
    ".when{color:#555;font-size:.85em}"
    "header{display:flex;gap:.8rem;align-items:center;border:3px solid;border-radius:.5rem;"
    "padding:.8rem}.sign{font-size:2.4rem;margin:0;line-height:1}"
    "header.up{border-color:#1b7f3b;background:#eef8f0}header.degraded{border-color:#b26a00;"
    "background:#fff6e5}header.down{border-color:#b3261e;background:#fdeeec}"
    "header.unknown{border-color:#777;background:#f2f2f2}"
    "section{border-top:1px solid #ccc;margin-top:.8rem;padding-top:.5rem}"
    ".next{border:2px solid #1a1a1a;border-radius:.5rem;padding:.6rem .8rem}"
    ".next>p:first-of-type{font-size:1.15rem}.code b{white-space:nowrap;font:1.15em monospace;letter-spacing:.05em}"
    "table{border-collapse:collapse;width:100%}.ladder td,.ladder th{text-align:left;"
    "padding:.3rem .4rem;border-bottom:1px solid #ddd;vertical-align:top;font-weight:400}"
    ".ladder td:first-child{width:1.5rem;font-weight:700}.ladder .fail td:first-child{color:#b3261e}"
    ".ladder .ok td:first-child{color:#1b7f3b}.ladder .skipped{color:#666}"
    ".next ul{margin:.2rem 0 .6rem}.next h2~h2{margin-top:.8rem}.ladder .here{outline:2px solid #b3261e}.ladder .here th{font-weight:700}"
    ".strip{table-layout:fixed}.strip td{text-align:center;border:1px solid #bbb;padding:0;"
    "font-size:.75rem;height:1.6rem}.strip .up{background:#dff2e4;color:#14602d}"
    ".strip .degraded{background:#ffe8bf;color:#7a4900}.strip .down{background:#f6c9c5;"
    "color:#8c1d18;font-weight:700}.strip .unknown{background:#eee;color:#666}"
    ".ends{display:flex;justify-content:space-between;font-size:.8em;color:#555}"
    "@media print{body{font-size:12pt}header,.strip td{-webkit-print-color-adjust:economy}}"
)
