"""What stands beside a verdict: what speaks against its outages, what was said before, how good the replay is at
this office. Pure: facts in, messages out. Everything here is for a person to look at; none of it says who did
what, or why.
"""

from datetime import UTC, datetime

from laaswatch_collector.explanation.coincidence import Coincidence
from laaswatch_collector.explanation.contradictions import Flag
from laaswatch_collector.explanation.health import Health
from laaswatch_collector.messages import Message, message, word
from laaswatch_collector.worktime.thai import local_date


def flag_remark(flag: str, count: int, first: int) -> Message:
    """What speaks against an outage, `first` in seconds."""
    at = datetime.fromtimestamp(first, UTC)
    return message("remark.look", what=message(f"remark.flag.{Flag(flag)}", count=count, at=at))


def changed_remark(count: int) -> Message | None:
    """That so many of its outages are not any more as they were; None for none."""
    return message("remark.changed", count=count) if count else None


def before_remark(verdict: str, until: datetime, why: str) -> Message:
    """What was said before, until when, and why it changed (`store.explanations.why_changed`)."""
    return message(
        "remark.before",
        verdict=word("verdict", verdict) if verdict else message("remark.not_late"),
        day=local_date(until),
        why=word("remark.because", why),
    )


def health_remark(x: Health) -> Message:
    """How good the replay is at this office."""
    if x.median_error is None or x.right_side is None:
        return message("remark.no_health", weeks=x.weeks, entries=x.entries)
    return message(
        "remark.health",
        weeks=x.weeks,
        entries=x.entries,
        error=round(x.median_error),
        right=int(100 * x.right_side),
    )


def coincidence_remark(x: Coincidence) -> Message:
    """Whether the office's own faults came before deadlines more often than chance has it."""
    if x.chance is None:
        return message("remark.unknown_coincidence", days=x.days, events=x.events)
    if not x.flagged:
        return message("remark.no_coincidence", days=x.days)
    return message(
        "remark.coincidence", days=x.days, events=x.events, minutes=x.minutes, chance=x.chance
    )
