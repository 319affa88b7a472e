"""Rounds become samples that no later report revises."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.remote_write.series import Rounds, count, in_parts, series_of, split_by_age
from laaswatch_collector.timeline.packed import FAILED, NOT_TRIED, ROUND, WORKED

PLACES = {"6860101": ("86", "NT")}
USABLE = (
    ("__name__", "laaswatch_round_usable"),
    ("isp", "NT"),
    ("office", "6860101"),
    ("province", "86"),
)


def _rounds(*rows, control=False):
    """(ms, fault, what the page came to) of each."""
    made = np.zeros(len(rows), ROUND)
    for layer in ("link", "gateway", "reference", "dns", "tcp", "tls"):
        made[layer] = NOT_TRIED
    made["rtt"] = made["http_ms"] = np.nan
    for row, (at, fault, page) in zip(made, rows, strict=True):
        row["at"], row["fault"], row["http"] = at, FAULTS.index(fault), page
        row["http_ms"] = 250 if page == WORKED else np.nan
    return Rounds("6860101", control, made["at"], made)


def _told(series):
    return {x.labels: dict(zip(x.at.tolist(), x.values.tolist(), strict=True)) for x in series}


def test_only_what_a_round_says_becomes_a_sample():
    """Nothing is said of the site by a round that did not ask, nor by one that could not tell."""
    found = _told(series_of([_rounds(
        (1000, Fault.NONE, WORKED), (2000, Fault.UPLINK, NOT_TRIED), (3000, Fault.NONE, NOT_TRIED),
        (4000, Fault.UNKNOWN, NOT_TRIED), (5000, Fault.SLOW, WORKED),
    )], PLACES))  # fmt: skip
    assert found[USABLE] == {1000: 1.0, 2000: 0.0, 5000: 1.0}
    page = (("__name__", "laaswatch_round_page_seconds"), *USABLE[1:])
    assert found[page] == {1000: 0.25, 5000: 0.25}
    http = (("__name__", "laaswatch_round_layer_worked"), USABLE[1], ("layer", "http"), *USABLE[2:])
    assert found[http] == {1000: 1.0, 5000: 1.0}
    assert len(found) == 3  # no series of what was never tried


def test_a_controls_own_trouble_says_nothing_of_the_site():
    """Only rounds that found a way out count."""
    one = _rounds((1000, Fault.UPLINK, FAILED), (2000, Fault.SITE_HTTP, FAILED), control=True)
    one.columns["reference"] = [FAILED, WORKED]
    (series,) = series_of([one], PLACES)
    assert series.labels == (("__name__", "laaswatch_round_site_up"),)
    assert (series.at.tolist(), series.values.tolist()) == ([2000], [0.0])


def test_labels_are_sorted_as_receivers_demand():
    """By name, the metric's own first."""
    found = series_of([_rounds((1000, Fault.NONE, WORKED))], PLACES)
    assert all(list(x.labels) == sorted(x.labels) for x in found)


@given(
    st.lists(st.lists(st.integers(0, 50), max_size=20), max_size=5),
    st.integers(-5, 60),
    st.integers(1, 9),
)
def test_in_order_once_each_and_nothing_lost_on_the_way(pcs, oldest, most):
    """Whatever several PCs of an office deliver, in whatever order."""
    rounds = [_rounds(*((at, Fault.UPLINK, NOT_TRIED) for at in ats)) for ats in pcs]
    series = series_of(rounds, PLACES)
    moments = sorted({at for ats in pcs for at in ats})
    assert [at for x in series for at in x.at.tolist()] == moments
    fresh, late = split_by_age(series, oldest)
    assert [at for x in late for at in x.at.tolist()] == [at for at in moments if at < oldest]
    parts = list(in_parts(fresh, most))
    assert all(0 < count(part) <= most for part in parts)
    assert [at for p in parts for x in p for at in x.at.tolist()] == [
        at for at in moments if at >= oldest
    ]
