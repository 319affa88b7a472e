"""What an agent remembers of its collector's log, and what it sends back."""

from random import Random

from laaswatch_agent.beacons import ECHO_HEADER, KEPT, Beacons


def test_the_newest_thirty_are_kept_over_a_restart():
    beacons = Beacons("agent-1")
    assert beacons.newest == ""
    assert beacons.echo(Random(1)) == {}
    assert [beacons.add(f"{n}.aa") for n in range(1, 41)] == [True] * 40
    again = Beacons.from_text("agent-1", beacons.to_text())
    assert again.newest == "40.aa"
    dice = Random(1)
    echoed = {again.echo(dice)[ECHO_HEADER] for _ in range(1000)}
    assert echoed == {f"{n}.aa" for n in range(41 - KEPT, 41)}


def test_what_was_told_already_and_what_is_empty_is_no_news():
    beacons = Beacons("agent-1", ["1.aa"])
    assert not beacons.add("1.aa")
    assert not beacons.add("")
    assert beacons.newest == "1.aa"


def test_another_agents_memory_and_damaged_text_are_no_memory():
    kept = Beacons("agent-1", ["1.aa"]).to_text()
    for text in (
        kept,
        None,
        "",
        "[]",
        "{",
        '["agent-2"]',
        '["agent-2", 5]',
        '["agent-2", "1.aa"]',
        "7",
    ):
        assert Beacons.from_text("agent-2", text).newest == ""
    assert Beacons.from_text("agent-2", '["agent-2", ["1.aa", 5]]').newest == "1.aa"
