"""The pure packages stay pure: no clock, no disk, no network, no randomness of their own."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "agent" / "laaswatch_agent"
COLLECTOR = ROOT / "collector" / "laaswatch_collector"

PURE = [
    *sorted((AGENT / "report").glob("*.py")),
    *sorted((AGENT / "diagnosis").glob("*.py")),
    AGENT / "schedule.py",
    AGENT / "presence.py",
    AGENT / "status_page.py",
    *(
        path
        for package in (
            "worktime",
            "timeline",
            "localization",
            "explanation",
            "advice",
            "documents",
            "evidence",
            "simulate",
        )
        for path in sorted((COLLECTOR / package).glob("*.py"))
        # Typesetting reads its template and fonts from files, and happens in a child process.
        if path.name not in ("pdf.py", "typesetting.py")
    ),
    COLLECTOR / "access" / "policy.py",
]

FORBIDDEN_MODULES = {
    "asyncio",
    "os",
    "random",
    "requests",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}
FORBIDDEN_CALLS = {"now", "today", "utcnow", "open", "read_text", "write_text", "urandom"}


def impurities(tree: ast.AST) -> list[str]:
    """Imports and calls by which a module would reach outside itself."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # A seeded generator that the caller hands in is an argument like any other.
            handed_in = node.module == "random" and [a.name for a in node.names] == ["Random"]
            names = [] if handed_in else [node.module.split(".")[0]]
        else:
            names = []
        found += [f"line {node.lineno}: import {n}" for n in names if n in FORBIDDEN_MODULES]
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in FORBIDDEN_CALLS:
                found.append(f"line {node.lineno}: {name}()")
    return found


@pytest.mark.parametrize("path", PURE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_pure_module_reaches_for_nothing(path):
    assert impurities(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_the_guard_sees_an_impure_module():
    source = "import time\nfrom socket import socket\ndatetime.now()\nopen('x')"
    assert len(impurities(ast.parse(source))) == 4
