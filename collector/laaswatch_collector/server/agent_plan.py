"""What an agent is told to do, and the short name (etag) of it that travels with every answer."""

import hashlib
from datetime import datetime

import msgspec
import sqlalchemy as sa

from laaswatch_collector.config import AgentPlan
from laaswatch_collector.store.agents import agent_by_id, is_elected


class Orders(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/config`: data only; the agent keeps to its own floors."""

    etag: str
    round_seconds: float
    report_seconds: float
    site_check: bool


def orders_for(connection: sa.Connection, plan: AgentPlan, agent_id: str, now: datetime) -> Orders:
    """The plan as it stands for one agent at this moment."""
    site_check = plan.site_check == "every_agent"
    if plan.site_check == "one_per_office":
        agent = agent_by_id(connection, agent_id)
        site_check = agent is not None and is_elected(connection, agent, now)
    said = f"{plan.round_seconds} {plan.report_seconds} {site_check}"
    etag = hashlib.sha256(said.encode()).hexdigest()[:16]
    return Orders(etag, plan.round_seconds, plan.report_seconds, site_check)


def etag_of(connection: sa.Connection, plan: AgentPlan, agent_id: str, now: datetime) -> str:
    """The short name of an agent's orders: it fetches them again when this changes."""
    return orders_for(connection, plan, agent_id, now).etag
