"""A bad disk never stops the agent: full, damaged anywhere, read-only, or refusing any single call."""

import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from laaswatch_agent.report.codec import pack_round, unseal
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.spool_tables import FILE_NAME
from support.agents import CIRCUMSTANCES, START, a_round
from support.soak import seed, soak

pytestmark = pytest.mark.crash

SMALL = Limits(ballast=0)
DAMAGES = soak(320, 1000)
ROOT = Path(__file__).parents[2]
CHILD = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "agent")])}


@pytest.fixture
def memory():
    """A folder in memory where there is one."""
    place = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    yield place
    shutil.rmtree(place)


def drain(spool, mono_of=lambda r: r.mono):
    """Seal and take out everything: (how often each round was there, gaps told)."""
    while spool.seal(START) is not None:
        pass
    rounds, gaps = Counter(), []
    while batch := spool.pending(10**7):
        for report in (unseal(s.line) for s in batch):
            rounds.update(mono_of(r) for r in report.rounds)
            gaps += report.gaps
        spool.delete_acked(batch[0].incarnation, [(s.seq, s.seq) for s in batch])
    return rounds, gaps


# ---------------------------------------------------------------------- damage
@pytest.fixture
def filled(memory):
    """A spool with reports and loose rounds, as it lies on the disk, half of it in the log."""
    folder, kept = memory / "sound", memory / "kept"
    for first in (0, 90):
        with contextlib.closing(Spool(folder, SMALL)) as spool:
            for n in range(first, first + 90):
                spool.add_round(a_round(n), CIRCUMSTANCES)
                if n % 3 == 2 and n % 90 < 80:
                    spool.seal(START + n)
            if first:  # as a crash leaves it: the second half not yet in the database
                shutil.copytree(folder, kept)
    return kept, {a_round(n).mono for n in range(180)}


def harm(path, way, at, dice):
    data = bytearray(path.read_bytes())
    if way == "bit":
        data[at] ^= 1 << dice.randrange(8)
    elif way == "page":
        data[at : at + 4096] = bytes(len(data[at : at + 4096]))
    else:
        del data[at:]
    path.write_bytes(data)


def test_damage_anywhere_never_stops_the_agent(memory, filled):
    """A bit, a page, a cut at hundreds of places of database and log: it starts, says so, goes on."""
    sound, everything = filled
    dice = random.Random(seed())
    costs = Counter()
    for n in range(DAMAGES):
        folder = memory / "damaged"
        shutil.copytree(sound, folder)
        path = folder / (FILE_NAME + ("-wal" if n % 4 == 3 else ""))
        way = ("bit", "page", "cut")[n % 3]
        where = f"{n}: {way} in {path.name}"
        harm(path, way, dice.randrange(path.stat().st_size), dice)
        with contextlib.closing(Spool(folder, SMALL)) as spool:
            assert spool.add_round(a_round(5000), CIRCUMSTANCES), where
            rounds, gaps = drain(spool)
            assert rounds.pop(a_round(5000).mono) == 1, where
            assert set(rounds) <= everything, where
            assert max(rounds.values(), default=1) == 1, where
            lost = len(everything) - len(rounds)
            spool.add_round(a_round(5001), CIRCUMSTANCES)
            gaps += drain(spool)[1]  # what was found while handing out is told with the next report
            costs[way, path.name, bool(lost)] += 1
            # A log that was cut short looks like a shorter one, and its very last commits like one that
            # a power cut tore: their loss shows at the collector only, as rounds that never came. The last three:
            # a page of zeros lies across two frames, and the one after them cannot be reached.
            in_log = path.name != FILE_NAME
            if lost > (3 if in_log else 0) and not (way == "cut" and in_log):
                assert gaps, (where, lost)
                assert spool.counts().quarantined or list((folder / "quarantine").iterdir()), where
        shutil.rmtree(folder)
    print(f"{DAMAGES} damaged spools opened; (way, file, anything lost): {dict(costs)}")
    assert any(not lost for _, _, lost in costs)
    assert any(lost for _, _, lost in costs)


def test_a_salvage_that_does_not_look_is_caught(memory, filled, monkeypatch):
    """The negative control: an agent that opens whatever is there trips over a damaged page."""
    sound, _ = filled
    monkeypatch.setattr("laaswatch_agent.spool_database._is_damage", lambda _: False)
    monkeypatch.setattr("laaswatch_agent.spool_database._examine", lambda _: None)
    stopped = 0
    for n in range(1, 20):
        folder = memory / "damaged"
        shutil.copytree(sound, folder)
        (folder / (FILE_NAME + "-wal")).unlink()
        path = folder / FILE_NAME
        harm(path, "page", path.stat().st_size * n // 20, random.Random(n))
        with contextlib.closing(Spool(folder, SMALL)) as spool:
            stopped += not spool.add_round(a_round(5000), CIRCUMSTANCES)
        shutil.rmtree(folder)
    assert stopped


# ---------------------------------------------------------------------- a full disk
def private_disk():
    """The command that gives a process its own mounts, or None where that is not allowed."""
    for command in (["unshare", "-m"], ["unshare", "-rm"]):
        if (
            shutil.which("unshare")
            and subprocess.run([*command, "true"], check=False).returncode == 0
        ):
            return command
    return None


def full_disk(folder, mode):
    worker = ROOT / "tests" / "support" / "full_disk_worker.py"
    done = subprocess.run(
        [*private_disk(), sys.executable, str(worker), str(folder), mode],
        env=CHILD,
        check=True,
        capture_output=True,
        timeout=300,
    )
    told = json.loads(done.stdout)
    print(f"{mode}: {told}")
    return told


@pytest.mark.skipif(private_disk() is None, reason="no mount namespaces here")
def test_a_full_disk_is_outlived(memory):
    """Full from the start, and no line: it measures on, gives out, deletes, and counts what it lost."""
    told = full_disk(memory, "right")
    assert told["taken"] > 5000  # days of rounds in the room of the ballast
    assert told["delete_works"]
    assert told["seconds_to_resume"] < 60
    assert (told["delivered"], told["twice"]) == (told["taken"], 0)
    assert told["gap"] == told["made"] - told["taken"]


@pytest.mark.skipif(private_disk() is None, reason="no mount namespaces here")
def test_without_ballast_a_full_disk_is_a_dead_end(memory):
    """The negative control: the same disk takes nothing and cannot even be emptied; yet nothing is lost."""
    told = full_disk(memory, "bare")
    assert not told["delete_works"]
    assert told["taken"] == 20
    assert (told["delivered"], told["gap"]) == (20, told["made"] - 20)


# ---------------------------------------------------------------------- a month without a line
EVERY = soak(120, 30)
"""Seconds between rounds: thirty-five days of them."""


def fill_days(folder, limits, days=35, cadence=EVERY):
    """So many days offline, with a clock that is set wrong on the way: (made, kept, gaps)."""
    dice = random.Random(seed())
    made, shift = days * 24 * 3600 // cadence, 0
    with contextlib.closing(Spool(folder, limits)) as spool:
        for n in range(made):
            if dice.random() < 1 / 5000:
                shift = dice.choice((0, 3_600_000, -86_400_000, 543 * 365 * 86_400_000))
            one = a_round(n, every=cadence * 1000)
            assert spool.add_round(replace(one, at=one.at + shift), CIRCUMSTANCES)
            if n % 20 == 19:
                assert spool.seal(one.at) is not None
        size = sum(p.stat().st_size for p in folder.iterdir())
        rounds, gaps = drain(spool)
        assert spool.add_round(a_round(-1), CIRCUMSTANCES)
        rest, more = drain(spool)
    return made + 1, rounds + rest, gaps + more, size


def test_thirty_days_without_a_line(memory):
    """Thirty-five days offline: the last thirty are there, the first five are told, to the round."""
    limits = Limits(rounds=30 * 24 * 3600 // EVERY, ballast=0)
    made, rounds, gaps, size = fill_days(memory / "agent", limits)
    print(f"{made} rounds, {len(rounds)} kept in {size / 1e6:.1f} MB, gaps {gaps}")
    assert {g.why for g in gaps} == {"spool_full"}
    assert sum(g.rounds for g in gaps) == made - len(rounds)
    assert limits.rounds - 40 <= len(rounds) <= limits.rounds + 40
    newest = {
        a_round(n, every=EVERY * 1000).mono for n in range(made - 1 - limits.rounds + 40, made - 1)
    }
    assert newest <= set(rounds)
    assert size < 64e6 * 30 / EVERY


def test_the_cap_in_bytes_is_kept_and_counted(memory):
    """A small spool holds the newest reports that fit; what went is told, to the round."""
    limits = Limits(bytes=60_000, ballast=0)
    made, rounds, gaps, _ = fill_days(memory / "agent", limits, days=5)
    assert len(rounds) < made
    assert sum(g.rounds for g in gaps) == made - len(rounds)


def test_an_eviction_that_is_not_counted_is_caught(memory, monkeypatch):
    """The negative control: gaps told in evicted reports must be told again."""
    monkeypatch.setattr("laaswatch_agent.spool_sealing.add_gap", lambda *_: None)
    limits = Limits(rounds=100, ballast=0)
    made, rounds, gaps, _ = fill_days(memory / "agent", limits, days=1)
    assert sum(g.rounds for g in gaps) != made - len(rounds)


# ---------------------------------------------------------------------- an older and a newer agent
class OtherVersion:
    """The spool as an agent of another version uses it: only named columns, all in plain SQL.

    `later` is a version that added a table and columns, as later versions may; none may take any away.
    """

    def __init__(self, folder, *, later):
        self.c = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        self.c.execute("PRAGMA synchronous = FULL")
        if (
            later
            and not self.c.execute(
                "SELECT 1 FROM pragma_table_info('rounds') WHERE name = 'x'"
            ).fetchone()
        ):
            self.c.executescript(
                "ALTER TABLE rounds ADD COLUMN x TEXT NOT NULL DEFAULT '';"
                "ALTER TABLE sealed ADD COLUMN y INTEGER; CREATE TABLE later (z);"
                "INSERT INTO later VALUES (1); UPDATE meta SET value = '9' WHERE key = 'schema'"
            )

    def add(self, one):
        stamp = json.dumps(asdict(CIRCUMSTANCES), sort_keys=True)
        self.c.execute(
            "INSERT INTO rounds (boot, mono, at, circumstances, body) VALUES (?, ?, ?, ?, ?)",
            (CIRCUMSTANCES.boot, one.mono, one.at, stamp, pack_round(one)),
        )

    def take_oldest(self):
        row = self.c.execute("SELECT id, seq, body FROM sealed ORDER BY id LIMIT 1").fetchone()
        if row is None:
            return []
        self.c.execute("DELETE FROM sealed WHERE id = ?", (row[0],))
        report = unseal(zlib.decompress(row[2]))
        assert report.seq == row[1]
        return [r.mono for r in report.rounds]


def swap_versions(folder, cycles):
    """Agents of two versions take turns on one spool, half the time after a kill: what came out of it."""
    dice = random.Random(seed())
    delivered, number = Counter(), 0
    for _ in range(cycles):
        spool = Spool(folder, SMALL)
        for _ in range(dice.randrange(4)):
            assert spool.add_round(a_round(number), CIRCUMSTANCES)
            number += 1
        if dice.random() < 0.7:
            spool.seal(START)
        spool.close()
        other = OtherVersion(folder, later=dice.random() < 0.5)
        for _ in range(dice.randrange(3)):
            other.add(a_round(number))
            number += 1
        delivered.update(other.take_oldest())
        other.c.close()
    with contextlib.closing(Spool(folder, SMALL)) as spool:
        rounds, gaps = drain(spool)
    return number, delivered + rounds, gaps


def test_upgrade_and_rollback_keep_the_spool(tmp_path):
    """A hundred changes of version, and each round comes out once."""
    number, rounds, gaps = swap_versions(tmp_path, soak(100, 1000))
    assert rounds == Counter(a_round(n).mono for n in range(number))
    assert gaps == []
    assert not (tmp_path / "quarantine").exists()


def test_a_version_that_takes_a_column_away_is_caught(tmp_path, monkeypatch):
    """The negative control: renaming what others read shows as a gap and a spool put aside."""
    add = OtherVersion.add

    def renames(self, one):
        add(self, one)
        self.c.execute("ALTER TABLE sealed RENAME COLUMN checksum TO check_sum")

    monkeypatch.setattr(OtherVersion, "add", renames)
    with contextlib.suppress(sqlite3.Error):
        swap_versions(tmp_path, 10)
    with contextlib.closing(Spool(tmp_path, SMALL)):
        assert (tmp_path / "quarantine").exists()


# ---------------------------------------------------------------------- odd files
def nothing(path):
    path.unlink()


def empty(path):
    path.write_bytes(b"")


def noise(path):
    path.write_bytes(random.Random(1).randbytes(20_000))


def no_log(path):
    path.with_name(FILE_NAME + "-wal").unlink()


def foreign_log(path):
    other = path.parent.parent / "other"
    with contextlib.closing(Spool(other, SMALL)) as spool:
        for n in range(5):
            spool.add_round(a_round(700 + n), CIRCUMSTANCES)
        shutil.copy(other / (FILE_NAME + "-wal"), path.with_name(FILE_NAME + "-wal"))


def stale_journal(path):
    path.with_name(FILE_NAME + "-journal").write_bytes(path.read_bytes()[:5000])


def other_program(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as c, c:
        c.execute("CREATE TABLE sealed (id INTEGER PRIMARY KEY, song TEXT)")


@pytest.mark.parametrize(
    "harmed", [nothing, empty, noise, no_log, foreign_log, stale_journal, other_program]
)
def test_whatever_lies_there_the_agent_starts(memory, filled, harmed):
    """Deleted, emptied, replaced, its log gone or another's: it starts, and nothing comes out twice."""
    sound, everything = filled
    harmed(sound / FILE_NAME)
    for _ in range(2):
        with contextlib.closing(Spool(sound, SMALL)) as spool:
            assert spool.add_round(a_round(5000), CIRCUMSTANCES)
            rounds, _ = drain(spool)
            assert rounds[a_round(5000).mono] == 1
            assert set(rounds) <= everything | {a_round(n).mono for n in (5000, *range(700, 705))}
            assert max(rounds.values()) == 1


@pytest.mark.parametrize("again", [False, True])
def test_a_spool_that_is_deleted_under_the_agent_is_begun_anew(memory, again):
    """Somebody deletes the files while it runs: what it takes from then on is kept again."""
    folder = memory / "agent"
    with contextlib.closing(Spool(folder, SMALL)) as spool:
        spool.add_round(a_round(0), CIRCUMSTANCES)
        for path in folder.glob(FILE_NAME + "*"):
            path.unlink()
        if again:  # and puts other ones there
            shutil.copy(_other(memory), folder / FILE_NAME)
        assert spool.add_round(a_round(1), CIRCUMSTANCES)
    with contextlib.closing(Spool(folder, SMALL)) as spool:
        assert a_round(1).mono in drain(spool)[0]


def _other(memory):
    with contextlib.closing(Spool(memory / "other", SMALL)) as spool:
        spool.add_round(a_round(7), CIRCUMSTANCES)
    return memory / "other" / FILE_NAME
