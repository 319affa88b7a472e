"""`check`: one look, one sentence, one next step, one code, and the exit code for scripts."""

import json

import pytest

from laaswatch_agent.cli import check
from laaswatch_agent.cli.main import main
from laaswatch_agent.locale import texts
from laaswatch_agent.report.vocabulary import LAYERS, Reason
from support.loopback import HOST, free_port, page, says, server

KEYS = {"state", "fault", "layers", "track", "sentence", "next_step", "article", "code"}


@pytest.fixture
def site(tmp_path):
    """Settings for a plain site and reference on loopback; the site answers as `answer` says."""

    class Site:
        answer = page()
        file = tmp_path / "check.yaml"

        def behave(self, conversation):
            says(self.answer)(conversation)

        def settings(self, port, reference):
            document = {
                "stand_in_site": True,
                "state_dir": str(tmp_path / "state"),
                "targets": [
                    {
                        "role": "login",
                        "addresses": [{"url": f"http://{HOST}:{port}/", "markers": ["the-marker"]}],
                    }
                ],
                "references": [{"name": "one", "url": f"http://{HOST}:{reference}/x"}],
            }
            self.file.write_text(json.dumps(document), encoding="utf-8")

    made = Site()
    with (
        server(made.behave) as port,
        server(says(page(b"", "204 No Content"))) as reference,
    ):
        made.settings(port, reference)
        made.reference = reference
        yield made


def run(site, *options):
    return main(["check", "--config", str(site.file), *options])


def test_json_is_the_contract_and_nothing_else(site, capsys):
    assert run(site, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    assert (found["state"], found["fault"], found["track"]) == ("up", "none", "")
    assert [x["layer"] for x in found["layers"]] == [str(x) for x in LAYERS]
    assert all(set(x) == {"layer", "result", "reason", "ms"} for x in found["layers"])
    assert set(found["sentence"]) == set(found["next_step"]) == {"th", "en"}
    assert all(found["sentence"].values())
    assert found["code"]


def test_a_broken_site_is_down_and_the_ladder_shows_where(site, capsys):
    site.answer = page(b"", "503 Service Unavailable")
    assert run(site) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✗ ")
    broken = [line for line in lines if "◀" in line]
    assert len(broken) == 1
    assert texts("th")["reason.status_server_error"] in broken[0]
    assert sum(line.startswith("  ✓") for line in lines) == 2  # the reference and the port


def test_a_closed_port_with_a_dead_line_says_so(site, capsys):
    closed = free_port()
    site.settings(closed, closed)
    assert run(site, "--json") == 2
    found = json.loads(capsys.readouterr().out)
    assert found["fault"] == "uplink"
    assert found["track"] == "NO_ACCESS"


def test_the_code_opens_the_same_ladder(site, capsys):
    site.answer = page(b"", "503 Service Unavailable")
    run(site, "--json")
    found = json.loads(capsys.readouterr().out)
    assert run(site, "--code", found["code"], "--json") == 2
    again = json.loads(capsys.readouterr().out)
    assert (again["fault"], again["sentence"]) == (found["fault"], found["sentence"])
    assert [x["result"] for x in again["layers"]] == [x["result"] for x in found["layers"]]
    assert run(site, "--code", "XX-NONSENSE") == 3
    assert "รหัสไม่ถูกต้อง" in capsys.readouterr().err


def test_the_page(site, tmp_path, capsys):
    file = tmp_path / "result.html"
    assert run(site, "--html", str(file)) == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert 'lang="en"' in text
    assert "<script" not in text
    assert str(file) in capsys.readouterr().out
    assert run(site, "--html", str(tmp_path / "no folder" / "x.html")) == 3


def test_without_a_file_name_the_browser_opens(site, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(check.webbrowser, "open", opened.append)
    assert run(site, "--html") == 0
    assert opened[0].startswith("file://")


def test_settings_that_cannot_be_used(tmp_path, capsys):
    file = tmp_path / "bad.yaml"
    file.write_text("targts: []\n", encoding="utf-8")
    assert main(["check", "--config", str(file)]) == 3
    assert "did you mean targets" in capsys.readouterr().err


def test_it_uses_what_a_running_agent_has_learnt(site, tmp_path, capsys):
    state = tmp_path / "state"
    state.mkdir()
    kept = {
        "decides": "login",
        "days": [[1, 100, {}, [[0, 100]], [[0, 100]]]],  # 100 good rounds, no reference ever ok
        "recent": [],
        "addresses": {},
    }
    (state / "history.json").write_text(json.dumps(kept), encoding="utf-8")
    closed = free_port()
    site.settings(closed, closed)
    run(site, "--json")
    assert json.loads(capsys.readouterr().out)["fault"] == "beyond_gateway"
    (state / "history.json").write_text("{spoiled", encoding="utf-8")
    run(site, "--json")
    assert json.loads(capsys.readouterr().out)["fault"] == "uplink"


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_reason_has_words(language):
    """An officer never reads an identifier."""
    assert {f"reason.{x}" for x in Reason} <= set(texts(language))
