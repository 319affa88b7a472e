"""Between which two moments a report was made: by its beacon and its arrival alone."""

from datetime import UTC, datetime, timedelta

import pytest

from laaswatch_collector.evidence.interval import Interval, made_between

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
ROOT = bytes(32)
HOUR = timedelta(hours=1)


def ours(size, root):
    return AT if (size, root) == (7, ROOT) else None


def test_a_report_lies_between_its_beacon_and_its_arrival():
    """However long the PC was without a line, and whatever its clock said."""
    found = made_between(f"7.{ROOT.hex()}", AT + 30 * 24 * HOUR, ours)
    assert found == Interval(AT, AT + 30 * 24 * HOUR)


@pytest.mark.parametrize("beacon", ["", "7", f"8.{ROOT.hex()}", f"7.{'ab' * 32}"])
def test_without_a_beacon_of_ours_only_the_arrival_counts(beacon):
    assert made_between(beacon, AT + HOUR, ours) == Interval(None, AT + HOUR)


def test_a_beacon_from_after_the_arrival_proves_nothing():
    assert made_between(f"7.{ROOT.hex()}", AT - HOUR, ours) == Interval(None, AT - HOUR)
