"""The database: one writer, group commit, migrations, locks, and what is said when something fails."""

import json
import os
import sqlite3
import stat
import threading

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from laaswatch_collector.access.policy import Role
from laaswatch_collector.store import migrate
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.database import Database, StoreInUse, StoreUnavailable
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import audit, chains, meta, metadata
from laaswatch_collector.store.users import list_users
from support.intake import NOW, NOW_MS, a_round, add_office, enrol


def put(key, value="x"):
    return lambda c: c.execute(meta.insert().values(key=key, value=value))


def keys(database):
    return database.read(lambda c: list(c.execute(sa.select(meta.c.key)).scalars()))


def test_a_change_is_there_once_write_has_returned(database):
    database.write(put("a"))
    assert keys(database) == ["a"]


def test_a_change_that_fails_takes_nothing_else_with_it(database):
    """Changes committed together stand each in its own savepoint."""
    hold, going = threading.Event(), threading.Event()

    def first(connection):
        going.set()
        hold.wait(10)
        connection.execute(meta.insert().values(key="first", value=""))

    def fails(connection):
        connection.execute(meta.insert().values(key="half", value=""))
        raise ZeroDivisionError

    waiting = [database._submit(first)]
    going.wait(10)  # what follows has to share one commit
    waiting += [database._submit(work) for work in (put("a"), fails, put("a"), put("b"))]
    hold.set()
    outcomes = [future.exception(10) for future in waiting]
    assert outcomes[0] is outcomes[1] is outcomes[4] is None
    assert isinstance(outcomes[2], ZeroDivisionError)
    assert isinstance(outcomes[3], sa.exc.IntegrityError)
    assert sorted(keys(database)) == ["a", "b", "first"]


def test_a_change_that_was_called_off_in_time_is_not_made(database):
    hold = threading.Event()
    first = database._submit(lambda _: hold.wait(10))
    second = database._submit(put("second"))
    while not first.running():
        pass
    assert second.cancel() or second.running()
    called_off = second.cancelled()
    hold.set()
    first.result(10)
    database.write(put("third"))
    assert ("second" in keys(database)) is not called_off


def test_a_reader_sees_one_moment(database):
    database.write(put("a"))
    with database.reading() as connection:
        before = connection.execute(sa.select(meta.c.key)).all()
        database.write(put("b"))
        assert connection.execute(sa.select(meta.c.key)).all() == before


def test_a_failed_commit_is_told_to_everybody_and_passes(database, monkeypatch):
    broken = sa.exc.OperationalError("COMMIT", {}, OSError("disk on fire"))

    def fail(_connection):
        raise broken

    sa.event.listen(database.engine, "commit", fail)
    with pytest.raises(StoreUnavailable, match="disk on fire"):
        database.write(put("a"))
    sa.event.remove(database.engine, "commit", fail)
    database.write(put("b"))
    assert keys(database) == ["b"]


def test_a_disk_that_gets_full_within_a_statement_is_the_stores_trouble(tmp_path):
    """SQLite gives up the transaction, savepoint and all: what is seen is not the cause."""
    database = Database.open(f"sqlite:///{tmp_path}/store.db")

    def full(connection, _record):
        connection.execute("PRAGMA max_page_count = 1").close()

    sa.event.listen(database.engine, "connect", full)
    database.engine.dispose()
    with pytest.raises(StoreUnavailable):
        database.write(put("a", "x" * 1_000_000))
    sa.event.remove(database.engine, "connect", full)
    database.engine.dispose()
    database.write(put("b", "x" * 1_000_000))
    assert keys(database) == ["b"]
    database.close()


def no_partition(name, kind, _parents):
    """The months of `reports` on PostgreSQL are no tables of the schema's own."""
    return kind != "table" or not str(name).startswith("reports_")


def test_the_schema_and_its_migrations_agree(database):
    options = {"compare_type": True, "compare_server_default": False, "include_name": no_partition}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_a_store_opens_again_with_what_it_held(url):
    first = Database.open(url)
    first.write(put("a"))
    first.close()
    second = Database.open(url)
    assert keys(second) == ["a"]
    second.close()


def first_schema(url):
    """An empty store as the first release of it was."""
    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    return engine


def test_a_store_of_the_first_schema_knows_what_it_held(url, tmp_path):
    """Reports accepted before there were chains are known by them afterwards."""
    now = Database.open(f"sqlite:///{tmp_path}/now.db")
    add_office(now)
    sender = enrol(now)
    for n in (1, 2, 3):
        sender.seal(a_round(NOW_MS - n, 999_000))
    now.write(lambda c: accept(c, sender.agent, sender.delivery(*sender.lines[::2]), NOW))
    held = now.read(lambda c: c.execute(sa.select(chains.c.held)).scalar_one())
    assert [run[:2] for run in json.loads(held)] == [[1, 1], [3, 3]]

    old = first_schema(url)
    known = sa.MetaData()
    known.reflect(old)
    with now.reading() as source, old.begin() as target:
        for name in ("offices", "agents", "reports"):
            table = known.tables[name]
            rows = source.execute(sa.text(f"SELECT {', '.join(table.c.keys())} FROM {name}"))
            target.execute(table.insert(), [dict(row) for row in rows.mappings()])
    old.dispose()
    now.close()

    upgraded = Database.open(url)
    assert upgraded.read(lambda c: c.execute(sa.select(chains.c.held)).scalar_one()) == held
    upgraded.close()


def test_an_officer_of_an_older_store_is_a_clerk(url):
    old = first_schema(url)
    with old.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO users (name, role, office_code, province, created_at)"
                " VALUES ('somchai', 'officer', '6570401', '57', 0), ('a', 'admin', '', '', 0)"
            )
        )
    old.dispose()
    upgraded = Database.open(url)
    found = {x.name: x.role for x in upgraded.read(list_users)}
    upgraded.close()
    assert found == {"somchai": Role.CLERK, "a": Role.ADMIN}


def test_a_newer_schema_is_left_alone(url):
    opened = Database.open(url)
    opened.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    opened.close()
    with pytest.raises(migrate.NewerSchema, match="upgrade laaswatch"):
        Database.open(url)


def test_many_who_open_an_empty_store_at_once_make_one_schema(url):
    found, errors = [], []

    def open_it():
        try:
            found.append(Database.open(url))
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in found:
        database.close()
    assert errors == []
    assert len(found) == 4


def test_the_audit_can_be_added_to_and_never_changed(database):
    database.write(lambda c: record(c, NOW, "somchai", "issue_code", "6570401", uses=1))
    if database.engine.dialect.name == "sqlite":
        over = sa.text("REPLACE INTO audit (id, at, who) VALUES (1, 0, 'nobody')")
    else:
        over = sa.text("TRUNCATE audit")
    for change in (audit.update().values(who="nobody"), audit.delete(), over):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            database.write(lambda c, x=change: c.execute(x))
    assert database.read(lambda c: c.execute(sa.select(audit.c.who)).scalars().all()) == ["somchai"]


def test_a_second_collector_on_one_file_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setattr("laaswatch_collector.store.database.LOCK_WAIT", 0.0)
    url = f"sqlite:///{tmp_path}/store.db"
    first = Database.open(url, serving=True)
    with pytest.raises(StoreInUse, match="in use by another laaswatch-collector"):
        Database.open(url, serving=True)
    beside = Database.open(url)  # a command may work beside the collector
    beside.write(put("a"))
    beside.close()
    assert keys(first) == ["a"]
    first.close()


def test_sqlite_is_set_to_lose_nothing(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/store.db")

    def setting(name):
        return lambda c: c.exec_driver_sql(f"PRAGMA {name}").scalar()

    for name, wanted in (
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
    ):
        assert database.write(setting(name)) == wanted, name
    assert database.read(setting("query_only")) == 1
    with pytest.raises(StoreUnavailable, match="readonly"):
        database.read(put("a"))
    database.close()


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "store.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        Database.open(f"sqlite:///{tmp_path}/store.db")
    assert (tmp_path / "store.db").read_bytes().startswith(b"not a database")


def test_another_program_holding_the_file_is_waited_out_and_then_told(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/store.db")
    database.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        database.write(put("a"))
    other.execute("ROLLBACK")
    other.close()
    database.write(put("b"))
    assert keys(database) == ["b"]
    database.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a POSIX thing")
def test_only_the_collectors_own_account_may_read_the_store(tmp_path):
    """It holds ledgers and password hashes."""
    path = tmp_path / "data" / "store.db"
    Database.open(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
