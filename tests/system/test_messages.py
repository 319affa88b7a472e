"""A real collector and an outage played in: one message when it begins, one when it is over, a kill in between."""

import http.client
import json
import shutil
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.outbox import newest
from laaswatch_collector.store.subscriptions import ChannelName, Level, Wanted, subscribe
from laaswatch_collector.store.users import add_user
from support import later_collector
from support.collector import Collector
from support.intake import a_round, add_office, enrol
from support.outside import web_service

pytestmark = pytest.mark.system

CALENDAR = Path(__file__).parents[2] / "config" / "calendar"
LOCAL = datetime.now(timezone(timedelta(hours=7)))
SHIFT = (LOCAL.replace(hour=10, minute=0) - LOCAL).total_seconds() / 60
"""Minutes from now to ten o'clock of today: the test and its collector live there, whenever this runs."""
LATER = 25
"""Minutes: an end is told after twenty quiet ones."""
PATIENCE = 120
"""Seconds."""


def settings(folder):
    """Messages by webhook, at an office that works day and night."""
    calendar = folder / "calendar"
    shutil.copytree(CALENDAR, calendar)
    hours = {
        "hours": ["00:00-23:59"],
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    }
    file = calendar / "hours.yaml"
    file.write_text(yaml.safe_dump({"default": hours, "offices": {}, "dated": []}), "utf-8")
    for days in calendar.glob("*.csv"):  # today is no holiday, whenever this runs
        lines = days.read_text(encoding="utf-8").splitlines()
        kept = [x for x in lines if f"{LOCAL:%Y-%m-%d}" not in x]
        days.write_text("\n".join(kept) + "\n", encoding="utf-8")
    found = {
        "calendar_dir": str(calendar),
        "notify": {
            "presume": False,
            "allowed_hosts": ["127.0.0.1"],
            "webhook": {"enabled": True},
        },
    }
    config = folder / "collector.yaml"
    config.write_text(yaml.safe_dump(found), encoding="utf-8")
    return config


def prepared(path, hook):
    """An office with two PCs, and a reader who wants to be told at once, without digests."""
    database = Database.open(f"sqlite:///{path}")
    now = datetime.now(UTC) + timedelta(minutes=SHIFT)

    def reader(c):
        add_user(c, "a", "support", "a long pass phrase 1", now=now)
        wanted = Wanted(ChannelName.WEBHOOK, hook, Level.ALL, morning=False, afternoon=False)
        subscribe(c, "a", wanted, now)

    try:
        add_office(database)
        database.write(reader)
        return [enrol(database, name, now=now) for name in ("one", "two")]
    finally:
        database.close()


def ms(minutes):
    """So many minutes from the test's now (before it, if negative), in milliseconds since 1970."""
    return round((time.time() + 60 * (SHIFT + minutes)) * 1000)


def play(collector, pcs, now, first, last, fault):
    """Both PCs' rounds, two a minute, between these minutes, delivered at `now`: all from the test's own time."""
    start, end = ms(first), ms(last)
    for pc in pcs:
        line = pc.seal(*(a_round(at, at, fault) for at in range(start, end, 30_000)))
        body = pc.body(line, sent=ms(now), mono=ms(now))
        headers = {
            "Authorization": f"Bearer {pc.token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
        }
        connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=30)
        try:
            connection.request("POST", "/v1/reports", body, headers)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
        finally:
            connection.close()


def told(service, enough):
    """(status, key) of the alerts as they came, once `enough` holds of them."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = [(json.loads(x[3])["status"], x[2]["Idempotency-Key"]) for x in service.requests]
        if enough(found):
            return found
        time.sleep(0.2)
    raise TimeoutError(f"not told: {service.requests}")


def collector_at(path, config, minutes):
    """The collector, so many minutes later."""
    program = (later_collector.__file__, str(SHIFT + minutes))
    return Collector(path, "--config", str(config), program=program)


def test_an_outage_is_told_once_and_its_end_once(tmp_path):
    path, config = tmp_path / "laaswatch.db", settings(tmp_path)
    with web_service() as service:
        service.answers["/hook"] = [(503, {}, {}), (200, {}, {})]
        pcs = prepared(path, f"{service.url}/hook")
        with collector_at(path, config, 0) as collector:
            collector.start()
            play(collector, pcs, 0, -60, -40, Fault.NONE)
            play(collector, pcs, 0, -40, 0, Fault.DNS)
            begun = told(service, lambda x: len(x) == 2)
            assert len({*begun}) == 1  # refused, and tried again by one key
            assert begun[0][0] == "firing"
            collector.kill()
        with collector_at(path, config, LATER) as collector:
            collector.start()
            play(collector, pcs, LATER, 1, LATER, Fault.NONE)
            found = told(service, lambda x: "resolved" in dict(x))
            # What was in hand at the kill may come again; its key says so, and a receiver shows it once.
            assert {x for x in found if x[0] == "firing"} == {begun[0]}
            assert [x[0] for x in found].count("resolved") == 1
            assert collector.stop() == 0
    database = Database.open(f"sqlite:///{path}")
    try:
        found = sorted((x.kind, str(x.state), x.tries) for x in database.read(newest))
    finally:
        database.close()
    assert found == [("opened", "sent", 2), ("over", "sent", 1)]
