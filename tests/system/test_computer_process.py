"""The process that concludes and judges: the same answers as in the server's own, and it never outlives it."""

import asyncio
import os
import signal
import time
from datetime import date

import psutil
import pytest
import sqlalchemy as sa

from laaswatch_collector import recompute
from laaswatch_collector.computing import Computer, ComputerProcess
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.simulate.province import simulate
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store.database import Database, Reader
from laaswatch_collector.store.schema import explanations, outages, stale_days
from laaswatch_collector.store.work import mark_stale
from support.collector import Collector
from support.intake import add_office, enrol
from support.province import NOW, load

DAY = date(2026, 10, 6)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request, tmp_path_factory):
    """A small province's October on either engine, with everything still to be concluded."""
    folder = tmp_path_factory.mktemp("process")
    url = f"sqlite:///{folder}/store.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("cluster").new_store()
    database = Database.open(url)
    load(database, simulate(5, 4, (2026, 10), holidays=()), folder)
    yield url, database
    database.close()


@pytest.fixture
def process(store):
    running = ComputerProcess(store[0], load_calendar(), load_policy())
    yield running
    for child in computing_for(os.getpid()):
        child.resume()  # a test that failed may leave it stopped: waiting for it would have no end
    running.close()


def computing_for(pid):
    """The processes that compute for this one."""
    return [
        x for x in psutil.Process(pid).children(recursive=True) if "spawn_main" in str(x.cmdline())
    ]


def wait_until(condition):
    """Return once it holds."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_both_come_to_the_same(store, process):
    here = Computer(store[1], load_calendar(), load_policy())
    ours, theirs = here.day(DAY, NOW).conclusions, process.day(DAY, NOW).conclusions
    assert (ours.state == theirs.state).all()
    assert ours.outages == theirs.outages
    office = ours.offices[0]
    assert here.office(office, DAY, DAY, NOW) == process.office(office, DAY, DAY, NOW) != []


def test_a_process_that_was_killed_is_replaced(process):
    before = process.day(DAY, NOW).conclusions
    (victim,) = computing_for(os.getpid())
    victim.send_signal(signal.SIGKILL)
    victim.wait(10)
    assert process.day(DAY, NOW).conclusions.outages == before.outages


def test_a_recomputer_works_through_it(store, process):
    _, database = store
    recomputer = Recomputer(database, load_calendar(), load_policy(), lambda: NOW, process)
    assert recomputer.catch_up()
    found = database.read(lambda c: c.execute(sa.select(outages.c.id)).all())
    judged = database.read(lambda c: c.execute(sa.select(explanations.c.entry_id)).all())
    assert found
    assert judged


def test_a_stop_does_not_wait_for_a_long_piece(store, process, monkeypatch):
    """The piece is dropped and given back; another collector, or the next start, does it."""
    _, database = store
    process.day(DAY, NOW)
    (child,) = computing_for(os.getpid())
    child.suspend()  # from now on it comes to no end
    monkeypatch.setattr(recompute, "PATIENCE", 0.2)
    database.write(lambda c: mark_stale(c, [DAY], NOW))
    recomputer = Recomputer(database, load_calendar(), load_policy(), lambda: NOW, process)

    def in_hand():
        query = sa.select(stale_days.c.day).where(stale_days.c.leased_by != "")
        return database.read(lambda c: c.execute(query).scalars().all())

    async def work_and_stop():
        working = asyncio.create_task(recomputer.run())
        await asyncio.to_thread(wait_until, in_hand)
        working.cancel()
        await asyncio.wait([working], timeout=60)
        return working.cancelled()

    assert asyncio.run(work_and_stop())
    assert not child.is_running()
    assert in_hand() == []
    assert DAY in database.read(lambda c: c.execute(sa.select(stale_days.c.day)).scalars().all())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_server(tmp_path, how):
    """Killed, a server has no time to tell anybody."""
    url = f"sqlite:///{tmp_path}/store.db"
    database = Database.open(url)
    add_office(database)
    enrol(database)
    database.write(lambda c: mark_stale(c, [DAY], NOW))
    database.close()
    reader = Reader.of(url)
    with Collector(tmp_path / "store.db") as collector:
        collector.start()
        deadline = time.monotonic() + 60
        while reader.read(lambda c: c.execute(sa.select(stale_days)).all()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        (child,) = computing_for(collector.pid)
        os.kill(collector.pid, how)
        child.wait(30)
        assert not child.is_running()
    reader.close()
