"""The measurement behind `make bench-metrics`, small: it runs, and its ratios hold."""

import shutil
import statistics

import pytest

from support import scraping

pytestmark = [
    pytest.mark.bench,
    pytest.mark.prometheus,
    pytest.mark.xdist_group("prometheus"),
    pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed"),
]
OFFICES = 385  # one of each province and provider: no label value of a nation is missing


def test_rendering_costs_a_fraction_and_series_stay_bounded():
    texts, found = scraping.measure(passes=1, offices=OFFICES)
    nation, offices = map(scraping.series, texts)
    # /metrics has grown as far as it can; the offices' series grow with them.
    assert nation + offices * scraping.OFFICES / OFFICES <= 200_000
    ours, client = (statistics.median(x[0] for x in found[name]) for name in ("ours", "client"))
    assert ours < 0.5 * client
    assert found["federate"][0][2] >= 0.9 * (nation + offices)
