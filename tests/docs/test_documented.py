"""What people can use is written down: commands, faults, metrics, configuration keys; and links lead somewhere."""

import re
from pathlib import Path

import pytest

from laaswatch_agent.cli.main import COMMANDS as AGENT_COMMANDS
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.cli.main import COMMANDS as COLLECTOR_COMMANDS
from laaswatch_collector.config import CollectorConfig

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "agent" / "README.md",
    ROOT / "collector" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
ALL = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)


@pytest.mark.parametrize("command", AGENT_COMMANDS)
def test_every_agent_command_is_documented(command):
    assert f"laaswatch-agent {command}" in ALL


@pytest.mark.parametrize("command", COLLECTOR_COMMANDS)
def test_every_collector_command_is_documented(command):
    assert f"laaswatch-collector {command}" in ALL


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_explained_to_it_support(fault):
    text = (ROOT / "docs" / "it-support.md").read_text(encoding="utf-8")
    assert f"`{fault}`" in text


def test_every_key_of_the_collector_is_in_its_shipped_file():
    text = (ROOT / "config" / "collector.yaml").read_text(encoding="utf-8")
    missing = [
        name
        for name in CollectorConfig.__struct_fields__
        if not re.search(rf"^#? ?{name}:", text, re.MULTILINE)
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    broken = [
        link
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []
