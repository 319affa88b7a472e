"""The table of docs/access.md: what each role may, written by hand for people, and read by tests."""

from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "access.md"


def table():
    """Action -> role -> "own", "all" or "" as the manual says."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| leave |"))
    roles = _cells(lines[start])[2:]
    found = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        action, _, *cells = _cells(line)
        found[action.strip("`")] = dict(zip(roles, cells, strict=True))
    return found


def _cells(line):
    return [x.strip() for x in line.strip().strip("|").split("|")]
