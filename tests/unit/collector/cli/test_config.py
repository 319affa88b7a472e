"""`config check`, `config show`: mistakes named by file and line, or by the variable that made them."""

import json

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.main import main
from laaswatch_collector.config import ConfigError, load_collector_config


def run(*arguments, **variables):
    return CliRunner().invoke(main, ["config", *map(str, arguments)], env=variables)


def test_the_defaults_are_usable():
    done = run("check")
    assert done.exit_code == 0
    assert "✗" not in done.output


def test_every_file_that_is_named_is_looked_at(tmp_path):
    (tmp_path / "late.yaml").write_text("version: x\n", encoding="utf-8")
    file = tmp_path / "collector.yaml"
    file.write_text(
        f"lateness_file: {tmp_path}/late.yaml\ncalendar_dir: {tmp_path}\n"
        f"knowledge_dir: {tmp_path}/none\nisp_prefixes_file: {tmp_path}/none.csv\n"
        f"control_agent: {{config: {tmp_path}/none.yaml}}\ndatabase: nonsense\n",
        encoding="utf-8",
    )
    done = run("check", "--config", file)
    assert done.exit_code == 1
    bad = [line.split(":")[0] for line in done.output.splitlines() if line.startswith("✗")]
    assert bad == ["✗ " + x for x in
                   ("database", "calendar", "lateness", "knowledge", "networks", "control agent")]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("listen: a:1\n\nagents:\n  round_seconds: 5\n", 4),
        ("\n# x\nlisten: 8080\n", 3),
        ("agents:\n  round_secnds: 30\n", 2),
        ("history:\n  seal_after_days: 10\n  reports_days: x\n", 3),
        ("title_th: a\ntitle_th: b\n", 2),
    ],
)
def test_a_mistake_is_named_by_its_line(tmp_path, text, line):
    file = tmp_path / "collector.yaml"
    file.write_text(text, encoding="utf-8")
    done = run("check", "--config", file)
    assert done.exit_code == 1
    assert str(file) in done.output
    assert f"line {line}" in done.output


def test_the_environment_goes_before_the_file(tmp_path):
    file = tmp_path / "collector.yaml"
    file.write_text("listen: 127.0.0.1:1\nagents: {round_seconds: 20}\n", encoding="utf-8")
    config = load_collector_config(
        file,
        {
            "LAASWATCH_COLLECTOR_LISTEN": "127.0.0.1:2",
            "LAASWATCH_COLLECTOR_AGENTS__REPORT_SECONDS": "30",
            "LAASWATCH_COLLECTOR_TRUSTED_PROXIES": '["10.0.0.1", "10.0.0.2"]',
            "LAASWATCH_COLLECTOR_DATABASE": "postgresql+psycopg://u:[p%5D@h/d",
            "LAASWATCH_NOTHING_OF_OURS": "x",
        },
    )
    assert config.listen == "127.0.0.1:2"
    assert (config.agents.round_seconds, config.agents.report_seconds) == (20, 30)
    assert config.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert config.database == "postgresql+psycopg://u:[p%5D@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAASWATCH_COLLECTOR_LISEN", "x"),
        ("LAASWATCH_COLLECTOR_AGENTS__ROUND_SECONDS", "5"),
        ("LAASWATCH_COLLECTOR_AGENTS____X", "5"),
        ("LAASWATCH_COLLECTOR_LISTEN__PORT", "5"),
        ("LAASWATCH_COLLECTOR_TRUSTED_PROXIES", '["10.0.0.1]'),
        ("LAASWATCH_COLLECTOR_", "5"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path, name, value):
    file = tmp_path / "collector.yaml"
    file.write_text("listen: 127.0.0.1:1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=name):
        load_collector_config(file, {name: value})


def test_what_is_in_force_is_shown_with_who_said_so_and_without_passwords():
    done = run(
        "show",
        LAASWATCH_COLLECTOR_DATABASE="postgresql+psycopg://u:hidden@h/d",
        LAASWATCH_COLLECTOR_AGENTS__ROUND_SECONDS="33",
    )
    assert "agents.round_seconds: 33.0  # LAASWATCH_COLLECTOR_AGENTS__ROUND_SECONDS" in done.output
    assert "hidden" not in done.output
    assert "u:***@h" in done.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_our_commands(shell):
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert "_LAASWATCH_COLLECTOR_COMPLETE" in done.output
    asked = CliRunner().invoke(
        main,
        [],
        prog_name="laaswatch-collector",
        complete_var="_LAASWATCH_COLLECTOR_COMPLETE",
        env={
            "_LAASWATCH_COLLECTOR_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": "laaswatch-collector back",
            "COMP_CWORD": "back" if shell == "fish" else "1",
        },
    )
    assert "backup" in asked.output


def test_the_schema_is_printed():
    schema = json.loads(run("schema").output)
    assert schema["$defs"]["AgentPlan"]["properties"]["round_seconds"]["default"] == 30
