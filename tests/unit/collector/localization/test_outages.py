"""Unstable lines: many short outages within an hour are one incident, and stay as short as they were."""

from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import Grade, MinuteState
from support.worlds import World


def concluded(world):
    return conclude(world.facts(), world.start, world.end, world.end, world.end)


def test_six_starts_within_an_hour_are_one_unstable_incident():
    rows = "g" * 30 + ("tt" + "g" * 8) * 6 + "g" * 30
    found = concluded(World().office("a", rows))
    assert len(found.outages) == 6
    assert {x.evidence["unstable"] for x in found.outages} == {found.outages[0].id}
    assert int((found.state == MinuteState.DOWN).sum()) == 12


def test_six_starts_over_a_longer_time_are_six_incidents():
    rows = "g" * 30 + ("tt" + "g" * 18) * 6 + "g" * 30
    found = concluded(World().office("a", rows))
    assert len(found.outages) == 6
    assert all("unstable" not in x.evidence for x in found.outages)


def test_an_unstable_stretch_ends():
    rows = "g" * 30 + ("tt" + "g" * 8) * 8 + "g" * 200 + "tttt" + "g" * 20
    found = concluded(World().office("a", rows))
    assert [x.evidence.get("unstable") for x in found.outages] == [found.outages[0].id] * 8 + [None]


def test_a_pc_nobody_vouches_for_is_graded_as_one():
    world = World().office("a", "ggggllllgggg", "gggggggggggg").office("b", "ggggttttgggg")
    grades = {x.key: x.grade for x in concluded(world).outages}
    assert grades == {"a.1": Grade.MEASURED, "b": Grade.SINGLE_PC}
