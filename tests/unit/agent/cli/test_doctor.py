"""`doctor`: one line a thing, what to do beside what is wrong."""

import contextlib
import json
import sqlite3

import pytest

from laaswatch_agent import identity
from laaswatch_agent.cli.main import main
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.spool_tables import FILE_NAME
from support.agents import CIRCUMSTANCES, START, Counterpart, a_round, reply


def enrolled(folder, address):
    mine = identity.prepare(folder, address, "", "0" * 25)
    office = {"code": "05120101", "name_th": "อบต.ทดสอบ"}
    identity.adopt(folder, mine.accepted({"agent": "agent-1", "office": office}))


def findings(folder, capsys):
    code = main(["doctor", "--state-dir", str(folder), "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert code == (0 if all(r["ok"] for r in rows) else 1)
    return {r["what"]: r for r in rows}


@pytest.fixture
def collector():
    with Counterpart(lambda *_: reply(200, {"etag": "e"})) as server:
        yield server


def test_all_is_well(tmp_path, capsys, collector):
    """A running, enrolled agent with an empty queue: exit 0, every line Thai first."""
    enrolled(tmp_path, collector.address)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.add_round(a_round(), CIRCUMSTANCES)
        spool.seal(START)
        spool.delete_acked(spool.incarnation, [(1, 1)])
        assert main(["doctor", "--state-dir", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "✖" not in out
    assert "อบต.ทดสอบ" in out
    assert "knows this PC" in out
    assert collector.seen[0][2]["authorization"].startswith("Bearer ")


def test_a_fresh_pc(tmp_path, capsys):
    """Not enrolled, never run: both are said, with the command that helps."""
    found = findings(tmp_path, capsys)
    assert not found["doctor.identity.none"]["ok"]
    assert not found["doctor.spool.none"]["ok"]
    assert found["doctor.folder.ok"]["ok"]


def test_a_folder_that_nobody_made_yet(tmp_path, capsys):
    """Before the first command it is not there: that is said, and no talk of permissions."""
    found = findings(tmp_path / "none", capsys)
    assert not found["doctor.folder.none"]["ok"]


def test_a_stopped_service_and_an_old_backlog(tmp_path, capsys, collector):
    """Rounds from years ago still wait and nobody runs: two different lines."""
    enrolled(tmp_path, collector.address)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        old = a_round()
        spool.add_round(type(old)(1000, 1, old.fault, old.rule, old.layers), CIRCUMSTANCES)
        spool.seal(START)
    found = findings(tmp_path, capsys)
    assert {"doctor.running.bad", "doctor.spool.old"} <= set(found)


def test_a_secret_that_others_can_read(tmp_path, capsys, collector):
    """Permissions of the identity file are looked at."""
    enrolled(tmp_path, collector.address)
    (tmp_path / identity.FILE_NAME).chmod(0o644)
    assert "doctor.folder.open" in findings(tmp_path, capsys)


def test_spoiled_files(tmp_path, capsys):
    """An unreadable identity and spool are named; nothing crashes."""
    (tmp_path / identity.FILE_NAME).write_text("{")
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 1000)
    found = findings(tmp_path, capsys)
    assert {"doctor.identity.bad", "doctor.spool.bad"} <= set(found)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))):
        pass  # as the line says: starting the service mends it
    assert "doctor.spool.ok" in findings(tmp_path, capsys)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (reply(401, {"error": "bad_token"}), "contact.unknown_agent"),
        (reply(403, {"error": "agent_suspended"}), "contact.revoked"),
        (reply(500), "doctor.collector.bad"),
        (None, "no_answer.reset"),
    ],
)
def test_a_collector_that_says_no(tmp_path, capsys, answer, what):
    """Unknown, suspended, broken, cut: four different things to do."""
    with Counterpart(lambda *_: answer) as server:
        enrolled(tmp_path, server.address)
        assert not findings(tmp_path, capsys)[what]["ok"]


def test_a_wrong_clock_is_found(tmp_path, capsys):
    """An hour off the collector's clock is said with its size."""
    date = "Mon, 01 Jan 2029 00:00:00 GMT"

    def handler(*_):
        return reply(200, {"etag": "e"}, Date=date)

    with Counterpart(handler) as server:
        server._server.RequestHandlerClass.date_time_string = lambda *_: date
        enrolled(tmp_path, server.address)
        row = findings(tmp_path, capsys)["doctor.clock.bad"]
    assert abs(int(row["off"])) > 3600


def test_wrong_settings(tmp_path, capsys):
    """A mistyped key is named with its file."""
    (tmp_path / "agent.yaml").write_text("round_secnds: 30\n")
    assert main(["doctor", "--config", str(tmp_path / "agent.yaml")]) == 1
    assert "round_secnds" in capsys.readouterr().out


def test_set_aside_reports_are_counted(tmp_path, capsys, collector):
    """What the collector refused for good is not forgotten."""
    enrolled(tmp_path, collector.address)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.add_round(a_round(), CIRCUMSTANCES)
        spool.seal(START)
        spool.quarantine(spool.incarnation, 1, "odd")
    assert findings(tmp_path, capsys)["doctor.spool.quarantined"]["count"] == "1"


def test_the_spool_is_only_looked_at(tmp_path, capsys):
    """Doctor writes nothing into the spool."""
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.add_round(a_round(), CIRCUMSTANCES)
    findings(tmp_path, capsys)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        assert raw.execute("SELECT COUNT(*) FROM rounds").fetchone() == (1,)
