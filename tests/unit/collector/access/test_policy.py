"""Who may do what to whose: the whole table, spelled out, and no for everything else."""

import pytest

from laaswatch_collector.access.policy import (
    NATION,
    Action,
    Principal,
    Resource,
    Role,
    authorize,
)

PRINCIPALS = {
    Role.OFFICER: Principal(Role.OFFICER, "o", "6570101", "57"),
    Role.PROVINCE: Principal(Role.PROVINCE, "p", "", "57"),
    Role.SUPPORT: Principal(Role.SUPPORT, "s"),
    Role.ADMIN: Principal(Role.ADMIN, "a"),
    Role.METRICS: Principal(Role.METRICS, "m"),
    Role.AGENT: Principal(Role.AGENT, "id", "6570101", "57"),
    Role.NOBODY: Principal(Role.NOBODY),
}
RESOURCES = {
    "own": Resource("6570101", "57"),
    "sibling": Resource("6570102", "57"),
    "other": Resource("6500101", "50"),
    "nation": NATION,
}
ALL = "own sibling other nation"
EXPECTED = {
    Action.SIGN_IN: dict.fromkeys(Role, ALL),
    Action.READ_HEALTH: dict.fromkeys(Role, ALL),
    Action.ENROL: dict.fromkeys(Role, ALL),
    Action.READ_KNOWLEDGE: dict.fromkeys(
        (Role.OFFICER, Role.PROVINCE, Role.SUPPORT, Role.ADMIN), ALL
    ),
    Action.READ_OVERVIEW: dict.fromkeys(
        (Role.OFFICER, Role.PROVINCE, Role.SUPPORT, Role.ADMIN), ALL
    ),
    Action.READ_CONNECTIVITY: {
        Role.OFFICER: "own",
        Role.PROVINCE: "own sibling",
        Role.SUPPORT: ALL,
        Role.ADMIN: ALL,
    },
    Action.READ_LEDGER: {Role.OFFICER: "own", Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.IMPORT_LEDGER: {Role.OFFICER: "own", Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.ISSUE_CODE: {Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.READ_AGENTS: {
        Role.OFFICER: "own",
        Role.PROVINCE: "own sibling",
        Role.SUPPORT: ALL,
        Role.ADMIN: ALL,
    },
    Action.APPROVE_AGENT: {Role.OFFICER: "own", Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.MANAGE_AGENTS: {Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.READ_METRICS: {Role.METRICS: ALL, Role.ADMIN: ALL},
    Action.SEND_REPORTS: {Role.AGENT: "own"},
    Action.READ_AGENT_CONFIG: {Role.AGENT: "own"},
    Action.MANAGE_USERS: {Role.ADMIN: ALL},
    Action.READ_AUDIT: {Role.ADMIN: ALL},
    Action.DECLARE_CLOSURE: {Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.MAKE_DOCUMENT: {Role.OFFICER: "own", Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.MAKE_PROVINCE_DOCUMENT: {Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
    Action.CHECK_DOCUMENT: {Role.OFFICER: "own", Role.PROVINCE: "own sibling", Role.ADMIN: ALL},
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_the_table_of_leave(action, role):
    got = {n for n, r in RESOURCES.items() if authorize(PRINCIPALS[role], action, r)}
    assert got == set(EXPECTED[action].get(role, "").split())


@pytest.mark.parametrize("role", [Role.OFFICER, Role.PROVINCE, Role.AGENT])
def test_a_principal_without_bounds_may_see_nothing_bounded(role):
    assert not authorize(Principal(role), Action.READ_CONNECTIVITY, NATION)
    assert not authorize(Principal(role), Action.READ_LEDGER, NATION)
