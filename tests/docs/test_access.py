"""The manual's table of who may do what is the program's."""

from laaswatch_collector.access.policy import LEAVE, Action, Role, Scope
from support.access_table import table


def test_every_leave_stands_in_docs_access():
    """A new action gets its line in docs/access.md."""
    assert set(table()) == {str(x) for x in Action}
    assert all(set(row) == {str(x) for x in Role} for row in table().values())


def test_the_manual_says_what_the_program_does():
    said = {action: {r: x for r, x in row.items() if x} for action, row in table().items()}
    done = {
        str(action): {
            str(role): "all" if scope is Scope.EVERYWHERE else "own"
            for role, scope in LEAVE.get(action, {}).items()
        }
        for action in Action
    }
    assert said == done
