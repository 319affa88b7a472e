"""Explaining many entries: right beside a plain way, and linear in entries; never how many seconds."""

import time

import numpy as np
import pytest

from laaswatch_collector.explanation.columns import ColumnsExplainer, Period, by_office
from support.columns import CLOCK, FIRST, MINUTES, make_columns
from support.explaining import by_grid, by_intervals, make_intervals, run

pytestmark = [pytest.mark.bench, pytest.mark.xdist_group("bench")]


def test_sums_are_those_of_the_grid_and_take_about_as_long():
    """Three times as long would be another kind of method; the figure aimed at is 1.2."""
    entries, outages = make_intervals(400, 2_000, 10_000)
    took = {}
    for way in (by_grid, by_intervals) * 3:
        started = time.process_time()
        found = way(entries, outages)
        took.setdefault(way, []).append((time.process_time() - started, found))
    assert {found for runs in took.values() for _, found in runs} == {took[by_grid][0][1]}
    assert min(took[by_intervals])[0] < 3 * min(took[by_grid])[0]


def test_four_times_the_entries_take_about_four_times_as_long(tmp_path):
    """Compared pair by pair they would take sixteen times as long."""

    def cost(each):
        make_columns(tmp_path / str(each), 4, each, 100)
        entries, runs = (np.load(tmp_path / str(each) / f"{x}.npy") for x in ("entries", "runs"))
        start = CLOCK.second(FIRST, 0)
        explainer = ColumnsExplainer(
            Period(CLOCK, start, MINUTES, (1, None), 1 << 60, start + MINUTES * 60)
        )
        a, b = by_office(entries, 4), by_office(runs, 4)
        best = None
        for _ in range(3):
            started = time.process_time()
            for k in range(4):
                explainer.office(entries[a[k] : a[k + 1]], runs[b[k] : b[k + 1]])
            took = time.process_time() - started
            best = took if best is None else min(best, took)
        return best

    assert cost(16_000) < 10 * cost(4_000)


def test_the_command_is_measured_whole(tmp_path):
    make_columns(tmp_path / "in", 3, 200, 30)
    seconds, peak = run(tmp_path / "in", tmp_path / "out", 1)
    assert seconds > 0
    assert peak > 0
    assert np.load(tmp_path / "out" / "late-000000.npy").size
