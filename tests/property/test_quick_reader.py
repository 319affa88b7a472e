"""The quick reader of the intake reads what the strict one reads, and refuses what it refuses."""

from operator import attrgetter

from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.report.codec import MalformedReport, seal, unseal
from laaswatch_agent.report.model import Gap, PresenceMark, Report
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, PresenceKind, Reason, Result
from laaswatch_collector.store import quick_reader
from laaswatch_collector.timeline.packed import pack
from support.intake import NOW_MS, a_round

REPORT = Report(
    seq=7,
    previous="ab" * 32,
    boot="boot-1",
    made=NOW_MS,
    cadence=30.0,
    rules="2",
    agent_version="0.1.0",
    rounds=(a_round(NOW_MS, 5_000), a_round(NOW_MS, 35_000, Fault.DNS)),
    presence=(PresenceMark(PresenceKind.STARTED, NOW_MS, "boot-1"),),
    gaps=(Gap(3, NOW_MS, NOW_MS, "spool_full"),),
)
LINE = seal(REPORT)
PLAIN = attrgetter(
    *["seq", "previous", "boot", "made", "cadence", "rules", "agent_version", "decides", "beacon"]
)
ROUND = attrgetter("at", "mono", "fault", "rule", "also")
LAYER = attrgetter("layer", "target", "result", "reason", "ms", "detail")
MARK = attrgetter("kind", "at", "boot", "until")
GAP = attrgetter("rounds", "first_at", "last_at", "why")


def values(report):
    """A report as plain values, whoever read it."""
    return (
        PLAIN(report),
        [(ROUND(r), [LAYER(x) for x in r.layers]) for r in report.rounds],
        [MARK(m) for m in report.presence],
        [GAP(g) for g in report.gaps],
        pack(report),
    )


def outcome(reader, line):
    try:
        return values(reader(line))
    except MalformedReport:
        return "refused"


def test_a_line_as_agents_write_it_is_read_quickly():
    """Else all the others here would compare the strict reader with itself."""
    quick = quick_reader.read(LINE)
    assert type(quick) is not Report
    assert values(quick) == values(REPORT)


@given(
    st.builds(
        Report,
        seq=st.integers(1, 2**53),
        previous=st.just("0" * 64),
        boot=st.just("b"),
        made=st.integers(-(2**48), 2**48),
        cadence=st.floats(0.1, 86400),
        rules=st.just("2"),
        agent_version=st.just("1"),
        rounds=st.lists(st.sampled_from(REPORT.rounds), max_size=3).map(tuple),
        presence=st.lists(
            st.builds(
                PresenceMark,
                st.sampled_from(PresenceKind),
                st.integers(-(2**48), 2**48),
                st.just("b"),
                st.none() | st.integers(-(2**48), 2**48),
            ),
            max_size=2,
        ).map(tuple),
    )
)
def test_both_readers_agree_on_reports(report):
    assert values(quick_reader.read(seal(report))) == values(report)


SPLICES = st.sampled_from(
    [
        b'"',
        b"[",
        b"]",
        b"null",
        b"true",
        b"NaN",
        b"1e9",
        b"-1",
        b"1.0",
        b"\\u0041",
        b'"seq":8,',
        b" ",
        b"\n",
        b"\xff",
        b"0",
        b"9" * 20,
        b",",
        b'""',
        b"{}",
        b'"unknown_word"',
        *[str(x).encode() for x in (*Layer, *Result, *Reason, *Fault, *Also)][:40],
    ]
)


@given(st.integers(0, len(LINE)), st.integers(0, 12), SPLICES)
def test_both_readers_agree_on_damaged_lines(at, cut, splice):
    line = LINE[:at] + splice + LINE[at + cut :]
    assert outcome(quick_reader.read, line) == outcome(unseal, line)
