"""When an export was made, as the person who made it says."""

from datetime import UTC, datetime

from laaswatch_collector.messages import Told
from laaswatch_collector.worktime.thai import BANGKOK, DateError, parse_moment


class ExportTimeError(Told):
    """A text that is no time of an export."""


def export_time(text: str, now: datetime) -> datetime | None:
    """The moment that a text such as 5/10/2569 16:45 names; None if it is blank. Raises ExportTimeError."""
    if not text.strip():
        return None
    try:
        moment = parse_moment(text)
    except DateError as error:
        raise ExportTimeError(error.message) from None
    if moment is None or moment.clock is None:
        raise ExportTimeError("file.export_time")
    at = datetime.combine(moment.day, moment.clock, BANGKOK).astimezone(UTC)
    if at > now:
        raise ExportTimeError("file.export_in_future", at=at)
    return at
