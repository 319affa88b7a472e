"""The control agent beside the collector: enrols itself, reports, comes back, and ends with it."""

import contextlib
import json
import signal
import time

import psutil
import pytest
import sqlalchemy as sa

from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import agents, reports
from support.collector import Collector

pytestmark = pytest.mark.system


def wait_for(found, seconds=60.0):
    """What `found()` gives once it gives anything."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
    return value


def child_of(collector):
    """The control agent's process, if it runs."""
    for child in psutil.Process(collector.pid).children():
        with contextlib.suppress(psutil.Error):  # it may be ending just now
            if "run" in child.cmdline():
                return child
    return None


@pytest.fixture
def settings(tmp_path):
    """A collector whose control agent asks a page on loopback, where nobody answers."""
    agent = tmp_path / "agent.yaml"
    site = {"url": "http://127.0.0.1:9/", "source": "test"}
    agent.write_text(
        json.dumps(
            {
                "fast": True,
                "stand_in_site": True,
                "round_seconds": 1,
                "report_seconds": 1,
                "layer_timeout": 1,
                "round_deadline": 1,
                "resolver": "127.0.0.1:9",
                "second_resolver": "",
                "targets": [{"role": "login", "addresses": [site]}],
                "references": [{"name": "r", "url": "tcp://127.0.0.1:9", "operator": "test"}],
            }
        ),
        encoding="utf-8",
    )
    file = tmp_path / "collector.yaml"
    file.write_text(json.dumps({"control_agent": {"config": str(agent)}}), encoding="utf-8")
    return file


def held(path):
    """(agent, number of its reports) for every control agent."""
    database = Database.open(f"sqlite:///{path}")
    try:
        return database.read(
            lambda c: [
                tuple(row)
                for row in c.execute(
                    sa.select(agents.c.id, sa.func.count(reports.c.id))
                    .outerjoin(reports, reports.c.agent_id == agents.c.id)
                    .where(agents.c.role == "control", agents.c.office_code == "control")
                    .group_by(agents.c.id)
                )
            ]
        )
    finally:
        database.close()


def test_the_control_agent_enrols_reports_comes_back_and_ends(tmp_path, settings):
    path = tmp_path / "a.db"
    with Collector(path, "--config", str(settings), control=True) as collector:
        collector.start()
        child = wait_for(lambda: child_of(collector))
        wait_for(lambda: [1 for _, n in held(path) if n > 0])
        child.send_signal(signal.SIGKILL)
        again = wait_for(lambda: (x := child_of(collector)) and x.pid != child.pid and x)
        assert collector.stop() == 0
        assert not again.is_running()
        (before,) = held(path)
        collector.start()
        wait_for(lambda: held(path)[0][1] > before[1])
        assert [agent for agent, _ in held(path)] == [before[0]]  # the same one, not another
        assert collector.stop() == 0


def test_a_new_database_enrols_the_control_agent_anew(tmp_path, settings):
    for name in ("first.db", "second.db"):
        with Collector(tmp_path / name, "--config", str(settings), control=True) as collector:
            collector.start()
            wait_for(lambda n=name: [1 for _, count in held(tmp_path / n) if count > 0])
            assert collector.stop() == 0
    first, second = (held(tmp_path / name)[0][0] for name in ("first.db", "second.db"))
    assert first != second
    assert not [x for x in psutil.process_iter(["cmdline"]) if _is_ours(x, tmp_path)]


def _is_ours(process, folder):
    return any(str(folder) in word for word in process.info["cmdline"] or ())
