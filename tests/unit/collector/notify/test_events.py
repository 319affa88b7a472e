"""From outages to events: one when it begins, one when it is over, none for what is short, late or part of another."""

from dataclasses import replace

import pytest

from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.notify.events import FRESH, JOIN, QUIET, Stage, Trouble, fade, step
from laaswatch_collector.timeline.conclusions import Scope

START = 1_780_000_000 // 60 * 60
ONE, MANY = frozenset({"a"}), frozenset("abcdef")


def trouble(first, end, *, going_on, scope=Scope.OFFICE, offices=ONE, key="a", presumed=False):
    """An outage from minute `first` to `end`."""
    return Trouble(
        f"{scope}-{key}-{first}", scope, key, Fault.DNS, START + 60 * first, START + 60 * end,
        offices, going_on, presumed,
    )  # fmt: skip


class Story:
    """Looks at outages at one minute after the other, and keeps what became of the events."""

    def __init__(self, heard=True):
        self.kept = {}
        self.heard = heard
        self.told = []

    def at(self, minute, *troubles):
        now = START + 60 * minute
        for event in step(now, troubles, list(self.kept.values()), lambda *_: self.heard):
            before = self.kept.get(event.id)
            if event.opened and (before is None or not before.opened):
                self.told.append((minute, "opened", event.id))
            if event.closed and (before is None or not before.closed):
                self.told.append((minute, "over", event.id))
            if event.stage is Stage.WITHDRAWN:
                self.told.append((minute, "withdrawn", event.id))
            self.kept[event.id] = event
        assert step(now, troubles, list(self.kept.values()), lambda *_: self.heard) == []
        return self

    def stages(self):
        return sorted(x.stage for x in self.kept.values())


def test_one_message_when_it_begins_and_one_when_it_is_over():
    story = Story()
    for minute in range(5, 41, 5):
        story.at(minute, trouble(0, minute, going_on=True))
    for minute in range(45, 100, 5):
        story.at(minute, trouble(0, 41, going_on=False))
    assert [what for _, what, _ in story.told] == ["opened", "over"]
    assert [at for at, *_ in story.told] == [10, 65]  # ten minutes of trouble, twenty without


def test_a_short_one_is_never_told():
    story = Story().at(4, trouble(0, 4, going_on=True)).at(9, trouble(0, 6, going_on=False))
    story.at(60, trouble(0, 6, going_on=False))
    assert story.told == []
    assert story.stages() == [Stage.SHORT]


def test_a_flapping_line_is_one_event():
    story, past = Story(), []
    for first in range(0, 120, 15):
        story.at(first + 12, *past, trouble(first, first + 12, going_on=True))
        past.append(trouble(first, first + 12, going_on=False))
        story.at(first + 14, *past)
    story.at(200, *past)
    assert [what for _, what, _ in story.told] == ["opened", "over"]


def test_what_was_over_before_it_was_known_is_late():
    minutes = FRESH // 60 + 45
    story = Story().at(minutes, trouble(0, 44, going_on=False))
    assert story.told == []
    assert story.stages() == [Stage.LATE]


def test_nobody_heard_is_no_good_news():
    story = Story(heard=False).at(20, trouble(0, 20, going_on=True))
    story.at(90, trouble(0, 20, going_on=False))
    assert [what for _, what, _ in story.told] == ["opened"]
    (event,) = story.kept.values()
    assert fade(event, event.end + QUIET).stage is Stage.FADED


def test_what_is_everybodys_is_told_as_one():
    single = [trouble(0, 20, going_on=True, key=x, offices=frozenset(x)) for x in "abcdef"]
    wide = trouble(0, 20, going_on=True, scope=Scope.ISP, key="NT", offices=MANY)
    story = Story().at(20, wide, *single)
    assert [what for _, what, _ in story.told].count("opened") == 1
    parts = [x for x in story.kept.values() if x.stage is Stage.PART]
    assert {x.into for x in parts} == {wide.id}
    assert len(parts) == 6


def test_a_later_look_finds_the_wider_cause():
    office = trouble(0, 12, going_on=True)
    wide = trouble(0, 20, going_on=True, scope=Scope.SITE, key="", offices=MANY)
    story = Story().at(12, office).at(20, wide)
    assert story.kept[office.id].stage is Stage.PART
    assert story.kept[office.id].into == wide.id
    assert story.told == [(12, "opened", office.id), (20, "opened", wide.id)]


def test_one_that_later_facts_deny_is_withdrawn_once():
    story = Story().at(12, trouble(0, 12, going_on=True))
    for minute in (20, 30, 40):
        story.at(minute)
    assert [what for _, what, _ in story.told] == ["opened", "withdrawn"]


def test_late_facts_that_close_a_gap_make_no_second_event():
    a, b = trouble(0, 12, going_on=True), trouble(70, 82, going_on=True)
    story = Story().at(12, a).at(50, replace(a, going_on=False))
    story.at(82, replace(a, going_on=False), b)
    assert [what for _, what, _ in story.told] == ["opened", "over", "opened"]
    whole = replace(a, end=b.end, going_on=True)
    story.at(83, whole)
    assert [what for _, what, _ in story.told] == ["opened", "over", "opened"]


def test_a_presumption_that_was_right_is_the_same_event():
    guess = trouble(0, 15, going_on=True, scope=Scope.ISP, key="NT", offices=MANY, presumed=True)
    story = Story().at(15, guess)
    found = trouble(2, 40, going_on=False, scope=Scope.ISP, key="NT", offices=MANY)
    story.at(70, found)
    assert [what for _, what, _ in story.told] == ["opened", "over"]
    (event,) = story.kept.values()
    assert not event.presumed


@pytest.mark.parametrize("gap", [JOIN // 60 + 5, 180])
def test_another_one_later_is_told_again(gap):
    a = trouble(0, 12, going_on=True)
    after = 12 + gap
    story = Story().at(12, a).at(after, replace(a, going_on=False))
    b = trouble(after, after + 12, going_on=True)
    story.at(after + 12, replace(a, going_on=False), b)
    assert [what for _, what, _ in story.told] == ["opened", "over", "opened"]
