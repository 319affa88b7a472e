"""The log's key: made, used, replaced, retired; and whoever has the store but not the key is found."""

import json
import stat
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from laaswatch_agent.signed_note import is_signed, parts, read_verifier_key
from laaswatch_collector import offline
from laaswatch_collector.cli.main import main
from laaswatch_collector.evidence_key import KeyUnreadable, load_key
from laaswatch_collector.evidence_log import LogKeeper, NotTheKey
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.log_keys import key_in_use, keys_of_log
from laaswatch_collector.store.schema import log_checkpoints, log_keys
from laaswatch_collector.verifying import verify_store
from support.intake import NOW, add_office
from support.server import RunningServer


class Site:
    """A store, the settings beside it, and its log's keeper."""

    def __init__(self, url, folder):
        self.url, self.folder = url, folder
        self.key_file = folder / "keys" / "log.key"
        self.database = Database.open(url)
        add_office(self.database)
        self.clock = NOW

    def run(self, *said, key_file=True):
        more = {"LAASWATCH_COLLECTOR_EVIDENCE__KEY_FILE": str(self.key_file)} if key_file else {}
        return CliRunner().invoke(main, [*said, "--database", self.url], env=more)

    def checkpoint(self, key_file="the same"):
        self.clock += timedelta(minutes=10)
        file = str(self.key_file) if key_file == "the same" else key_file
        return LogKeeper(self.database, lambda: self.clock, "https://a.example", file).once()

    def wrong(self, **more):
        with self.database.reading() as connection:
            return [(x.what, x.subject) for x in verify_store(connection, **more).wrong]


@pytest.fixture
def site(store_url, tmp_path):
    made = Site(store_url, tmp_path)
    yield made
    made.database.close()


def test_without_a_key_nothing_is_signed(site):
    assert site.checkpoint("").signatures == ""
    assert site.run("evidence", "key", "show").exit_code == 1
    assert site.wrong() == []


def test_a_key_is_made_for_its_owner_alone_and_signs_from_then_on(site):
    old = site.checkpoint("")
    done = site.run("evidence", "key", "create")
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(site.key_file.stat().st_mode) == 0o600
    kept = site.checkpoint()
    key = read_verifier_key(done.output.split("\n")[0])
    assert is_signed(*parts(kept.note()), key)
    assert key.name == kept.checkpoint.origin
    shown = site.run("evidence", "key", "show").output
    assert shown.startswith(f"{old.checkpoint.size + 1}\t")
    assert str(key) in shown
    assert load_key(site.key_file).secret_text() not in done.output + shown
    assert site.wrong(keys=[key]) == []


def test_making_a_key_twice_needs_a_word_more(site):
    assert site.run("evidence", "key", "create").exit_code == 0
    before = site.key_file.read_bytes()
    assert site.run("evidence", "key", "create").exit_code == 1
    assert site.key_file.read_bytes() == before
    assert site.run("evidence", "key", "create", "--replace").exit_code == 0
    assert site.key_file.read_bytes() != before


def test_without_a_file_in_the_settings_there_is_no_place_for_a_key(site):
    done = site.run("evidence", "key", "create", key_file=False)
    assert (done.exit_code, "evidence.key_file" in done.output) == (1, True)


def test_the_next_key_is_named_by_the_one_before(site):
    site.run("evidence", "key", "create")
    first = site.checkpoint()
    site.run("evidence", "key", "create", "--replace")
    second = site.checkpoint()
    old, new = site.database.read(keys_of_log)
    assert is_signed(*parts(first.note()), old.key)
    assert is_signed(*parts(second.note()), new.key)
    assert is_signed(*parts(new.handover), old.key)
    assert str(new.key) in new.handover
    assert site.wrong() == []
    assert site.wrong(keys=[old.key]) == [("checkpoint_other_key", str(second.checkpoint.size))]
    assert site.wrong(keys=[old.key, new.key]) == []


def test_a_lost_key_is_followed_by_one_that_nobody_named(site):
    site.run("evidence", "key", "create")
    site.checkpoint()
    site.key_file.unlink()
    with pytest.raises(KeyUnreadable):
        site.checkpoint()
    assert site.run("evidence", "key", "create", "--replace").exit_code == 1
    assert site.run("evidence", "key", "create", "--lost").exit_code == 0
    site.checkpoint()
    assert [x.handover for x in site.database.read(keys_of_log)] == ["", ""]
    assert site.wrong() == []


def test_a_collector_without_the_key_leaves_the_log_alone(site):
    site.run("evidence", "key", "create")
    kept = site.checkpoint()
    with pytest.raises(NotTheKey):
        site.checkpoint("")
    done = site.run("evidence", "checkpoint", "--now", key_file=False)
    assert (done.exit_code, "evidence.key_file" in done.output) == (1, True)
    assert site.checkpoint().checkpoint.size == kept.checkpoint.size + 2  # the audit's line, a beat


def test_a_key_of_another_log_is_not_used(site, tmp_path):
    other = Site(f"sqlite:///{tmp_path}/other.db", tmp_path / "other")
    other.checkpoint("")
    other.run("evidence", "key", "create")
    other.database.close()
    with pytest.raises(NotTheKey):
        site.checkpoint(str(other.key_file))
    assert site.database.read(key_in_use) is None


def test_a_file_that_holds_no_key_is_told(site):
    site.key_file.parent.mkdir()
    site.key_file.write_text("not a key", encoding="ascii")
    with pytest.raises(KeyUnreadable):
        site.checkpoint()


def test_signing_ends_only_when_somebody_says_so(site):
    site.run("evidence", "key", "create")
    site.checkpoint()
    assert site.run("evidence", "key", "retire").exit_code == 1  # it still stands in the settings
    assert site.run("evidence", "key", "retire", key_file=False).exit_code == 0
    assert site.checkpoint("").signatures == ""
    assert site.wrong() == []


def test_the_keys_are_shown_to_everybody(site):
    site.run("evidence", "key", "create")
    site.checkpoint()
    key = site.database.read(key_in_use)
    with RunningServer(site.database, lambda: NOW) as server:
        status, _, body = server.ask("GET", "/evidence/keys")
        assert (status, [x["key"] for x in json.loads(body)["keys"]]) == (200, [str(key)])
        _, _, note = server.ask("GET", "/evidence/checkpoint")
    assert is_signed(*parts(note.decode()), key)


def _forge(site, change):
    """Whoever has the store's file asks no trigger."""
    engine = sa.create_engine(site.url)
    with engine.begin() as connection:
        for name in connection.execute(
            sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).scalars().all():  # fmt: skip
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        change(connection)
    engine.dispose()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (log_checkpoints.update().values(signatures=""), "checkpoint_unsigned"),
        (
            log_checkpoints.update().values(
                signatures=sa.func.replace(log_checkpoints.c.signatures, "A", "B")
            ),
            "checkpoint_unsigned",
        ),
        (log_keys.update().values(public=b"\1" * 32), "checkpoint_unsigned"),
        (log_keys.update().values(handover="x\nnext key\ny\n\n"), None),
    ],
)
def test_forged_signatures_and_keys_are_found(tmp_path, change, what):
    site = Site(f"sqlite:///{tmp_path}/store.db", tmp_path)
    site.run("evidence", "key", "create")
    site.checkpoint()
    site.run("evidence", "key", "create", "--replace")
    site.checkpoint()
    assert site.wrong() == []
    _forge(site, lambda c: c.execute(change))
    found = {name for name, _ in site.wrong()}
    assert found >= {what or "handover_false"}
    site.database.close()


def test_a_key_kept_outside_finds_an_exchanged_one(tmp_path):
    """Keys and signatures were all made anew: only who kept the key can tell."""
    site = Site(f"sqlite:///{tmp_path}/store.db", tmp_path)
    site.run("evidence", "key", "create")
    kept = site.checkpoint()
    real = site.database.read(key_in_use)
    site.run("evidence", "key", "create", "--lost")
    forged = load_key(site.key_file)

    def forge(connection):
        connection.execute(log_keys.delete().where(log_keys.c.number == 2))
        connection.execute(log_keys.update().values(public=forged.verifier.public))
        signed = forged.sign(kept.checkpoint.text())
        connection.execute(log_checkpoints.update().values(signatures=signed))

    _forge(site, forge)
    assert site.wrong() == []
    assert [x for x, _ in site.wrong(keys=[real])] == ["checkpoint_other_key"]
    done = site.run("verify", "--key", str(real))
    assert (done.exit_code, "กุญแจ" in done.output) == (1, True)
    assert site.run("verify", "--key", str(forged.verifier)).exit_code == 0
    assert site.run("verify", "--key", "no key").exit_code == 1
    site.database.close()


def test_a_bundle_s_checkpoint_is_held_against_the_key(site, tmp_path):
    site.run("evidence", "key", "create")
    site.checkpoint()
    key = str(site.database.read(key_in_use))
    bundle = tmp_path / "b.zip"
    said = ["--office", "6570401", "--month", "2026-11", str(bundle)]
    assert site.run("evidence", "export", *said).exit_code == 0
    assert offline.check(bundle).counts["signatures"] == 0
    assert offline.check(bundle, keys=[key]).counts["signatures"] == 1
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert [x.what for x in offline.check(bundle, keys=[other]).found] == ["key_differs"]
    assert offline.main([str(bundle), "--key", key]) == 0
    file = tmp_path / "keys.txt"
    file.write_text(f"ours\t{key}\n", encoding="utf-8")
    assert offline.main([str(bundle), "--key", str(file)]) == 0
    assert offline.main([str(bundle), "--key", other]) == 1
    assert offline.main([str(bundle), "--key", "no key"]) == 2
