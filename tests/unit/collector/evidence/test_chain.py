"""A run of reports: whole, with a gap, altered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.evidence.chain import Break, Finding, verify
from support.intake import Sender, a_round


def a_run(length=6):
    sender = Sender("agent")
    for n in range(length):
        sender.seal(a_round(1_000 * n, 1_000 * n))
    return list(sender.lines)


RUN = a_run()


def test_a_whole_run_has_no_findings():
    assert verify(RUN) == ()
    assert verify([]) == ()


def test_a_run_may_begin_in_the_middle():
    assert verify(RUN[2:]) == ()


def test_a_report_that_is_not_there_is_a_gap_not_an_alteration():
    assert verify(RUN[:2] + RUN[3:]) == (Break(2, 4, Finding.MISSING),)


def test_a_report_of_another_history_breaks_the_chain():
    other = Sender("agent")
    for n in range(6):
        other.seal(a_round(1_000 * n + 1, 1_000 * n))
    assert verify([*RUN[:3], other.lines[3], *RUN[4:]]) == (
        Break(3, 4, Finding.BROKEN),
        Break(4, 5, Finding.BROKEN),
    )


def test_a_first_report_that_names_a_predecessor_is_not_the_first():
    forged = Sender("agent", lines=[b"something before"])
    assert verify([forged.seal(a_round(0, 0), seq=1)]) == (Break(0, 1, Finding.BROKEN),)


@pytest.mark.parametrize("line", [b"", b"{}", RUN[2][:-1]])
def test_an_unreadable_line_is_named(line):
    assert verify([*RUN[:2], line, *RUN[3:]])[0] == Break(2, None, Finding.UNREADABLE)


@settings(max_examples=200)
@given(st.integers(0, len(RUN) - 2), st.data())
def test_no_changed_byte_before_the_last_line_goes_unnoticed(row, data):
    line = bytearray(RUN[row])
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] = data.draw(st.integers(0, 255).filter(lambda x: x != RUN[row][at]))
    assert verify([*RUN[:row], bytes(line), *RUN[row + 1 :]])


@settings(max_examples=100)
@given(st.integers(0, len(RUN) - 1), st.integers(0, len(RUN) - 1))
def test_no_exchange_or_copy_goes_unnoticed(a, b):
    exchanged = list(RUN)
    exchanged[a], exchanged[b] = exchanged[b], exchanged[a]
    assert bool(verify(exchanged)) is (a != b)
    assert verify([*RUN[: a + 1], *RUN[a:]])
