"""Who may do what to whose: the whole table, spelled out, and no for everything else."""

import pytest

from laaswatch_collector.access.policy import (
    NATION,
    Action,
    Principal,
    Resource,
    Role,
    authorize,
    within,
)

PRINCIPALS = {
    Role.VIEWER: Principal(Role.VIEWER, "v", "6570101", "57"),
    Role.CLERK: Principal(Role.CLERK, "c", "6570101", "57"),
    Role.PROVINCE: Principal(Role.PROVINCE, "p", "", "57"),
    Role.SUPPORT: Principal(Role.SUPPORT, "s"),
    Role.AUDITOR: Principal(Role.AUDITOR, "u"),
    Role.ADMIN: Principal(Role.ADMIN, "a"),
    Role.METRICS: Principal(Role.METRICS, "m"),
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
EVERYBODY = "viewer clerk province support auditor admin metrics agent half nobody"
PEOPLE = "viewer clerk province support auditor admin"
EXPECTED = {
    Action.SIGN_IN: EVERYBODY,
    Action.READ_HEALTH: EVERYBODY,
    Action.ENROL: EVERYBODY,
    Action.FINISH_SIGN_IN: "half",
    Action.OWN_ACCOUNT: PEOPLE,
    Action.READ_KNOWLEDGE: PEOPLE,
    Action.READ_OVERVIEW: PEOPLE,
    Action.READ_PROVINCE: "province support auditor admin",
    Action.READ_CONNECTIVITY: PEOPLE,
    Action.READ_AGENTS: PEOPLE,
    Action.READ_LEDGER: "viewer clerk province auditor admin",
    Action.IMPORT_LEDGER: "clerk province",
    Action.ISSUE_CODE: "province admin",
    Action.APPROVE_AGENT: "clerk province admin",
    Action.MANAGE_AGENTS: "province admin",
    Action.READ_METRICS: "metrics auditor admin",
    Action.SEND_REPORTS: "agent",
    Action.READ_AGENT_CONFIG: "agent",
    Action.MANAGE_USERS: "province admin",
    Action.READ_AUDIT: "auditor admin",
    Action.EXPORT_AUDIT: "auditor admin",
    Action.DECLARE_CLOSURE: "province admin",
    Action.MAKE_DOCUMENT: "clerk province admin",
    Action.MAKE_PROVINCE_DOCUMENT: "province admin",
    Action.MAKE_SHEET: "clerk province support admin",
    Action.CHECK_DOCUMENT: "viewer clerk province auditor admin",
}
"""The roles that may, each as far as it reaches."""
REACH = {"viewer": "own", "clerk": "own", "agent": "own", "province": "own sibling"}
ALL = "own sibling other nation"
BOUNDLESS = {
    Action.SIGN_IN, Action.READ_HEALTH, Action.ENROL, Action.OWN_ACCOUNT,
    Action.READ_KNOWLEDGE, Action.READ_OVERVIEW,
}  # fmt: skip
"""What shows nothing of anybody, or in its lists only the asker's own part."""


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_the_table_of_leave(action, role):
    got = {n for n, r in RESOURCES.items() if authorize(PRINCIPALS[role], action, r)}
    reach = ALL if action in BOUNDLESS else REACH.get(role, ALL)
    assert got == (set(reach.split()) if role in EXPECTED[action].split() else set())


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK, Role.PROVINCE, Role.AGENT, Role.HALF])
def test_a_principal_without_bounds_may_see_nothing_bounded(role):
    assert not authorize(Principal(role), Action.READ_CONNECTIVITY, NATION)
    assert not authorize(Principal(role), Action.READ_LEDGER, NATION)


CHANGES = {
    Action.IMPORT_LEDGER, Action.ISSUE_CODE, Action.APPROVE_AGENT, Action.MANAGE_AGENTS,
    Action.SEND_REPORTS, Action.MANAGE_USERS, Action.DECLARE_CLOSURE, Action.MAKE_DOCUMENT,
    Action.MAKE_PROVINCE_DOCUMENT, Action.MAKE_SHEET,
}  # fmt: skip


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR, Role.METRICS, Role.NOBODY, Role.HALF])
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
        (Role.SUPPORT, NATION),
        (Role.AUDITOR, NATION),
        (Role.ADMIN, NATION),
    ],
)
def test_lists_show_the_own_part(role, part):
    assert within(PRINCIPALS[role]) == part
