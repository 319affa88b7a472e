"""Hard rules of methods.md §5: the order of arrival changes nothing, and silence is never an outage."""

from dataclasses import fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.cli.analysis_folder import read_folder
from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import Conclusions, MinuteState, Scope
from laaswatch_collector.timeline.facts import Session
from support.worlds import World, report_lines, write_folder

MINUTES = st.text(alphabet="ggggggslwrdthuu", min_size=10, max_size=60)
SKEWS = st.sampled_from([0, 0, 40, -25_200, 543 * 31_556_952, -30_000_000])


EVERY_MINUTE = st.just(60.0)
CADENCES = st.sampled_from([10.0, 30.0, 60.0, 120.0, 300.0])


@st.composite
def worlds(draw, cadences=EVERY_MINUTE):
    """A few offices on two ISPs in two provinces, with clocks that may be wrong by years."""
    world = World(control=draw(st.text(alphabet="gggbu", max_size=60)), cadence=draw(cadences))
    for i in range(draw(st.integers(1, 5))):
        world.office(
            f"o{i}",
            *draw(st.lists(MINUTES, min_size=1, max_size=3)),
            province=draw(st.sampled_from(["57", "50"])),
            isp=draw(st.sampled_from("AB")),
        )
    for pc in world.pcs:
        world.skew[pc] = draw(SKEWS)
    return world


def concluded(folder: Path) -> Conclusions:
    found = read_folder(folder)
    return conclude(
        found.facts, found.start, found.end, found.settled_at, settled_until=found.settled_at
    )


def as_bytes(conclusions: Conclusions) -> list[object]:
    values = [getattr(conclusions, f.name) for f in fields(conclusions)]
    return [v.tobytes() if isinstance(v, np.ndarray) else repr(v) for v in values]


@given(world=worlds(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_shuffled_doubled_and_late_reports_give_equal_bytes(world, data):
    lines = report_lines(world)
    if not lines:
        return
    delays = data.draw(st.lists(st.sampled_from([0, 0, 600, 86_400]), min_size=len(lines)))
    again = data.draw(st.lists(st.sampled_from(lines), max_size=10))
    # Late: sent later by the PC's clock and received as much later by ours.
    late = [
        line | {"sent": line["sent"] + d, "received": line["received"] + d}
        for line, d in zip(lines, delays, strict=False)
    ]
    other = data.draw(st.permutations([*late, *again]))
    with TemporaryDirectory() as folder:
        write_folder(Path(folder) / "a", world, lines)
        write_folder(Path(folder) / "b", world, other)
        assert as_bytes(concluded(Path(folder) / "a")) == as_bytes(concluded(Path(folder) / "b"))


@given(world=worlds(CADENCES), data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_order_of_rounds_and_agents_does_not_matter(world, data):
    facts = world.facts()
    agents = []
    for agent in data.draw(st.permutations(facts.agents)):
        order = np.array(data.draw(st.permutations(range(len(agent.t)))), np.int64)
        agents.append(
            type(agent)(
                agent.id,
                agent.office,
                agent.t[order],
                agent.layers[order],
                agent.rtt[order],
                agent.cadence,
                agent.delivered,
            )
        )
    mixed = type(facts)(facts.offices, tuple(agents), facts.sessions, facts.control)
    period = (world.start, world.end, world.end, world.end)
    assert as_bytes(conclude(facts, *period)) == as_bytes(conclude(mixed, *period))


@given(world=worlds(CADENCES))
@settings(max_examples=100, deadline=None)
def test_unknown_is_never_down_without_the_mark(world):
    found = conclude(world.facts(), world.start, world.end, world.end, world.end)
    unseen = found.witnesses == 0
    down = found.state == MinuteState.DOWN
    assert not (unseen & down & ~found.inferred).any()
    assert not (found.inferred & ~down).any()
    assert ((found.scope != 0) == down).all()
    assert (found.state[unseen & ~down] == MinuteState.UNKNOWN).all()


@given(
    head=st.text(alphabet="g", min_size=5, max_size=30),
    silent=st.integers(1, 120),
    others=st.lists(MINUTES, max_size=4),
    clean=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_stopped_agent_is_never_down(head, silent, others, clean):
    """However long it says nothing, and whatever happens elsewhere; an orderly end is not even a power cut."""
    world = World().office("quiet", head + "u" * silent, head + "u" * silent)
    for i, minutes in enumerate(others):
        world.office(f"o{i}", minutes)
    off = world.start + 60 * len(head)
    world.sessions = [Session(f"quiet.{i}", world.start, off, clean=True) for i in (1, 2)]
    if not clean:
        # One of two that ends uncleanly is a switched-off PC, not a power cut.
        world.sessions[0] = Session("quiet.1", world.start, off, clean=False)
    found = conclude(world.facts(), world.start, world.end, world.end, world.end)
    assert not (found.state[0] == MinuteState.DOWN).any()
    assert not any(x.key.startswith("quiet") for x in found.outages)
    assert all("quiet" not in x.offices for x in found.outages if x.scope is Scope.OFFICE)


def test_the_folder_reads_back_what_was_written(tmp_path):
    """The two ways into the core agree: facts built here and facts read from files."""
    world = World(control="g" * 20).office("a", "ggggggtttttttggggggg", "ggggggtttttttggggggg")
    write_folder(tmp_path, world)
    found = read_folder(tmp_path)
    assert found.worktime.holidays == {date(2026, 6, 3)}
    ours = conclude(world.facts(), found.start, found.end, found.settled_at, found.settled_at)
    assert as_bytes(ours) == as_bytes(concluded(tmp_path))
