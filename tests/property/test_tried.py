"""What was tried is remembered: whatever happens, and in whatever order people answer."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.diagnosis.tried import (
    MOST_TRIALS,
    Memory,
    answered,
    looked,
    offer,
    offered,
)
from laaswatch_agent.report.vocabulary import State


@dataclass(frozen=True)
class Words:
    th: str
    en: str
    step: str = "SELF"


@dataclass(frozen=True)
class Article:
    actions: tuple[Words, ...]
    next: Words


def article(name, count):
    # The first step is the same in all articles, as "restart the router" is.
    actions = [Words("ร่วม", "shared")] + [Words(f"{name} {n}", f"{name} {n}") for n in range(count)]
    if count > 2:  # one that names somebody outside
        actions[-1] = Words(f"{name} แจ้ง", f"{name} tell", "OWNER")
    return Article(tuple(actions), Words(f"{name} โทร", f"{name} call"))


ARTICLES = [article("ก", 0), article("ข", 2), article("ค", 4)]
BAD = st.sampled_from([State.DOWN, State.DEGRADED, State.UNKNOWN])
ANSWERS = st.sampled_from([True, False, None])


@given(st.lists(st.tuples(st.sampled_from(ARTICLES), BAD, ANSWERS), max_size=30))
def test_nobody_is_told_again_what_was_answered(happens):
    """Within a spell, over all its faults: an answered step never comes back, and the end is a contact."""
    memory, done = Memory(), set()
    for now, (about, state, helped) in enumerate(happens, 1):
        memory = looked(memory, state, now)
        what = offer(about, memory)
        assert what.th not in done
        left = [x for x in about.actions if x.th not in done]
        if left:
            assert (what.th, what.who) == (left[0].th, left[0].step)
        else:
            assert (what.number, what.who) == (
                0,
                about.actions[-1].step if len(about.actions) > 3 else "",
            )
            assert what.th.endswith(about.next.th)
            assert what.th.startswith(about.actions[-1].th) is bool(what.who)
        memory = offered(memory, what, now)
        if helped is not None and memory.open is not None and memory.open.th == what.th:
            memory = answered(memory, helped=helped)
            done.add(what.th)
        assert Memory.from_dict(memory.to_dict()) == memory
        assert memory.open is None or memory.open not in memory.done
    assert {x.th for x in memory.done} == done


@given(st.sampled_from(ARTICLES), st.integers(0, 4))
def test_a_good_look_answers_and_ends_the_spell(about, steps):
    memory = Memory()
    for now in range(1, steps + 1):
        memory = answered(offered(memory, offer(about, memory), now), helped=False)
    memory = offered(memory, offer(about, memory), steps + 1)
    waited = memory.open
    memory = looked(memory, State.UP, steps + 2)
    if waited is not None:
        assert memory.done[-1].step == waited.step
        assert memory.done[-1].helped is True
    assert memory.open is None
    memory = looked(memory, State.DOWN, steps + 3)
    assert offer(about, memory).number == 1


@given(st.sampled_from(ARTICLES))
def test_after_days_without_a_look_the_steps_begin_anew(about):
    memory = answered(offered(Memory(), offer(about, Memory()), 1), helped=False)
    assert looked(memory, State.DOWN, 10**6) == memory
    assert offer(about, looked(memory, State.DOWN, 10**10)).number == 1
    assert offer(about, looked(memory, State.DOWN, -(10**10))).number == 1  # a clock that was wrong


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda x: st.lists(x, max_size=5) | st.dictionaries(st.text(max_size=5), x, max_size=3),
)


@given(ANYTHING | st.fixed_dictionaries({"trials": ANYTHING, "over": st.booleans()}))
def test_anything_may_stand_in_the_file(kept):
    memory = Memory.from_dict(kept)
    assert Memory.from_dict(memory.to_dict()) == memory
    assert len(memory.trials) <= MOST_TRIALS
