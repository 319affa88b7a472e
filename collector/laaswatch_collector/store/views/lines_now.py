"""How offices' lines did lately, read off the rounds of their PCs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa

from laaswatch_agent.report.vocabulary import FAULTS, State, state_of
from laaswatch_collector.advice.effect import BEFORE, SOON, STEADY, Found, Seen, effect_of
from laaswatch_collector.advice.partners import Quality
from laaswatch_collector.store.views.rounds_in_time import rounds_between

HOUR = timedelta(hours=1)
_USABLE = np.array([
    {State.UP: 1.0, State.DEGRADED: 1.0, State.DOWN: 0.0}.get(state_of(fault), np.nan) for fault in FAULTS
])  # fmt: skip


def last_hour(
    connection: sa.Connection, states: dict[str, str], now: datetime
) -> dict[str, Quality]:
    """The last hour of some offices (a few: every round of theirs is read), whose `states` now are known."""
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for x in rounds_between(connection, sorted(states), now - HOUR, now):
        found = (_USABLE[x.columns["fault"]], x.columns["rtt"].astype(np.float64) / 1000)
        parts.setdefault(x.office, []).append(found)
    return {office: _quality(state, parts.get(office, ())) for office, state in states.items()}


def effect_at(connection: sa.Connection, office: str, at: datetime) -> Found:
    """What followed a step that was taken at an office."""
    start, end = at - timedelta(seconds=BEFORE), at + timedelta(seconds=SOON + STEADY)
    pcs = [
        Seen(x.at / 1000, _USABLE[x.columns["fault"]])
        for x in rounds_between(connection, [office], start, end)
    ]
    return effect_of(at.timestamp(), pcs)


def _quality(state: str, parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> Quality:
    if not parts:
        return Quality(state)
    usable, seconds = (np.concatenate(x) for x in zip(*parts, strict=True))
    told = usable[~np.isnan(usable)]
    seconds = seconds[~np.isnan(seconds)]
    return Quality(
        state,
        rounds=int(told.size),
        usable=float(told.mean()) if told.size else None,
        connect_seconds=float(np.median(seconds)) if seconds.size else None,
    )
