"""`laaswatch-agent check`: look once, say what is wrong and what to do next. No collector, no privileges.

Takes at most 15 seconds, whatever the network does. Exit 0 up, 1 degraded, 2 down, 3 cannot tell (also
where the settings cannot be used). It remembers what was tried (`diagnosis/tried`) and tells the step
after. On a terminal that cannot show Thai it opens the page. With --code it looks at nothing: it shows what a code means that
somebody reads over the phone.
"""

import argparse
import json
import sys
import time
import webbrowser
from dataclasses import replace
from pathlib import Path

from laaswatch_agent.cli.check_result import Found, as_html, as_json, as_text
from laaswatch_agent.cli.common import add_common, settings
from laaswatch_agent.config import AgentConfig, ConfigError
from laaswatch_agent.diagnosis.advice import advise
from laaswatch_agent.diagnosis.code import CodeError, decode
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.rungs import rungs, where_it_broke
from laaswatch_agent.diagnosis.tried import (
    Memory,
    Offer,
    answered,
    looked,
    offer,
    offered,
    resume,
    step_of,
)
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.host.files import write_atomically
from laaswatch_agent.knowledge.articles import ArticleError
from laaswatch_agent.knowledge_file import load_knowledge
from laaswatch_agent.ladder import run_round
from laaswatch_agent.locale import beside, texts
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Layer, Reason, Result, State
from laaswatch_agent.tried_file import folders, keep, recall

EXIT = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2, State.UNKNOWN: 3}
YES = ("y", "yes", "ใช่", "หาย", "ั")
NO = ("n", "no", "ไม่", "ไม่หาย", "ื")
"""The last of each is what the key gives while the keyboard is set to Thai."""

_OF_THE_SITE = frozenset({Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--json", action="store_true", help=beside("option.json"))
    kind.add_argument(
        "--html",
        nargs="?",
        const="",
        metavar="FILE",
        help=beside("option.html"),
    )
    parser.add_argument(
        "--tried",
        choices=("yes", "no"),
        help=beside("option.tried"),
    )
    parser.add_argument(
        "--code",
        metavar="CODE",
        help=beside("option.check_code"),
    )


def run(options: argparse.Namespace) -> int:
    """Look once and print what was found."""
    try:
        config = settings(options)
        if options.code is not None:
            found = read_code(options.code, config)
        else:
            found = _go_on(look(config), config, options)
    except CodeError as error:
        print(beside("check.bad_code", error=error), file=sys.stderr)
        return EXIT[State.UNKNOWN]
    except (ConfigError, ArticleError) as error:
        print(f"{beside('check.settings')}:\n{error}", file=sys.stderr)
        return EXIT[State.UNKNOWN]
    print(as_json(found) if options.json else as_text(found))
    page = options.html
    if page is None and not options.json and options.thai_unreadable:
        page = ""
    if page is not None and not _show(found, page):
        return EXIT[State.UNKNOWN]
    return EXIT[found.state]


def look(config: AgentConfig) -> Found:
    """One round with advice, using what a running agent on this PC has learnt."""
    started = time.perf_counter()
    articles = load_knowledge(config.state_dir, config.knowledge_dir).articles
    one = run_round(config, _history(config), Clock())
    ladder = tuple(
        row or LayerResult(layer, "", Result.SKIPPED, Reason.UNKNOWN)
        for layer, row in rungs(one, config.decides)
    )
    advice = advise(one, articles, decides=config.decides)
    return Found(one, advice, articles[advice.article_id], ladder, time.perf_counter() - started)


def read_code(code: str, config: AgentConfig) -> Found:
    """What the PC had found whose user reads this code. Raises CodeError."""
    decoded = decode(code)
    plain = [LayerResult(layer, "", result) for layer, result in decoded.results.items()]
    broke = where_it_broke(decoded.fault, plain)
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
    articles = load_knowledge(config.state_dir, config.knowledge_dir).articles
    advice = advise(one, articles, decides=config.decides)
    return Found(one, replace(advice, code=code), articles[advice.article_id], ladder, None)


def _go_on(found: Found, config: AgentConfig, options: argparse.Namespace) -> Found:
    """The same, with what was tried before it, and the step that comes next."""
    places = folders(config.state_dir)
    before = recall(places)
    now = Clock().wall_ms()
    memory = looked(before, found.state, now)
    if found.state not in (State.DOWN, State.DEGRADED):
        if memory != before:
            keep(memory, places)
        return replace(found, mended_by=before.open if memory.over else None)
    article = found.article
    if options.tried is not None:
        if memory.open is None:  # nobody was shown the step by this program, but by the page
            memory = offered(memory, offer(article, memory), now)
        memory = answered(memory, helped=options.tried == "yes")
    elif not options.json and (helped := _ask(memory, offer(article, memory))) is not None:
        memory = answered(memory, helped=helped)
    what = offer(article, memory)
    if not options.json:  # a program that looks advises nobody
        memory = offered(memory, what, now)
    if memory != before:
        keep(memory, places)
    advice = resume(found.advice, what)
    return replace(found, advice=advice, tried=memory.done, exhausted=what.number == 0)


def _ask(memory: Memory, what: Offer) -> bool | None:
    """Did the step of last time help? None where nobody is there to say, or it was not done yet."""
    step = memory.open
    if step is None or step.step != step_of(what):
        return None  # another fault than last time
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    print(texts("en")["check.ask"].format(step=step.en))
    try:
        said = input(texts("th")["check.ask"].format(step=step.th)).strip().casefold()
    except EOFError:
        return None
    return True if said in YES else False if said in NO else None


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
        print(beside("check.cannot_write", path=path, error=error.strerror), file=sys.stderr)
        return False
    if not name:
        webbrowser.open(path.resolve().as_uri())
    print(path)
    return True
