"""`backup` and `restore`: only good copies take a name, and there is always a way back."""

import shutil
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from laaswatch_collector.cli.backup import command as backup
from laaswatch_collector.cli.restore import command as restore
from laaswatch_collector.store import backup as copies
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.notes import LAST_BACKUP, read_note
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import audit, reports
from support.intake import NOW, NOW_MS, a_round, add_office, enrol


@pytest.fixture
def store(tmp_path):
    """A database with four reports of one PC, which is open: the log is not empty."""
    path = tmp_path / "store.db"
    database = Database.open(f"sqlite:///{path}")
    add_office(database)
    database.sender = enrol(database)
    send(database, 4)
    yield path, database
    database.close()


def send(database, number):
    lines = [database.sender.seal(a_round(NOW_MS - 60_000 + n, n)) for n in range(number)]
    database.write(
        lambda c: accept(c, database.sender.agent, database.sender.delivery(*lines), NOW)
    )


def run(command, *arguments):
    done = CliRunner().invoke(command, [str(x) for x in arguments])
    return done.exit_code, done.output


def rows(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM reports").fetchone()[0]


def test_a_backup_is_whole_and_noted(store, tmp_path):
    path, database = store
    code, said = run(backup, tmp_path / "copy.db", "--database", path)
    assert code == 0, said
    assert rows(tmp_path / "copy.db") == 4
    assert database.read(lambda c: read_note(c, LAST_BACKUP)) is not None
    assert not (tmp_path / "copy.db-wal").exists()
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_an_older_backup_is_replaced_only_when_asked_for(store, tmp_path):
    path, database = store
    file = tmp_path / "copy.db"
    run(backup, file, "--database", path)
    send(database, 2)
    assert run(backup, file, "--database", path)[0] == 1
    assert rows(file) == 4
    assert run(backup, file, "--database", path, "--replace")[0] == 0
    assert rows(file) == 6


def test_a_bad_copy_never_takes_the_place_of_a_good_one(store, tmp_path, monkeypatch):
    path, database = store
    file = tmp_path / "copy.db"
    run(backup, file, "--database", path)
    send(database, 2)
    real = copies._counts
    told = []

    def one_row_short(connection):
        found = real(connection)
        told.append(found)
        return found | {"reports": found["reports"] - (len(told) > 1)}

    monkeypatch.setattr(copies, "_counts", one_row_short)
    code, said = run(backup, file, "--database", path, "--replace")
    assert (code, len(told)) == (1, 2)
    assert "not as many rows" in said
    assert rows(file) == 4
    assert not list(tmp_path.glob("*.half"))


def test_a_damaged_database_gives_no_backup(store, tmp_path):
    path, database = store
    database.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 8192))
    code, said = run(backup, tmp_path / "copy.db", "--database", path)
    assert code == 1
    assert "no backup was made" in said
    assert not (tmp_path / "copy.db").exists()


def test_going_back_keeps_what_was_there(store, tmp_path):
    path, database = store
    run(backup, tmp_path / "copy.db", "--database", path)
    send(database, 3)
    database.close()
    code, said = run(restore, tmp_path / "copy.db", "--database", path)
    assert code == 0, said
    (aside,) = tmp_path.glob("store.db.before-*")
    assert (rows(path), rows(aside), rows(tmp_path / "copy.db")) == (4, 7, 4)
    again = Database.open(f"sqlite:///{path}")
    actions = again.read(lambda c: list(c.execute(sa.select(audit.c.action)).scalars()))
    # What came after the backup is taken in anew; what was in it is known.
    delivery = database.sender.delivery()
    found = again.write(lambda c: accept(c, database.sender.agent, delivery, NOW))
    again.close()
    assert actions[-1] == "restore"
    assert (found.new, found.duplicates, found.refused) == (3, 4, "")


def test_no_restore_while_it_is_served(store, tmp_path):
    path, database = store
    run(backup, tmp_path / "copy.db", "--database", path)
    send(database, 1)
    code, said = run(restore, tmp_path / "copy.db", "--database", path)
    assert code == 1
    assert "stop it first" in said
    assert database.read(lambda c: c.execute(sa.select(sa.func.count(reports.c.id))).scalar()) == 5


@pytest.mark.parametrize("what", ["text", "empty", "foreign", "newer", "damaged"])
def test_what_is_no_good_backup_changes_nothing(store, tmp_path, what):
    path, database = store
    database.close()
    bad = tmp_path / "bad.db"
    if what in ("newer", "damaged"):
        shutil.copy(path, bad)
    with closing(sqlite3.connect(bad)) as connection:
        if what == "foreign":
            connection.execute("CREATE TABLE a (b)")
        if what == "newer":
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    if what == "text":
        bad.write_text("not a database at all, but long enough to look at" * 100, encoding="utf-8")
    if what == "damaged":
        with bad.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (bad.stat().st_size - 8192))
    before = path.read_bytes()
    code, said = run(restore, bad, "--database", path)
    assert code == 1, said
    assert "as it was" in said
    assert path.read_bytes() == before
    left = {x.name for x in tmp_path.iterdir() if not x.name.startswith("bad.db")}
    assert left == {"store.db", "store.db.lock"}


def test_a_damaged_database_is_put_aside_with_its_log(store, tmp_path):
    path, database = store
    run(backup, tmp_path / "copy.db", "--database", path)
    database.close()
    path.write_bytes(b"\xff" * 8192)
    (tmp_path / "store.db-wal").write_bytes(b"the log of the damaged one")
    code, said = run(restore, tmp_path / "copy.db", "--database", path)
    assert code == 0, said
    assert rows(path) == 4
    assert len(list(tmp_path.glob("store.db.before-*"))) == 2


def test_postgresql_is_dumped_and_read_through(cluster, tmp_path):
    url = cluster.new_database()
    database = Database.open(url)
    add_office(database)
    database.sender = enrol(database)
    send(database, 4)
    file = tmp_path / "copy.dump"
    code, said = run(backup, file, "--database", url)
    assert code == 0, said
    assert "pg_restore" in said
    assert run(backup, file, "--database", url)[0] == 1
    code, said = run(restore, file, "--database", url)
    assert code == 1
    assert "pg_restore --clean" in said
    database.close()


def test_without_pg_dump_the_command_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said = run(backup, tmp_path / "x", "--database", "postgresql+psycopg://u@h/laaswatch")
    assert code == 1
    assert "pg_dump --format=custom" in said
