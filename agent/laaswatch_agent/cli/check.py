"""`laaswatch-agent check`: look once, say what is wrong and what to do next. No collector, no privileges.

Takes at most 15 seconds, whatever the network does. Exit 0 up, 1 degraded, 2 down, 3 cannot tell (also
where the settings cannot be used). With --code it looks at nothing: it shows what a code means that
somebody reads over the phone.
"""

import argparse
import json
import sys
import time
import webbrowser
from dataclasses import dataclass, replace
from pathlib import Path

from laaswatch_agent.cli.common import add_common, settings
from laaswatch_agent.config import AgentConfig, ConfigError
from laaswatch_agent.diagnosis.advice import Advice, advise
from laaswatch_agent.diagnosis.code import CodeError, decode
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.rungs import rungs
from laaswatch_agent.diagnosis.verdict import breaks_at
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.host.files import write_atomically
from laaswatch_agent.knowledge.articles import ArticleError, load_articles
from laaswatch_agent.ladder import run_round
from laaswatch_agent.locale import LANGUAGES, texts
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Layer, Reason, Result, State, state_of
from laaswatch_agent.status_page import english_time, thai_time

EXIT = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2, State.UNKNOWN: 3}
SIGNS = {Result.OK: "✓", Result.FAIL: "✗", Result.SKIPPED: "–"}
STATE_SIGNS = {State.UP: "✓", State.DEGRADED: "~", State.DOWN: "✗", State.UNKNOWN: "?"}

_OF_THE_SITE = frozenset({Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP})


@dataclass(frozen=True, slots=True)
class Found:
    """What one look gave. `rungs` is the ladder, one result a layer; `seconds` None = read from a code."""

    one: ProbeRound
    advice: Advice
    rungs: tuple[LayerResult, ...]
    seconds: float | None

    @property
    def state(self) -> State:
        """Up, degraded, down or unknown."""
        return state_of(self.one.fault)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--json", action="store_true", help="for programs")
    kind.add_argument(
        "--html",
        nargs="?",
        const="",
        metavar="FILE",
        help="เปิดผลในเบราว์เซอร์ หรือเขียนลง FILE · open the result in the browser, or write it to FILE",
    )
    parser.add_argument(
        "--code",
        metavar="CODE",
        help="อ่านรหัสที่แจ้งทางโทรศัพท์ เช่น DN-7Q4M2 · show what a code read over the phone means",
    )


def run(options: argparse.Namespace) -> int:
    """Look once and print what was found."""
    try:
        config = settings(options)
        found = look(config) if options.code is None else read_code(options.code, config)
    except CodeError as error:
        print(f"รหัสไม่ถูกต้อง อ่านใหม่อีกครั้ง · {error}", file=sys.stderr)
        return EXIT[State.UNKNOWN]
    except (ConfigError, ArticleError) as error:
        print(f"แก้ไฟล์ตั้งค่าก่อน · the settings cannot be used:\n{error}", file=sys.stderr)
        return EXIT[State.UNKNOWN]
    print(as_json(found) if options.json else as_text(found))
    if options.html is not None and not _show(found, options.html):
        return EXIT[State.UNKNOWN]
    return EXIT[found.state]


def look(config: AgentConfig) -> Found:
    """One round with advice, using what a running agent on this PC has learnt."""
    started = time.perf_counter()
    articles = load_articles(config.knowledge_dir)
    one = run_round(config, _history(config), Clock())
    ladder = tuple(
        row or LayerResult(layer, "", Result.SKIPPED, Reason.UNKNOWN)
        for layer, row in rungs(one, config.decides)
    )
    advice = advise(one, articles, decides=config.decides)
    return Found(one, advice, ladder, time.perf_counter() - started)


def read_code(code: str, config: AgentConfig) -> Found:
    """What the PC had found whose user reads this code. Raises CodeError."""
    decoded = decode(code)
    broke = breaks_at(decoded.fault)
    ladder = tuple(
        LayerResult(
            layer,
            config.decides if layer in _OF_THE_SITE else "",
            result,
            decoded.reason if layer is broke and result is Result.FAIL else Reason.NONE,
        )
        for layer, result in decoded.results.items()
    )
    one = ProbeRound(0, 0, decoded.fault, "code", ladder)
    advice = advise(one, load_articles(config.knowledge_dir), decides=config.decides)
    return Found(one, replace(advice, code=code), ladder, None)


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
        },
        ensure_ascii=False,
    )


def as_text(found: Found) -> str:
    """One sentence, one next step, one code; then the ladder."""
    th, en = texts("th"), texts("en")
    advice = found.advice
    broke = breaks_at(found.one.fault)
    lines = [
        f"{STATE_SIGNS[found.state]} {advice.sentence_th}",
        f"  {advice.sentence_en}",
        "",
        f"{th['page.next']}: {advice.next_step_th}",
        f"{en['page.next']}: {advice.next_step_en}",
        "",
        f"{th['page.code']} {advice.code}",
        "",
    ]
    for row in found.rungs:
        here = f"  ◀ {th['page.broke']} · {en['page.broke']}" if row.layer is broke else ""
        name = f"{th[f'layer.{row.layer}']} · {en[f'layer.{row.layer}']}"
        lines.append(f"  {SIGNS[row.result]} {_note(row):>9}  {name}{_why(row)}{here}")
    if found.seconds is not None:
        lines += ["", f"{th['page.checked']} {thai_time(found.one.at)} ({found.seconds:.1f} s)"]
    return "\n".join(lines)


def as_html(found: Found) -> str:
    """The same as a page of its own, for consoles that show Thai badly."""
    from html import escape

    th, en = texts("th"), texts("en")
    advice = found.advice
    broke = breaks_at(found.one.fault)

    def both(thai: str, english: str) -> str:
        return f'{escape(thai)}<br><small lang="en">{escape(english)}</small>'

    rows = "".join(
        f"<tr><td>{SIGNS[x.result]}</td>"
        f"<td>{both(th[f'layer.{x.layer}'], en[f'layer.{x.layer}'])}</td>"
        f"<td>{escape(_note(x))}{escape(_why(x))}"
        f"{'<br><b>◀ ' + both(th['page.broke'], en['page.broke']) + '</b>' if x.layer is broke else ''}"
        "</td></tr>"
        for x in found.rungs
    )
    return (
        '<!doctype html><html lang="th"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(advice.sentence_th)} – laaswatch</title><style>"
        "body{font:17px/1.5 'Noto Sans Thai','Leelawadee UI',Tahoma,sans-serif;max-width:44rem;"
        "margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}small{color:#555}"
        "h1{font-size:1.5rem;line-height:1.35}table{border-collapse:collapse;width:100%}"
        "td{border-bottom:1px solid #ddd;padding:.35rem;vertical-align:top}"
        "section{border:2px solid #1a1a1a;border-radius:.5rem;padding:.3rem .8rem}"
        "</style></head><body>"
        f"<h1>{STATE_SIGNS[found.state]} {both(advice.sentence_th, advice.sentence_en)}</h1>"
        f"<section><h2>{both(th['page.next'], en['page.next'])}</h2>"
        f"<p>{both(advice.next_step_th, advice.next_step_en)}</p>"
        f"<p>{both(th['page.code'], en['page.code'])}<br><b>{escape(advice.code)}</b></p></section>"
        f"<h2>{both(th['page.ladder'], en['page.ladder'])}</h2><table>{rows}</table>"
        f"<p><small>{escape(th['page.checked'])} {thai_time(found.one.at)} · "
        f"{escape(en['page.checked'])} {english_time(found.one.at)}</small></p></body></html>\n"
    )


def _note(row: LayerResult) -> str:
    return f"{row.ms:.0f} ms" if row.ms is not None and row.result is not Result.SKIPPED else ""


def _why(row: LayerResult) -> str:
    """The reason in both languages, on one line."""
    if row.reason is Reason.NONE:
        return ""
    return f" ({' · '.join(texts(language)[f'reason.{row.reason}'] for language in LANGUAGES)})"


def _history(config: AgentConfig) -> History:
    """What the agent of this PC knows of its usual times; nothing, if none runs here or we may not read it."""
    try:
        kept = json.loads(config.history_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return History(config.decides)
    found = History.from_dict(kept)
    return found if found.decides == config.decides else History(config.decides)


def _show(found: Found, name: str) -> bool:
    """Write the page, and open it unless the user named a file."""
    import tempfile

    path = Path(name or Path(tempfile.mkdtemp(prefix="laaswatch-")) / "check.html")
    try:
        write_atomically(path, as_html(found).encode(), durable=False)
    except OSError as error:
        print(f"เขียนไฟล์ไม่ได้ · cannot write {path}: {error.strerror}", file=sys.stderr)
        return False
    if not name:
        webbrowser.open(path.resolve().as_uri())
    print(path)
    return True
