"""A whole month from columns to columns: no object is made for an entry, so that a nation's month fits.

Offices are independent of one another. Whoever has the columns of some of them can explain these alone: that is
how the work is shared.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS
from laaswatch_collector.explanation.axis import WorkAxis, loss
from laaswatch_collector.explanation.explain import NEVER
from laaswatch_collector.explanation.office import Late, explain_office
from laaswatch_collector.explanation.verdict import (
    DEFAULT_VERDICT_RULES,
    GRADES,
    VERDICTS,
    VerdictRules,
)
from laaswatch_collector.timeline.conclusions import SCOPES, MinuteState
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.columns import WorkColumns

ENTRY = np.dtype([("office", "<i4"), ("transacted", "<i8"), ("posted", "<i8")])
"""One ledger entry, by office: times in seconds since 1970; `posted` below 0 = not posted."""
RUN = np.dtype(
    [
        ("office", "<i4"),
        ("start", "<i4"),
        ("end", "<i4"),
        ("state", "u1"),
        ("scope", "u1"),
        ("fault", "u1"),
        ("inferred", "?"),
        ("witnesses", "u1"),
    ]
)
"""Minutes [start, end) of the month in which an office had one state, by office and start; codes as in
`timeline.conclusions`. Minutes of no run are unknown."""
LATE = np.dtype(
    [
        ("entry", "<i8"),
        ("due", "<i8"),
        ("counterfactual", "<i8"),
        ("tardiness", "<i4"),
        ("window_minutes", "<i4"),
        ("usable_minutes", "<i4"),
        ("down_minutes", "<i4"),
        ("unknown_minutes", "<i4"),
        ("backlog_minutes", "<i4"),
        ("explained", "<f4"),
        ("shift", "<f4"),
        ("backlog", "<f4"),
        ("verdict", "u1"),
        ("scope", "u1"),
        ("fault", "u1"),
        ("grade", "u1"),
    ]
)
"""One late entry: its position among the entries, the explanation's figures, positions in VERDICTS, SCOPES,
FAULTS, GRADES. `counterfactual` in seconds, −1 where no outage changed anything."""
WORDS = {
    "verdict": [str(x) for x in VERDICTS],
    "scope": [str(x) for x in SCOPES],
    "fault": [str(x) for x in FAULTS],
    "grade": [str(x) for x in GRADES],
}
"""What the codes of `LATE` mean, to be written beside them."""
_SAME = tuple(x for x in LATE.names or () if x not in {"entry", "due", "counterfactual"})


@dataclass(frozen=True, slots=True)
class Period:
    """What all offices with the same working clock share. Times in seconds; `now` tells what is late.

    `deadline`: working days after the transaction, and the clock time of that day.
    """

    clock: WorkClock
    start: int
    minutes: int
    deadline: tuple[int, tuple[int, int] | None]
    settled_until: int
    now: int


class ColumnsExplainer:
    """Explains offices of one period, one after the other."""

    def __init__(self, period: Period, rules: VerdictRules = DEFAULT_VERDICT_RULES) -> None:
        self._period = period
        self._rules = rules
        mask = period.clock.mask(period.start, period.minutes)
        self._at = np.flatnonzero(mask)
        self._index = np.concatenate(([0], np.cumsum(mask)))
        self._columns = WorkColumns(period.clock, period.start, period.start + 60 * period.minutes)

    def office(self, entries: NDArray[np.void], runs: NDArray[np.void]) -> NDArray[np.void]:
        """The late entries (`LATE`) of one office, from its `ENTRY` and `RUN` rows; entries count from 0."""
        axis = self._axis(runs)
        size = len(axis.minute)
        transacted, posted = entries["transacted"], entries["posted"]
        days, at = self._period.deadline
        due = self._columns.deadlines(transacted, days, at)
        open_ = posted < 0
        late = np.where(open_, self._period.now, posted) >= due
        posted_at = np.where(open_, size + NEVER, self._place(posted))
        found = explain_office(
            self._place(transacted),
            self._place(due),
            posted_at,
            late,
            axis,
            self._period.settled_until,
            self._rules,
        )
        return self._rows(found, due)

    def _place(self, seconds: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `WorkAxis.index`, out of a table."""
        minute = (seconds - self._period.start) // 60
        return np.asarray(self._index[np.clip(minute, 0, self._period.minutes)], np.int64)

    def _axis(self, runs: NDArray[np.void]) -> WorkAxis:
        if not len(runs):
            runs = np.zeros(1, RUN)
        at = np.maximum(0, np.searchsorted(runs["start"], self._at, side="right") - 1)
        seen = (runs["start"][at] <= self._at) & (self._at < runs["end"][at])
        state, scope, fault, inferred, witnesses = (
            np.where(seen, runs[name][at], runs.dtype[name].type(0))
            for name in ("state", "scope", "fault", "inferred", "witnesses")
        )
        return WorkAxis(
            self._period.start // 60 + self._at,
            state,
            scope,
            fault,
            inferred,
            witnesses,
            loss(state, fault),
            np.asarray(state == MinuteState.DOWN),
            np.asarray(state != MinuteState.UNKNOWN),
            self._period.clock.zone_offset_minutes,
        )

    def _rows(self, found: Late, due: NDArray[np.int64]) -> NDArray[np.void]:
        rows = np.zeros(len(found.position), LATE)
        rows["entry"], rows["due"] = found.position, due[found.position]
        for name in _SAME:
            rows[name] = getattr(found, name)
        ends = np.append(self._at, self._at[-1] + 1) * 60 + self._period.start
        back = ends[np.minimum(found.counterfactual, len(self._at))]
        rows["counterfactual"] = np.where(found.explained > 0, back, -1)
        return rows


def by_office(rows: NDArray[np.void], offices: int) -> NDArray[np.int64]:
    """Where each office's rows begin; one longer than the number of offices. Rows are ordered by office."""
    return np.asarray(np.searchsorted(rows["office"], np.arange(offices + 1)), np.int64)
