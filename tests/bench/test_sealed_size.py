"""Sealed history takes no more room than a time-series store takes for the same samples, which keeps no evidence."""

import shutil

import pytest

from support.sealed_days import measure

pytestmark = [pytest.mark.bench, pytest.mark.xdist_group("bench")]


def test_a_packed_day_is_small():
    found = measure(3, peer=False)
    print(found)
    assert found["sealed"] < 1.8
    assert found["sealed"] < found["lines"] / 25


@pytest.mark.skipif(
    shutil.which("victoria-metrics") is None, reason="victoria-metrics is not installed"
)
def test_a_packed_day_is_no_larger_than_in_victoria_metrics():
    found = measure(8)
    print(found)
    assert found["sealed"] < 1.2 * found["victoria_metrics"]
