"""The browser that page tests use: Debian's Chromium, driven by Playwright, and axe-core inside it."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="no Chromium on this machine"),
]
"""The marks of a module whose tests open pages: `pytestmark = IN_BROWSER`."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(tab, beside=()):
    """What axe-core finds on the page that is open, beside some rules: a line a rule and element, [] if nothing."""
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = Axe().run(tab, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]}"
        for rule in found
        if rule["id"] not in beside
        for node in rule["nodes"]
    ]
