"""Who may do what to what. One function decides, and it says no unless a line below says yes."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The kinds of principal."""

    VIEWER = "viewer"  # reads one office, writes nothing
    CLERK = "clerk"  # one office: its books, its letters, its PCs
    PROVINCE = "province"  # the offices of one province
    SUPPORT = "support"  # connectivity of all; ledgers only as counts
    AUDITOR = "auditor"  # reads everything and the audit; changes nothing
    ADMIN = "admin"  # people, configuration, keys; no evidence
    METRICS = "metrics"  # a scraper
    READER = "reader"  # a program that reads the API: lines and outages
    BOOK_READER = "book_reader"  # the same, books too
    AGENT = "agent"  # an agent's own token
    HALF = "half"  # gave a password; still owes a code, a set-up or a new password
    NOBODY = "nobody"  # not logged in


OFFICE_ROLES = frozenset({Role.VIEWER, Role.CLERK})
"""The people of one office."""
PEOPLE = (Role.VIEWER, Role.CLERK, Role.PROVINCE, Role.SUPPORT, Role.AUDITOR, Role.ADMIN)
"""Whoever signs in with a password."""
API_READERS = frozenset({Role.READER, Role.BOOK_READER})
"""Programs that read the API, of an office, of a province or of the country."""
PROGRAMS = (Role.METRICS, Role.READER, Role.BOOK_READER)
"""Whoever comes with an access token."""


class Action(StrEnum):
    """Everything that a route can ask leave for."""

    SIGN_IN = "sign_in"
    FINISH_SIGN_IN = "finish_sign_in"
    OWN_ACCOUNT = "own_account"
    READ_HEALTH = "read_health"
    READ_CHECKPOINT = "read_checkpoint"
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
    EXPORT_AUDIT = "export_audit"
    TWO_PERSON = "two_person"
    DECLARE_CLOSURE = "declare_closure"
    WRITE_STEP = "write_step"
    MANAGE_PARTNER = "manage_partner"
    MAKE_DOCUMENT = "make_document"
    MAKE_PROVINCE_DOCUMENT = "make_province_document"
    MAKE_SHEET = "make_sheet"
    CHECK_DOCUMENT = "check_document"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `office` and `province` bound people of an office and of a province; `name` goes into the audit."""

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
    OWN_PART = "own_part"  # an office, a province or the country, as the token was made for
    EVERYWHERE = "everywhere"


def _own(*roles: Role) -> dict[Role, Scope]:
    """Leave for these roles, each as far as it is bound itself; the rest have no bounds."""
    return {role: _REACH.get(role, Scope.EVERYWHERE) for role in roles}


_REACH = {
    Role.VIEWER: Scope.OWN_OFFICE,
    Role.CLERK: Scope.OWN_OFFICE,
    Role.AGENT: Scope.OWN_OFFICE,
    Role.PROVINCE: Scope.OWN_PROVINCE,
    Role.READER: Scope.OWN_PART,
    Role.BOOK_READER: Scope.OWN_PART,
}
_VIEWER, _CLERK, _PROVINCE = Role.VIEWER, Role.CLERK, Role.PROVINCE
_SUPPORT, _AUDITOR, _ADMIN = Role.SUPPORT, Role.AUDITOR, Role.ADMIN
_EVERYONE = dict.fromkeys(Role, Scope.EVERYWHERE)
_SIGNED_IN = dict.fromkeys(PEOPLE, Scope.EVERYWHERE)
_KNOWN = _SIGNED_IN | dict.fromkeys(API_READERS, Scope.EVERYWHERE)

LEAVE: dict[Action, dict[Role, Scope]] = {
    # Open to everybody: nothing of any office shows there.
    Action.SIGN_IN: _EVERYONE,
    Action.READ_HEALTH: _EVERYONE,
    Action.READ_CHECKPOINT: _EVERYONE,
    Action.ENROL: _EVERYONE,
    Action.FINISH_SIGN_IN: {Role.HALF: Scope.EVERYWHERE},
    # Everybody's own password, sessions and second step.
    Action.OWN_ACCOUNT: _SIGNED_IN,
    # Knowledge and the overview are for whoever is known; lists show only what their scope allows.
    Action.READ_KNOWLEDGE: _KNOWN,
    Action.READ_OVERVIEW: _KNOWN,
    # A province's list counts the late entries of its offices, and shows none of them.
    Action.READ_PROVINCE: _own(_PROVINCE, _SUPPORT, _AUDITOR, _ADMIN),
    Action.READ_CONNECTIVITY: _own(*PEOPLE, *API_READERS),
    Action.READ_AGENTS: _own(*PEOPLE),
    # Support helps with lines, not with books: it sees ledgers only as counts elsewhere.
    Action.READ_LEDGER: _own(_VIEWER, _CLERK, _PROVINCE, _AUDITOR, _ADMIN, Role.BOOK_READER),
    # Books are evidence: who keeps the system does not bring them in.
    Action.IMPORT_LEDGER: _own(_CLERK, _PROVINCE),
    Action.ISSUE_CODE: _own(_PROVINCE, _ADMIN),
    # A clerk may let a PC of the own office in. Turning one away is for others: a PC may say what its
    # office would rather not have said.
    Action.APPROVE_AGENT: _own(_CLERK, _PROVINCE, _ADMIN),
    Action.MANAGE_AGENTS: _own(_PROVINCE, _ADMIN),
    Action.READ_METRICS: _own(Role.METRICS, _AUDITOR, _ADMIN),
    Action.SEND_REPORTS: _own(Role.AGENT),
    Action.READ_AGENT_CONFIG: _own(Role.AGENT),
    # A province looks after the people of its offices; nobody else's, and no other role.
    Action.MANAGE_USERS: _own(_PROVINCE, _ADMIN),
    Action.READ_AUDIT: _own(_AUDITOR, _ADMIN),
    Action.EXPORT_AUDIT: _own(_AUDITOR, _ADMIN),
    # To ask for it and to confirm it: never the same person (access.two_person).
    Action.TWO_PERSON: _own(_ADMIN),
    # It moves deadlines: nobody writes one for the own office.
    Action.DECLARE_CLOSURE: _own(_PROVINCE, _ADMIN),
    # What was tried, visits, and whether the own office lends a desk: whoever is there, or helps.
    Action.WRITE_STEP: _own(_CLERK, _PROVINCE, _SUPPORT),
    Action.MANAGE_PARTNER: _own(_CLERK, _PROVINCE),
    # Letters about a month's books; taking one keeps its facts. Some are a province's to write.
    Action.MAKE_DOCUMENT: _own(_CLERK, _PROVINCE, _ADMIN),
    Action.MAKE_PROVINCE_DOCUMENT: _own(_PROVINCE, _ADMIN),
    Action.MAKE_SHEET: _own(_CLERK, _PROVINCE, _SUPPORT, _ADMIN),
    Action.CHECK_DOCUMENT: _own(_VIEWER, _CLERK, _PROVINCE, _AUDITOR, _ADMIN),
}
"""Who may do what, how far. What is not written here is not allowed."""


MANAGES = {Role.PROVINCE: OFFICE_ROLES, Role.ADMIN: frozenset(PEOPLE) - {Role.ADMIN}}
"""The roles whose people each role looks after, as far as its leave to `MANAGE_USERS` reaches.

Administrators are made on the collector's own machine: one who could make a second would be two alone.
"""
SHUTS_OUT = {Role.PROVINCE: OFFICE_ROLES, Role.ADMIN: frozenset(PEOPLE)}
"""The roles whose people each role sees on its list, and may shut out."""


def may_manage(principal: Principal, role: Role, resource: Resource) -> bool:
    """Whether the principal looks after people of this role there. Nobody does so for themselves."""
    in_charge = role in MANAGES.get(principal.role, frozenset())
    return in_charge and authorize(principal, Action.MANAGE_USERS, resource)


def within(principal: Principal) -> Resource:
    """The part of the country that a principal's lists show."""
    if principal.role in OFFICE_ROLES or principal.role in API_READERS:
        return Resource(office=principal.office, province=principal.province)
    if principal.role is Role.PROVINCE:
        return Resource(province=principal.province)
    return NATION


def authorize(principal: Principal, action: Action, resource: Resource) -> bool:
    """Whether the principal may do this to that. Nothing but this table decides."""
    scope = LEAVE.get(action, {}).get(principal.role)
    if scope is Scope.EVERYWHERE:
        return True
    if scope is Scope.OWN_PART:
        part = within(principal)
        own_office = part.office in ("", resource.office)
        return own_office and part.province in ("", resource.province)
    if scope is Scope.OWN_PROVINCE:
        return bool(principal.province) and resource.province == principal.province
    if scope is Scope.OWN_OFFICE:
        return bool(principal.office) and resource.office == principal.office
    return False
