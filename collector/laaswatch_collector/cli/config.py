"""`laaswatch-collector config`: are the settings usable, what is in force, and what may stand in the file?

`check` reads the settings and every file that they name, and changes nothing. Exit 0 usable, 1 not: each
mistake is named with its file, its line where it has one, and what to do.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import sqlalchemy as sa

from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_collector.cli.options import config_option, read_config
from laaswatch_collector.cli.say import both, echo
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.config_environment import overridden
from laaswatch_collector.network_file import load_networks
from laaswatch_collector.shipped import shipped
from laaswatch_collector.site_rules import (
    load_calendar,
    load_expected,
    load_headings,
    load_policy,
)

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.group()
def command() -> None:
    """The collector's settings."""


@command.command()
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings to check; without it, the defaults and the environment.",
)
def check(config_file: Path | None) -> None:
    """Read the settings and every file that they name; say what to mend."""
    config = read_config(config_file)
    bad = False
    for what, file, problem in examined(config):
        if problem:
            bad = True
            click.echo(f"✗ {what}: {problem}")
        else:
            click.echo(f"✓ {what}: {file}")
    echo("settings.bad" if bad else "settings.good")
    raise SystemExit(int(bad))


def examined(config: CollectorConfig) -> Iterator[tuple[str, str, str]]:
    """(what, its file, what is wrong with it or "") for everything that the settings name."""
    yield "database", _without_password(config.database), _tried(sa.make_url, config.database)
    calendar = Path(config.calendar_dir) if config.calendar_dir else None
    lateness = Path(config.lateness_file) if config.lateness_file else None
    own = Path(config.knowledge_dir) if config.knowledge_dir else None
    yield "calendar", str(calendar or shipped("calendar")), _tried(load_calendar, calendar)
    yield "expected load", str(calendar or shipped("calendar")), _tried(load_expected, calendar)
    yield "lateness", str(lateness or shipped("lateness.yaml")), _tried(load_policy, lateness)
    yield "ledger headings", str(shipped("ledger-headers.yaml")), _tried(load_headings, None)
    yield "knowledge", str(own or "as shipped"), _tried(load_articles, own)
    if config.isp_prefixes_file:
        yield "networks", config.isp_prefixes_file, _tried(load_networks, config.isp_prefixes_file)
    agent = config.control_agent.config
    if config.control_agent.enabled and agent:
        missing = "" if Path(agent).is_file() else both("settings.no_file", file=agent)
        yield "control agent", agent, missing


def _tried(read: Callable[[Any], object], what: object) -> str:
    """What is wrong, "" if nothing: every reader of ours refuses with a ValueError that names file and place."""
    try:
        read(what)
    except (ValueError, sa.exc.ArgumentError) as error:
        return str(error)
    return ""


@command.command()
@config_option
def show(config: CollectorConfig) -> None:
    """Every setting as it counts now; `# …` names the variable of the environment that set it."""
    _, variables = overridden({}, os.environ)
    by_key = {".".join(map(str, place)): name for place, name in variables.items()}
    for key, value in _flat(msgspec.to_builtins(config)):
        text = (
            _without_password(str(value))
            if key == "database"
            else json.dumps(value, ensure_ascii=False)
        )
        click.echo(f"{key}: {text}" + (f"  # {by_key[key]}" if key in by_key else ""))


def _flat(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


@command.command()
def schema() -> None:
    """The settings file as JSON Schema, for editors that check while you type."""
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def json_schema() -> dict[str, Any]:
    """What may stand in collector.yaml, made from the classes that read it, with that file's own comments."""
    found = msgspec.json.schema(CollectorConfig)
    comments = dict(_comments(shipped("collector.yaml").read_text(encoding="utf-8")))
    for kind in found["$defs"].values():
        for key, what in kind.get("properties", {}).items():
            if key in comments and "description" not in what:
                what["description"] = comments[key]
    return {"$schema": _DIALECT, "title": "laaswatch: collector.yaml"} | found


def _comments(text: str) -> Iterator[tuple[str, str]]:
    """Every key of the delivered file with the comment above it; keys under one comment share it."""
    said: list[str] = []
    keys = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            said = [*([] if keys else said), line.removeprefix("#").strip()]
            keys = False
        elif not line:
            said = []
        else:
            keys = True
            if said:
                yield line.split(":")[0], " ".join(said)


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "?"
