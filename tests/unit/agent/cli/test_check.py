"""`check`: one look, one sentence, one next step, one code, and the exit code for scripts."""

import json

import pytest

from laaswatch_agent.cli import check
from laaswatch_agent.cli.main import main
from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.locale import texts
from laaswatch_agent.report.vocabulary import LAYERS, Reason
from support.loopback import HOST, free_port, page, says, server

KEYS = {
    *("state", "fault", "layers", "track", "sentence", "next_step", "article", "code"),
    *("step", "tried"),
}


@pytest.fixture
def site(tmp_path, monkeypatch):
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

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
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
    assert sum(line.startswith("  │ ✓") for line in lines) == 2  # the reference and the port


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


def told(capsys):
    """The next step that was printed, in Thai."""
    out = capsys.readouterr().out
    head = f"{texts('th')['page.next']}: "
    return next(x.removeprefix(head) for x in out.splitlines() if x.startswith(head))


def test_it_goes_on_with_the_step_after_the_one_that_did_not_help(site, capsys):
    site.answer = page(b"", "503 Service Unavailable")
    steps = load_articles()["kb-34-server-error"]
    run(site)
    assert told(capsys) == steps.actions[0].th
    run(site)  # nobody said anything, and nobody is there to be asked: it stands
    assert told(capsys) == steps.actions[0].th
    for action in steps.actions[1:]:
        run(site, "--tried", "no")
        assert told(capsys) == action.th
    run(site, "--tried", "no")
    owner = next(x for x in steps.actions if x.step == "OWNER")
    last_word = f"{owner.th} {steps.next.th}"
    assert "0-2206-6300" in last_word
    assert told(capsys) == last_word
    run(site, "--tried", "no", "--json")
    found = json.loads(capsys.readouterr().out)
    assert [x["th"] for x in found["tried"]] == [x.th for x in steps.actions]
    assert found["next_step"]["th"] == last_word
    assert found["step"] == "OWNER"
    site.answer = page()
    assert run(site) == 0
    capsys.readouterr()
    site.answer = page(b"", "503 Service Unavailable")
    run(site)  # another spell: from the beginning
    assert told(capsys) == steps.actions[0].th


def test_what_it_was_mended_by_is_said_once(site, capsys):
    site.answer = page(b"", "503 Service Unavailable")
    run(site)
    step = told(capsys)
    site.answer = page()
    fixed = texts("th")["page.fixed"].format(step=step)
    run(site)
    assert fixed in capsys.readouterr().out
    run(site)
    assert fixed not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "goes_on"), [("n", True), ("ไม่", True), ("ื", True), ("Y ", True), ("", False)]
)
def test_somebody_at_the_keyboard_is_asked(site, capsys, monkeypatch, typed, goes_on):
    """Once, and only about a step that was shown; Enter leaves the step as it is."""
    site.answer = page(b"", "503 Service Unavailable")
    steps = load_articles()["kb-34-server-error"].actions
    asked = []

    def answer(question):
        asked.append(question)
        return typed

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(check.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(check.sys.stdout, "isatty", lambda: True, raising=False)
    run(site)
    assert asked == []
    run(site)
    assert len(asked) == 1
    assert steps[0].th in asked[0]
    assert told(capsys)
    run(site, "--json")
    assert len(asked) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["next_step"]["th"] == steps[goes_on].th


@pytest.mark.parametrize("spoiled", [b"", b"{", b"[]", b"\xff", b'{"trials": 1, "over": false}'])
def test_a_spoiled_memory_stops_nothing(site, tmp_path, capsys, spoiled):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "tried.json").write_bytes(spoiled)
    site.answer = page(b"", "503 Service Unavailable")
    assert run(site) == 2
    assert told(capsys) == load_articles()["kb-34-server-error"].actions[0].th


def test_where_the_state_folder_cannot_be_written_the_users_own_remembers(
    site, tmp_path, monkeypatch, capsys
):
    (tmp_path / "state").write_text("a file in the place of the folder", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    site.answer = page(b"", "503 Service Unavailable")
    run(site)
    run(site, "--tried", "no")
    capsys.readouterr()
    run(site)
    assert told(capsys) == load_articles()["kb-34-server-error"].actions[1].th
    assert (tmp_path / "home" / "laaswatch" / "tried.json").exists()


def test_where_nothing_can_be_written_it_goes_on(site, tmp_path, monkeypatch, capsys):
    (tmp_path / "state").write_text("a file in the place of the folder", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    site.answer = page(b"", "503 Service Unavailable")
    assert run(site) == 2
    assert run(site, "--tried", "no") == 2


def test_it_makes_no_state_folder_of_the_agents(site, tmp_path):
    """That is for the installation to do; the user's own remembers meanwhile."""
    site.answer = page(b"", "503 Service Unavailable")
    run(site)
    assert not (tmp_path / "state").exists()
    assert (tmp_path / "own" / "laaswatch" / "tried.json").exists()
    (tmp_path / "state").mkdir()
    run(site, "--tried", "no")
    assert (tmp_path / "state" / "tried.json").exists()
