"""No round makes the rules stumble, and a layer that was not tried accuses nobody."""

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.rules import LINE_ONLY
from laaswatch_agent.diagnosis.verdict import judge
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result, State, state_of

_DETAILS = ("", "200", "try=2", "clock=900", "dates", "issuer=0", "issuer=1", "ipv6=0", "known")
tried = st.builds(
    LayerResult,
    st.sampled_from(Layer),
    st.sampled_from(["", "login", "kb", "one", "two", "second_resolver"]),
    st.sampled_from([Result.OK, Result.FAIL]),
    st.sampled_from(Reason),
    st.none() | st.floats(0, 600_000),
    st.sampled_from(_DETAILS),
)
untried = st.builds(
    LayerResult,
    st.sampled_from(Layer),
    st.sampled_from(["", "login", "kb", "one", "two", "second_resolver"]),
    st.just(Result.SKIPPED),
    st.sampled_from(
        [Reason.NOT_CONFIGURED, Reason.OUT_OF_BUDGET, Reason.DEADLINE, Reason.NOT_PERMITTED]
    ),
)
rounds = st.lists(tried | untried, max_size=12).map(tuple)


def history_of(past):
    history = History()
    for n, layers in enumerate(past):
        verdict = judge(layers, history)
        history = history.with_round(ProbeRound(n, n, verdict.fault, verdict.rule, layers))
    return history


@given(st.lists(rounds, max_size=6), rounds)
def test_judging_never_raises_and_always_names_a_rule(past, layers):
    verdict = judge(layers, history_of(past))
    assert verdict.fault in set(Fault)
    assert verdict.rule


@given(st.lists(rounds, max_size=4), rounds, st.lists(untried, max_size=5))
def test_rows_without_information_never_turn_unknown_into_down(past, layers, nothing):
    history = history_of(past)
    if judge(layers, history).fault is Fault.UNKNOWN:
        more = judge((*layers, *nothing), history)
        assert state_of(more.fault) is not State.DOWN


@given(st.lists(rounds, max_size=4), st.lists(untried, max_size=12))
def test_a_round_in_which_nothing_was_tried_is_unknown(past, nothing):
    assert judge(nothing, history_of(past)).fault is Fault.UNKNOWN


@given(rounds)
def test_the_page_decides_between_usable_and_not(layers):
    verdict = judge(layers, History())
    site = next((x for x in layers if x.layer is Layer.HTTP and x.target == "login"), None)
    if state_of(verdict.fault) in (State.UP, State.DEGRADED):
        assert site is not None
        spared = verdict.rule == LINE_ONLY and site.reason is Reason.OUT_OF_BUDGET
        assert site.result is Result.OK or spared
