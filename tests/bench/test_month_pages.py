"""A small province's month and the nation made of it: all there, and the pages answer; never how fast."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.localization.live import LiveAgent, live_view
from laaswatch_collector.timeline.conclusions import Scope
from support.month.nation import NATION, load_nation
from support.month.pages import measure_pages
from support.month.province import load_province, make_province
from support.month.sizes import sizes

pytestmark = [pytest.mark.bench, pytest.mark.xdist_group("bench")]

OFFICES = 6
MOST = 60_000
"""Bytes of a page on the screen."""
LONG = (
    "its late entries, printed",
    "its late entries, CSV",
    "a province's list, CSV",
    "/metrics",
    "/v1/knowledge",
)
"""Meant for paper and for programs."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """(folder, what was loaded of the province, rows of the nation)."""
    folder: Path = tmp_path_factory.mktemp("month")
    province = make_province(OFFICES, busy=1.0)
    url = f"sqlite:///{folder}/province.db"
    found = load_province(url, province, datetime.now(UTC), days=1)
    return folder, found, load_nation(f"sqlite:///{folder}/nation.db", folder / "province.db")


def test_the_nation_is_the_province_so_many_times(loaded):
    """Nothing is left out of the copy, and nothing twice."""
    folder, province, nation = loaded
    assert province.reports > 300 * (province.agents - 1)
    assert nation["offices"] == OFFICES * len(NATION) + 1
    assert nation["agents"] == (province.agents - 1) * len(NATION) + 1
    assert nation["entries"] == nation["explanations"] == province.entries * len(NATION)
    rows = {x.table: x.rows for x in sizes(f"sqlite:///{folder}/province.db")}
    assert rows["reports"] == province.reports
    assert rows["entries"] == province.entries


@pytest.mark.parametrize("name", ["province", "nation"])
def test_every_page_answers_and_fits(loaded, name):
    """A page of the nation is no longer than one of a province."""
    folder, _, _ = loaded
    found = measure_pages(f"sqlite:///{folder}/{name}.db", turns=1)
    assert len(found) == 21
    assert {x.name: x.size for x in found if x.size >= MOST and x.name not in LONG} == {}


def test_a_providers_outage_is_blamed_in_one_pass():
    """Four times the offices may cost four times as much; compared pair by pair it was sixteen."""

    def agents(count):
        return [
            LiveAgent(f"a{n}", f"o{n}", f"p{n % 77}", f"isp-{n % 2}", False, 0, 0, 30.0,
                      Fault.UPLINK if n % 2 else Fault.NONE, True)
            for n in range(count)
        ]  # fmt: skip

    def cost(count):
        found = agents(count)
        started = time.process_time()
        view = live_view(found, 10)
        took = time.process_time() - started
        assert {x.scope for x in view.offices.values()} == {Scope.NONE, Scope.ISP}
        return took

    few, many = min(cost(1_500) for _ in range(5)), min(cost(6_000) for _ in range(5))
    assert many < 10 * few
