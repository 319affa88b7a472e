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
    READ_CONNECTIVITY = "read_connectivity"
    READ_LEDGER = "read_ledger"
    IMPORT_LEDGER = "import_ledger"
    ISSUE_CODE = "issue_code"
    READ_METRICS = "read_metrics"
    ENROL = "enrol"
    SEND_REPORTS = "send_reports"
    READ_AGENT_CONFIG = "read_agent_config"
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"


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
