"""Writes to stdout all that an agent says about one round: the same bytes wherever the PC stands.

python same_bytes_worker.py FOLDER
"""

import sys
import zoneinfo
from pathlib import Path

from laaswatch_agent.config import load_agent_config
from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.locale import texts
from laaswatch_agent.page_facts import page_facts
from laaswatch_agent.plan import cadence_at, plan_of
from laaswatch_agent.report.codec import pack_round
from laaswatch_agent.report.model import PresenceMark
from laaswatch_agent.report.vocabulary import Fault, PresenceKind
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.spool_tables import SpoolCounts
from laaswatch_agent.status_page import english_time, status_page, thai_time
from laaswatch_agent.textfile import textfile
from laaswatch_agent.uplink import Contact
from support.agents import BOOT, CIRCUMSTANCES, START, a_round


def main() -> None:
    try:
        zoneinfo.ZoneInfo("Asia/Bangkok")
    except zoneinfo.ZoneInfoNotFoundError:
        print("no zones", file=sys.stderr)
    out = sys.stdout.buffer
    config, articles = load_agent_config(None), load_articles()
    held = SpoolCounts(3, 2, 9, 1234, 0, START)
    spool = Spool(Path(sys.argv[1]), Limits(ballast=0))
    half_years = [START + n * 182 * 86_400_000 for n in range(-4, 5)]
    for at in half_years:  # both sides of every change to and from summer time
        one = a_round(0, Fault.DNS, every=0)
        one = type(one)(at, at - START + 10**12, one.fault, one.rule, one.layers)
        out.write(pack_round(one))
        facts = page_facts(
            one,
            articles,
            recent=[(at - 60_000 * n, Fault.DNS) for n in range(300)],
            now=at,
            cadence=30.0,
            spool=held,
            unsaved=0,
            contact=Contact("ok", at, at),
            mine=None,
            decides=config.decides,
        )
        out.write(status_page(facts, texts("th"), texts("en")).encode())
        out.write(textfile(one, held, at / 1000).encode())
        out.write(f"{thai_time(at)} {english_time(at)}".encode())
        out.write(
            repr([cadence_at(at + h * 3_600_000, 30, plan_of({})) for h in range(24)]).encode()
        )
        assert spool.add_round(one, CIRCUMSTANCES, (PresenceMark(PresenceKind.STARTED, at, BOOT),))
        spool.seal(at)
    for sealed in spool.pending(10**7):
        out.write(sealed.line)
    spool.close()


if __name__ == "__main__":
    main()
