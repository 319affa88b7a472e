"""A round's place on the collector's clock does not depend on what the PC's wall clock said."""

import numpy as np

from laaswatch_collector.timeline.placement import place

YEARS_543 = 543 * 365 * 86_400_000


def placed(at, mono, **kwargs):
    return place(np.array(at), np.array(mono), **kwargs).tolist()


def test_the_monotonic_clock_decides_within_one_boot():
    got = placed(
        [YEARS_543, -5, 0],
        [1_000, 31_000, 61_000],
        same_boot=True,
        sent_ms=YEARS_543,
        sent_mono_ms=61_000,
        received_ms=1_000_000,
    )
    assert got == [940_000, 970_000, 1_000_000]


def test_after_a_restart_the_wall_clock_is_shifted_by_its_error():
    got = placed(
        [0, 60_000],
        [9, 9],
        same_boot=False,
        sent_ms=120_000,
        sent_mono_ms=5,
        received_ms=120_000 + 25_200_000,
    )
    assert got == [25_200_000, 25_260_000]


def test_a_right_clock_is_left_alone():
    got = placed(
        [100_000], [9], same_boot=False, sent_ms=200_000, sent_mono_ms=5, received_ms=201_000
    )
    assert got == [100_000]


def test_no_round_is_later_than_its_receipt():
    got = placed(
        [900_000], [9], same_boot=False, sent_ms=200_000, sent_mono_ms=5, received_ms=201_000
    )
    assert got == [201_000]
