"""The live view is renewed beside the pages while somebody looks, and only then."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from laaswatch_collector.localization.leaving import DAYS, LeaveRates
from laaswatch_collector.server import live
from laaswatch_collector.store.database import Database


@pytest.fixture
def database(tmp_path):
    opened = Database.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(live, "LIVE_SECONDS", 0.01)


def now():
    return datetime.now(UTC)


async def renewed(database, seen):
    """Wait until the live view is another one than `seen`."""
    await asyncio.sleep(0)  # from here on only `keep_live` makes a new one
    async with asyncio.timeout(9):
        while live.read_live(database, now()) is seen:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


def test_who_looks_again_finds_a_newer_view_without_waiting_for_it(database):
    async def scenario():
        first = live.read_live(database, now())
        keeping = asyncio.create_task(live.keep_live(database, now))
        await renewed(database, first)
        keeping.cancel()
        await asyncio.wait([keeping])
        assert keeping.cancelled()

    asyncio.run(scenario())


def test_while_nobody_looks_nothing_is_read(database, monkeypatch):
    made = []
    monkeypatch.setattr(live, "_renew", lambda *_, **__: made.append(1))

    async def scenario():
        keeping = asyncio.create_task(live.keep_live(database, now))
        for _ in range(20):
            await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.wait([keeping])

    asyncio.run(scenario())
    assert made == []


def test_a_view_that_fails_once_is_tried_again(database, monkeypatch, caplog):
    first = live.read_live(database, now())
    right, tried = live._renew, []

    def fails_once(*arguments, **named):
        tried.append(1)
        if len(tried) == 1:
            raise RuntimeError("not this time")
        return right(*arguments, **named)

    monkeypatch.setattr(live, "_renew", fails_once)

    async def scenario():
        keeping = asyncio.create_task(live.keep_live(database, now))
        await renewed(database, first)
        keeping.cancel()
        await asyncio.wait([keeping])

    asyncio.run(scenario())
    assert "trying again" in caplog.text


def test_what_is_usual_is_learned_from_the_last_working_days(database, monkeypatch):
    asked = []
    monkeypatch.setattr(
        live, "leave_rates", lambda _c, days, _isps: asked.append(days) or LeaveRates()
    )

    async def scenario():
        live.read_live(database, now())
        working = {now().date() - timedelta(days=n) for n in range(3, 30)}
        keeping = asyncio.create_task(live.keep_live(database, now, working.__contains__))
        async with asyncio.timeout(9):
            while not asked:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
        keeping.cancel()
        await asyncio.wait([keeping])

    asyncio.run(scenario())
    days = asked[0]
    assert len(asked) == 1  # once an hour
    assert len(days) == DAYS
    assert days == sorted(days, reverse=True)
    assert now().date() - days[0] >= timedelta(days=2)
