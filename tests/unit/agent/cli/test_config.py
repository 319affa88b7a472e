"""`laaswatch-agent config`: what is in force, or which line to mend."""

import pytest

from laaswatch_agent.cli.main import main


def test_what_is_in_force_is_shown_with_who_said_so(capsys, monkeypatch):
    monkeypatch.setenv("LAASWATCH_AGENT_ROUND_SECONDS", "60")
    assert main(["config"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "round_seconds: 60.0  # LAASWATCH_AGENT_ROUND_SECONDS" in lines
    assert "targets: login, app, kb" in lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("second_resolver: 8.8.8.8\n\nround_seconds: 5\n", "line 3"),
        ("targets:\n  - role: login\n    addresses:\n      - url: ftp://x\n", "line 4"),
        ("targets:\n  - role: login\n    addresses:\n      - ur: http://x\n", "line 4"),
        ("decides: kb\nround_secnds: 5\n", "line 2"),
    ],
)
def test_a_mistake_is_named_by_its_line(tmp_path, capsys, text, said):
    file = tmp_path / "agent.yaml"
    file.write_text(text, encoding="utf-8")
    assert main(["config", "--config", str(file)]) == 3
    told = capsys.readouterr().err
    assert str(file) in told
    assert f"· {said}: " in told


@pytest.mark.parametrize(
    ("name", "value"),
    [("LAASWATCH_AGENT_ROUND_SECONDS", "5"), ("LAASWATCH_AGENT_COLECTOR_URL", "https://x")],
)
def test_a_wrong_variable_is_named(capsys, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert main(["config"]) == 3
    assert name in capsys.readouterr().err
