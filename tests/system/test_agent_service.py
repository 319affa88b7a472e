"""The service as a whole: real spool, real threads, a real HTTP counterpart; only the network is played."""

import contextlib
import gzip
import json
import re
import sqlite3
import threading
import time
from dataclasses import replace
from random import Random

import pytest

from laaswatch_agent import identity
from laaswatch_agent.config import load_agent_config
from laaswatch_agent.diagnosis.rules import LINE_ONLY
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.knowledge_file import Knowledge
from laaswatch_agent.report.codec import unpack_delivery, unseal
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Depth, Fault, Layer, PresenceKind, Reason, Result
from laaswatch_agent.service import Service
from laaswatch_agent.spool import Limits, Spool
from support.agents import CIRCUMSTANCES, Counterpart, a_round, ack_all, reply

pytestmark = pytest.mark.system

ARTICLES = load_articles()


def config(folder, **more):
    shipped = load_agent_config(None)
    return replace(
        shipped,
        state_dir=folder,
        status_page=folder / "status.html",
        textfile=folder / "agent.prom",
        fast=True,
        round_seconds=0.1,
        report_seconds=0.2,
        round_deadline=1.0,
        **more,
    )


class Line:
    """Plays the network: each round shows `fault`; `hang` makes rounds last."""

    def __init__(self):
        self.fault = Fault.NONE
        self.made = 0
        self.depths = []
        self.agains = []
        self.hang = 0.0

    def __call__(self, config, history, clock, *, depth, again):
        time.sleep(self.hang)
        self.made += 1
        self.depths.append(depth)
        self.agains.append(again)
        found = replace(a_round(0, self.fault), at=clock.wall_ms(), mono=clock.mono_ms())
        if depth is Depth.FULL:
            return found
        return replace(found, fault=Fault.NONE, rule=LINE_ONLY)


class Inbox:
    """The collector's counterpart: keeps the reports, in whatever order they come."""

    def __init__(self):
        self.lines = {}
        self.slow = 0.0
        self.config = None

    def __call__(self, method, path, headers, body):
        if path == "/v1/config":
            return reply(200, self.config)
        time.sleep(self.slow)
        delivery = gzip.decompress(body)
        for line in unpack_delivery(delivery).sealed:
            self.lines[unseal(line).seq] = line
        _, named, answer = ack_all(delivery)
        document = json.loads(answer)
        document["config_etag"] = self.config["etag"] if self.config else ""
        return 200, named, json.dumps(document).encode()

    @property
    def reports(self):
        return [unseal(line) for _, line in sorted(self.lines.items())]


def enrolled(folder, address):
    mine = identity.prepare(folder, address, "", "0" * 25)
    office = {"code": "05120101", "name_th": "อบต.ทดสอบ", "name_en": "Test TAO"}
    identity.adopt(folder, mine.accepted({"agent": "agent-1", "office": office}))


@contextlib.contextmanager
def running(settings, line, clock=None):
    """The service in a thread, asked to stop at the end; it must be gone within ten seconds."""
    stop = threading.Event()
    service = Service(
        settings, Knowledge(ARTICLES), clock=clock or Clock(), dice=Random(1), measure=line
    )
    thread = threading.Thread(target=service.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        asked = time.monotonic()
        thread.join(15)
        assert not thread.is_alive()
        assert time.monotonic() - asked < 10


def until(condition, patience=10.0):
    give_up = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.01)


def test_rounds_arrive_as_reports_with_a_journal(tmp_path):
    """Started, measured, delivered, stopped: the collector ends up with all of it, the spool empty."""
    line, inbox = Line(), Inbox()
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(config(tmp_path), line):
            until(lambda: len(inbox.lines) >= 2)
    reports = inbox.reports
    assert [r.seq for r in reports] == list(range(1, len(reports) + 1))
    assert sum(len(r.rounds) for r in reports) == line.made
    marks = [m.kind for r in reports for m in r.presence]
    assert marks == [PresenceKind.STARTED, PresenceKind.STOPPED]
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        assert spool.counts().reports == 0


def test_a_changed_fault_is_reported_at_once(tmp_path):
    """The live view does not wait for the next report when something breaks."""
    line, inbox = Line(), Inbox()
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(replace(config(tmp_path), report_seconds=3600), line):
            until(lambda: len(inbox.lines) == 1)
            line.fault = Fault.SITE_HTTP
            until(lambda: len(inbox.lines) == 2)
            assert inbox.reports[1].rounds[-1].fault is Fault.SITE_HTTP


def test_a_slow_line_delays_no_round(tmp_path):
    """While one delivery hangs for a second, rounds go on at their pace."""
    line, inbox = Line(), Inbox()
    inbox.slow = 1.0
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(config(tmp_path), line):
            until(lambda: line.made >= 8, 3.0)
            assert len(inbox.lines) <= 2


def test_without_a_collector_it_works_alone(tmp_path):
    """Not enrolled: page, metrics and history are there, the rounds wait; enrolling later sends them."""
    line, inbox = Line(), Inbox()
    line.fault = Fault.DNS
    with Counterpart(inbox) as server, running(config(tmp_path), line):
        until(lambda: line.made >= 5)
        page = (tmp_path / "status.html").read_text(encoding="utf-8")
        assert "ยังไม่ได้ลงทะเบียน" in page
        assert '{fault="dns"} 1' in (tmp_path / "agent.prom").read_text(encoding="utf-8")
        assert (tmp_path / "history.json").exists()
        enrolled(tmp_path, server.address)
        until(lambda: inbox.lines)
        first = inbox.reports[0].rounds[0]
        assert first.fault is Fault.DNS
        until(lambda: "อบต.ทดสอบ" in (tmp_path / "status.html").read_text(encoding="utf-8"))


def test_a_hanging_round_does_not_hold_up_the_stop(tmp_path):
    """Told to stop in the middle of a round on a dead line, it leaves in time (see `running`)."""
    line = Line()
    with running(config(tmp_path), line):
        until(lambda: line.made >= 1)
        line.hang = 5.0
        time.sleep(0.3)


def test_a_bug_in_a_round_does_not_end_the_watch(tmp_path):
    """One round that fails by our own fault is logged; the next one is made."""
    line = Line()

    def sometimes(settings, history, clock, *, depth, again):
        if line.made == 2:
            line.made += 1
            raise ZeroDivisionError
        return line(settings, history, clock, depth=depth, again=again)

    stopped = threading.excepthook
    threading.excepthook = lambda _: None
    try:
        with running(config(tmp_path), sometimes):
            until(lambda: line.made >= 6)
    finally:
        threading.excepthook = stopped


class Sleeper(Clock):
    """The PC's clocks, after so many milliseconds of sleep."""

    slept = 0

    def wall_ms(self):
        return super().wall_ms() + self.slept

    def mono_ms(self):
        return super().mono_ms() + self.slept


def test_a_round_that_was_slept_through_is_no_round(tmp_path):
    """The lid is shut in the middle of a round: its time-outs are told as sleep, not as a fault."""
    clock, inbox = Sleeper(), Inbox()

    class Shut(Line):
        def __call__(self, config, history, clock, **more):
            one = super().__call__(config, history, clock, **more)
            if self.made == 5:
                clock.slept += 3_600_000
                return replace(one, fault=Fault.SITE_HTTP)
            return one

    line = Shut()
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(config(tmp_path), line, clock):
            until(lambda: any(r.presence and r.seq > 1 for r in inbox.reports))
    reports = inbox.reports
    assert {x.fault for r in reports for x in r.rounds} == {Fault.NONE}
    assert sum(len(r.rounds) for r in reports) == line.made - 1
    (asleep,) = [m for r in reports for m in r.presence if m.kind is PresenceKind.ASLEEP]
    assert 3_600_000 <= asleep.until - asleep.at < 3_700_000


def test_a_disk_that_fails_at_the_start_does_not_stop_the_watch(tmp_path, monkeypatch):
    """No spool can be opened: it measures, shows its page, and keeps rounds as soon as it can."""
    connect = sqlite3.connect
    broken = threading.Event()
    broken.set()

    def refuse(place, *rest, **more):
        if broken.is_set() and str(tmp_path) in str(place):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return connect(place, *rest, **more)

    monkeypatch.setattr(sqlite3, "connect", refuse)
    line, inbox = Line(), Inbox()
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(config(tmp_path), line):
            until(lambda: line.made >= 5 and (tmp_path / "status.html").exists())
            broken.clear()
            until(lambda: any(r.gaps for r in inbox.reports))
    (gap,) = [g for r in inbox.reports for g in r.gaps]
    assert gap.why == "disk_refused"
    assert gap.rounds + sum(len(r.rounds) for r in inbox.reports) == line.made


def test_the_run_before_is_told(tmp_path):
    """A killed agent of the same boot is told as stopped at its last sign of life."""
    line, inbox = Line(), Inbox()
    now = Clock()
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        last = f"{now.wall_ms() - 60_000} {now.mono_ms() - 60_000} 0 {now.boot_id()}"
        spool.add_round(a_round(), CIRCUMSTANCES, notes={"alive": last})
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(config(tmp_path), line):
            until(lambda: len(inbox.lines) >= 2)
    marks = [m.kind for r in inbox.reports for m in r.presence]
    assert marks[:2] == [PresenceKind.STOPPED, PresenceKind.STARTED]


def test_reports_of_an_earlier_enrolment_are_not_sent_in_a_new_name(tmp_path):
    """Enrolled for another office since: what was measured for the first stays aside on this PC."""
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.add_round(a_round(7), CIRCUMSTANCES, notes={"owner": "another-agent"})
    line, inbox = Line(), Inbox()
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(config(tmp_path), line):
            until(lambda: inbox.lines)
    assert a_round(7).at not in [x.at for r in inbox.reports for x in r.rounds]
    assert len(list((tmp_path / "quarantine").iterdir())) == 1


def test_the_collectors_settings_are_taken_and_kept(tmp_path):
    """A new etag brings new settings; they hold after a restart without a line."""
    line, inbox = Line(), Inbox()
    inbox.config = {"etag": "e9", "round_seconds": 45, "report_seconds": 90}
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with running(config(tmp_path), line):
            until(lambda: len(inbox.lines) >= 2)
            until(lambda: any(path == "/v1/config" for _, path, *_ in server.seen))
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        assert spool.recall_json("settings")["etag"] == "e9"


def test_the_plan_says_how_often_the_site_is_touched(tmp_path):
    """Every third round here, every second in trouble; what was found stands in between."""
    line, inbox = Line(), Inbox()
    site = {"depth": "full", "every": 0.3, "in_trouble": 0.2}
    inbox.config = {"etag": "e1", "site": site, "now_ms": OFFICE_TIME}
    slow = replace(config(tmp_path), fast=False, round_seconds=0.1, report_seconds=0.1)
    with Counterpart(inbox) as server:
        enrolled(tmp_path, server.address)
        with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
            skew = OFFICE_TIME - Clock().wall_ms()
            spool.remember(settings=json.dumps(inbox.config | {"skew_ms": skew}))
        with running(slow, line):
            until(lambda: Depth.FULL in line.depths)
            del line.depths[: line.depths.index(Depth.FULL)]
            until(lambda: len(line.depths) >= 7)
            calm = "".join(x[0] for x in line.depths[:7])
            line.fault = Fault.SITE_HTTP
            until(lambda: _shown(tmp_path) == "site_http")
            at = len(line.depths)
            until(lambda: len(line.depths) >= at + 7)
            trouble = "".join(x[0] for x in line.depths[at : at + 7])
            assert _shown(tmp_path) == "site_http"
            assert not any(line.agains[-3:])
    assert calm == "fllfllf"
    assert trouble in ("flflflf", "lflflfl")


def test_a_busy_site_is_left_alone_for_as_long_as_it_asks(tmp_path):
    """After a 503 with Retry-After the rounds look at the line only, until the time is over."""
    line = Line()
    slow = replace(config(tmp_path), fast=False, round_seconds=0.1, report_seconds=0.1)
    busy = LayerResult(
        Layer.HTTP, "login", Result.FAIL, Reason.STATUS_SERVER_ERROR, 9.0, "503 after=1"
    )

    def answers(settings, history, clock, *, depth, again):
        found = line(settings, history, clock, depth=depth, again=again)
        return replace(found, layers=(busy,)) if line.made == 2 else found

    skew = OFFICE_TIME - Clock().wall_ms()
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.remember(settings=json.dumps({"skew_ms": skew}))
    with running(slow, answers):
        until(lambda: line.depths[-1:] == [Depth.FULL] and Depth.LOCAL in line.depths)
    assert line.depths[:2] == [Depth.FULL, Depth.FULL]
    resting = line.depths.index(Depth.FULL, 2) - 2
    assert 5 <= resting <= 11


OFFICE_TIME = 1_795_399_200_000
"""Monday, 2026-11-23, 09:00 in Bangkok."""


def _shown(folder):
    found = re.search('fault="([a-z_]+)"} 1', (folder / "agent.prom").read_text("utf-8"))
    return found[1] if found else None
