"""What it costs to keep conclusions up: a province's day, one late report, a nation's day.

`PYTHONPATH=tests python -m support.recomputing [offices]` prints seconds, bytes and rows. The nation's day is the province's
painted day in 76 provinces on the same providers: what is timed of it is reading what was painted, blame over
all offices, and storing what changed.
"""

import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.computing import Computer, day_bounds
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.agents import CONTROL_OFFICE
from laaswatch_collector.store.conclusions import save_day
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.office_days import keep_day, packed_days, save_packed
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import agents, office_days, outages, state_runs
from laaswatch_collector.timeline.office_day import pack, unpack_all
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import BANGKOK
from support.anew import conclude_anew
from support.intake import a_round, enrol
from support.month.province import load_province, make_province

CODES = tuple(sorted(PROVINCES.keys() - {"10"}))


class Clock:
    """Seconds since it was asked last."""

    def __init__(self):
        self._last = time.perf_counter()

    def __call__(self):
        now = time.perf_counter()
        took, self._last = now - self._last, now
        return took


def count(database, table):
    return database.read(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )


def province_day(url, offices, say):
    """Load a day and its ledgers, then time: the whole day anew, a day touched by one report, its parts."""
    now = datetime.now(UTC)
    province = make_province(offices)
    loaded = load_province(url, province, now, days=1)
    day = datetime.fromtimestamp(province.axis.day_start(0), BANGKOK).date()
    database = Database.open(url)
    recomputer = Recomputer(database, load_calendar(), load_policy(), lambda: now)
    database.write(lambda c: conclude_anew(c, [day], now))
    clock = Clock()
    recomputer._conclude_days()
    whole = clock()
    packed = database.read(lambda c: packed_days(c, day))
    packed.pop(CONTROL_OFFICE)
    size = sum(map(len, packed.values())) / max(1, len(packed))
    say(
        f"| a province's day, all painted: {loaded.offices} offices, {loaded.reports:,} reports |"
        f" {whole:.2f} s |"
    )
    say(f"| packed, an office and day | {size:.0f} bytes |")
    recomputer.catch_up(600)
    late(database, day, now, say)
    return database, day, packed


def late(database, day, now, say, times=5):
    """One report of an hour that comes late, for one office; several times, the middle one."""
    office = database.read(
        lambda c: c.execute(
            sa.select(agents.c.office_code).where(agents.c.role != "control").limit(1)
        ).scalar_one()
    )
    sender = enrol(database, "late", office=office, now=day_bounds(day)[0] - timedelta(days=1))
    computer = Computer(database, load_calendar(), load_policy())
    recomputer = Recomputer(database, load_calendar(), load_policy(), lambda: now, computer)
    took = []
    for n in range(times):
        at = round(day_bounds(day)[0].timestamp() * 1000) + (9 * 60 + 10 * n) * 60_000
        mono = 10_000_000_000 + n * 600_000
        rounds = [a_round(at + i * 30_000, mono + i * 30_000, Fault.DNS) for i in range(20)]
        line = sender.seal(*rounds, cadence=30.0)
        sent = Envelope(
            sender.agent, sender.incarnation, sender.boot, rounds[-1].at + 1, mono + 600_000, 1
        )
        received = datetime.fromtimestamp(sent.sent / 1000, UTC)
        database.write(
            lambda c, x=sent, y=line, r=received: accept(c, x.agent, Delivery(x, (y,)), r)
        )
        clock = Clock()
        found = computer.day(day, now)
        computed = clock()
        assert set(found.painted) == {office}
        recomputer._conclude_days()
        stored = clock()
        rows = computer.office(office, day, day, now)
        explained = clock()
        recomputer.catch_up(600)
        took.append((computed, stored - computed, explained, len(rows)))
        clock()
    computed, stored, explained, entries = sorted(took)[len(took) // 2]
    say(
        f"| one late report: paint its office, conclude the province's day | {computed * 1000:.0f} ms |"
    )
    say(f"| … and store what changed | {max(0, stored) * 1000:.0f} ms |")
    say(f"| … and judge the office's {entries} entries | {explained * 1000:.0f} ms |")


def elsewhere(body, code, province):
    """The same painted day for another office, whose PCs have other names."""
    one = unpack_all({code: body}, [code], 0, 1440)
    spans = tuple(replace(x, agent=f"{province}-{x.agent}") for x in one.pcs)
    return pack(replace(one, pcs=spans), 0)


def nation_day(url, packed, day, say):
    """The painted day of the province in every province."""
    database = Database.open(url)
    now = day_bounds(day)[1] + timedelta(days=10)
    names = {
        f"{n:02d}{code[2:]}": elsewhere(body, code, f"{n:02d}")
        for n, _ in enumerate(CODES)
        for code, body in packed.items()
    }
    some = [
        Office(
            code,
            code,
            province=CODES[int(code[:2])],
            isp=("NT", "AIS", "TRUE")[int(code[-2:]) % 3],
            pcs=3,
        )
        for code in names
    ]
    database.write(lambda c: import_offices(c, some))
    database.write(
        lambda c: c.execute(
            agents.insert(),
            [
                {"id": f"a-{x.code}", "office_code": x.code, "role": "pc", "state": "active",
                 "token_sha256": x.code.encode().ljust(32), "created_at": now, "token_at": now, "enrol_nonce": x.code.encode(), "label": ""}
                for x in some
            ],
        )
    )  # fmt: skip
    database.write(lambda c: save_packed(c, day, names))
    database.write(lambda c: keep_day(c, day, over=True, settled=True))
    computer = Computer(database, load_calendar(), load_policy())
    clock = Clock()
    found = computer.day(day, now)
    computed = clock()
    database.write(lambda c: save_day(c, day, found.conclusions, now))
    first = clock()
    hit = replace(found.conclusions, state=found.conclusions.state.copy())
    hit.state[5, 600:660] = 3
    database.write(lambda c: save_day(c, day, hit, now))
    again = clock()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"| a nation's day: {len(some):,} painted offices read and concluded | {computed:.1f} s |")
    say(
        f"| … all stored ({count(database, state_runs):,} runs, {count(database, outages):,} outages) |"
        f" {first:.1f} s |"
    )
    say(f"| … one office changed: compared and stored | {again:.2f} s |")
    say(f"| memory of it all, at most | {peak:.0f} MB |")
    assert count(database, office_days) == len(some)
    database.close()


def main(offices=103):
    """Print the table."""
    print("| what | cost |\n| --- | --- |")

    def say(line):
        print(line, flush=True)

    with tempfile.TemporaryDirectory(prefix="laaswatch-recompute-") as folder:
        database, day, packed = province_day(f"sqlite:///{Path(folder)}/province.db", offices, say)
        database.close()
        nation_day(f"sqlite:///{Path(folder)}/nation.db", packed, day, say)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
