"""Rounds as they were made: each with its moment on the collector's clock, and where its office lies."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from laaswatch_collector.metrics.labels import isp_label
from laaswatch_collector.remote_write.series import Rounds
from laaswatch_collector.store.facts import COUNTED_STATES
from laaswatch_collector.store.history import agents_with_past, past_reports
from laaswatch_collector.store.schema import agents, offices, reports
from laaswatch_collector.store.views.new_reports import NewReport
from laaswatch_collector.timeline.packed import unpack
from laaswatch_collector.timeline.placement import place


def places(connection: sa.Connection) -> dict[str, tuple[str, str]]:
    """Province and ISP's label of every office, as registered."""
    rows = connection.execute(sa.select(offices.c.code, offices.c.province, offices.c.isp))
    return {x.code: (x.province, isp_label(x.isp)) for x in rows}


def by_role(connection: sa.Connection) -> tuple[list[str], list[str]]:
    """The codes of offices with a control probe of ours, and those of all others that have an agent."""
    rows = connection.execute(sa.select(agents.c.office_code, agents.c.role).distinct()).all()
    controls = {x.office_code for x in rows if x.role == "control"}
    return sorted(controls), sorted({x.office_code for x in rows} - controls)


def placed(report: NewReport) -> Rounds:
    """The rounds of one report."""
    columns = unpack(report.packed)
    at = place(
        columns["at"],
        columns["mono"],
        same_boot=report.same_boot,
        origin_ms=report.origin_ms,
        sent_ms=report.sent_ms,
        sent_mono_ms=report.sent_mono_ms,
        received_ms=report.received_ms,
    )
    return Rounds(report.office, report.role == "control", at, columns)


def rounds_between(
    connection: sa.Connection, codes: Sequence[str], start: datetime, end: datetime
) -> Iterator[Rounds]:
    """All rounds of these offices' PCs in [start, end), from reports kept as they came and packed ones."""
    low, high = (round(x.timestamp() * 1000) for x in (start, end))
    mine = connection.execute(
        sa.select(agents.c.id, agents.c.office_code, agents.c.role)
        .where(agents.c.office_code.in_(codes), agents.c.state.in_(COUNTED_STATES))
        .order_by(agents.c.id)
    ).all()
    packed = agents_with_past(connection, start, end)
    for agent in mine:
        rows: list[Any] = list(
            connection.execute(
                sa.select(reports).where(
                    reports.c.agent_id == agent.id,
                    reports.c.last_at >= start,
                    reports.c.first_at < end,
                )
            )
        )
        if agent.id in packed:
            rows += past_reports(connection, agent.id, start, end)
        for row in rows:
            found = placed(_report(agent, row))
            inside = (found.at >= low) & (found.at < high)
            if inside.any():
                yield Rounds(
                    found.office, found.control, found.at[inside], np.asarray(found.columns)[inside]
                )


def _report(agent: Any, row: Any) -> NewReport:  # noqa: ANN401 - rows of several queries
    return NewReport(
        0,
        agent.id,
        agent.office_code,
        agent.role,
        0,
        round(row.received_at.timestamp() * 1000),
        row.sent_ms,
        row.sent_mono_ms,
        row.boot == row.sent_boot,
        row.origin_ms,
        row.packed,
    )
