"""`doctor` finds each fault that was made on purpose, says so in both languages, and changes nothing."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from laaswatch_collector.cli import doctor
from laaswatch_collector.cli.doctor import command, examine, sqlite_version
from laaswatch_collector.config import CollectorConfig, ControlAgentConfig
from laaswatch_collector.localization.isp_of import Network
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.notes import LAST_BACKUP, write_note
from laaswatch_collector.store.prefixes import add_minutes, replace_networks
from laaswatch_collector.store.programs import make_access_token
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import agents, offices, reports, stale_days
from laaswatch_collector.store.work import mark_stale
from laaswatch_collector.upkeep import DONE
from laaswatch_collector.worktime.thai import local_date
from support.intake import NOW, a_round, add_office, enrol
from support.said import said

AFTER = NOW + timedelta(minutes=5)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return request.getfixturevalue("cluster").new_database()


@pytest.fixture
def store(url):
    """A store that is well: six PCs heard from, a backup, upkeep, nothing waiting."""
    database = Database.open(url)
    add_office(database)
    for n in range(6):
        hear(database, enrol(database, f"pc {n}"))
    database.write(lambda c: write_note(c, LAST_BACKUP, NOW.isoformat()))
    database.write(lambda c: write_note(c, DONE, str(NOW.date())))
    database.write(lambda c: c.execute(stale_days.delete()))
    yield database
    database.close()


def hear(database, sender, at=NOW, ahead_ms=0):
    wall = round(at.timestamp() * 1000) + ahead_ms
    line = sender.seal(a_round(wall - 1000, 5000))
    delivery = sender.delivery(line, sent=wall, mono=6000)
    database.write(lambda c: accept(c, sender.agent, delivery, at))


def looked_at(url, now=AFTER, **settings):
    config = CollectorConfig(
        database=url, control_agent=ControlAgentConfig(enabled=False), **settings
    )
    found = {x.what: x for x in examine(config, now)}
    for x in found.values():
        assert said(x.said, "th")
        assert said(x.said)
    return found


def test_a_store_that_is_well_has_nothing_to_look_at(store, url, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 0)
    found = looked_at(url)
    assert [x for x in found.values() if x.level not in ("ok", "note")] == []
    expected = {"schema", "disk", "offices", "clock", "agents_clocks", "reports", "agents"}
    expected |= {"recompute", "upkeep", "backup"}
    expected |= {"database", "sqlite", "log"} if "sqlite" in url else {"partitions", "pg_dump"}
    assert expected <= set(found)


def test_what_is_missing_is_named(store, url):
    found = looked_at(url, NOW + timedelta(days=4))
    for what in ("reports", "upkeep", "backup"):
        assert found[what].level == "look", what
    assert "backup FILE" in said(found["backup"].said)


def test_work_that_waits_too_long(store, url):
    store.write(lambda c: mark_stale(c, [NOW.date()], NOW - timedelta(hours=3)))
    assert looked_at(url)["recompute"].level == "look"


def test_a_program_whose_last_token_runs_out_is_named_in_time(store, url):
    def make(name, days):
        store.write(lambda c: make_access_token(c, name, now=NOW, lives=timedelta(days=days)))

    make("soon", 20)
    make("renewed", 20)
    make("renewed", 300)
    make("later", 31)
    said_of = [x for x in examine(CollectorConfig(database=url), AFTER) if x.what == "token"]
    assert [x.level for x in said_of] == ["look"]
    assert "program soon runs out in 19 days" in said(said_of[0].said)


def test_our_own_clock_against_the_agents(store, url):
    for n in range(5):
        hear(store, enrol(store, f"late {n}"), NOW + timedelta(minutes=1), 7_200_000)
    assert looked_at(url)["agents_clocks"].level == "ok"  # some wrong clocks are not ours
    for n in range(9):
        hear(store, enrol(store, f"later {n}"), NOW + timedelta(minutes=2), 7_200_000)
    found = looked_at(url)["agents_clocks"]
    assert found.level == "look"
    assert "+7200 s" in said(found.said)


def test_a_clock_that_was_set_back(store, url):
    assert looked_at(url, NOW - timedelta(days=1))["clock"].level == "broken"


def test_a_disk_that_will_not_last(store, url, monkeypatch):
    if "sqlite" not in url:
        assert looked_at(url)["disk"].level == "note"
        return
    monkeypatch.setattr(doctor, "growth", lambda c, now: 1 << 50)
    assert looked_at(url)["disk"].level == "look"


def test_growth_is_what_a_day_adds(store):
    grown = store.read(lambda c: doctor.growth(c, AFTER))
    body = store.read(
        lambda c: c.execute(
            sa.select(sa.func.sum(sa.func.length(reports.c.body) + sa.func.length(reports.c.packed)))
        ).scalar_one()
    )  # fmt: skip
    assert int(body) < grown < int(body) + 6 * 500
    assert store.read(lambda c: doctor.growth(c, AFTER + timedelta(days=3))) < grown / 4


def test_an_older_schema_is_told_and_left_alone(store, url):
    store.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '0001'")))
    found = looked_at(url)
    assert found["schema"].level == "look"
    assert "offices" not in found
    version = store.read(lambda c: c.execute(sa.text("SELECT * FROM alembic_version")).scalar())
    assert version == "0001"


def test_a_newer_schema_is_told(store, url):
    store.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    assert looked_at(url)["schema"].level == "broken"


def test_a_month_without_a_table(store, url):
    if "sqlite" in url:
        assert "partitions" not in looked_at(url)
        return
    assert looked_at(url)["partitions"].level == "ok"
    far = datetime.now(UTC) + timedelta(days=400)
    found = looked_at(url, far)["partitions"]
    assert found.level == "look"
    assert re.search(r"reports_\d{4}_\d\d", said(found.said))


def test_a_damaged_database_is_broken(tmp_path):
    path = tmp_path / "store.db"
    Database.open(f"sqlite:///{path}").close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))
    assert looked_at(f"sqlite:///{path}")["database"].level == "broken"
    path.write_bytes(b"no database at all" * 500)
    found = looked_at(f"sqlite:///{path}")["database"]
    assert found.level == "broken"
    assert "restore" in said(found.said)


def test_an_empty_database_and_none_at_all(tmp_path):
    path = tmp_path / "store.db"
    assert looked_at(f"sqlite:///{path}")["database"].level == "broken"
    assert not path.exists()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    assert looked_at(f"sqlite:///{path}")["schema"].level == "broken"


@pytest.mark.parametrize(
    ("version", "level"),
    [((3, 40, 1), "note"), ((3, 51, 2), "note"), ((3, 51, 3), "ok"), ((4, 0, 0), "ok")],
)
def test_an_sqlite_that_may_damage_its_log_is_named(version, level):
    found = sqlite_version(version)
    assert found.level == level
    assert ".".join(map(str, version)) in said(found.said)
    assert ("older than 3.51.3" in said(found.said)) == (level == "note")


def test_a_log_that_is_never_brought_in(store, url, monkeypatch):
    if "sqlite" not in url:
        return
    monkeypatch.setattr(doctor, "LARGE_LOG", 0)
    assert looked_at(url)["log"].level == "look"


def test_exit_codes_and_json(store, url):
    done = CliRunner().invoke(command, ["--database", url, "--json"])
    found = json.loads(done.output)
    levels = {x["level"] for x in found}
    assert done.exit_code == (2 if "broken" in levels else 1)
    assert {"what", "level", "th", "en"} == set(found[0])
    nothing = CliRunner().invoke(command, ["--database", "/nowhere/at/all.db"])
    assert nothing.exit_code == 2
    assert "ยังไม่มีฐานข้อมูล" in nothing.output


def test_offices_whose_network_is_another_providers_are_counted(store, url):
    assert looked_at(url)["providers"].level == "note"  # no network tells anything
    (agent,) = store.read(lambda c: c.execute(sa.select(agents.c.id).limit(1)).scalars())
    seen = {(agent, local_date(AFTER), "1.2.16.0/20"): 30}
    store.write(lambda c: add_minutes(c, seen))
    for isp, level, counted in (("", "ok", "0 differ"), ("AIS", "note", "1 differ")):
        listed = [Network("1.2.0.0/16", isp or "NT", "letter")]
        store.write(lambda c, x=listed: replace_networks(c, x))
        registered = sa.update(offices).values(isp="NT")
        store.write(lambda c, x=registered: c.execute(x))
        found = looked_at(url)["providers"]
        assert (found.level, counted in said(found.said)) == (level, True)


def test_a_list_of_networks_that_cannot_be_read_is_named(store, url, tmp_path):
    file = tmp_path / "ours.csv"
    assert looked_at(url, isp_prefixes_file=str(file))["configuration"].level == "broken"
    file.write_text("1.2.3.0/24,NT,x\n", encoding="utf-8")
    found = looked_at(url, isp_prefixes_file=str(file))["configuration"]
    assert (found.level, "line 1" in said(found.said)) == ("broken", True)
    file.write_text("1.2.0.0/16,NT,x\n", encoding="utf-8")
    assert looked_at(url, isp_prefixes_file=str(file))["configuration"].level == "ok"
