"""When an export was made, as the person who made it says."""

from datetime import UTC, datetime

from laaswatch_collector.worktime.thai import BANGKOK, DateError, parse_moment, thai_date_time


class ExportTimeError(ValueError):
    """A text that is no time of an export; the reason in both languages."""

    def __init__(self, reason_th: str, reason_en: str) -> None:
        super().__init__(reason_en)
        self.reason_th = reason_th
        self.reason_en = reason_en


def export_time(text: str, now: datetime) -> datetime | None:
    """The moment that a text such as 5/10/2569 16:45 names; None if it is blank. Raises ExportTimeError."""
    if not text.strip():
        return None
    try:
        moment = parse_moment(text)
    except DateError as error:
        raise ExportTimeError(error.reason_th, error.reason_en) from None
    if moment is None or moment.clock is None:
        raise ExportTimeError(
            "ต้องมีทั้งวันและเวลา เช่น 5/10/2569 16:45", "a day and a time, such as 5/10/2569 16:45"
        )
    at = datetime.combine(moment.day, moment.clock, BANGKOK).astimezone(UTC)
    if at > now:
        raise ExportTimeError(
            f"{thai_date_time(at)} ยังมาไม่ถึง", f"{at.isoformat()} is in the future"
        )
    return at
