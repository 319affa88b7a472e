"""Leave rates as the stored states of past days tell them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from laaswatch_collector.localization.leaving import slot_of
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import offices, state_runs
from laaswatch_collector.store.views.leaving import leave_rates
from laaswatch_collector.timeline.conclusions import Scope

DAYS = [date(2026, 11, 19), date(2026, 11, 18)]
PROVINCE = (Scope.PROVINCE, "", "57")


@pytest.fixture
def database(store_url):
    """Three offices of one province; from the second day back there are states, of two of them."""
    opened = Database.open(store_url)
    opened.write(_fill)
    yield opened
    opened.close()


def _fill(connection):
    for code, isp in (("a", "NT"), ("b", "AIS"), ("c", "NT")):
        connection.execute(offices.insert().values(code=code, isp=isp, province="57"))
    for code in "ab":
        hours = ((0, 9, "unknown"), (9, 12, "up"), (12, 13, "unknown"), (13, 24, "up"))
        for first, after, state in hours:
            connection.execute(
                state_runs.insert().values(
                    office_code=code,
                    day=DAYS[1],
                    from_at=_at(first),
                    to_at=_at(after),
                    state=state,
                    inferred=False,
                    witnesses=1,
                )
            )


def _at(hour):
    return datetime(2026, 11, 17, 17, tzinfo=UTC) + timedelta(hours=hour)


def test_only_days_and_offices_with_states_count(database):
    rates = database.read(lambda c: leave_rates(c, DAYS, {"a": "NT"}))
    noon, ten = (slot_of(int(_at(hour).timestamp())) for hour in (12, 10))
    assert (rates.there[PROVINCE][noon], rates.left[PROVINCE][noon]) == (2, 2)
    assert (rates.there[PROVINCE][ten], rates.left[PROVINCE][ten]) == (2, 0)
    assert rates.there[Scope.ISP, "NT", ""][ten] == 1


def test_without_states_nothing_is_learned(database):
    assert not database.read(lambda c: leave_rates(c, DAYS[:1], {})).there
