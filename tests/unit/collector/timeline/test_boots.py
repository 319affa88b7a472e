"""What deliveries teach of a PC's clocks."""

from laaswatch_collector.timeline.boots import KEPT, Boot, Boots

NOW = 1_795_000_000_000
HOUR = 3_600_000


def learn(boots, name, first=1, *, at=NOW, mono=60_000, ahead=0):
    boots.learn(name, first, sent_ms=at + ahead, sent_mono_ms=mono, received_ms=at)


def test_a_delivery_ties_its_boot_to_our_clock():
    boots = Boots()
    learn(boots, "a", 5, ahead=HOUR)
    assert boots.known == [Boot("a", 5, NOW - 60_000, HOUR, NOW)]
    assert (boots.origin("a"), boots.origin("b")) == (NOW - 60_000, None)


def test_the_fastest_delivery_counts():
    """A slow one makes the origin look later than it was."""
    boots = Boots()
    learn(boots, "a", 5)
    learn(boots, "a", 7, at=NOW + 900, mono=60_000)
    assert boots.known == [Boot("a", 5, NOW - 60_000, 0, NOW + 900)]
    learn(boots, "a", 9, at=NOW + HOUR, mono=60_000 + HOUR + 400, ahead=HOUR)
    assert boots.known == [Boot("a", 5, NOW - 60_400, HOUR, NOW + HOUR)]


def test_the_neighbours_of_a_boot_that_never_sent():
    boots = Boots()
    learn(boots, "a", 1)
    learn(boots, "c", 20, at=NOW + HOUR)
    before, after = boots.around(9)
    assert (before.name, after.name) == ("a", "c")
    assert boots.around(30) == (boots.known[1], None)
    assert Boots().around(1) == (None, None)


def test_only_the_newest_boots_are_kept():
    """However they arrive: a backlog may be sent by a later boot than the one it comes before."""
    boots = Boots()
    for n in reversed(range(KEPT + 3)):
        learn(boots, f"b{n}", 10 * n + 1)
    assert [x.name for x in boots.known] == [f"b{n}" for n in range(3, KEPT + 3)]


def test_boots_survive_the_store():
    boots = Boots()
    learn(boots, "a", ahead=-7)
    assert Boots.from_text(boots.to_text()).known == boots.known
