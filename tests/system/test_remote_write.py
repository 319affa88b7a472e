"""Nine hours without a line, the replay, and a graph without a hole: in a real Prometheus and a real VictoriaMetrics."""

import asyncio
import shutil
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import numpy as np
import pytest
from click.testing import CliRunner

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.cli.export import command as export
from laaswatch_collector.config import RemoteWriteConfig
from laaswatch_collector.remote_write.destination import Destination
from laaswatch_collector.remote_write.follow import Follower, standing
from laaswatch_collector.store.database import Database
from laaswatch_collector.timeline.packed import ROUND, WORKED
from support import seeded
from support.receivers import prometheus, victoria_metrics
from support.reports_in_store import put_report

CUT, FRESH = 9 * 60, 30
"""Minutes that the line was cut, and since it is back."""
PER_MINUTE = 2
BEFORE = 20
AGENT, NEIGHBOUR = "a00000", "a00010"
QUERY = f'sum by (office) (count_over_time(laaswatch_round_usable{{office="{seeded.FIRST}"}}[1m]))'

pytestmark = [
    pytest.mark.prometheus,
    pytest.mark.xdist_group("prometheus"),
    pytest.mark.skipif(
        not (shutil.which("prometheus") and shutil.which("promtool")),
        reason="prometheus and promtool are not installed",
    ),
]


@pytest.fixture
def now():
    """The end of the last whole minute: receivers judge age by their own clock."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture
def database(tmp_path):
    found = Database.open(f"sqlite:///{tmp_path}/store.db")
    seeded.seed(found, offices=2, late=0, other_province=0)
    yield found
    found.close()


def _minutes(database, agent, now, first, last, received):
    """Rounds from `first` to `last` minutes ago, all received so many minutes ago, ten minutes a report."""
    at = now - timedelta(minutes=received)
    for minute in range(first, last, -10):
        ages = np.arange(minute, max(minute - 10, last), -1 / PER_MINUTE)
        made = np.zeros(len(ages), ROUND)
        for layer in ROUND.names[3:-2]:
            made[layer] = WORKED
        made["fault"] = FAULTS.index(Fault.NONE)
        made["rtt"], made["http_ms"] = 20, 400
        # In the middle of its half minute, so that no window of the query begins on a sample.
        made["at"] = round(now.timestamp() * 1000) - np.round(ages * 60_000).astype(int) + 7_000
        put_report(database, agent, made, received=at)


@contextmanager
def _follower(database, receiver, now, **settings):
    config = RemoteWriteConfig(name="receiver", url=receiver.write_url, **settings)

    def step():
        async def once():
            async with aiohttp.ClientSession() as session:
                follower = Follower(database, Destination(config, session), lambda: now)
                follower._me = "the one"
                while await follower.once():
                    pass
                return follower._destination.protocol

        return asyncio.run(once())

    yield step


def _replay(database, receiver, now, **settings):
    """Live, a cut of nine hours for one office, live again, then its backlog; the protocol that was spoken."""
    with _follower(database, receiver, now, **settings) as step:
        step()  # begins here
        _minutes(database, AGENT, now, CUT + FRESH + BEFORE, CUT + FRESH, CUT + FRESH)
        _minutes(database, NEIGHBOUR, now, CUT + FRESH + BEFORE, 0, 0)
        step()
        _minutes(database, AGENT, now, FRESH, 0, 0)
        step()
        holes = _holes(receiver, now)
        assert len(holes) >= CUT, "the cut is seen while it lasts"
        _minutes(database, AGENT, now, CUT + FRESH, FRESH, 0)
        return step()


def _holes(receiver, now, minutes=CUT + FRESH + BEFORE):
    """The minutes of the graph that lack a round."""
    end = round(now.timestamp())
    found = receiver.query_range(QUERY, end - 60 * (minutes - 1), end, 60)
    return [n for n in range(minutes) if found.get(end - 60 * n) != PER_MINUTE]


@pytest.mark.parametrize("protocol", ["1.0", "2.0"])
def test_prometheus_has_no_hole_after_the_replay(database, now, tmp_path, protocol):
    """Debian's Prometheus reads 2.0 as an empty request and says yes: we see that, and go on with 1.0."""
    with prometheus(tmp_path / "p") as receiver:
        assert _replay(database, receiver, now, protocol=protocol) == "1.0"
        assert _holes(receiver, now) == []


@pytest.mark.skipif(
    not shutil.which("victoria-metrics"), reason="victoria-metrics is not installed"
)
@pytest.mark.parametrize("protocol", ["1.0", "2.0"])
def test_victoria_metrics_has_no_hole_after_the_replay(database, now, tmp_path, protocol):
    with victoria_metrics(tmp_path) as receiver:
        assert _replay(database, receiver, now, protocol=protocol) == "1.0"
        assert _holes(receiver, now) == []


def test_what_is_too_late_comes_in_blocks(database, now, tmp_path):
    """The window holds two hours of the nine; the rest is exported, made into blocks, and fills the hole."""
    hours = 2
    with prometheus(tmp_path / "p", window=f"{hours}h") as receiver:
        _replay(database, receiver, now, out_of_order_seconds=3600 * hours)
        holes = _holes(receiver, now)
        assert 0 < len(holes) <= CUT + FRESH + BEFORE - 60 * hours + 2
        late = database.read(lambda c: standing(c, "receiver")).late
        assert sum(late.values()) > 0
    start, end = (
        (now - timedelta(minutes=x)).astimezone(seeded.BANGKOK) for x in (CUT + FRESH + BEFORE, 0)
    )
    file = tmp_path / "late.om"
    period = ("--since", f"{start:%Y-%m-%dT%H:%M}", "--until", f"{end:%Y-%m-%dT%H:%M}")
    store = ("--database", f"sqlite:///{tmp_path}/store.db")
    done = CliRunner().invoke(export, ["--openmetrics", *period, *store, str(file)])
    assert done.exit_code == 0, done.output
    blocks = [
        "promtool",
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        file,
        tmp_path / "p" / "data",
    ]
    subprocess.run(blocks, check=True, capture_output=True)
    with prometheus(tmp_path / "p", window=f"{hours}h") as receiver:
        assert _holes(receiver, now) == []
