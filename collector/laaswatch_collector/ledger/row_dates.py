"""The dates of one row: when it happened, when the office was told of it, when it was recorded."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from laaswatch_collector.ledger.cells import BadRow, check_readable, is_blank, plain, text_of_cell
from laaswatch_collector.ledger.model import Expected, Precision
from laaswatch_collector.ledger.reading import Reading
from laaswatch_collector.ledger.table import Cell, Table
from laaswatch_collector.worktime.thai import (
    BANGKOK,
    DateError,
    Era,
    Moment,
    latin_digits,
    local_midnight,
    parse_moment,
)

_CHRISTIAN = re.compile(r"(?<!\d)20[1-9]\d(?!\d)")
_BUDDHIST = re.compile(r"(?<!\d)2[56]\d\d(?!\d)")


def era_of(tables: Sequence[Table]) -> Era:
    """How two-digit years are counted: พ.ศ., unless the dates of this file show only Christian years."""
    christian = False
    for table in tables:
        columns = [c for name, c in table.columns.items() if name.endswith(("_date", "_at"))]
        for _, cells in table.rows:
            for column in columns:
                text = cells[column] if column < len(cells) else None
                if isinstance(text, str):
                    text = latin_digits(text[:80])
                    if _BUDDHIST.search(text):
                        return Era.BUDDHIST
                    christian = christian or bool(_CHRISTIAN.search(text))
    return Era.CHRISTIAN if christian else Era.BUDDHIST


def event_moment(number: int, found: Mapping[str, Cell], reading: Reading) -> Moment:
    """The event's date; a blank cell means the date above, if that one was good."""
    try:
        moment = moment_of("event_date", found, number, reading)
    except BadRow as bad:
        reading.above = bad
        raise
    if moment is not None:
        reading.above = moment.day
        return moment
    if isinstance(reading.above, BadRow):
        raise BadRow(
            "event_date",
            "row.no_date_above",
        )
    if reading.above is None:
        raise BadRow("event_date", "row.no_date")
    return Moment(reading.above)


def moment_of(name: str, found: Mapping[str, Cell], number: int, reading: Reading) -> Moment | None:
    """The moment in a field; None if blank or the database's null date. Raises BadRow."""
    cell = plain(found.get(name))
    check_readable(name, cell)
    if isinstance(cell, time | timedelta):
        cell = str(cell)
    try:
        moment = parse_moment(cell, reading.two_digit_era)
    except DateError as error:
        raise BadRow(name, error.message) from None
    if moment is not None and moment.mistyped_era:
        reading.warn(
            number,
            name,
            "row.buddhist_year",
            day=moment.day,
        )
    return moment


def at_of(moment: Moment) -> tuple[datetime, Precision]:
    """The moment as an aware time, and how exactly it is known."""
    if moment.clock is None:
        return local_midnight(moment.day), Precision.DAY
    at = datetime.combine(moment.day, moment.clock, BANGKOK).astimezone(UTC)
    return at, Precision.EXACT if moment.clock.second else Precision.MINUTE


def recorded(
    number: int, found: Mapping[str, Cell], event_at: datetime, reading: Reading
) -> tuple[datetime | None, datetime | None, Precision]:
    """When it was recorded, as far as the file says: see LedgerRow."""
    if "recorded_at" not in found:
        return None, None, Precision.INTERVAL
    if is_blank(plain(found["recorded_at"])):
        return None, None, Precision.NONE
    moment = moment_of("recorded_at", found, number, reading)
    if moment is None:  # the database's null date: it says nothing
        return None, None, Precision.INTERVAL
    if moment.clock is None:
        moment = Moment(moment.day, _clock(found.get("recorded_time")), moment.era)
    at, precision = at_of(moment)
    not_in_future("recorded_at", at, reading.expected)
    end = at + timedelta(days=1, seconds=-1) if precision is Precision.DAY else at
    if end < event_at:
        reading.warn(number, "recorded_at", "row.recorded_before")
    return at, end, precision


def not_in_future(name: str, at: datetime, expected: Expected) -> None:
    """Raise BadRow for a moment later than the file itself can be."""
    if expected.latest is not None and at > expected.latest:
        day = at.astimezone(BANGKOK).date()
        raise BadRow(
            name,
            "row.in_future",
            day=day,
        )


def _clock(cell: Cell) -> time | None:
    """A time of day from a column of its own; what is no time says nothing."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    found = re.match(
        r"\s*([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.]([0-5]\d))?", latin_digits(text_of_cell(cell))
    )
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)
