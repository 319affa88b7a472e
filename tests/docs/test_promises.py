"""The table of promises names tests and figures that exist, so that it cannot go stale."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "promises.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| **")
]
PROMISED = {
    *(f"D{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 10)),
    *(f"S{n}" for n in (2, 3, 4, 5, 6, 13, 14)),
    "E1",
    "E2",
}


def named(cell):
    """The tests of a cell as (file, function)."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", cell)


def functions(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {x.name for x in ast.walk(tree) if isinstance(x, ast.FunctionDef)}


def test_every_promise_is_in_the_table():
    assert {re.match(r"\*\*(\w+)\*\*", row[0])[1] for row in TABLE} == PROMISED


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0][2:40])
def test_every_row_names_tests_that_exist(row):
    promise, shown, _, _, control = row
    assert len(promise) > 20
    for cell in (shown, control):
        assert named(cell)
        for file, function in named(cell):
            assert function in functions(file), (file, function)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0][2:40])
def test_every_figure_stands_in_its_test(row):
    _, shown, usual, long, _ = row
    source = "".join((ROOT / file).read_text(encoding="utf-8") for file, _ in named(shown))
    numbers = set(re.findall(r"\d+", re.sub(r"(?<=\d)_(?=\d)", "", source)))
    for cell in (usual, long):
        figures = set(re.findall(r"\d+", re.sub(r"(?<=\d),(?=\d)", "", cell)))
        assert figures, cell
        assert figures <= numbers, (cell, figures - numbers)
