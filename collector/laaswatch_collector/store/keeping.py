"""How long measurements are kept: as the settings say, but no shorter than two administrators agreed to."""

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from laaswatch_collector.config import History
from laaswatch_collector.store.notes import read_note, write_note

_KEY = "keeping_agreed"


@dataclass(frozen=True, slots=True)
class Keeping:
    """Days that reports and their hourly sums are kept."""

    reports: int
    sums: int

    def __str__(self) -> str:
        """As a request names it."""
        return f"{self.reports}/{self.sums}"


def wanted_by(history: History) -> Keeping:
    """What the settings ask for."""
    return Keeping(history.reports_days, history.rollups_days)


def agreed_keeping(connection: sa.Connection) -> Keeping | None:
    """What was agreed; None before the first night."""
    note = read_note(connection, _KEY)
    if note is None:
        return None
    reports, sums = note.split("/")
    return Keeping(int(reports), int(sums))


def keeping_in_force(connection: sa.Connection, history: History) -> History:
    """The settings, with the longer of what they ask for and what was agreed."""
    wanted, agreed = wanted_by(history), agreed_keeping(connection)
    if agreed is None:
        return history
    return msgspec.structs.replace(
        history,
        reports_days=max(wanted.reports, agreed.reports),
        rollups_days=max(wanted.sums, agreed.sums),
    )


def take_up(connection: sa.Connection, history: History) -> History:
    """The same, and write down what is in force: longer counts at once, shorter waits for two administrators."""
    in_force = keeping_in_force(connection, history)
    agree(connection, wanted_by(in_force))
    return in_force


def agree(connection: sa.Connection, keeping: Keeping) -> None:
    """This is agreed from now on."""
    write_note(connection, _KEY, str(keeping))
