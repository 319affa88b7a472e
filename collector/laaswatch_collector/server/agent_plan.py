"""What agents are told to do, and the short name (etag) of it that travels with every answer."""

import hashlib

import msgspec

from laaswatch_collector.config import AgentPlan


class Orders(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/config`: data only; the agent keeps to its own floors."""

    etag: str
    round_seconds: float
    report_seconds: float


def orders_of(plan: AgentPlan) -> Orders:
    """The plan as agents get it; they fetch it again when its etag changes."""
    said = f"{plan.round_seconds} {plan.report_seconds}"
    etag = hashlib.sha256(said.encode()).hexdigest()[:16]
    return Orders(etag, plan.round_seconds, plan.report_seconds)
