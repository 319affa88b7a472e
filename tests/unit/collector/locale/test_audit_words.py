"""Whatever is written into the audit can be looked for, and has words."""

import ast
from pathlib import Path

import pytest

import laaswatch_collector
from laaswatch_collector.access.audited import ACTIONS, DONE
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.web.words import words_in

PACKAGE = Path(laaswatch_collector.__file__).parent


def written():
    """The actions that calls of `record` name."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "record"
                and len(node.args) > 3
                and isinstance(node.args[3], ast.Constant)
            ):
                yield node.args[3].value


def test_every_action_stands_in_the_list():
    """A new one gets a line in access/audited.py and its words in people.po (`audited.…`)."""
    found = set(written())
    assert len(found) > 20
    assert sorted(found - set(DONE)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_words(language):
    assert all(words_in(language).word("audited", x) for x in ACTIONS)
