"""The calendar of working days: whose day off it is, how sure that is, and the clock made from it.

A day may be off for the country, a region, a province or one office. The narrower scope decides: an
office that works on a national holiday says so with a row of kind `works`. Reading the files is the
business of `laaswatch_collector.site_rules`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from laaswatch_collector.worktime.clock import Periods, WorkClock
from laaswatch_collector.worktime.provinces import PROVINCES

COLUMNS = ("scope", "day", "name_th", "name_en", "kind", "status", "source", "added")


class Kind(StrEnum):
    """Why a day differs from an ordinary one."""

    PUBLIC = "public"
    SUBSTITUTION = "substitution"
    CABINET = "cabinet"
    REGION = "region"
    PROVINCE = "province"
    LOCAL = "local"
    WORKS = "works"


class Status(StrEnum):
    """Announced, or calculated and not confirmed."""

    OFFICIAL = "official"
    ESTIMATED = "estimated"


class CalendarError(ValueError):
    """A row or key of the calendar's files that cannot be used; says which and why."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One dated row. `scope` is "", `region:…`, `province:…` or `office:…` with one name."""

    scope: str
    day: date
    name_th: str
    name_en: str
    kind: Kind
    status: Status
    source: str
    added: date


@dataclass(frozen=True, slots=True)
class Hours:
    """Working periods in minutes of the local day, and the weekdays they hold on (0 = Monday)."""

    hours: tuple[tuple[int, int], ...]
    weekdays: frozenset[int]


OFFICE_HOURS = Hours(((510, 720), (780, 990)), frozenset(range(5)))
"""08:30–12:00 and 13:00–16:30, Monday to Friday."""


@dataclass(frozen=True, slots=True)
class DatedHours:
    """Other hours from `first` to `last` (both included), weekend days too if `hours` names them.

    A day off stays off: to work on a holiday takes a row of kind `works` beside it. `scope` as in `CalendarDay`.
    """

    scope: str
    first: date
    last: date
    hours: Hours
    status: Status
    source: str


_MOST_DATED = 366
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Calendar:
    """Days off by scope, and the working clocks made from them."""

    def __init__(
        self,
        days: Sequence[CalendarDay],
        hours: Hours = OFFICE_HOURS,
        office_hours: Mapping[str, Hours] | None = None,
        dated_hours: Sequence[DatedHours] = (),
    ) -> None:
        self.days = tuple(sorted(days, key=lambda x: (x.day, x.scope, x.name_en)))
        self.hours = hours
        self.office_hours = dict(office_hours or {})
        self.dated_hours = tuple(dated_hours)
        self._by_scope: dict[str, dict[date, list[CalendarDay]]] = {}
        for entry in self.days:
            self._by_scope.setdefault(entry.scope, {}).setdefault(entry.day, []).append(entry)
        self._dated: dict[str, dict[date, Periods]] = {}
        for row in self.dated_hours:
            self._dated.setdefault(row.scope, {}).update(_periods_by_day(row))
        self.years = frozenset(x.day.year for x in self.days if not x.scope)
        self._clocks: dict[tuple[str, ...], WorkClock] = {}

    def work_clock(self, province: str = "", office: str = "") -> WorkClock:
        """The clock of an office; without one, of its province; without both, of the country."""
        scopes = tuple(
            s for s in scopes_of(province, office) if s in self._by_scope or s in self._dated
        )
        own = office if office in self.office_hours else ""
        key = (*scopes, f"hours:{own}")
        if key not in self._clocks:
            hours = self.office_hours.get(own, self.hours)
            dated: dict[date, Periods] = {}
            for scope in scopes:  # widest first: the narrower one has the last word
                dated.update(self._dated.get(scope, {}))
            self._clocks[key] = WorkClock(
                hours.hours, hours.weekdays, self._off(scopes), dated=dated
            )
        return self._clocks[key]

    def rows_of(self, day: date, province: str = "", office: str = "") -> tuple[CalendarDay, ...]:
        """What the calendar says of a day, widest scope first; empty for an ordinary day."""
        found: list[CalendarDay] = []
        for scope in scopes_of(province, office):
            found += self._by_scope.get(scope, {}).get(day, [])
        return tuple(found)

    def estimated(self, day: date, province: str = "", office: str = "") -> bool:
        """Whether what is said of this day is not confirmed, or the calendar has no data for its year."""
        if day.year not in self.years:
            return True
        if any(x.status is Status.ESTIMATED for x in self.rows_of(day, province, office)):
            return True
        rows = self.dated_hours_of(day, province, office)
        return any(x.status is Status.ESTIMATED for x in rows)

    def dated_hours_of(
        self, day: date, province: str = "", office: str = ""
    ) -> tuple[DatedHours, ...]:
        """The rows of other hours that reach this day; the last one decides."""
        scopes = scopes_of(province, office)
        found = [x for x in self.dated_hours if x.scope in scopes and x.first <= day <= x.last]
        return tuple(sorted(found, key=lambda x: scopes.index(x.scope)))

    def estimated_days(
        self, first: date, last: date, province: str = "", office: str = ""
    ) -> tuple[date, ...]:
        """The days from `first` to `last` on which it makes a difference to this office that something is
        estimated: weekends that are days off either way are left out.
        """
        weekdays = self.office_hours.get(office, self.hours).weekdays
        clock = self.work_clock(province, office)
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(
            day
            for day in days
            if (day.weekday() in weekdays or clock.is_working_day(day))
            and self.estimated(day, province, office)
        )

    def _off(self, scopes: Iterable[str]) -> frozenset[date]:
        off: set[date] = set()
        for scope in scopes:  # widest first, so that the narrower one has the last word
            for day, rows in self._by_scope.get(scope, {}).items():
                if any(x.kind is Kind.WORKS for x in rows):
                    off.discard(day)
                else:
                    off.add(day)
        return frozenset(off)


def _periods_by_day(row: DatedHours) -> dict[date, Periods]:
    days = (row.first + timedelta(days=n) for n in range((row.last - row.first).days + 1))
    return {day: row.hours.hours if day.weekday() in row.hours.weekdays else () for day in days}


def scopes_of(province: str, office: str) -> list[str]:
    """The scopes that an office belongs to, widest first."""
    scopes = [""]
    if province:
        region = PROVINCES[province].region if province in PROVINCES else ""
        scopes += [f"region:{region}"] if region else []
        scopes.append(f"province:{province}")
    if office:
        scopes.append(f"office:{office}")
    return scopes


def parse_days(rows: Iterable[Mapping[str, str | None]], file: str) -> list[CalendarDay]:
    """Rows of a calendar file (text by column name) → days, one for each place named in the scope.

    Raises CalendarError naming file and row (the heading is row 1).
    """
    found: list[CalendarDay] = []
    for number, row in enumerate(rows, 2):
        where = f"{file}, row {number}"
        if None in row or any(row.get(column) is None for column in COLUMNS):
            raise CalendarError(f"{where}: expected the columns {', '.join(COLUMNS)}")
        text = {column: (row[column] or "").strip() for column in COLUMNS}
        if not text["source"] or not text["name_th"]:
            raise CalendarError(f"{where}: a day needs a Thai name and a source")
        try:
            kind, status = Kind(text["kind"]), Status(text["status"])
            day, added = date.fromisoformat(text["day"]), date.fromisoformat(text["added"])
        except ValueError as error:
            raise CalendarError(f"{where}: {error}") from None
        if not 2015 <= day.year <= 2100:
            raise CalendarError(f"{where}: the year {day.year} is not 2015–2100; write dates in CE")
        found += [
            CalendarDay(
                scope, day, text["name_th"], text["name_en"], kind, status, text["source"], added
            )
            for scope in _parse_scope(text["scope"], where)
        ]
    return found


def _parse_scope(text: str, where: str) -> list[str]:
    if not text:
        return [""]
    level, _, names = text.partition(":")
    known = {
        "region": {p.region for p in PROVINCES.values()},
        "province": set(PROVINCES),
    }
    parts = names.split()
    if level not in (*known, "office") or not parts:
        raise CalendarError(f"{where}: scope {text!r} is not region:…, province:… or office:…")
    for part in parts:
        if level in known and part not in known[level]:
            raise CalendarError(f"{where}: there is no {level} {part!r}")
    return [f"{level}:{part}" for part in parts]


def parse_hours(data: object, where: str) -> Hours:
    """`{hours: ["08:30-12:00", …], weekdays: [mon, …]}` → Hours; raises CalendarError."""
    if not isinstance(data, Mapping) or set(data) != {"hours", "weekdays"}:
        raise CalendarError(f"{where}: expected the keys hours and weekdays")
    periods, names = data["hours"], data["weekdays"]
    if not isinstance(periods, list) or not isinstance(names, list) or not periods or not names:
        raise CalendarError(f"{where}: hours and weekdays must be lists that are not empty")
    hours = tuple(_parse_period(str(period), where) for period in periods)
    if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
        raise CalendarError(f"{where}: the periods overlap or are out of order")
    if unknown := [name for name in names if name not in _WEEKDAYS]:
        raise CalendarError(f"{where}: weekdays are mon … sun, not {unknown[0]!r}")
    return Hours(hours, frozenset(_WEEKDAYS.index(name) for name in names))


def parse_dated_hours(data: object, where: str) -> list[DatedHours]:
    """A list of `{scope, first, last, hours, weekdays, status, source}` → rows; raises CalendarError."""
    if not isinstance(data, list):
        raise CalendarError(f"{where}: expected a list")
    found: list[DatedHours] = []
    keys = {"scope", "first", "last", "hours", "weekdays", "status", "source"}
    for number, row in enumerate(data, 1):
        here = f"{where}, row {number}"
        if not isinstance(row, Mapping) or set(row) != keys:
            raise CalendarError(f"{here}: expected the keys {', '.join(sorted(keys))}")
        try:
            first, last = (date.fromisoformat(str(row[key])) for key in ("first", "last"))
            status = Status(str(row["status"]))
        except ValueError as error:
            raise CalendarError(f"{here}: {error}") from None
        if not row["source"]:
            raise CalendarError(f"{here}: other hours need a source")
        if not 0 <= (last - first).days < _MOST_DATED:
            raise CalendarError(f"{here}: first to last must be 1 to {_MOST_DATED} days")
        hours = parse_hours({"hours": row["hours"], "weekdays": row["weekdays"]}, here)
        found += [
            DatedHours(scope, first, last, hours, status, str(row["source"]))
            for scope in _parse_scope(str(row["scope"]), here)
        ]
    return found


def _parse_period(text: str, where: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", text, re.ASCII)
    if found is None:
        raise CalendarError(f"{where}: {text!r} is not a period such as 08:30-12:00")
    start = int(found[1]) * 60 + int(found[2])
    end = int(found[3]) * 60 + int(found[4])
    if not start < end <= 24 * 60:
        raise CalendarError(f"{where}: {text!r} does not end after it starts")
    return start, end
