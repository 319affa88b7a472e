"""Who may do what to whose: the whole table, spelled out, and no for everything else."""

import pytest

from laaswatch_collector.access.policy import (
    NATION,
    PROGRAMS,
    Action,
    Principal,
    Resource,
    Role,
    authorize,
    within,
)
from support.access_table import table

PRINCIPALS = {
    Role.VIEWER: Principal(Role.VIEWER, "v", "6570101", "57"),
    Role.CLERK: Principal(Role.CLERK, "c", "6570101", "57"),
    Role.PROVINCE: Principal(Role.PROVINCE, "p", "", "57"),
    Role.SUPPORT: Principal(Role.SUPPORT, "s"),
    Role.AUDITOR: Principal(Role.AUDITOR, "u"),
    Role.ADMIN: Principal(Role.ADMIN, "a"),
    Role.METRICS: Principal(Role.METRICS, "m"),
    Role.READER: Principal(Role.READER, "r", "6570101", "57"),
    Role.BOOK_READER: Principal(Role.BOOK_READER, "b", "", "57"),
    Role.AGENT: Principal(Role.AGENT, "id", "6570101", "57"),
    Role.HALF: Principal(Role.HALF, "h", "6570101", "57"),
    Role.NOBODY: Principal(Role.NOBODY),
}
RESOURCES = {
    "own": Resource("6570101", "57"),
    "sibling": Resource("6570102", "57"),
    "other": Resource("6500101", "50"),
    "nation": NATION,
}
REACH = {
    "viewer": "own", "clerk": "own", "agent": "own", "reader": "own",
    "province": "own sibling", "book_reader": "own sibling",
}  # fmt: skip
ALL = "own sibling other nation"
EXPECTED = table()
"""As the manual says: action, role, and `own` or `all`."""


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_the_table_of_leave(action, role):
    got = {n for n, r in RESOURCES.items() if authorize(PRINCIPALS[role], action, r)}
    reach = {"": "", "own": REACH.get(role, ""), "all": ALL}[EXPECTED[action][role]]
    assert got == set(reach.split())


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK, Role.PROVINCE, Role.AGENT, Role.HALF])
def test_a_principal_without_bounds_may_see_nothing_bounded(role):
    assert not authorize(Principal(role), Action.READ_CONNECTIVITY, NATION)
    assert not authorize(Principal(role), Action.READ_LEDGER, NATION)


def test_a_program_of_the_country_reads_it_all():
    everywhere = Principal(Role.BOOK_READER, "b")
    assert all(authorize(everywhere, Action.READ_LEDGER, x) for x in RESOURCES.values())
    assert within(everywhere) == NATION


CHANGES = {
    Action.IMPORT_LEDGER, Action.ISSUE_CODE, Action.APPROVE_AGENT, Action.MANAGE_AGENTS,
    Action.SEND_REPORTS, Action.MANAGE_USERS, Action.DECLARE_CLOSURE, Action.MAKE_DOCUMENT,
    Action.MAKE_PROVINCE_DOCUMENT, Action.MAKE_SHEET,
}  # fmt: skip


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR, *PROGRAMS, Role.NOBODY, Role.HALF])
@pytest.mark.parametrize("action", sorted(CHANGES))
def test_who_only_reads_changes_nothing(role, action):
    assert not any(authorize(PRINCIPALS[role], action, x) for x in RESOURCES.values())


def test_the_admin_touches_no_evidence():
    assert not any(
        authorize(PRINCIPALS[Role.ADMIN], action, x)
        for action in (Action.IMPORT_LEDGER, Action.SEND_REPORTS)
        for x in RESOURCES.values()
    )


@pytest.mark.parametrize(
    ("role", "part"),
    [
        (Role.VIEWER, Resource("6570101", "57")),
        (Role.CLERK, Resource("6570101", "57")),
        (Role.PROVINCE, Resource(province="57")),
        (Role.READER, Resource("6570101", "57")),
        (Role.BOOK_READER, Resource(province="57")),
        (Role.SUPPORT, NATION),
        (Role.AUDITOR, NATION),
        (Role.ADMIN, NATION),
    ],
)
def test_lists_show_the_own_part(role, part):
    assert within(PRINCIPALS[role]) == part
