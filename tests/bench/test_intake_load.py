"""The collector under load: everything arrives once, and its costs beside Prometheus stay what they were."""

import shutil
import sys

import pytest

from support.postgresql import why_not
from support.swarm.measure import Load, postgresql_collectors, prometheus, run, sqlite_collector

pytestmark = [
    pytest.mark.bench,
    pytest.mark.xdist_group("bench"),
    pytest.mark.skipif(sys.platform != "linux", reason="the bench reads /proc"),
]

needs_postgresql = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed"
)


def check(found):
    """Every report acknowledged and held, once."""
    assert found.refused == 0
    assert found.stored == found.reports


@needs_prometheus
def test_a_durable_report_costs_no_more_beside_prometheus_than_it_did():
    """Guards, with room for a busy machine; the figures themselves stand in docs/performance.md."""
    load = Load(agents=100, reports=10, batch=10)
    with sqlite_collector(load.agents) as receiver:
        ours = run(receiver, load)
    with prometheus() as receiver:
        peer = run(
            receiver, Load(agents=400, reports=25)
        )  # it takes no samples of over an hour ago
    print(f"{ours.per_cpu:,.0f} reports/CPU-s, Prometheus {peer.per_cpu:,.0f}")
    check(ours)
    assert peer.refused == 0
    assert ours.per_cpu > peer.per_cpu / 10


@needs_postgresql
def test_agents_that_return_with_a_backlog_are_all_heard_by_two_collectors():
    """Each sends its newest report first, then 8 hours of others; connections are kept."""
    load = Load(agents=60, reports=2, batch=240, spread=2)
    with postgresql_collectors(load.agents, 2) as receiver:
        found = run(receiver, load)
    check(found)
    assert len(found.live) == load.agents
    assert found.reopened == 0
