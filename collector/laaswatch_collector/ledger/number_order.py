"""What the order of document numbers tells about when an entry was keyed.

If numbers are given out at keying, in order, an entry was not keyed before the entries numbered ahead of
it happened. One mistyped date must not push everything after it into lateness, so the bound is the 0.9
quantile of the event days of the 15 numbers before, never the largest. Hand-written receipt books are
sequences of their own; with fewer than 15 numbers before it, an entry gets no bound.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from laaswatch_collector.ledger.model import LedgerRow

WINDOW = 15
QUANTILE = 0.9


def lower_bounds(rows: Sequence[LedgerRow]) -> list[datetime | None]:
    """For each row the earliest time it can have been keyed, None where the numbers do not say."""
    sequences: dict[tuple[object, ...], dict[int, datetime]] = {}
    places: list[tuple[tuple[object, ...], int] | None] = []
    for row in rows:
        place = _place(row)
        places.append(place)
        if place is not None:
            sequence, number = place
            sequences.setdefault(sequence, {}).setdefault(number, row.event_at)
    bounds = {sequence: _bounds(events) for sequence, events in sequences.items()}
    return [None if place is None else bounds[place[0]].get(place[1]) for place in places]


def _place(row: LedgerRow) -> tuple[tuple[object, ...], int] | None:
    """The sequence a document number belongs to, and its place in it; a year at its end is no number."""
    years = f"{row.fiscal_year}|{row.fiscal_year % 100:02}"
    found = re.fullmatch(rf"(.*?)(\d{{1,12}})([/-](?:{years}))?", row.doc_no, re.ASCII)
    if found is None:
        return None
    return (row.office_code, row.book, row.fiscal_year, found[1], found[3]), int(found[2])


def _bounds(events: dict[int, datetime]) -> dict[int, datetime]:
    numbers = sorted(events)
    rank = round(QUANTILE * WINDOW + 0.5) - 1  # the 14th smallest of 15
    return {
        number: sorted(events[n] for n in numbers[index - WINDOW : index])[rank]
        for index, number in enumerate(numbers)
        if index >= WINDOW
    }
