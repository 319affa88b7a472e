"""How true the messages are: a simulated province lived through minute by minute, through the real intake,
recomputation, planner and outbox, against what really happened.

`PYTHONPATH=tests python -m support.telling [seeds] [days] [offices]` prints the table of docs/messages.md.

Reports reach the collector when the line allows: one made behind a dead line waits in the agent's spool. Only rounds
of a PC that is on exist at all. The reader of each office gets every event, those of province and nation what is wide.
"""

import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_collector.localization.live import live_view
from laaswatch_collector.notify.planner import Planner
from laaswatch_collector.notify.texts import Notice
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.simulate.province import simulate
from laaswatch_collector.simulate.situations import Situation
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.agents import ensure_control_office
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.outbox import newest
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import offices, users
from laaswatch_collector.store.subscriptions import ChannelName, Level, Wanted, subscribe
from laaswatch_collector.store.views.leaving import leave_rates
from laaswatch_collector.store.views.offices import newest_rounds
from laaswatch_collector.worktime.thai import BANGKOK, local_date
from support.province import enrol

HOLIDAYS = (date(2026, 10, 13), date(2026, 10, 23))
PROVINCE = "57"
TICK = 300
"""Seconds between looks; the collector itself looks every half minute."""
NO_WAY_OUT = (
    Situation.LINE_CUT,
    Situation.ROUTER_DEAD,
    Situation.NO_ADDRESS,
    Situation.CABLE_OUT,
)
"""Where nothing reaches the collector either."""
EVENTS = ("opened", "corrected", "over", "withdrawn")
BEFORE, AFTER = 15 * 60, 30 * 60
"""Seconds by which a message may miss a true event's edges."""


@dataclass
class Count:
    """What a run told. `false` by reason; `late`: true wide events that only a digest told."""

    readers: int = 0
    days: int = 0
    told: Counter = field(default_factory=Counter)
    false: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)
    real: int = 0
    missed: int = 0
    digested: int = 0

    def add(self, other):
        """Another run beside it."""
        self.readers = max(self.readers, other.readers)
        self.days += other.days
        self.told += other.told
        self.false += other.false
        self.wrong += other.wrong
        self.real += other.real
        self.missed += other.missed
        self.digested += other.digested

    @property
    def messages(self):
        """Messages about events; digests are not counted."""
        return sum(self.told[x] for x in EVENTS)

    @property
    def false_share(self):
        """Of the messages about events."""
        return sum(self.false.values()) / max(1, self.messages)


class Life:
    """A province, lived through. `days` are positions on the simulation's axis."""

    def __init__(self, folder, seed, days, count=30, cadence=60, span=60):
        self.truth = simulate(
            seed, count, (2026, 10), holidays=HOLIDAYS, cadence=cadence, span=span
        )
        self.days = days
        self.database = Database.open(f"sqlite:///{folder}/store.db")
        self.now = self._moment(days[0], 0)
        self.calendar = load_calendar()
        self._register()
        self.recomputer = Recomputer(self.database, self.calendar, load_policy(), lambda: self.now)
        self.rates = None
        self.planner = Planner(self.database, lambda: self.calendar, self.live, "measured")

    def _moment(self, day, minute):
        return datetime.fromtimestamp(
            self.truth.axis.second(self.truth.axis.at(day, 450)), UTC
        ) + timedelta(minutes=minute)

    def _register(self):
        def work(c):
            for x in self.truth.offices:
                c.execute(
                    offices.insert().values(
                        code=x.code,
                        name_th=x.name_th,
                        name_en=x.name_en,
                        province=PROVINCE,
                        isp=x.isp,
                    )
                )
            ensure_control_office(c)
            people = [(f"o{x.code}", "clerk", x.code) for x in self.truth.offices]
            for name, role, office in [
                *people,
                ("province", "province", ""),
                ("support", "support", ""),
            ]:
                c.execute(
                    users.insert().values(
                        name=name, role=role, office_code=office, created_at=self.now,
                        province="" if role == "support" else PROVINCE, password="",
                    )
                )  # fmt: skip
                level = Level.ALL if role == "clerk" else Level.WIDE
                subscribe(c, name, Wanted(ChannelName.PAGE, "", level, quiet_line=False), self.now)
            return [enrol(c, agent, self.now) for agent in self.truth.agents]

        self.agents = self.database.write(work)

    def live(self):
        """The live view, as the server makes it."""
        return self.database.read(
            lambda c: live_view(newest_rounds(c), int(self.now.timestamp()), self.rates)
        )

    def _arrivals(self, day):
        """(second of arrival, row, report) of a day, in order: what a dead line held back comes when it lives again."""
        found = []
        axis = self.truth.axis
        for row, agent in enumerate(self.truth.agents):
            blocked = np.isin(self.truth.weather.situation[row], NO_WAY_OUT)
            on = np.zeros(axis.slots, bool)
            for boot in self.truth.boots[row]:
                on[boot.start : boot.end] = True
            open_ = np.flatnonzero(on & ~blocked)
            for report in self._reports[row]:
                if report.day > day or report.day < self.days[0]:
                    continue
                made = report.made // 1000 - agent.clock_off
                slot = report.day * 600 + int((made - axis.day_start(report.day)) // 60)
                after = np.searchsorted(open_, slot)
                if after == len(open_) or open_[after] // 600 != day:
                    continue
                way = int(open_[after])
                second = max(made, axis.second(way)) + 20
                found.append((second, row, report))
        return sorted(found, key=lambda x: (x[0], x[1], x[2].made))

    def run(self):
        """Live through the days; the count."""
        self._reports = [list(self.truth.reports(row)) for row in range(len(self.truth.agents))]
        past = []
        for day in self.days:
            self.rates = self.database.read(lambda c: leave_rates(c, past, {}))
            waiting = self._arrivals(day)
            position = 0
            for minute in range(0, 600, TICK // 60):
                self.now = self._moment(day, minute + TICK // 60)
                batch = {}
                while position < len(waiting) and waiting[position][0] <= self.now.timestamp():
                    second, row, report = waiting[position]
                    batch.setdefault(row, []).append((second, report))
                    position += 1
                self.database.write(partial(self._accept, batch=batch))
                self.recomputer._settle()
                self.recomputer._conclude_days()
                self.planner.once(self.now)
            past.append(local_date(self.now))
        return self.judge()

    def _accept(self, connection, batch):
        for row, reports in batch.items():
            agent, known = self.truth.agents[row], self.agents[row]
            for first in range(0, len(reports), 100):
                lines = tuple(x.line for _, x in reports[first : first + 100])
                at = max(s for s, _ in reports[first : first + 100])
                last = reports[first : first + 100][-1][1]
                sent = Envelope(
                    known, "0123456789abcdef", last.boot, (at + agent.clock_off) * 1000,
                    last.mono + (at + agent.clock_off) * 1000 - last.made, len(lines),
                )  # fmt: skip
                accept(connection, known, Delivery(sent, lines), datetime.fromtimestamp(at, UTC))

    # ------------------------------------------------------------------ against the truth
    def judge(self):
        """Every message held against what happened."""
        clock = self.calendar.work_clock(PROVINCE)
        sent = self.database.read(lambda c: newest(c, most=1_000_000))
        found = Count(len(self.truth.offices) + 2, len(self.days))
        seen = set()
        for x in sorted(sent, key=lambda x: (x.made_at, x.key)):
            notice = msgspec.json.decode(x.body, type=Notice)
            found.told[x.kind] += 1
            if x.kind not in EVENTS:
                continue
            why = ""
            if (x.event, x.kind, x.user) in seen:
                why = "twice"
            elif not clock.is_working(int(x.made_at.timestamp())):
                why = "at night"
            elif x.kind == "withdrawn" or not self._is_real(notice, x.made_at):
                why = "nothing behind it"
            seen.add((x.event, x.kind, x.user))
            if why:
                found.false[why] += 1
                found.wrong.append(
                    (why, x.made_at.astimezone(BANGKOK).isoformat(), x.user, x.kind, notice.subject)
                )
        self._count_missed(found, sent)
        return found

    def _is_real(self, notice, made_at):
        first = int(notice.start.timestamp())
        end = int((notice.end or made_at).timestamp())
        if notice.scope == "office":
            return self._office_was_down(notice.place, first, end)
        return any(
            a - BEFORE <= first and end <= b + AFTER and min(end, b) > max(first, a)
            for a, b in self._true_spans(notice.scope, notice.place)
        )

    def _office_was_down(self, code, first, end):
        """Could the office not use the site in half of the time that was told?"""
        at = np.array([self.truth.axis.second(i) for i in range(self.truth.axis.slots)])
        row = [x.code for x in self.truth.offices].index(code)
        span = (at >= first) & (at < end)
        return bool(span.any()) and (~self.truth.usable[row, span]).mean() >= 0.5

    def _true_spans(self, scope, place):
        """The true events of this scope and place, in seconds."""
        isp = place.partition("/")[0]
        wanted = {
            "site": lambda e: e.scope == "site",
            "undecided": lambda e: e.scope in ("site", "isp"),
            "isp": lambda e: e.scope == "isp" and e.key == isp,
            "isp_province": lambda e: e.scope == "isp" and e.key == isp,
            "province": lambda e: e.scope == "province",
        }[scope]
        axis = self.truth.axis
        return [
            (axis.second(e.start), axis.second(e.end - 1) + 60)
            for e in self.truth.events
            if wanted(e) and e.cause != "slow"
        ]

    def _count_missed(self, found, sent):
        """True wide events of half an hour of office time or more, and whether the province heard of them."""
        clock = self.calendar.work_clock(PROVINCE)
        notices = [
            (x, msgspec.json.decode(x.body, type=Notice)) for x in sent if x.user == "province"
        ]
        axis = self.truth.axis
        for event in self.truth.events:
            if event.scope not in ("site", "isp", "province") or event.cause == "slow":
                continue
            if event.start // 600 not in self.days:
                continue
            a, b = axis.second(event.start), axis.second(event.end - 1) + 60
            if clock.working_minutes(a, b) < 30:
                continue
            found.real += 1
            near = [
                (x, n)
                for x, n in notices
                if n.start and n.start.timestamp() < b and a < x.made_at.timestamp() < b + AFTER
            ]
            if not any(x.kind in EVENTS for x, _ in near):
                told = self.database.read(lambda c, a=a, b=b: _in_digest(c, a, b))
                found.digested += told
                found.missed += not told
                found.wrong.append(
                    (
                        "digest only" if told else "missed",
                        datetime.fromtimestamp(a, BANGKOK).isoformat(),
                        event.scope,
                        event.key,
                        event.cause,
                    )
                )


def _in_digest(connection, a, b):
    """Whether a wide event that overlaps was kept: the next digest lists it."""
    from laaswatch_collector.store.schema import notice_events

    x = notice_events.c
    rows = connection.execute(
        notice_events.select().where(
            x.scope != "office", x.stage.in_(("late", "over", "open", "faded"))
        )
    ).all()
    return any(r.start_at.timestamp() < b and r.end_at.timestamp() > a for r in rows)


def live_through(seed, days, offices=30):
    """The count of one seed."""
    with tempfile.TemporaryDirectory(prefix="laaswatch-telling-") as folder:
        life = Life(Path(folder), seed, days, offices)
        try:
            return life.run()
        finally:
            life.database.close()


def table(counts):
    """A Markdown table, a line a seed and their sum."""
    lines = [
        "| seed | days | readers | messages | a reader and day | false | of them | wide events | told at once | digest only | missed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    total = Count()
    for name, x in counts.items():
        lines.append(_line(name, x))
        total.add(x)
    return "\n".join([*lines, _line("all", total)])


def _line(name, x):
    why = ", ".join(f"{n} {k}" for k, n in sorted(x.false.items())) or "–"
    rate = x.messages / max(1, x.readers * x.days)
    live = x.real - x.missed - x.digested
    return (
        f"| {name} | {x.days} | {x.readers} | {x.messages} | {rate:.2f} | {100 * x.false_share:.1f} % | {why} |"
        f" {x.real} | {live} | {x.digested} | {x.missed} |"
    )


def main(seeds="1,2,3", days=5, count=30):
    """Print the table, then what was wrong."""
    counts = {}
    for seed in map(int, str(seeds).split(",")):
        counts[seed] = live_through(seed, list(range(int(days))), int(count))
        print(table({seed: counts[seed]}), counts[seed].told, flush=True)
        for line in counts[seed].wrong:
            print("   ", *line, flush=True)
    print(table(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
