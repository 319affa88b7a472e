"""kill -9 while old reports are packed: each report is in exactly one place, to the byte, at every moment."""

import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import zstandard

from laaswatch_collector.store.database import Database
from laaswatch_collector.store.history import past_lines
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import reports
from support.intake import NOW, a_round, add_office, enrol
from support.soak import soak

KILLS = soak(8, 100)
REPORTS = 240
WORKER = Path(__file__).parents[1] / "support" / "sealing_worker.py"

pytestmark = pytest.mark.crash


@pytest.fixture
def store(tmp_path):
    """Two PCs, each with reports of forty days."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    database = Database.open(url)
    add_office(database)
    senders = [enrol(database, f"pc {n}", now=NOW - timedelta(days=60)) for n in range(2)]
    for sender in senders:
        database.write(lambda c, s=sender: deliver(c, s))
    yield url, database, senders
    database.close()


def deliver(connection, sender):
    for n in range(REPORTS):
        at = NOW - timedelta(days=40) + n * timedelta(hours=4)
        wall = round(at.timestamp() * 1000)
        line = sender.seal(a_round(wall - 1000, 10**10 + n))
        delivery = sender.delivery(line, sent=wall, mono=10**10 + n + 1000)
        accept(connection, sender.agent, delivery, datetime.fromtimestamp(wall / 1000, UTC))


def places(database, sender):
    """Every number with its line, as often as it is held; how many of them are packed."""
    unpack = zstandard.ZstdDecompressor().decompress

    def read(connection):
        rows = connection.execute(
            sa.select(reports.c.seq, reports.c.body).where(reports.c.agent_id == sender.agent)
        )
        raw = [(row.seq, unpack(row.body)) for row in rows]
        packed = list(past_lines(connection, sender.agent, sender.incarnation))
        return sorted(raw + packed), len(packed)

    return database.read(read)


def unpacked(database):
    """How many reports lie in their own rows."""
    count = sa.select(sa.func.count()).select_from(reports)
    return database.read(lambda c: c.execute(count).scalar_one())


def start(url, *arguments):
    process = subprocess.Popen(
        [sys.executable, str(WORKER), url, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout.readline() == "packing\n"
    return process


def test_every_report_is_in_one_place_whenever_it_is_killed(store):
    url, database, senders = store
    rng = random.Random(20261123)
    seen = []
    for _ in range(KILLS):
        before, few = unpacked(database), rng.randint(1, 40)
        process = start(url)
        deadline = time.monotonic() + 60
        while unpacked(database) > max(1, before - few) and process.poll() is None:
            assert time.monotonic() < deadline
        process.kill()
        process.wait()
        process.stdout.close()
        for sender in senders:
            held, packed = places(database, sender)
            assert held == list(enumerate(sender.lines, 1))
            seen.append(packed)
    process = start(url)
    assert process.stdout.readline() == "done\n"
    assert process.wait(60) == 0
    process.stdout.close()
    total = 0
    for sender in senders:
        held, packed = places(database, sender)
        assert held == list(enumerate(sender.lines, 1))
        total += packed
    assert total == 2 * REPORTS - 1  # the highest row stays
    assert any(0 < x < REPORTS for x in seen), seen  # some kills were in the middle


def test_packing_in_two_commits_is_caught(store):
    url, database, senders = store
    process = start(url, "careless")
    assert process.wait(60) == 9
    process.stdout.close()
    assert any(
        places(database, sender)[0] != list(enumerate(sender.lines, 1)) for sender in senders
    )
