"""What `check` shows of one look: for programs, for a terminal, and as a page of its own."""

import json
from dataclasses import dataclass
from html import escape

from laaswatch_agent.diagnosis.advice import Advice
from laaswatch_agent.diagnosis.rungs import where_it_broke
from laaswatch_agent.diagnosis.tried import Trial
from laaswatch_agent.knowledge.articles import Article
from laaswatch_agent.locale import LANGUAGES, texts
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Layer, Reason, Result, State, state_of
from laaswatch_agent.status_page import duration, english_time, prose, thai_time

SIGNS = {Result.OK: "✓", Result.FAIL: "✗", Result.SKIPPED: "–"}
STATE_SIGNS = {State.UP: "✓", State.DEGRADED: "~", State.DOWN: "✗", State.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Found:
    """What one look gave. `rungs` is the ladder, one result a layer; `seconds` None = read from a code.

    `tried` are the steps that were answered for; `mended_by` the one after which all was well again;
    `exhausted` = every step of the article was tried, and the next step is whom to turn to.
    """

    one: ProbeRound
    advice: Advice
    article: Article
    rungs: tuple[LayerResult, ...]
    seconds: float | None
    tried: tuple[Trial, ...] = ()
    mended_by: Trial | None = None
    exhausted: bool = False

    @property
    def state(self) -> State:
        """Up, degraded, down or unknown."""
        return state_of(self.one.fault)

    @property
    def broke(self) -> Layer | None:
        """The rung that broke."""
        return where_it_broke(self.one.fault, self.rungs)


def as_json(found: Found) -> str:
    """The contract for programs: these keys and no others."""
    advice = found.advice
    return json.dumps(
        {
            "state": found.state,
            "fault": found.one.fault,
            "layers": [
                {"layer": x.layer, "result": x.result, "reason": x.reason, "ms": x.ms}
                for x in found.rungs
            ],
            "track": advice.track,
            "sentence": {"th": advice.sentence_th, "en": advice.sentence_en},
            "next_step": {"th": advice.next_step_th, "en": advice.next_step_en},
            "article": advice.article_id,
            "code": advice.code,
            "step": advice.step,
            "tried": [{"th": x.th, "en": x.en, "helped": x.helped} for x in found.tried],
        },
        ensure_ascii=False,
    )


def as_text(found: Found) -> str:
    """One sentence, one next step, one code; then the ladder, from this PC to the site's page."""
    th, en = texts("th"), texts("en")
    advice = found.advice
    lines = [f"{STATE_SIGNS[found.state]} {advice.sentence_th}", f"  {advice.sentence_en}"]
    if found.mended_by is not None:
        lines += [
            "",
            th["page.fixed"].format(step=found.mended_by.th),
            en["page.fixed"].format(step=found.mended_by.en),
        ]
    if found.exhausted:
        lines += ["", th["page.all_tried"], en["page.all_tried"]]
    lines += [
        "",
        f"{th['page.next']}: {advice.next_step_th}",
        f"{en['page.next']}: {advice.next_step_en}",
    ]
    if warning := found.article.warning:
        lines += ["", f"! {warning.th}", f"  {warning.en}"]
    if found.tried:
        lines += ["", f"{th['page.tried']} · {en['page.tried']}:"]
        lines += [
            f"  - {x.th} ({th[_helped(x)]})\n    {x.en} ({en[_helped(x)]})" for x in found.tried
        ]
    lines += ["", f"{th['page.code']} {advice.code}", ""]
    passed = True
    for row in found.rungs:
        here = row.layer is found.broke
        mark = f"  ◀ {th['page.broke']} · {en['page.broke']}" if here else ""
        name = f"{th[f'layer.{row.layer}']} · {en[f'layer.{row.layer}']}"
        rail = "╳" if here else "│" if passed else "┊"
        lines.append(f"  {rail} {SIGNS[row.result]} {_note(row):>11}  {name}{_why(row)}{mark}")
        passed = passed and not here
    if found.seconds is not None:
        lines += ["", f"{th['page.checked']} {thai_time(found.one.at)} ({found.seconds:.1f} s)"]
    return "\n".join(lines)


def as_html(found: Found) -> str:
    """The same as a page of its own, for consoles that show Thai badly, with the whole article."""
    th, en = texts("th"), texts("en")
    advice = found.advice

    def words(key: str) -> str:
        return _both(th[key], en[key])

    rows, passed = [], True
    for x in found.rungs:
        here = x.layer is found.broke
        rail = "broke" if here else "passed" if passed else "beyond"
        mark = f'<b class="here">◀ {words("page.broke")}</b>' if here else ""
        rows.append(
            f'<li class="{rail}"><b class="{x.result}">{SIGNS[x.result]}</b>'
            f"<div>{words(f'layer.{x.layer}')}</div>"
            f"<div>{escape(_note(x))}{_reason(x)}{mark}</div></li>"
        )
        passed = passed and not here
    above = ""
    if found.mended_by is not None:
        fixed = [t["page.fixed"] for t in (th, en)]
        after = (found.mended_by.th, found.mended_by.en)
        above = f"<p>{_both(*(f.format(step=x) for f, x in zip(fixed, after, strict=True)))}</p>"
    tried = "".join(
        f"<li>{_both(f'{x.th} ({th[_helped(x)]})', f'{x.en} ({en[_helped(x)]})')}</li>"
        for x in found.tried
    )
    told = f"<h2>{words('page.tried')}</h2><ul>{tried}</ul>" if tried else ""
    exhausted = f"<p>{words('page.all_tried')}</p>" if found.exhausted else ""
    warning = found.article.warning
    warned = f'<p class="warning">⚠ {_both(warning.th, warning.en)}</p>' if warning else ""
    who = f"<b>{escape(th[f'step.{advice.step}'])}:</b> " if _can_go_on(found) else ""
    again = f"<p><small>{words('page.again')}</small></p>" if _can_go_on(found) else ""
    return (
        '<!doctype html><html lang="th"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(advice.sentence_th)} – laaswatch</title><style>{_STYLE}</style></head>"
        f'<body><main><h1 class="{found.state}"><span aria-hidden="true">{STATE_SIGNS[found.state]}</span>'
        f"<span>{_both(advice.sentence_th, advice.sentence_en)}</span></h1>{above}"
        f"<section><h2>{words('page.next')}</h2>{exhausted}"
        f'<p class="step">{who}{_both(advice.next_step_th, advice.next_step_en)}</p>{warned}{again}'
        f'<p>{words("page.code")}<br><b class="code">{escape(advice.code)}</b></p></section>'
        f"{told}<h2>{words('page.ladder')}</h2><ol class='ladder'>{''.join(rows)}</ol>"
        f"{_article(found)}"
        f"<p><small>{escape(th['page.checked'])} {thai_time(found.one.at)} · "
        f"{escape(en['page.checked'])} {english_time(found.one.at)}</small></p></main></body></html>\n"
    )


def _article(found: Found) -> str:
    """All steps, for reading on; nothing where all is well."""
    if found.state not in (State.DOWN, State.DEGRADED):
        return ""
    th, article = texts("th"), found.article
    steps = "".join(
        f"<li><b>{escape(th[f'step.{x.step}'])}:</b> {_both(x.th, x.en)}</li>"
        for x in article.actions
    )
    return (
        f"<h2>{_both(article.title.th, article.title.en)}</h2><ol>{steps}</ol>"
        f"<p>{_both(article.next.th, article.next.en)}</p>"
    )


def _can_go_on(found: Found) -> bool:
    bad = found.state in (State.DOWN, State.DEGRADED)
    return bad and not found.exhausted and found.seconds is not None


def _helped(trial: Trial) -> str:
    return "tried.yes" if trial.helped else "tried.no"


def _both(thai: str, english: str) -> str:
    return f'{prose(thai)}<br><small lang="en">{prose(english)}</small>'


def _note(row: LayerResult) -> str:
    return duration(row.ms) if row.ms is not None and row.result is Result.OK else ""


def _why(row: LayerResult) -> str:
    """The reason in both languages, on one line."""
    if row.reason is Reason.NONE:
        return ""
    return f" ({' · '.join(texts(language)[f'reason.{row.reason}'] for language in LANGUAGES)})"


def _reason(row: LayerResult) -> str:
    if row.reason is Reason.NONE:
        return ""
    return _both(*(texts(language)[f"reason.{row.reason}"] for language in LANGUAGES))


_STYLE = (
    "body{font:17px/1.5 'Noto Sans Thai','Leelawadee UI',Tahoma,sans-serif;max-width:44rem;"
    "margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}small{color:#555}"
    "h1{font-size:1.5rem;line-height:1.35;display:flex;gap:.8rem;border:3px solid;"
    "border-radius:.5rem;padding:.6rem .8rem;margin:.2rem 0 1rem}"
    "h1 small{font-size:.6em;font-weight:400;line-height:1.3;display:inline-block}"
    "h1.up{border-color:#1b7f3b;background:#eef8f0}h1.degraded{border-color:#b26a00;"
    "background:#fff6e5}h1.down{border-color:#b3261e;background:#fdeeec}"
    "h1.unknown{border-color:#777;background:#f2f2f2}h2{font-size:1.05rem;margin:1rem 0 .3rem}"
    ".warning{border-left:5px solid #b26a00;padding-left:.5rem}.n{white-space:nowrap}section{border:2px solid #1a1a1a;border-radius:.5rem;padding:.1rem .8rem}"
    ".step{font-size:1.15rem}.code{font:1.4em monospace;letter-spacing:.05em}"
    ".ladder{list-style:none;padding:0}.ladder li{display:flex;gap:.7rem;margin:0;"
    "padding:.25rem 0 .25rem .7rem;border-left:5px solid #1b7f3b}"
    ".ladder .broke{border-left:5px double #b3261e;outline:2px solid #b3261e}"
    ".ladder .beyond{border-left-style:dotted;border-left-color:#999}"
    ".ladder div{flex:1 1 0}.ladder div:nth-child(2){flex-grow:1.6}small{line-height:1.3;"
    "display:inline-block}li{margin:.25rem 0}"
    ".here{display:block;color:#b3261e}.ok{color:#1b7f3b}.fail{color:#b3261e}.skipped{color:#666}"
)
