"""A power cut at any moment: what was held for durable is there, and what is there can be opened.

The real writes of a real process are recorded and played to a disk that loses, tears and reorders what
was not synced (`support.powercut`). The same test must find the states that a looser agent would leave.
"""

import contextlib
import os
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from laaswatch_agent import identity
from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import unpack_round, unseal
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.spool_tables import open_reader
from laaswatch_collector.evidence.held import Held
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import chains, reports
from support.agents import CIRCUMSTANCES, a_round
from support.powercut import crash_states, record, strace_works, with_failing_calls
from support.soak import seed, soak

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(not strace_works(), reason="strace is not installed or not allowed"),
]

STATES = soak(500, 20_000)
CONTROL = 160
WORKER = Path(__file__).parents[1] / "support" / "durable_worker.py"
STORE_WORKER = WORKER.with_name("store_worker.py")


@pytest.fixture
def memory():
    """A folder in memory where there is one: thousands of states are written and thrown away."""
    place = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    yield place
    shutil.rmtree(place)


def troubles_of_spool(folder, said):
    """What is wrong with the spool in this state; empty where every promise was kept."""
    words = [line.split() for line in said.decode().splitlines()]
    left = {int(w[1]) for w in words if w[0] == "left"}
    kept = {int(w[1]) for w in words if w[0] == "round"} - left
    sent = {(w[1], int(w[2])): w[3] for w in words if w[0] == "sent"}
    try:
        spool = Spool(folder, Limits(ballast=0))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a promise broken
        return [f"not openable: {error!r}"]
    troubles = []
    with contextlib.closing(spool):
        if (folder / "quarantine").exists():
            troubles.append("damaged")
        life = spool.incarnation
        lines = {(s.incarnation, s.seq): s.line for s in spool.pending(10**8)}
        with contextlib.closing(open_reader(folder)) as reader:
            loose = [unpack_round(b).mono for (b,) in reader.execute("SELECT body FROM rounds")]
        held = Counter(loose + [r.mono for line in lines.values() for r in unseal(line).rounds])
        if lost := kept - set(held):
            troubles.append(f"lost {len(lost)} rounds")
        if any(times > 1 for times in held.values()):
            troubles.append("a round twice")
        if any(key in sent and hash_of(line) != sent[key] for key, line in lines.items()):
            troubles.append("a number that was sent stands for another report")
        while spool.seal(0) is not None:
            pass
        new = {(s.incarnation, s.seq) for s in spool.pending(10**8)} - set(lines)
        if new & set(sent):
            troubles.append("a number that was sent is given out again")
        if any(incarnation != life for incarnation, _ in new):
            troubles.append("a new life without need")
    return troubles


def troubles_of_salvage(folder, said):
    """What is wrong after a cut in a salvage; rounds that the damage spared must survive it as well."""
    words = [line.split() for line in said.decode().splitlines()]
    if ["damaged"] not in words:
        return []
    kept = {int(w[1]) for w in words if w[0] == "round"}
    with contextlib.closing(Spool(folder, Limits(ballast=0))) as spool:
        assert spool.add_round(a_round(9000), CIRCUMSTANCES)
        while spool.seal(0) is not None:
            pass
        reports = []
        while batch := spool.pending(10**8):  # one life after the other
            reports += [unseal(s.line) for s in batch]
            spool.delete_acked(batch[0].incarnation, [(s.seq, s.seq) for s in batch])
    held = Counter(r.mono for report in reports for r in report.rounds)
    spared = {n for n in held if n < 240}
    troubles = []
    if lost := kept - set(held):
        troubles.append(f"lost {len(lost)} rounds")
    if len(spared) < 200:
        troubles.append(f"only {len(spared)} of the old rounds")
    if any(times > 1 for times in held.values()):
        troubles.append("a round twice")
    if sum(g.why == "spool_damaged" for report in reports for g in report.gaps) != 1:
        troubles.append("the damage is not told once")
    if list(folder.glob("quarantine/*.unfinished")):
        troubles.append("the salvage was not finished")
    return troubles


def troubles_of_identity(folder, said):
    """What is wrong with the identity in this state; empty where every promise was kept."""
    words = [line.split() for line in said.decode().splitlines()]
    asked = [w[2] for w in words if w[0] == "asked"]
    names = [w[1] for w in words if w[0] == "is"]
    try:
        mine = identity.load(folder)
    except identity.IdentityUnreadable as error:
        return [f"not readable: {error}"]
    troubles = []
    secrets = [(w[1], w[2]) for w in words if w[0] == "secret"]
    if mine is not None and secrets and mine.agent == secrets[-1][0]:
        in_use = int(secrets[-1][1])
        if mine.token not in (f"{in_use:064}", f"{in_use + 1:064}"):
            troubles.append("the secret in use is lost")
    due = f"agent-{len(names)}"  # the one on its way may be there already
    if names and (mine is None or mine.agent not in (names[-1], due)):
        troubles.append("the identity is lost")
    if not names and mine is not None and mine.agent != due:
        troubles.append("an identity out of nowhere")
    if len(asked) > len(names):  # a secret that was sent must be the one of the next try
        number = len(asked) - 1
        again = identity.prepare(folder, "https://collector.test", "", f"CODE{number}")
        if again.nonce != asked[-1] and (mine is None or mine.nonce != asked[-1]):
            troubles.append("the secret of an enrolment on its way is lost")
    return troubles


def troubles_of_store(folder, said):
    """What is wrong with the collector's store in this state; empty where every promise was kept."""
    acked = {tuple(x.split()[1:]) for x in said.decode().splitlines() if x.startswith("acked")}
    folder.mkdir(exist_ok=True)  # the cut may have come before it was made durable
    try:
        database = Database.open(f"sqlite:///{folder}/store.db", serving=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a promise broken
        return [f"not openable: {error!r}"]
    with contextlib.closing(database):
        try:
            sound = database.read(lambda c: c.execute(sa.text("PRAGMA integrity_check")).scalar())
            keys = sa.select(reports.c.agent_id, reports.c.seq)
            rows = database.read(lambda c: c.execute(keys).all())
            held = database.read(lambda c: c.execute(sa.select(chains)).all())
        except Exception as error:  # noqa: BLE001 - as above
            return [f"not readable: {error!r}"]
    troubles = [] if sound == "ok" else [f"damaged: {sound}"]
    stored = {(agent, str(seq)) for agent, seq in rows}
    if lost := acked - stored:
        troubles.append(f"lost {len(lost)} acknowledged reports")
    runs = {(x.agent_id, run) for x in held for run in Held.from_text(x.held).runs}
    known = {(a, str(seq)) for a, run in runs for seq in range(run.first, run.last + 1)}
    if known != stored:
        troubles.append("what is known as held is not what is held")
    return troubles


JUDGES = {
    "store": troubles_of_store,
    "spool": troubles_of_spool,
    "salvage": troubles_of_salvage,
    "identity": troubles_of_identity,
}


def cut(memory, what, mode, states):
    """Record one life and cut it so often: the troubles of each state that has any."""
    chosen = seed()
    root = memory / "root"
    root.mkdir()
    worker = STORE_WORKER if what == "store" else WORKER
    calls = record(worker, str(root / "agent"), what, mode, root=root, log=memory / "calls")
    found = {}
    for name, place, said in crash_states(calls, root, memory, states, chosen):
        if troubles := JUDGES[what](place / "agent", said):
            found[name] = troubles
    return found


@pytest.mark.parametrize("what", sorted(JUDGES))
def test_a_power_cut_loses_nothing_and_breaks_nothing(memory, what):
    """Every state opens; all that was said to be kept is there, once, under its own number."""
    assert cut(memory, what, "right", STATES) == {}


def test_a_disk_that_fails_a_call_or_dies_costs_nothing_kept(memory):
    """The kernel itself refuses the Nth call on the spool's files, once or for good: the agent goes on."""
    dice = random.Random(seed())
    errors, refused = Counter(), 0
    for n in range(soak(24, 1500)):
        folder, first = memory / "agent", dice.randint(1, 700)
        error, ever = dice.choice(("EIO", "ENOSPC")), "+" if dice.random() < 0.3 else ""
        said = with_failing_calls(WORKER, folder, f"error={error}:when={first}{ever}")
        where = f"{n}: {error} at call {first}{ever}"
        assert said.endswith(b"end\n"), where
        found = [t for t in troubles_of_spool(folder, said) if t not in MAY_COST]
        assert found == [], where
        errors[error + ever] += 1
        refused += said.count(b"round") < 60
        shutil.rmtree(folder)
    print(f"lives with failing system calls: {dict(errors)}; {refused} could not keep every round")
    assert refused


MAY_COST = ("damaged", "a new life without need")
"""A file that could not be read is put aside; what it holds is carried over."""


@pytest.mark.parametrize(
    ("what", "mode"),
    [
        ("spool", "off"),
        ("spool", "normal"),
        ("identity", "unsynced"),
        ("store", "off"),
        ("store", "normal"),
    ],
)
def test_a_missing_sync_is_caught(memory, what, mode):
    """The negative control: without the syncs the same test finds losses."""
    found = cut(memory, what, mode, CONTROL)
    print(f"caught in {len(found)} of {CONTROL} states, such as {next(iter(found.items()), None)}")
    assert len(found) >= CONTROL // 20
