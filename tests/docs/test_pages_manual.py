"""The pages' manual says what the browser tests hold the pages to, and shows pictures that are there."""

import re
from pathlib import Path

from support.tasks import CLICKS

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "pages.md").read_text(encoding="utf-8")


def test_the_clicks_are_those_of_the_tests():
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| (\d+) \|$", TEXT, re.MULTILINE)
    assert {task.strip(): int(n) for task, n in rows} == CLICKS


def test_the_pictures_are_there():
    named = re.findall(r"\((pictures/[a-z-]+\.png)\)", TEXT)
    assert len(named) >= 8
    assert [x for x in named if not (DOCS / x).is_file()] == []
