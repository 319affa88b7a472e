"""Between which two moments a report was made, by what others can show: never by the PC's own clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from laaswatch_collector.evidence.checkpoint import read_beacon


@dataclass(frozen=True, slots=True)
class Interval:
    """Not before the checkpoint that stands in the report (None = it has none), not after it arrived."""

    not_before: datetime | None
    not_after: datetime


def made_between(
    beacon: str, received: datetime, checkpoint_at: Callable[[int, bytes], datetime | None]
) -> Interval:
    """The interval of a report with this beacon that arrived at `received`.

    `checkpoint_at` tells when the checkpoint of a size and root was made; None if there was none such. A
    beacon that is none of ours, or that was made after the arrival, proves nothing.
    """
    told = read_beacon(beacon)
    since = None if told is None else checkpoint_at(told.size, told.root)
    return Interval(since if since is not None and since <= received else None, received)
