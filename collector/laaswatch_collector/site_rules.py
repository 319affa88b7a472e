"""Read what a site may edit: the calendar, the lateness policy, the headings of ledgers.

The parsing lives with the things themselves, free of files; here are only the files. Without a path the
delivered ones are used. Each door raises the error of the thing it reads, naming the file.
"""

import csv
import io
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
    Hours,
    parse_days,
    parse_hours,
)


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
    hours, offices = _load_hours(folder / "hours.yaml")
    return Calendar(days, hours, offices)


def load_policy(path: Path | None = None) -> Policy:
    """The lateness policy; raises PolicyError."""
    path = path or shipped("lateness.yaml")
    data = _yaml(path, PolicyError)
    try:
        return Policy.parse(data)
    except PolicyError as error:
        raise PolicyError(f"{path.name}: {error}") from None


def load_headings(path: Path | None = None) -> Headings:
    """The headings that ledgers use; raises HeadingsError."""
    path = path or shipped("ledger-headers.yaml")
    data = _yaml(path, HeadingsError)
    try:
        return Headings.parse(data)
    except HeadingsError as error:
        raise HeadingsError(f"{path.name}: {error}") from None


def _load_hours(path: Path) -> tuple[Hours, dict[str, Hours]]:
    data = _yaml(path, CalendarError)
    if not isinstance(data, dict) or set(data) != {"default", "offices"}:
        raise CalendarError(f"{path.name}: expected the keys default and offices")
    offices = data["offices"]
    if not isinstance(offices, dict):
        raise CalendarError(f"{path.name}: offices must be office codes with their hours")
    return parse_hours(data["default"], f"{path.name}, default"), {
        code: parse_hours(hours, f"{path.name}, offices, {code}") for code, hours in offices.items()
    }


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
