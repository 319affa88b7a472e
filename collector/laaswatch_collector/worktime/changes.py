"""What of the calendar and the policy was in use, and what a change of them touches. Pure.

Only what decides a deadline or its certainty counts: a corrected name or source of a day touches nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from laaswatch_collector.worktime.calendar import Calendar, Hours, Kind, Status

InUse = Mapping[str, Mapping[str, Any]]
"""By subject (days, dated, years, hours, cut_offs, rules), then by key: texts that can be kept as JSON."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What is different in a scope, from `first` to `last` (both None: on every day). `before` or `after` is
    "" where there is nothing.
    """

    scope: str
    first: date | None
    last: date | None
    what: str
    before: str
    after: str


def in_use(
    calendar: Calendar, policy: str, cut_offs: Mapping[str, tuple[int, int]], rules: str
) -> InUse:
    """The marks of everything that judging rests on. `policy`: its digest; `rules`: the rules' version."""
    days: dict[str, str] = {}
    for row in calendar.days:
        key = f"{row.scope}|{row.day.isoformat()}"
        works = row.kind is Kind.WORKS or days.get(key, "").startswith("works")
        doubt = row.status is Status.ESTIMATED or days.get(key, "").endswith("?")
        days[key] = ("works" if works else "off") + ("?" if doubt else "")
    dated = {
        f"{row.scope}|{row.first.isoformat()}|{row.last.isoformat()}": _of(row.hours)
        + ("?" if row.status is Status.ESTIMATED else "")
        for row in calendar.dated_hours
    }
    hours = {f"office:{code}": _of(hours) for code, hours in calendar.office_hours.items()}
    return {
        "days": days,
        "dated": dated,
        "years": {str(year): "known" for year in sorted(calendar.years)},
        "hours": {"": _of(calendar.hours)} | hours,
        "cut_offs": {f"office:{code}": f"{h:02}:{m:02}" for code, (h, m) in cut_offs.items()},
        "rules": {"policy": policy, "version": rules},
    }


def changes(before: InUse, after: InUse) -> tuple[Change, ...]:
    """Everything that differs, widest scope and oldest day first."""
    found: list[Change] = []
    for subject in ("days", "dated", "years", "hours", "cut_offs", "rules"):
        for key, was, now in _differing(before.get(subject, {}), after.get(subject, {})):
            scope, first, last = _reach(subject, key)
            found.append(Change(scope, first, last, subject, was, now))
    return tuple(
        sorted(found, key=lambda x: (x.scope, x.first or date.min, x.last or date.min, x.what))
    )


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    for key in sorted({*before, *after}):
        was, now = str(before.get(key, "")), str(after.get(key, ""))
        if was != now:
            yield key, was, now


def _reach(subject: str, key: str) -> tuple[str, date | None, date | None]:
    if subject == "years":
        return "", date(int(key), 1, 1), date(int(key), 12, 31)
    if subject in {"hours", "cut_offs"}:
        return key, None, None
    if subject == "rules":
        return "", None, None
    scope, first, *rest = key.split("|")
    return scope, date.fromisoformat(first), date.fromisoformat(rest[0] if rest else first)


def _of(hours: Hours) -> str:
    periods = ",".join(f"{a}-{b}" for a, b in hours.hours)
    return f"{periods} {''.join(str(day) for day in sorted(hours.weekdays))}"
