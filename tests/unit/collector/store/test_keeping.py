"""Keeping measurements for longer counts at once; for less, two administrators have to agree."""

from laaswatch_collector.config import History
from laaswatch_collector.store.keeping import agreed_keeping, keeping_in_force, take_up
from laaswatch_collector.store.two_person import ask_for, confirm
from laaswatch_collector.upkeep import Upkeep
from support.intake import NOW

LONG, SHORT = (
    History(reports_days=90, rollups_days=1096),
    History(reports_days=40, rollups_days=365),
)
REASON = "หนังสือ ที่ ชพ 0023/77"


def in_force(database, history):
    found = database.read(lambda c: keeping_in_force(c, history))
    return found.reports_days, found.rollups_days


def test_the_first_settings_are_agreed(database):
    assert database.read(agreed_keeping) is None
    assert in_force(database, SHORT) == (40, 365)
    database.write(lambda c: take_up(c, SHORT))
    assert str(database.read(agreed_keeping)) == "40/365"


def test_longer_counts_at_once_and_stays(database):
    for history in (SHORT, LONG):
        Upkeep(database, history, lambda: NOW).once()
    assert in_force(database, SHORT) == (90, 1096)


def test_one_longer_and_one_shorter(database):
    database.write(lambda c: take_up(c, LONG))
    assert in_force(database, History(reports_days=31, rollups_days=2000)) == (90, 2000)


def test_shorter_waits_for_two(database):
    Upkeep(database, LONG, lambda: NOW).once()
    Upkeep(database, SHORT, lambda: NOW).once()
    assert in_force(database, SHORT) == (90, 1096)
    number = database.write(lambda c: ask_for(c, "shorten_keeping", "40/365", REASON, "admin", NOW))
    assert in_force(database, SHORT) == (90, 1096)
    database.write(lambda c: confirm(c, number, "second", NOW))
    assert in_force(database, SHORT) == (40, 365)
    assert in_force(database, LONG) == (90, 1096)
