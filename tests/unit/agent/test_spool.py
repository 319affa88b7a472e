"""The spool: durable at once, numbered and chained, capped with a count, mended by itself."""

import contextlib
import resource
import signal
import sqlite3

import pytest

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import unseal
from laaswatch_agent.report.model import NO_HASH, PresenceMark
from laaswatch_agent.report.vocabulary import Fault, PresenceKind
from laaswatch_agent.spool import Circumstances, Limits, Spool, SpoolInUse
from laaswatch_agent.spool_tables import FILE_NAME, counts, open_reader, unsent
from support.agents import BOOT, CIRCUMSTANCES, START, a_round

SMALL = Limits(ballast=0)


@pytest.fixture
def spool(tmp_path):
    with contextlib.closing(Spool(tmp_path, SMALL)) as made:
        yield made


def filled(spool, reports, rounds=2, start=0):
    """Seal so many reports of so many rounds each."""
    for n in range(reports):
        for k in range(rounds):
            assert spool.add_round(a_round(start + n * rounds + k), CIRCUMSTANCES)
        assert spool.seal(START + n) is not None


def reports_in(spool):
    return [unseal(s.line) for s in spool.pending(10**7)]


def test_a_round_is_there_after_the_process_is_gone(tmp_path):
    """What add_round took is found by the next process, which seals it."""
    with contextlib.closing(Spool(tmp_path, SMALL)) as first:
        first.add_round(a_round(1), CIRCUMSTANCES)
        life = first.incarnation
    with contextlib.closing(Spool(tmp_path, SMALL)) as second:
        assert second.incarnation == life
        assert second.seal(START) == 1
        assert reports_in(second)[0].rounds == (a_round(1),)


def test_reports_are_numbered_and_chained(spool):
    """Each report names the hash of the one before, from 1 on."""
    filled(spool, 3)
    lines = [s.line for s in spool.pending(10**7)]
    found = [unseal(line) for line in lines]
    assert [r.seq for r in found] == [1, 2, 3]
    assert [r.previous for r in found] == [NO_HASH, hash_of(lines[0]), hash_of(lines[1])]
    assert [x.mono for r in found for x in r.rounds] == [a_round(n).mono for n in range(6)]


def test_the_chain_goes_on_after_everything_was_delivered(spool):
    """Acknowledged reports are gone; their numbers are never used again."""
    filled(spool, 2)
    last = hash_of(spool.pending(10**7)[-1].line)
    assert spool.delete_acked(spool.incarnation, [(1, 2)]) == 2
    filled(spool, 1, start=4)
    assert [(r.seq, r.previous) for r in reports_in(spool)] == [(3, last)]


def test_only_acknowledged_reports_leave(spool):
    """An acknowledgement of some numbers, or of another life, leaves the rest."""
    filled(spool, 4)
    assert spool.delete_acked("0" * 16, [(1, 4)]) == 0
    assert spool.delete_acked(spool.incarnation, [(2, 3)]) == 2
    assert [r.seq for r in reports_in(spool)] == [1, 4]


def test_rounds_of_two_boots_go_into_two_reports(spool):
    """A report has one boot: its rounds' monotonic clocks can be compared."""
    other = Circumstances(boot="boot-2", cadence=30.0, rules="rules-1")
    spool.add_round(a_round(1), CIRCUMSTANCES)
    spool.add_round(a_round(2), other)
    assert (spool.seal(START), spool.seal(START), spool.seal(START)) == (1, 2, None)
    assert [r.boot for r in reports_in(spool)] == [BOOT, "boot-2"]


def test_the_same_round_twice_is_kept_once(spool):
    """A retry after a doubtful commit doubles nothing."""
    spool.add_round(a_round(1), CIRCUMSTANCES)
    spool.add_round(a_round(1), CIRCUMSTANCES)
    spool.seal(START)
    assert reports_in(spool)[0].rounds == (a_round(1),)


def test_marks_travel_with_rounds_or_alone_at_the_end(spool):
    """Presence marks wait for a round, except at a clean stop."""
    begun = PresenceMark(PresenceKind.STARTED, START, BOOT)
    ended = PresenceMark(PresenceKind.STOPPED, START + 9, BOOT)
    spool.add_mark(begun)
    assert (
        spool.seal(START, marks_alone=True) is None
    )  # no round yet: nothing to say how it measured
    spool.add_round(a_round(1), CIRCUMSTANCES)
    spool.seal(START)
    spool.add_mark(ended)
    assert spool.seal(START) is None
    assert spool.seal(START, marks_alone=True) == 2
    assert [(r.rounds, r.presence) for r in reports_in(spool)] == [
        ((a_round(1),), (begun,)),
        ((), (ended,)),
    ]


def test_pending_is_bounded_and_may_begin_with_the_newest(spool):
    """A small message carries the newest reports; at least one comes whatever its size."""
    filled(spool, 10)
    size = len(spool.pending(10**7)[0].line)
    assert [s.seq for s in spool.pending(size * 3 + 100)] == [1, 2, 3]
    assert [s.seq for s in spool.pending(1, newest_first=True)] == [10]
    assert [s.seq for s in spool.pending(10**7, most=2, newest_first=True)] == [9, 10]
    life = spool.incarnation
    assert [s.seq for s in spool.pending(1, leave_out={(life, 1), (life, 2)})] == [3]


@pytest.mark.parametrize("limits", [Limits(rounds=20, ballast=0), Limits(bytes=4000, ballast=0)])
def test_a_full_spool_forgets_the_oldest_and_says_so(tmp_path, limits):
    """Caps cost the oldest reports; the gap that is reported holds exactly what went."""
    with contextlib.closing(Spool(tmp_path, limits)) as spool:
        filled(spool, 40)
        spool.add_round(a_round(80), CIRCUMSTANCES)
        spool.seal(START)
        found = reports_in(spool)
        kept = sum(len(r.rounds) for r in found)
        told = [g for r in found for g in r.gaps]
        last = found[-1].gaps[-1]
        assert kept < 81
        assert [r.seq for r in found] == list(range(found[0].seq, 42))
        assert last.why == "spool_full"
        # Gaps told by reports that were evicted themselves are lost with them: the rest must be told.
        held = spool.counts()
        assert held.rounds == 0
        assert held.bytes <= limits.bytes
        assert all(g.first_at >= START for g in told)


def test_gaps_of_evicted_reports_are_counted_again(tmp_path):
    """All rounds are accounted for: kept, or in a gap that has not been delivered away."""
    with contextlib.closing(Spool(tmp_path, Limits(rounds=10, ballast=0))) as spool:
        filled(spool, 30)
        kept = sum(len(r.rounds) for r in reports_in(spool))
        told = sum(g.rounds for r in reports_in(spool) for g in r.gaps)
        with contextlib.closing(open_reader(tmp_path)) as reader:
            (waiting,) = reader.execute("SELECT COALESCE(SUM(rounds), 0) FROM gaps").fetchone()
        assert kept + told + waiting == 60


def test_years_of_clock_error_empty_nothing(spool):
    """A clock that jumps 543 years ahead does not make the spool old."""
    filled(spool, 3)
    far = a_round(1).at + 543 * 365 * 86_400_000
    spool.add_round(a_round(100), CIRCUMSTANCES)
    spool.seal(far)
    assert [r.seq for r in reports_in(spool)] == [1, 2, 3, 4]


def test_a_second_agent_is_told_plainly(spool, tmp_path):
    """Two agents on one folder: the second one stops with a clear message."""
    with pytest.raises(SpoolInUse, match="already works on"):
        Spool(tmp_path)


def test_other_commands_read_while_the_agent_writes(spool, tmp_path):
    """status, doctor and export look without disturbing."""
    filled(spool, 2)
    spool.add_round(a_round(9), CIRCUMSTANCES)
    with contextlib.closing(open_reader(tmp_path)) as reader:
        assert [s.seq for s in unsent(reader)] == [1, 2]
        held = counts(reader)
        assert (held.rounds, held.reports, held.report_rounds) == (1, 2, 4)
        with pytest.raises(sqlite3.OperationalError):
            reader.execute("DELETE FROM sealed")


def test_what_the_collector_would_refuse_is_set_aside_at_once(spool):
    """A round outside the format is counted as a gap and blocks nothing."""
    odd = a_round(1)
    odd = type(odd)(odd.at, odd.mono, odd.fault, "no such rule!", odd.layers)
    assert spool.add_round(odd, CIRCUMSTANCES)
    spool.add_round(a_round(2), CIRCUMSTANCES)
    spool.seal(START)
    (report,) = reports_in(spool)
    assert report.rounds == (a_round(2),)
    assert [(g.rounds, g.why) for g in report.gaps] == [(1, "malformed")]
    assert spool.counts().quarantined == 1


def test_a_report_whose_bytes_changed_is_set_aside(tmp_path):
    """Bits that fell over on the disk are found by the hash; the neighbours go out."""
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        filled(spool, 3)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw, raw:
        raw.execute("UPDATE sealed SET body = x'00ff' WHERE seq = 2")
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        assert [r.seq for r in reports_in(spool)] == [1, 3]
        spool.add_round(a_round(50), CIRCUMSTANCES)
        spool.seal(START)
        gaps = reports_in(spool)[-1].gaps
        assert [(g.rounds, g.why) for g in gaps] == [(2, "refused")]


def test_a_chain_head_that_cannot_be_believed_starts_a_new_life(tmp_path):
    """A wrong number would fork the chain: a damaged head is never used."""
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        filled(spool, 2)
        life = spool.incarnation
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw, raw:
        raw.execute("UPDATE meta SET value = replace(value, ' 3 ', ' 1 ') WHERE key = 'chain'")
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        assert spool.incarnation != life
        assert [(s.incarnation, s.seq) for s in spool.pending(10**7)] == [(life, 1), (life, 2)]


def test_a_fork_is_sealed_again_in_a_new_life(spool):
    """After a restored disk the rounds go out under new numbers, chained anew."""
    filled(spool, 4)
    old = spool.incarnation
    before = [r.rounds for r in reports_in(spool)]
    new = spool.reseal(old, 3)
    assert new != old
    assert [(s.incarnation, s.seq) for s in spool.pending(10**7)] == [(old, 1), (old, 2)]
    spool.delete_acked(old, [(1, 2)])
    found = reports_in(spool)
    assert [r.seq for r in found] == [1, 2]
    assert found[0].previous == NO_HASH
    assert [r.rounds for r in found] == before[2:]


def damaged(path, rule):
    data = bytearray(path.read_bytes())
    rule(data)
    path.write_bytes(data)


@pytest.mark.parametrize("step", range(60))
def test_a_damaged_file_never_stops_the_agent(tmp_path, step):
    """Zeroed pages, flipped bits, a cut file: it starts, measures, seals; what is readable comes over."""
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        filled(spool, 12, rounds=5)
    path = tmp_path / FILE_NAME
    size = path.stat().st_size
    at = size * step // 60

    def harm(data):
        if step % 3 == 0:
            data[at : at + 4096] = bytes(min(4096, size - at))
        elif step % 3 == 1:
            data[at] ^= 0x10
        else:
            del data[at:]

    damaged(path, harm)
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        assert spool.add_round(a_round(999, Fault.DNS), CIRCUMSTANCES)
        while spool.seal(START) is not None:
            pass
        found = []
        while batch := spool.pending(10**7):
            found += [unseal(s.line) for s in batch]
            spool.delete_acked(batch[0].incarnation, [(s.seq, s.seq) for s in batch])
        assert a_round(999, Fault.DNS) in [x for r in found for x in r.rounds]


def test_a_damaged_page_costs_few_reports_and_is_reported(tmp_path):
    """One bad page among many: nearly everything is carried over under its old number."""
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        filled(spool, 60, rounds=10)
        life = spool.incarnation
    path = tmp_path / FILE_NAME
    middle = path.stat().st_size // 2 // 4096 * 4096
    damaged(path, lambda data: data.__setitem__(slice(middle, middle + 4096), b"\xa5" * 4096))
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        kept = [s for s in spool.pending(10**7) if s.incarnation == life]
        assert len(kept) >= 50
        assert spool.incarnation != life
        assert len(list((tmp_path / "quarantine").iterdir())) == 1
        spool.add_round(a_round(5000), CIRCUMSTANCES)
        spool.seal(START)
        newest = unseal(spool.pending(1, newest_first=True)[0].line)
        assert [g.why for g in newest.gaps] == ["spool_damaged"]


@pytest.fixture
def small_disk():
    """Files of this process may not grow past a size that the test sets: as good as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_costs_counted_rounds_and_heals(tmp_path, small_disk):
    """While the disk refuses, rounds are counted; the first one it takes again reports the gap."""
    with contextlib.closing(Spool(tmp_path, SMALL)) as spool:
        filled(spool, 3)
        small_disk((tmp_path / FILE_NAME).stat().st_size)
        answers = [spool.add_round(a_round(100 + n), CIRCUMSTANCES) for n in range(300)]
        refused = answers.count(False)
        assert refused > 100
        small_disk(resource.RLIM_INFINITY)
        assert spool.add_round(a_round(500), CIRCUMSTANCES)
        while spool.seal(START) is not None:
            pass
        found = reports_in(spool)
        kept = sum(len(r.rounds) for r in found)
        (gap,) = [g for r in found for g in r.gaps]
        assert (gap.rounds, gap.why) == (refused, "disk_refused")
        assert kept == 6 + answers.count(True) + 1


def test_recent_rounds_are_kept_for_the_page(spool):
    """The strip of the last hours shows this PC's own rounds, also those delivered long ago."""
    filled(spool, 2)
    spool.delete_acked(spool.incarnation, [(1, 2)])
    assert spool.recent(START + 30_000) == [(a_round(n).at, Fault.NONE) for n in (1, 2, 3)]
