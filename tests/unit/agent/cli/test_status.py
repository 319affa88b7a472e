"""`status`: what the service found last, and plainly when that is old."""

import contextlib
import json
from dataclasses import replace

import pytest

from laaswatch_agent import identity
from laaswatch_agent.cli.main import main
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.report.codec import pack_round
from laaswatch_agent.report.fingerprint import spoken
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.uplink import Contact
from support.agents import CIRCUMSTANCES, START, a_round


def kept(folder, fault, ago_ms=1000):
    one = replace(a_round(0, fault), at=Clock().wall_ms() - ago_ms)
    with contextlib.closing(Spool(folder, Limits(ballast=0))) as spool:
        notes = {
            "last_round": pack_round(one).decode(),
            "contact": Contact("no_answer", START, START).to_text(),
        }
        spool.add_round(one, CIRCUMSTANCES, notes=notes)


@pytest.mark.parametrize(
    ("fault", "code", "state"),
    [(Fault.NONE, 0, "up"), (Fault.SLOW, 1, "degraded"), (Fault.DNS, 2, "down")],
)
def test_the_last_result(tmp_path, capsys, fault, code, state):
    """Sentence, next step and exit code as `check` gives them; how much waits, and the last contact."""
    kept(tmp_path, fault)
    assert main(["status", "--state-dir", str(tmp_path)]) == code
    out = capsys.readouterr().out
    assert "รอส่ง 1 รอบ" in out
    assert "18 พ.ย. 2569 18:06 น." in out
    assert main(["status", "--state-dir", str(tmp_path), "--json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["fault"], found["stale"]) == (state, fault, False)
    assert found["collector"] == {"outcome": "no_answer", "answered_at": START}


@pytest.mark.parametrize(
    ("prober", "words"), [(True, "looks at the page"), (False, "to spare the site"), (None, "")]
)
def test_who_looks_at_the_page_is_said(tmp_path, capsys, prober, words):
    """An officer whose PC only looks at the line is told so, and why."""
    kept(tmp_path, Fault.NONE)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.remember(settings=json.dumps({} if prober is None else {"prober": prober}))
    assert main(["status", "--state-dir", str(tmp_path)]) == 0
    assert words in capsys.readouterr().out
    main(["status", "--state-dir", str(tmp_path), "--json"])
    assert json.loads(capsys.readouterr().out)["prober"] is prober


def test_the_checkpoints_that_it_was_told_are_a_receipt(tmp_path, capsys):
    """Held against the collector's log by `laaswatch-collector verify --receipt`."""
    kept(tmp_path, Fault.NONE)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.remember(beacons=json.dumps(["agent-1", ["1.aa", "2.bb"]]))
    main(["status", "--state-dir", str(tmp_path), "--json"])
    assert json.loads(capsys.readouterr().out)["checkpoints"] == ["1.aa", "2.bb"]


@pytest.mark.parametrize("ago_ms", [3_600_000, -3_600_000])
def test_an_old_result_says_nothing_about_now(tmp_path, capsys, ago_ms):
    """A service that stopped an hour ago (or a clock set back since): cannot tell, exit 3."""
    kept(tmp_path, Fault.NONE, ago_ms)
    assert main(["status", "--state-dir", str(tmp_path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["state"] == "unknown"


def test_the_words_that_an_approver_compares(tmp_path, capsys):
    """They are shown as soon as the PC is enrolled, before any round was made."""
    mine = identity.prepare(tmp_path, "https://collector.example", "", "0" * 25)
    identity.adopt(tmp_path, mine)
    main(["status", "--state-dir", str(tmp_path)])
    out = capsys.readouterr().out
    assert all(words in out for words in spoken(mine.nonce))


def test_never_looked(tmp_path, capsys):
    """Before the first round there is nothing to say, and that is said."""
    assert main(["status", "--state-dir", str(tmp_path)]) == 3
    assert "ยังไม่มีผลตรวจ" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["status", "run", "enroll", "export"])
def test_wrong_settings_are_named(tmp_path, capsys, command):
    """No command answers a mistyped settings file with a traceback."""
    (tmp_path / "agent.yaml").write_text("round_secnds: 30\n")
    more = {"enroll": ["--code", "x"], "export": ["out.gz"]}.get(command, [])
    assert main([command, "--config", str(tmp_path / "agent.yaml"), *more]) in (2, 3)
    assert "round_secnds" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["status", "check", "run"])
def test_a_mistyped_folder_of_articles_is_named(tmp_path, capsys, command):
    """Own articles that are silently missing would be worse than a complaint."""
    (tmp_path / "agent.yaml").write_text(f"knowledge_dir: {tmp_path / 'artcles'}\n")
    told = ["--config", str(tmp_path / "agent.yaml"), "--state-dir", str(tmp_path)]
    assert main([command, *told]) in (2, 3)
    said = capsys.readouterr()
    assert "artcles" in said.out + said.err
