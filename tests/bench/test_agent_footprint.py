"""The agent stays light: ratios to a peer in one run, bytes a day; never seconds."""

import shutil
import sys

import pytest

from support.footprint.measure import measure, table

pytestmark = [pytest.mark.bench, pytest.mark.xdist_group("bench")]

linux = pytest.mark.skipif(sys.platform != "linux", reason="the bench reads /proc")
peer = pytest.mark.skipif(
    shutil.which("prometheus-blackbox-exporter") is None,
    reason="prometheus-blackbox-exporter is not installed",
)


@linux
@peer
def test_the_agent_is_no_heavier_than_it_was():
    """Guards, with room for a busy machine; the figures themselves stand in docs/performance.md."""
    found = measure(rounds=80, passes=1)
    print(table(found))
    assert found.agent.cpu < 2.5 * found.blackbox.cpu
    assert found.agent.resident < 2.2 * found.blackbox.resident
    assert found.uplink < 1_000_000
    assert found.written < 45_000_000
