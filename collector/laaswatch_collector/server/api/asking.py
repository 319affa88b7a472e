"""The parameters that endpoints share: each says what it accepts, in words and as a schema, and reads its text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from laaswatch_collector.server.api.endpoint import (
    MOST_ITEMS,
    USUAL_ITEMS,
    BadParameter,
    Parameter,
)
from laaswatch_collector.worktime.provinces import PROVINCES

_MOMENT = "a time with its zone, such as 2026-11-23T08:30:00+07:00 or 2026-11-23T01:30:00Z"


def read_all(parameters: Sequence[Parameter], query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Every parameter's value. Raises `BadParameter` for one that is unknown, twice, missing or not usable."""
    known = {x.name: x for x in parameters}
    given: dict[str, str] = {}
    for name, text in query:
        if name not in known:
            raise BadParameter(name, f"there is no such parameter; known: {', '.join(known)}")
        if name in given:
            raise BadParameter(name, "is given twice")
        given[name] = text
    return {name: _value(x, given) for name, x in known.items()}


def _value(parameter: Parameter, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - as it reads
    if parameter.name not in given:
        if parameter.required:
            raise BadParameter(parameter.name, "is required")
        return parameter.default
    try:
        return parameter.read(given[parameter.name])
    except ValueError as error:
        raise BadParameter(parameter.name, f"expected {error}") from error


def limit() -> Parameter:
    """How many items at most."""
    return Parameter(
        "limit",
        f"How many items at most, {USUAL_ITEMS} unless said otherwise.",
        {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": USUAL_ITEMS},
        lambda text: _whole(text, 1, MOST_ITEMS),
        default=USUAL_ITEMS,
    )


def after() -> Parameter:
    """From where on."""
    return Parameter(
        "after",
        "The `next` of the answer before: the items that follow.",
        {"type": "string", "maxLength": 100, "pattern": "^[A-Za-z0-9_.:|-]{1,100}$"},
        lambda text: _like(text, r"[A-Za-z0-9_.:|-]{1,100}", "the `next` of an answer"),
        default="",
    )


def shown_as() -> Parameter:
    """JSON or CSV."""
    return Parameter(
        "format",
        "`json`, or `csv` for spreadsheets and pandas (the page of items without its envelope).",
        {"type": "string", "enum": ["json", "csv"], "default": "json"},
        lambda text: _one_of(text, ("json", "csv")),
        default="json",
    )


def moment(name: str, description: str, *, required: bool = False) -> Parameter:
    """A time with its zone."""
    return Parameter(
        name, description, {"type": "string", "format": "date-time"}, _moment, required
    )


def month(*, required: bool = True) -> Parameter:
    """A month of the Christian era."""
    return Parameter(
        "month",
        "A month of the Christian era, YYYY-MM.",
        {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"},
        lambda text: _like(text, r"20[0-9]{2}-(0[1-9]|1[0-2])", "a month such as 2026-10"),
        required,
    )


def province() -> Parameter:
    """A province's two digits."""
    return Parameter(
        "province",
        "A province, its two digits of TIS 1099.",
        {"type": "string", "enum": sorted(PROVINCES)},
        lambda text: _one_of(text, sorted(PROVINCES)),
        default="",
    )


def word(name: str, description: str, words: type[StrEnum] | Sequence[str]) -> Parameter:
    """One of a closed list."""
    known = [str(x) for x in words if str(x)]
    return Parameter(
        name,
        description,
        {"type": "string", "enum": known},
        lambda text: _one_of(text, known),
        default="",
    )


def text(name: str, description: str, most: int = 60) -> Parameter:
    """A short text to look for."""

    def read(given: str) -> str:
        if len(given) > most:
            raise ValueError(f"at most {most} characters")
        return "".join(x for x in given if x.isprintable()).strip()

    return Parameter(name, description, {"type": "string", "maxLength": most}, read, default="")


def later(start: datetime, cursor: str) -> datetime:
    """Where a page of a time series begins: at the start, or where the page before ended."""
    if not re.fullmatch(r"[0-9]{1,13}", cursor):
        return start
    return max(start, datetime.fromtimestamp(int(cursor) / 1000, UTC))


def cursor(at: datetime) -> str:
    """The cursor from which a time series goes on at `at`."""
    return str(round(at.timestamp() * 1000))


def _moment(given: str) -> datetime:
    # A plus sign that was not escaped arrives as a space.
    found = re.fullmatch(
        r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15})(Z|[ +-][0-9]{2}:[0-9]{2})", given, re.ASCII
    )
    if found is None:
        raise ValueError(_MOMENT)
    try:
        at = datetime.fromisoformat(found[1] + found[2].replace(" ", "+").replace("Z", "+00:00"))
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_MOMENT) from None
    if not date(2000, 1, 1) <= at.date() <= date(2100, 1, 1):
        raise ValueError("a time between the years 2000 and 2100 of the Christian era")
    return at


def _whole(given: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", given, re.ASCII) or not least <= int(given) <= most:
        raise ValueError(f"a whole number from {least} to {most}")
    return int(given)


def _like(given: str, pattern: str, expected: str) -> str:
    if not re.fullmatch(pattern, given, re.ASCII):
        raise ValueError(expected)
    return given


def _one_of(given: str, words: Sequence[str]) -> str:
    if given not in words:
        raise ValueError(f"one of {', '.join(words)}")
    return given
