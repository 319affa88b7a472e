"""Read what a site may edit: the calendar, the lateness policy, the headings of ledgers.

The parsing lives with the things themselves, free of files; here are only the files. Without a path the
delivered ones are used. Each door raises the error of the thing it reads, naming the file.
"""

import csv
import io
import logging
from collections.abc import Iterable
from pathlib import Path

from laaswatch_agent.knowledge.strict_yaml import YamlError
from laaswatch_agent.knowledge.strict_yaml import load as load_yaml
from laaswatch_collector.ledger.headers import Headings, HeadingsError
from laaswatch_collector.ledger.lateness import Policy, PolicyError
from laaswatch_collector.shipped import shipped
from laaswatch_collector.worktime.calendar import (
    Calendar,
    CalendarDay,
    CalendarError,
    DatedHours,
    Hours,
    parse_dated_hours,
    parse_days,
    parse_hours,
)
from laaswatch_collector.worktime.load import LoadError, LoadWindow, parse_load

log = logging.getLogger(__name__)
Signature = tuple[tuple[str, int, int], ...]


class RulesFiles:
    """The calendar's folder and the policy's file, looked at again and again."""

    def __init__(self, folder: Path | None = None, policy: Path | None = None) -> None:
        self._folder, self._policy = folder, policy
        self._seen = self._signature()

    def load(self) -> tuple[Calendar, Policy]:
        """Both as they are now; raises CalendarError or PolicyError."""
        return load_calendar(self._folder), load_policy(self._policy)

    def changed(self) -> tuple[Calendar, Policy] | None:
        """Both again if the files changed since last time. A mistake in them is logged; what was in use stays."""
        found = self._signature()
        if found == self._seen:
            return None
        self._seen = found
        try:
            return self.load()
        except ValueError as error:
            log.warning("calendar or policy not taken up: %s", error)
            return None

    def _signature(self) -> Signature:
        return calendar_signature(self._folder) + policy_signature(self._policy)


def calendar_signature(folder: Path | None = None) -> Signature:
    """Changes whenever a file of the calendar's folder does: name, size and time of change."""
    return _signature(sorted(_calendar_files(folder or shipped("calendar"))))


def policy_signature(path: Path | None = None) -> Signature:
    """The same for the lateness policy's file."""
    return _signature([path or shipped(_POLICY)])


def _calendar_files(folder: Path) -> list[Path]:
    return [*folder.glob("*.csv"), *folder.glob("*.yaml")]


def _signature(files: Iterable[Path]) -> Signature:
    found = []
    for path in files:
        try:
            state = path.stat()
        except OSError:
            continue  # reading it says what is wrong
        found.append((path.name, state.st_size, state.st_mtime_ns))
    return tuple(found)


_POLICY = "lateness.yaml"


def load_calendar(folder: Path | None = None) -> Calendar:
    """The calendar from every CSV file of a folder, and its `hours.yaml`; raises CalendarError."""
    folder = folder or shipped("calendar")
    days: list[CalendarDay] = []
    for path in sorted(folder.glob("*.csv")):
        text = _text(path, CalendarError)
        try:
            days += parse_days(csv.DictReader(io.StringIO(text, newline="")), path.name)
        except csv.Error as error:
            raise CalendarError(f"{path.name}: {error}") from None
    if not days:
        raise CalendarError(f"{folder}: no calendar files (*.csv) with days in this folder")
    return Calendar(days, *_load_hours(folder / "hours.yaml"))


def load_policy(path: Path | None = None) -> Policy:
    """The lateness policy; raises PolicyError."""
    path = path or shipped(_POLICY)
    data = _yaml(path, PolicyError)
    try:
        return Policy.parse(data)
    except PolicyError as error:
        raise PolicyError(f"{path.name}: {error}") from None


def load_expected(folder: Path | None = None) -> tuple[LoadWindow, ...]:
    """When the site is expected to be slow: `load.yaml` beside the calendar, none without it; raises LoadError."""
    path = (folder or shipped("calendar")) / "load.yaml"
    if not path.exists():
        return ()
    data = _yaml(path, LoadError)
    try:
        return parse_load(data)
    except LoadError as error:
        raise LoadError(f"{path.name}: {error}") from None


def load_headings(path: Path | None = None) -> Headings:
    """The headings that ledgers use; raises HeadingsError."""
    path = path or shipped("ledger-headers.yaml")
    data = _yaml(path, HeadingsError)
    try:
        return Headings.parse(data)
    except HeadingsError as error:
        raise HeadingsError(f"{path.name}: {error}") from None


def _load_hours(path: Path) -> tuple[Hours, dict[str, Hours], list[DatedHours]]:
    data = _yaml(path, CalendarError)
    if not isinstance(data, dict) or not {"default", "offices"} <= set(data) <= _HOURS_KEYS:
        raise CalendarError(f"{path.name}: expected the keys default, offices and dated")
    offices = data["offices"]
    if not isinstance(offices, dict):
        raise CalendarError(f"{path.name}: offices must be office codes with their hours")
    return (
        parse_hours(data["default"], f"{path.name}, default"),
        {
            code: parse_hours(hours, f"{path.name}, offices, {code}")
            for code, hours in offices.items()
        },
        parse_dated_hours(data.get("dated", []), f"{path.name}, dated"),
    )


_HOURS_KEYS = {"default", "offices", "dated"}


def _yaml(path: Path, error: type[ValueError]) -> object:
    try:
        data: object = load_yaml(_text(path, error), path.name)
    except YamlError as problem:
        raise error(str(problem)) from None
    return data


def _text(path: Path, error: type[ValueError]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise error(f"{path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError:
        raise error(f"{path.name}: is not UTF-8 text (save it as CSV UTF-8)") from None
