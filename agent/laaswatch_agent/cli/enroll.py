"""`laaswatch-agent enroll`: this PC becomes one of an office's agents, by the code on the letter.

Asking again is always safe: a lost answer is answered again with the same agent. Exit 0 enrolled,
1 the collector was not reached or is busy, 2 the code or an option is wrong, 3 this PC's disk.
"""

import argparse
from pathlib import Path

from laaswatch_agent import __version__, identity
from laaswatch_agent.cli.common import add_common, names, settings_or_complaint
from laaswatch_agent.collector_client import Answer, CollectorClient, NoAnswer, in_the_clear
from laaswatch_agent.config import proxy_address
from laaswatch_agent.locale import beside, both
from laaswatch_agent.report.fingerprint import spoken


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    parser.add_argument("--collector", metavar="URL", help=beside("option.collector"))
    parser.add_argument("--code", required=True, help=beside("option.code"))
    parser.add_argument("--ca-file", default="", help=beside("option.ca_file"))
    parser.add_argument("--proxy", default="", metavar="URL", help=beside("option.proxy"))
    parser.add_argument(
        "--insecure",
        action="store_true",
        help=beside("option.insecure"),
    )
    parser.add_argument("--again", action="store_true", help=beside("option.again"))


def run(options: argparse.Namespace) -> int:
    """Enrol; says in Thai and English how it went."""
    config = settings_or_complaint(options)
    if config is None:
        return 2
    folder = Path(config.state_dir)
    collector = options.collector or config.collector_url
    code = identity.normal_code(options.code)
    if not collector or code is None or (in_the_clear(collector) and not options.insecure):
        print(_what_is_wrong(collector, code))
        return 2
    ca_file = options.ca_file or str(config.collector_ca_file or "")
    proxy = proxy_address(options.proxy) if options.proxy else config.collector_proxy
    if proxy is None:
        print(both("enrol.bad_proxy", proxy=options.proxy))
        return 2
    try:
        ca_path = str(Path(ca_file).resolve()) if ca_file else ""
        client = CollectorClient(collector, ca_file=ca_path, proxy=proxy)
    except ValueError:
        print(both("enrol.bad_address", collector=collector))
        return 2
    try:
        return _enrol(folder, client, (collector, ca_path, proxy), code, again=options.again)
    except (OSError, identity.IdentityUnreadable) as error:
        print(both("enrol.disk", folder=folder, error=error))
        return 3
    finally:
        client.close()


def _what_is_wrong(collector: str, code: str | None) -> str:
    if not collector:
        return both("enrol.no_collector")
    if code is None:
        return both("enrol.bad_code")
    return both("enrol.in_the_clear", collector=collector)


def _enrol(
    folder: Path,
    client: CollectorClient,
    way: tuple[str, str, str],
    code: str,
    *,
    again: bool,
) -> int:
    have = None if again else identity.load(folder)
    if have is not None and have.enrolled:
        print(both("enrol.already", **names(have.office)))
        return 0
    collector, ca_path, proxy = way
    mine = identity.prepare(folder, collector, ca_path, code, proxy)
    try:
        answer = client.post_json("/v1/enrolments", mine.request(code, __version__))
    except NoAnswer as error:
        print(both(f"no_answer.{error.kind}", collector=collector), f"({error})", sep="\n")
        return 1
    if answer.status != 200:
        return _refused(answer)
    try:
        mine = mine.accepted(answer.body)
    except ValueError:
        print(both("enrol.odd_answer", status=answer.status))
        return 1
    identity.adopt(folder, mine)
    key = "enrol.pending" if mine.state == "pending" else "enrol.done"
    print(both(key, **names(mine.office)))
    thai, english = spoken(mine.nonce)
    print(both("enrol.words", th=thai, en=english))
    return 0


def _refused(answer: Answer) -> int:
    if answer.status == 403:
        print(both("enrol.refused"))
        return 2
    if answer.status == 429 or answer.status >= 500:
        print(both("enrol.busy", seconds=round(answer.retry_after or 60)))
        return 1
    th, en = answer.body.get("message_th"), answer.body.get("message_en")
    if isinstance(th, str) and isinstance(en, str):
        print(th, en, sep="\n")
    else:
        print(both("enrol.odd_answer", status=answer.status))
    return 1
