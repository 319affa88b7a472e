"""Who may do what to what. One function decides, and it says no unless a line below says yes."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The kinds of principal (reliability.md §3.5)."""

    OFFICER = "officer"  # one office
    PROVINCE = "province"  # the offices of one province
    SUPPORT = "support"  # connectivity of all; ledgers only as counts
    ADMIN = "admin"
    METRICS = "metrics"  # a scraper
    AGENT = "agent"  # an agent's own token
    NOBODY = "nobody"  # not logged in


class Action(StrEnum):
    """Everything that a route can ask leave for."""

    SIGN_IN = "sign_in"
    READ_HEALTH = "read_health"
    READ_KNOWLEDGE = "read_knowledge"
    READ_OVERVIEW = "read_overview"
    READ_PROVINCE = "read_province"
    READ_CONNECTIVITY = "read_connectivity"
    READ_LEDGER = "read_ledger"
    IMPORT_LEDGER = "import_ledger"
    ISSUE_CODE = "issue_code"
    READ_AGENTS = "read_agents"
    APPROVE_AGENT = "approve_agent"
    MANAGE_AGENTS = "manage_agents"
    READ_METRICS = "read_metrics"
    ENROL = "enrol"
    SEND_REPORTS = "send_reports"
    READ_AGENT_CONFIG = "read_agent_config"
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"
    DECLARE_CLOSURE = "declare_closure"
    MAKE_DOCUMENT = "make_document"
    MAKE_PROVINCE_DOCUMENT = "make_province_document"
    CHECK_DOCUMENT = "check_document"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `office` and `province` bound an officer and a province; `name` goes into the audit."""

    role: Role
    name: str = ""
    office: str = ""
    province: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked for: an office and its province, or "" where the whole country is meant."""

    office: str = ""
    province: str = ""


NOBODY = Principal(Role.NOBODY)
NATION = Resource()


class Scope(StrEnum):
    """How far a leave reaches."""

    OWN_OFFICE = "own_office"
    OWN_PROVINCE = "own_province"
    EVERYWHERE = "everywhere"


_READERS = (Role.OFFICER, Role.PROVINCE, Role.SUPPORT, Role.ADMIN)
_EVERYONE = frozenset(Role)

LEAVE: dict[Action, dict[Role, Scope]] = {
    # Open to everybody: nothing of any office shows there.
    Action.SIGN_IN: dict.fromkeys(_EVERYONE, Scope.EVERYWHERE),
    Action.READ_HEALTH: dict.fromkeys(_EVERYONE, Scope.EVERYWHERE),
    Action.ENROL: dict.fromkeys(_EVERYONE, Scope.EVERYWHERE),
    # Knowledge and the overview are for whoever signed in; lists show only what their scope allows.
    Action.READ_KNOWLEDGE: dict.fromkeys(_READERS, Scope.EVERYWHERE),
    Action.READ_OVERVIEW: dict.fromkeys(_READERS, Scope.EVERYWHERE),
    # A province's list counts the late entries of its offices, and shows none of them.
    Action.READ_PROVINCE: {
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.SUPPORT: Scope.EVERYWHERE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    Action.READ_CONNECTIVITY: {
        Role.OFFICER: Scope.OWN_OFFICE,
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.SUPPORT: Scope.EVERYWHERE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    # Support helps with lines, not with books: it sees ledgers only as counts elsewhere.
    Action.READ_LEDGER: {
        Role.OFFICER: Scope.OWN_OFFICE,
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    Action.IMPORT_LEDGER: {
        Role.OFFICER: Scope.OWN_OFFICE,
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    Action.ISSUE_CODE: {Role.PROVINCE: Scope.OWN_PROVINCE, Role.ADMIN: Scope.EVERYWHERE},
    Action.READ_AGENTS: {
        Role.OFFICER: Scope.OWN_OFFICE,
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.SUPPORT: Scope.EVERYWHERE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    # An officer may let a PC of the own office in. Turning one away is for others: a PC may say what its
    # office would rather not have said.
    Action.APPROVE_AGENT: {
        Role.OFFICER: Scope.OWN_OFFICE,
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    Action.MANAGE_AGENTS: {Role.PROVINCE: Scope.OWN_PROVINCE, Role.ADMIN: Scope.EVERYWHERE},
    Action.READ_METRICS: {Role.METRICS: Scope.EVERYWHERE, Role.ADMIN: Scope.EVERYWHERE},
    Action.SEND_REPORTS: {Role.AGENT: Scope.OWN_OFFICE},
    Action.READ_AGENT_CONFIG: {Role.AGENT: Scope.OWN_OFFICE},
    Action.MANAGE_USERS: {Role.ADMIN: Scope.EVERYWHERE},
    Action.READ_AUDIT: {Role.ADMIN: Scope.EVERYWHERE},
    # It moves deadlines: nobody writes one for the own office.
    Action.DECLARE_CLOSURE: {Role.PROVINCE: Scope.OWN_PROVINCE, Role.ADMIN: Scope.EVERYWHERE},
    # Letters about a month's books. Some are a province's to write, never an office's.
    Action.MAKE_DOCUMENT: {
        Role.OFFICER: Scope.OWN_OFFICE,
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    Action.MAKE_PROVINCE_DOCUMENT: {
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
    Action.CHECK_DOCUMENT: {
        Role.OFFICER: Scope.OWN_OFFICE,
        Role.PROVINCE: Scope.OWN_PROVINCE,
        Role.ADMIN: Scope.EVERYWHERE,
    },
}
"""Who may do what, how far. What is not written here is not allowed."""


def authorize(principal: Principal, action: Action, resource: Resource) -> bool:
    """Whether the principal may do this to that. Nothing but this table decides."""
    scope = LEAVE.get(action, {}).get(principal.role)
    if scope is Scope.EVERYWHERE:
        return True
    if scope is Scope.OWN_PROVINCE:
        return bool(principal.province) and resource.province == principal.province
    if scope is Scope.OWN_OFFICE:
        return bool(principal.office) and resource.office == principal.office
    return False
