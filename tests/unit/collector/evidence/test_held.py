"""Runs of held reports: what fits among them, and what belongs to another past or future."""

import pytest

from laaswatch_agent.report.model import NO_HASH
from laaswatch_collector.evidence.held import Fit, Held, Run


def name(seq, history="a"):
    """A stand-in for the hash of report `seq` of this history; number 0 is the beginning."""
    return f"{history}{seq}" if seq else NO_HASH


def hold(*numbers):
    held = Held()
    for seq in numbers:
        assert held.fit(seq, name(seq), name(seq - 1)) is Fit.NEW
        held.add(seq, name(seq), name(seq - 1))
    return held


@pytest.mark.parametrize("order", [(3, 4, 5, 9), (9, 5, 3, 4), (4, 9, 5, 3)])
def test_runs_are_the_fewest_in_any_order(order):
    assert hold(*order).runs == [Run(3, 5, name(2), name(5)), Run(9, 9, name(8), name(9))]


def test_a_held_number_is_known_whatever_its_hash():
    held = hold(3, 4, 5, 9)
    assert [seq in held for seq in (2, 3, 5, 6, 9, 10)] == [False, True, True, False, True, False]
    assert held.fit(4, "another", "past") is Fit.KNOWN


SEAMS = {
    "fits behind": (6, name(6), name(5), Fit.NEW),
    "names another predecessor": (6, name(6), name(5, "b"), Fit.FORK),
    "fits before": (8, name(8), name(7), Fit.NEW),
    "is not the one that the next names": (8, name(8, "b"), name(7), Fit.FORK),
    "touches nothing": (7, name(7, "b"), name(6, "b"), Fit.NEW),
    "far ahead": (20, name(20), name(19), Fit.NEW),
}


@pytest.mark.parametrize(("seq", "sha256", "previous", "fit"), SEAMS.values(), ids=SEAMS.keys())
def test_both_seams_are_looked_at(seq, sha256, previous, fit):
    assert hold(3, 4, 5, 9).fit(seq, sha256, previous) is fit


def test_a_report_that_closes_a_gap_must_fit_both_sides():
    held = hold(3, 5)
    assert held.fit(4, name(4), name(3, "b")) is Fit.FORK
    assert held.fit(4, name(4, "b"), name(3)) is Fit.FORK
    held.add(4, name(4), name(3))
    assert held.runs == [Run(3, 5, name(2), name(5))]


def test_runs_survive_the_store():
    held = hold(1, 2, 7)
    assert Held.from_text(held.to_text()).runs == held.runs
    assert Held.from_text("[]").runs == []


def test_the_numbers_that_speak_against_a_report_are_those_of_the_other_history():
    """From its own number on, or the one run at the seam that names another."""
    held = Held([Run(1, 4, "a" * 64, "d" * 64), Run(9, 12, "f" * 64, "0" * 64)])
    assert held.against(3, "c" * 64) == (3, 4)
    assert held.against(5, "c" * 64) == (4, 4)
    assert held.against(8, "c" * 64) == (9, 12)
