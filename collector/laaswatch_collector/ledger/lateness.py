"""Deadlines and bands: when an entry was due, and how it stands against that.

The values come from config/lateness.yaml (`Policy.parse`); this module only knows how to use them.
How exactly the times are known decides what may be said (domain rule): times are compared as times,
days as days, and an interval is late only if it lies wholly after the deadline.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from laaswatch_collector.ledger.model import Band, Book, Precision
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight


class PolicyError(ValueError):
    """A key of the policy file that is missing, unknown or not usable; says which."""


class EntryLike(Protocol):
    """What of an entry is judged; `StoredEntry` is one."""

    @property
    def office_code(self) -> str: ...
    @property
    def book(self) -> Book: ...
    @property
    def kind(self) -> str: ...
    @property
    def event_at(self) -> datetime: ...
    @property
    def recorded_from_at(self) -> datetime | None: ...
    @property
    def recorded_to_at(self) -> datetime | None: ...
    @property
    def recorded_precision(self) -> Precision: ...


@dataclass(frozen=True, slots=True)
class Closure:
    """The site declared closed, [start, end); `end` None: not open again. `province` "" = the country."""

    start: datetime
    end: datetime | None
    catch_up: datetime | None = None
    province: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """`due_same`: edge of the band same_day. `due`: the deadline D. `counted`: False for by-products.

    `moved`: a declared closure moved the deadline. `late`: late now, posted or not.
    """

    due_same: datetime
    due: datetime
    band: Band
    late: bool
    counted: bool = True
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the policy; days are working days after the event's working day."""

    book: Book
    kind: str
    same_day_within: int
    late_after: int
    cut_off: bool
    counted: bool
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The lateness policy. Clock times are (hour, minute), local."""

    version: str
    deadline_time: tuple[int, int]
    cut_off: tuple[int, int]
    office_cut_off: Mapping[str, tuple[int, int]]
    rules: Mapping[tuple[Book, str], Rule]
    closure_days: int
    closure_least: int
    quiet_days: int
    quiet_source: str = ""
    quiet_confidence: str = ""

    @classmethod
    def parse(cls, data: object) -> "Policy":
        """From the policy file's content (texts and numbers alike); raises PolicyError."""
        return _parse(data)

    @property
    def digest(self) -> str:
        """Of everything that decides a deadline for all offices; the same for policies that judge alike."""
        rules = sorted(
            (str(x.book), x.kind, x.same_day_within, x.late_after, x.cut_off, x.counted)
            for x in self.rules.values()
        )
        said = (self.deadline_time, self.cut_off, rules, self.closure_days, self.closure_least)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def rule_for(self, book: Book, kind: str) -> Rule:
        """The row for a book and kind, or the book's row for everything else."""
        return self.rules.get((book, kind)) or self.rules[book, ""]

    def judge(
        self,
        entry: EntryLike,
        calendar: Calendar,
        now: datetime,
        *,
        province: str = "",
        closures: Sequence[Closure] = (),
    ) -> Judged:
        """The deadlines of an entry and its band as of `now`."""
        clock = calendar.work_clock(province, entry.office_code)
        rule = self.rule_for(entry.book, entry.kind)
        start = self._start(entry.event_at, rule, entry.office_code)
        due_same = self._deadline(clock, start, rule.same_day_within)
        due = unmoved = self._deadline(clock, start, rule.late_after)
        for closure in sorted(closures, key=lambda x: x.start):
            if closure.province in {"", province}:
                due = max(due, self._due_after(closure, clock, start, due, now))
        if due != unmoved:  # a back-entry: judged on the catch-up deadline alone
            due_same = due
        band = _band(entry, due_same, due)
        late = band is Band.LATE or (band is Band.NOT_POSTED and now >= due)
        return Judged(due_same, due, band, late, rule.counted, moved=due != unmoved)

    def _start(self, event_at: datetime, rule: Rule, office: str) -> datetime:
        """The event, moved to the next day if it came after the hour that closes the day."""
        closes = (
            self.office_cut_off.get(office, self.cut_off) if rule.cut_off else self.deadline_time
        )
        local = event_at.astimezone(BANGKOK)
        if (local.hour, local.minute) < closes:
            return event_at
        return local_midnight(local.date() + timedelta(days=1))

    def _deadline(self, clock: WorkClock, start: datetime, days: int) -> datetime:
        seconds = clock.deadline(int(start.timestamp()), days, self.deadline_time)
        return datetime.fromtimestamp(seconds, UTC)

    def _due_after(
        self, closure: Closure, clock: WorkClock, start: datetime, due: datetime, now: datetime
    ) -> datetime:
        """The deadline that a closure gives, or `due` if it took no working time before `due`."""
        end = closure.end or max(now, closure.start)
        taken_from, taken_to = max(start, closure.start), min(due, end)
        if taken_from >= taken_to or not _minutes(clock, taken_from, taken_to):
            return due
        if closure.catch_up is not None:
            return closure.catch_up
        day = sum(to - since for since, to in clock.hours)
        closed = math.ceil(_minutes(clock, closure.start, end) / day)
        return self._deadline(clock, end, max(self.closure_least, closed * self.closure_days))


def _minutes(clock: WorkClock, start: datetime, end: datetime) -> float:
    return clock.working_minutes(int(start.timestamp()), int(end.timestamp()))


def _band(entry: EntryLike, due_same: datetime, due: datetime) -> Band:
    low, high = entry.recorded_from_at, entry.recorded_to_at
    match entry.recorded_precision:
        case Precision.NONE:
            return Band.NOT_POSTED
        case Precision.INTERVAL:
            return _band_of_interval(low, high, due_same, due)
        case _ if low is None:
            return Band.UNDETERMINED
        case Precision.DAY:
            day = local_date(low)
            on_time, tolerated = day <= local_date(due_same), day <= local_date(due)
        case _:
            on_time, tolerated = low < due_same, low < due
    return Band.SAME_DAY if on_time else Band.NEXT_DAY if tolerated else Band.LATE


def _band_of_interval(
    low: datetime | None, high: datetime | None, due_same: datetime, due: datetime
) -> Band:
    """Late only if all of it is after the deadline, on time only if none of it is."""
    if low is not None and low > due:
        return Band.LATE
    if high is None or high > due:
        return Band.UNDETERMINED
    return Band.SAME_DAY if high <= due_same else Band.NEXT_DAY


# ------------------------------------------------------------------ the file


def _parse(data: object) -> Policy:
    top = _keys(
        data, "", {"version", "deadline_time", "cut_off", "rules", "closure", "completeness"}
    )
    cut_off = _keys(top["cut_off"], "cut_off", {"value", "source", "confidence", "offices"})
    offices = cut_off["offices"]
    if not isinstance(offices, Mapping):
        raise PolicyError("cut_off.offices: expected office codes with their hour")
    closure = _keys(
        top["closure"], "closure", {"working_days_per_day_closed", "least_working_days"}
    )
    completeness = _keys(top["completeness"], "completeness", {"quiet_working_days"})
    rows = top["rules"]
    if not isinstance(rows, list):
        raise PolicyError("rules: expected a list")
    rules: dict[tuple[Book, str], Rule] = {}
    for number, row in enumerate(rows, 1):
        rule = _parse_rule(row, f"rules, row {number}")
        if (rule.book, rule.kind) in rules:
            raise PolicyError(f"rules, row {number}: {rule.book} with kind {rule.kind!r} twice")
        rules[rule.book, rule.kind] = rule
    for book in Book:
        if (book, "") not in rules:
            raise PolicyError(f'rules: {book} has no row with kind ""')
    return Policy(
        version=str(top["version"]),
        deadline_time=_time(_sourced(top["deadline_time"], "deadline_time"), "deadline_time"),
        cut_off=_time(cut_off["value"], "cut_off"),
        office_cut_off={
            str(code): _time(value, f"cut_off.offices.{code}") for code, value in offices.items()
        },
        rules=rules,
        closure_days=_whole(
            _sourced(closure["working_days_per_day_closed"], "closure.working_days_per_day_closed"),
            "closure.working_days_per_day_closed",
        ),
        closure_least=_whole(
            _sourced(closure["least_working_days"], "closure.least_working_days"),
            "closure.least_working_days",
        ),
        quiet_days=_whole(
            _sourced(completeness["quiet_working_days"], "completeness.quiet_working_days"),
            "completeness.quiet_working_days",
        ),
        quiet_source=_text_in(completeness["quiet_working_days"], "source"),
        quiet_confidence=_text_in(completeness["quiet_working_days"], "confidence"),
    )


def _parse_rule(row: object, where: str) -> Rule:
    keys = {"book", "kind", "event", "same_day_within", "late_after", "cut_off", "counted"}
    found = _keys(row, where, keys | {"source", "confidence"})
    try:
        book = Book(str(found["book"]))
    except ValueError:
        raise PolicyError(f"{where}: there is no book {found['book']!r}") from None
    _confidence(found, where)
    rule = Rule(
        book=book,
        kind=str(found["kind"]),
        same_day_within=_whole(found["same_day_within"], f"{where}: same_day_within"),
        late_after=_whole(found["late_after"], f"{where}: late_after"),
        cut_off=_yes(found["cut_off"], f"{where}: cut_off"),
        counted=_yes(found["counted"], f"{where}: counted"),
        source=str(found["source"]),
        confidence=str(found["confidence"]),
    )
    if rule.late_after < rule.same_day_within:
        raise PolicyError(f"{where}: late_after is smaller than same_day_within")
    return rule


def _keys(data: object, where: str, expected: set[str]) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise PolicyError(f"{where or 'the file'}: expected keys with values")
    if missing := sorted(expected - set(data)):
        raise PolicyError(f"{where or 'the file'}: {missing[0]} is missing")
    if unknown := sorted(str(key) for key in set(data) - expected):
        raise PolicyError(f"{where or 'the file'}: there is no key {unknown[0]}")
    return data


def _sourced(data: object, where: str) -> object:
    """The value of a block with `value`, `source` and `confidence`."""
    found = _keys(data, where, {"value", "source", "confidence"})
    _confidence(found, where)
    return found["value"]


def _text_in(data: object, key: str) -> str:
    """A text of a block that `_sourced` has looked at."""
    return str(data[key]) if isinstance(data, Mapping) else ""


def _confidence(found: Mapping[str, object], where: str) -> None:
    if not found["source"] or found["confidence"] not in {"low", "medium", "high"}:
        raise PolicyError(f"{where}: needs a source, and a confidence of low, medium or high")


def _time(value: object, where: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(value), re.ASCII)
    if found is None:
        raise PolicyError(f"{where}: {value!r} is not a time such as 15:30")
    return int(found[1]), int(found[2])


def _whole(value: object, where: str) -> int:
    if not re.fullmatch(r"\d{1,3}", str(value), re.ASCII):
        raise PolicyError(f"{where}: {value!r} is not a whole number of days")
    return int(str(value))


def _yes(value: object, where: str) -> bool:
    if value not in {"yes", "no"}:
        raise PolicyError(f'{where}: {value!r} is neither "yes" nor "no"')
    return value == "yes"
