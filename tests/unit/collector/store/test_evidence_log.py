"""The evidence log: what is put in once stays, every proof holds, nothing is missed and nothing doubled."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.evidence.leaves import Kind, plain_leaf
from laaswatch_collector.evidence.merkle import (
    consistency_proof,
    continues,
    includes,
    inclusion_proof,
    leaf_hash,
    nodes_over,
    root_of,
)
from laaswatch_collector.evidence_log import LogKeeper
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.evidence_log import (
    add_leaves,
    all_checkpoints,
    checkpoint_after,
    log_origin,
    log_size,
    newest_checkpoint,
    newest_leaves,
    stored_nodes,
)
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import (
    explanations,
    log_checkpoints,
    log_leaves,
    log_nodes,
    reports,
)
from laaswatch_collector.store.sealing import seal_history
from laaswatch_collector.verifying import verify_store
from laaswatch_collector.worktime.thai import local_date, local_midnight
from support import seeded
from support.intake import NOW, NOW_MS, a_round, enrol

DAY = timedelta(days=1)
TODAY = local_date(NOW)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


@pytest.fixture
def keeper(office):
    """The keeper of a store's log, with a clock of its own."""
    return LogKeeper(office, Clock(NOW), "https://laaswatch.example.go.th")


def leaves(database, kind=None):
    query = sa.select(log_leaves.c.kind, log_leaves.c.body).order_by(log_leaves.c.position)
    rows = database.read(lambda c: c.execute(query).all())
    return [json.loads(row.body) for row in rows if kind in (None, row.kind)]


def deliver(database, sender, at, count=3):
    """`count` reports that arrive together at `at`."""
    for n in range(count):
        wall = round(at.timestamp() * 1000) - 1000 * (count - n)
        line = sender.seal(a_round(wall, wall - NOW_MS + 10**10))
        delivery = sender.delivery(line, sent=wall, mono=wall - NOW_MS + 10**10)
        database.write(lambda c, d=delivery: accept(c, sender.agent, d, at))


def some(numbers):
    return [plain_leaf(Kind.BEAT, str(n), {"at": n}) for n in numbers]


def test_a_stored_tree_answers_like_one_in_memory(database):
    whole = some(range(1500))
    for first, end in ((0, 1), (1, 3), (3, 300), (300, 301), (301, 1500)):
        database.write(lambda c, a=first, b=end: add_leaves(c, whole[a:b], NOW))
    hashes = [leaf_hash(x.body.encode()) for x in whole]
    memory = nodes_over(hashes)
    with database.reading() as c:
        stored = stored_nodes(c)
        assert log_size(c) == 1500
        for size in (1, 2, 255, 256, 257, 1024, 1500):
            root = root_of(stored, size)
            assert root == root_of(memory, size)
            proof = inclusion_proof(stored, size - 1, size)
            assert includes(hashes[size - 1], size - 1, size, proof, root)
            proof = consistency_proof(stored, size, 1500)
            assert continues(size, 1500, proof, root, root_of(memory, 1500))
    assert (
        database.read(lambda c: c.execute(sa.select(log_nodes.c.level)).scalars().all()) == [8] * 5
    )


@pytest.mark.parametrize("table", [log_leaves, log_nodes, log_checkpoints], ids=lambda x: x.name)
@pytest.mark.parametrize("change", ["update", "delete", "all at once"])
def test_the_database_refuses_every_change(keeper, office, table, change):
    office.write(lambda c: add_leaves(c, some(range(256)), NOW))
    keeper.once()
    key = next(iter(table.c)).name
    sqlite = office.engine.dialect.name == "sqlite"
    replaced = f"INSERT OR REPLACE INTO {table.name} SELECT * FROM {table.name}"
    say = {
        "update": f"UPDATE {table.name} SET {key} = {key}",
        "delete": f"DELETE FROM {table.name}",
        "all at once": replaced if sqlite else f"TRUNCATE {table.name}",
    }[change]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        office.write(lambda c: c.execute(sa.text(say)))


def test_a_checkpoint_is_over_everything_and_never_like_the_one_before(keeper, office):
    first = keeper.once()
    second = keeper.once()
    with office.reading() as c:
        assert [x.checkpoint for x in all_checkpoints(c)] == [first.checkpoint, second.checkpoint]
        for kept in (first, second):
            assert kept.checkpoint.root == root_of(stored_nodes(c), kept.checkpoint.size)
        assert newest_checkpoint(c) == second
        assert checkpoint_after(c, 0) == first
        assert checkpoint_after(c, first.checkpoint.size) == second
        assert checkpoint_after(c, second.checkpoint.size) is None
    assert first.checkpoint.size < second.checkpoint.size
    assert first.checkpoint.origin.startswith("laaswatch.example.go.th/evidence/")


def test_the_logs_name_never_changes(office):
    found = {office.write(lambda c, u=url: log_origin(c, u)) for url in ("", "https://x.go.th")}
    assert len(found) == 1


def test_a_day_is_committed_to_once_it_is_over(keeper, office):
    sender = enrol(office)
    deliver(office, sender, NOW)
    keeper.once()
    assert leaves(office, "agent_day") == []
    keeper._now.at = local_midnight(TODAY + DAY) + timedelta(minutes=10)
    keeper.once()
    keeper.once()
    (leaf,) = leaves(office, "agent_day")
    assert (leaf["agent"], leaf["day"]) == (sender.agent, TODAY.isoformat())
    assert (leaf["first"], leaf["last"], leaf["reports"]) == (1, 3, 3)
    newest = sa.select(reports.c.sha256).order_by(reports.c.seq.desc()).limit(1)
    assert leaf["head"] == office.read(lambda c: c.execute(newest).scalar()).hex()


def test_what_comes_late_for_a_closed_day_is_a_new_leaf(keeper, office):
    one, other = enrol(office, "pc 1"), enrol(office, "pc 2")
    deliver(office, one, NOW)
    deliver(office, other, NOW)
    keeper._now.at = local_midnight(TODAY + DAY) + timedelta(minutes=10)
    keeper.once()
    deliver(office, one, NOW + timedelta(minutes=1), 2)  # committed after the day was closed
    keeper._now.at += DAY
    keeper.once()
    counted = [(x["agent"] == one.agent, x["reports"]) for x in leaves(office, "agent_day")]
    assert sorted(counted) == [(False, 3), (True, 3), (True, 5)]


def test_a_day_that_is_packed_already_says_the_same(keeper, office):
    sender = enrol(office)
    deliver(office, sender, NOW)
    deliver(office, sender, NOW + 20 * DAY)  # the highest row of all is never packed
    later = LogKeeper(office, Clock(NOW + 21 * DAY))
    keeper._now.at = NOW + DAY
    keeper.once()
    kept = office.read(lambda c: newest_leaves(c, Kind.AGENT_DAY))
    assert seal_history(office, TODAY + 10 * DAY).reports == 3
    from laaswatch_collector.store.commitments import agent_days

    again = office.read(lambda c: list(agent_days(c, TODAY)))
    assert [x.body for x in again] == [x.body for x in kept.values()]
    later.once()
    days = [x["day"] for x in leaves(office, "agent_day")]
    assert days == [TODAY.isoformat(), (TODAY + 20 * DAY).isoformat()]


def test_the_audit_is_committed_to_line_by_line_and_none_twice(keeper, office):
    for n in range(5):
        office.write(lambda c, n=n: record(c, NOW, "somying", "tried", f"thing {n}"))
    keeper.once()
    assert leaves(office, "audit") == []  # a lower number might still be on its way
    keeper.once()
    keeper.once()
    office.write(lambda c: record(c, NOW, "somying", "tried", "another"))
    keeper.once()
    keeper.once()
    assert [(x["first"], x["last"], x["rows"]) for x in leaves(office, "audit")] == [
        (1, 5, 5),
        (6, 6, 1),
    ]


def test_checkpoints_come_each_ten_minutes_and_at_the_end_of_work(keeper, office):
    end = local_midnight(TODAY) + timedelta(hours=17)
    keeper._now.at = end - timedelta(minutes=4)
    assert keeper.if_due() is not None
    assert keeper.if_due() is None
    keeper._now.at = end
    assert keeper.if_due().at == end
    keeper._now.at = end + timedelta(minutes=9)
    assert keeper.if_due() is None
    keeper._now.at = end + timedelta(minutes=10)
    assert keeper.if_due() is not None


def test_one_collector_at_a_time_keeps_the_log(office):
    from laaswatch_collector.store.turns import take_turn

    clock = Clock(NOW)
    other = LogKeeper(office, clock)
    office.write(lambda c: take_turn(c, "log", "somebody", NOW, timedelta(minutes=10)))
    assert other.once() is None
    assert leaves(office) == []
    clock.at = NOW + timedelta(minutes=11)  # who had the turn was killed
    assert other.once() is not None


def test_books_are_committed_to_where_they_changed_and_verify_finds_what_was_changed_behind(
    database,
):
    """On both engines: imports, documents and offices' months; then one verdict changed by hand."""
    seeded.seed(database, offices=3, late=4, other_province=0)
    clock = Clock(NOW)
    keeper = LogKeeper(database, clock)
    keeper.once()
    clock.at = NOW + DAY
    keeper.once()
    kinds = {x["kind"] for x in leaves(database)}
    assert {"ledger_import", "document", "office_month", "beat"} <= kinds
    months = leaves(database, "office_month")
    assert len({x["office"] for x in months}) == 3
    assert len(months) == len({(x["office"], x["month"]) for x in months})
    assert database.read(verify_store).wrong == []
    x = explanations.c
    late = sa.select(sa.func.min(x.entry_id)).where(x.verdict != "").scalar_subquery()
    database.write(
        lambda c: c.execute(
            explanations.update().where(x.entry_id == late).values(verdict="partly", scope="site")
        )
    )
    found = database.read(verify_store).wrong
    assert [(w.part, w.what) for w in found] == [("books", "month_differs")]
    clock.at = NOW + 2 * DAY
    database.write(
        lambda c: c.execute(
            explanations.update().where(x.entry_id == late).values(computed_at=clock.at)
        )
    )
    clock.at += DAY
    keeper.once()  # said anew by the rules: a new leaf
    assert len(leaves(database, "office_month")) == len(months) + 1
    assert database.read(verify_store).wrong == []
