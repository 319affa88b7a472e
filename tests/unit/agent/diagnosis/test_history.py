"""The agent's memory of its own week: medians, what is informative, loss, and keeping it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.diagnosis.detail import facts, number, word
from laaswatch_agent.diagnosis.history import DAYS, AddressBook, History
from laaswatch_agent.diagnosis.loss import losses
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result

DAY = 86_400_000
OK = Result.OK


def a_round(at=0, *, tcp=10.0, http=40.0, gateway=True, fault=Fault.NONE):
    return ProbeRound(
        at,
        at,
        fault,
        "none",
        (
            LayerResult(Layer.GATEWAY, "", OK if gateway else Result.FAIL, Reason.NONE, 1.0),
            LayerResult(Layer.TCP, "login", OK, Reason.NONE, tcp),
            LayerResult(Layer.HTTP, "login", OK, Reason.NONE, http, "200"),
        ),
    )


GATEWAY = a_round().layers[0]


def after(rounds):
    history = History()
    for one in rounds:
        history = history.with_round(one)
    return history


def test_no_median_before_five_good_rounds():
    four = after([a_round()] * 4)
    assert four.median_total() is None
    assert four.with_round(a_round()).median_total() == pytest.approx(50, rel=0.03)
    assert four.with_round(a_round()).median_connect() == pytest.approx(10, rel=0.03)


def test_bad_rounds_teach_nothing():
    history = after([a_round(http=9000, fault=Fault.SITE_HTTP)] * 10)
    assert history.good == 0
    assert history.median_total() is None


def test_the_median_forgets_what_is_older_than_seven_days_with_rounds():
    old = [a_round(at=0, http=1000.0)] * 100
    new = [a_round(at=DAY * d, http=40.0) for d in range(3, 3 + DAYS)]
    assert after(old).median_total() == pytest.approx(1010, rel=0.03)
    assert after(old + new).median_total() == pytest.approx(50, rel=0.03)


def days_of(first, count, http):
    return [a_round(at=DAY * d, http=http) for d in range(first, first + count) for _ in range(9)]


def test_one_bad_week_is_not_the_new_usual():
    good, bad = days_of(0, 14, 40.0), days_of(14, 7, 2000.0)
    assert after(good + bad).median_total() == pytest.approx(50, rel=0.03)
    assert after(good + bad).median_connect() == pytest.approx(10, rel=0.03)


def test_a_line_that_is_slower_for_good_becomes_the_usual_one():
    assert after(days_of(0, 14, 40.0) + days_of(14, 16, 500.0)).median_total() == pytest.approx(
        510, rel=0.03
    )


def test_a_line_that_got_faster_is_the_usual_one_within_a_week():
    assert after(days_of(0, 21, 500.0) + days_of(21, 5, 40.0)).median_total() == pytest.approx(
        50, rel=0.03
    )


def test_a_week_that_began_badly_leaves_no_trace_of_days_with_too_few_rounds():
    few = [a_round(at=DAY * d, http=9000.0) for d in range(9)]
    assert after(few).past == ()


def test_the_most_that_this_pc_moved():
    busy = a_round()
    link = LayerResult(Layer.LINK, "", OK, Reason.NONE, 1.0, "wired load=4000")
    busy = ProbeRound(0, 0, Fault.NONE, "none", (link, *busy.layers))
    assert after([a_round()]).most_load() == 0
    assert after([busy, a_round()]).most_load() == 4000


def test_a_file_of_the_version_before_is_read():
    kept = after([a_round()] * 9).to_dict()
    old = {k: v for k, v in kept.items() if k not in {"past", "connects"}}
    old["days"] = [row[:5] for row in kept["days"]]
    again = History.from_dict(old)
    assert again.median_total() == after([a_round()] * 9).median_total()
    assert (again.past, again.connects, again.most_load()) == ((), (), 0)


def test_a_clock_that_jumps_for_an_hour_does_not_lose_the_week():
    week = [a_round(at=DAY * (20_000 + d)) for d in range(6)] * 3
    history = after([*week, a_round(at=DAY * 200_000), a_round(at=DAY * 20_006)])
    assert history.good == 17  # six days had three rounds each; the oldest day made room
    assert len(history.days) == DAYS


def test_a_layer_is_informative_from_one_good_round_in_twenty():
    assert History().informative(GATEWAY)
    nineteen = [a_round(gateway=False)] * 19
    assert not after(nineteen).informative(GATEWAY)
    assert after([*nineteen, a_round()]).informative(GATEWAY)
    assert not after([*nineteen, *nineteen, a_round(), a_round(gateway=False)]).informative(GATEWAY)


@pytest.mark.parametrize(
    ("ms", "usual", "expected"),
    [
        (30.0, None, (0, 1)),
        (1030.0, None, (0, 1)),
        (3010.0, None, (1, 2)),
        (950.0, 30.0, (1, 2)),
        (1030.0, 30.0, (1, 2)),
        (3030.0, 30.0, (2, 3)),
        (7030.0, 30.0, (3, 4)),
        (1030.0, 600.0, (0, 1)),
    ],
)
def test_a_late_connect_is_a_lost_packet(ms, usual, expected):
    assert losses(a_round(tcp=ms).layers, "login", usual) == expected


def test_a_second_try_is_a_lost_packet_and_a_failure_is_not():
    rows = [
        LayerResult(Layer.REFERENCE, "a", OK, Reason.NONE, 9.0, "try=2"),
        LayerResult(Layer.REFERENCE, "b", Result.FAIL, Reason.TIMEOUT, 9.0),
        LayerResult(Layer.TCP, "kb", OK, Reason.NONE, 5000.0),
    ]
    assert losses(rows, "login", None) == (1, 2)
    late = [LayerResult(Layer.REFERENCE, "a", OK, Reason.NONE, 1060.0, "connect=1020")]
    assert losses(late, "login", None) == (0, 1)
    assert losses(late, "login", 20.0) == (1, 2)


@given(
    st.lists(
        st.builds(
            a_round,
            st.integers(-(2**47), 2**47),
            tcp=st.floats(0, 600_000),
            http=st.floats(0, 600_000),
            gateway=st.booleans(),
            fault=st.sampled_from(Fault),
        ),
        max_size=40,
    )
)
def test_it_survives_being_kept(rounds):
    history = after(rounds)
    history.addresses.remember("www.example.test", ("192.0.2.1",))
    kept = json.loads(json.dumps(history.to_dict()))
    again = History.from_dict(kept)
    assert again == history
    assert again.median_total() == history.median_total()


def test_it_stays_small():
    history = History()
    for n in range(20_000):
        history = history.with_round(a_round(at=n * 60_000, tcp=n % 977, http=n % 9973))
    assert len(json.dumps(history.to_dict())) < 20_000


@pytest.mark.parametrize(
    "spoiled",
    [
        None,
        [],
        {},
        {"decides": "login", "days": 3},
        {"decides": "login", "days": [["x"]], "recent": [], "addresses": {}},
        {"decides": "login", "days": [], "recent": [[1]], "addresses": {}},
        {"decides": "login", "days": [], "recent": [], "past": [[1]], "addresses": {}},
        {"decides": "login", "days": [], "recent": [], "connects": ["x"], "addresses": {}},
        {"decides": "login", "days": [], "recent": [], "addresses": {"a": ["not an address"]}},
    ],
)
def test_a_spoiled_file_is_an_empty_history(spoiled):
    assert History.from_dict(spoiled) == History()


def test_the_address_book_is_bounded():
    book = AddressBook()
    for n in range(100):
        book.remember(f"host{n}", ("192.0.2.1",) * 9)
    assert len(book.known) == 40
    assert book.of("host0") == ("192.0.2.1",) * 4
    assert book.of("host99") == ()


def test_details_are_words_and_numbers():
    text = facts("503", "", clock=-360, ipv6=None)
    assert text == "503 clock=-360"
    assert number(text, "clock") == -360
    assert number(text, "lock") is None
    assert number("clock=soon clock=2", "clock") == 2
    assert word(text, "503")
    assert not word(text, "clock")
