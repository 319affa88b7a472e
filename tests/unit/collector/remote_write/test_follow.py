"""What is stored is sent once the receiver takes it, whatever the receiver does meanwhile."""

import asyncio

import aiohttp
import cramjam
import numpy as np
import pytest
from aiohttp import web

from laaswatch_agent.report.vocabulary import FAULTS, Fault
from laaswatch_collector.config import RemoteWriteConfig
from laaswatch_collector.counted import REMOTE_SAMPLES
from laaswatch_collector.remote_write.destination import WRITTEN, Destination
from laaswatch_collector.remote_write.follow import Follower, standing
from laaswatch_collector.remote_write.wire import Protocol
from laaswatch_collector.store.database import Database
from laaswatch_collector.timeline.packed import NOT_TRIED, ROUND
from support import seeded
from support.reports_in_store import put_report
from support.wire_reader import read_v1, read_v2

NOW_MS = round(seeded.NOW.timestamp() * 1000)


@pytest.fixture
def database(tmp_path):
    found = Database.open(f"sqlite:///{tmp_path}/store.db")
    seeded.seed(found, offices=2, late=0, other_province=0)
    yield found
    found.close()


def _put(database, *minutes_ago, agent="a00000"):
    """A report whose rounds could not get out, so many minutes ago."""
    made = np.zeros(len(minutes_ago), ROUND)
    for name in ROUND.names[3:-2]:
        made[name] = NOT_TRIED
    made["rtt"] = made["http_ms"] = np.nan
    made["fault"] = FAULTS.index(Fault.UPLINK)
    made["at"] = [NOW_MS - 60_000 * x for x in minutes_ago]
    put_report(database, agent, made)


class _Receiver:
    """Takes requests, and answers each with the next of `answers` (status, headers), then with yes."""

    def __init__(self, *answers, refuses=lambda _samples: False):
        self.answers, self.refuses, self.taken, self.asked = list(answers), refuses, {}, []

    async def post(self, request):
        body = bytes(cramjam.snappy.decompress_raw(await request.read()))
        v2 = "write.v2" in request.headers["Content-Type"]
        found = read_v2(body)[0] if v2 else read_v1(body)
        self.asked.append((v2, request.headers.get("Authorization")))
        if self.answers:
            status, headers = self.answers.pop(0)
            return web.Response(status=status, headers=headers)
        if any(map(self.refuses, found.values())):
            return web.Response(status=400, text="out of bounds")
        for labels, samples in found.items():
            self.taken.setdefault(labels, []).extend(samples)
        many = sum(map(len, found.values()))
        return web.Response(status=204, headers={WRITTEN: str(many)} if v2 else {})

    def minutes(self):
        """How long ago the samples were made that were taken."""
        return sorted((NOW_MS - ms) // 60_000 for x in self.taken.values() for ms in x)


async def _with(receiver, database, play, **settings):
    app = web.Application()
    app.router.add_post("/write", receiver.post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    config = RemoteWriteConfig(name="test", url=f"http://127.0.0.1:{port}/write", **settings)
    try:
        async with aiohttp.ClientSession() as session:

            def follower():
                return Follower(
                    database, Destination(config, session), lambda: seeded.NOW, lambda _a, _b: 0.0
                )

            return await play(follower)
    finally:
        await runner.cleanup()


def _run(receiver, database, *, after_begin, steps=1, **settings):
    """Begin, let `after_begin` store something, then take steps; the follower."""

    async def play(make):
        follower = make()
        await follower.once()
        after_begin()
        for _ in range(steps):
            await follower.once()
        return follower

    return asyncio.run(_with(receiver, database, play, **settings))


def _outcome(name):
    return REMOTE_SAMPLES.labels("test", name)._value.get()


def test_what_comes_is_sent_with_its_own_time_and_only_once(database):
    """The past before the first start is left to the export."""
    _put(database, 50)
    receiver = _Receiver()
    _run(receiver, database, after_begin=lambda: _put(database, 3, 2, 1), steps=2)
    assert receiver.minutes() == [1, 2, 3]
    assert len(receiver.asked) == 1


def test_another_process_goes_on_where_the_last_one_ended(database):
    """The cursor is in the store; while the one who has it renews the lease, nobody else sends."""
    receiver = _Receiver()

    async def play(make):
        await make().once()
        _put(database, 2)
        other = make()
        assert await other.once() == 0
        other._ms = lambda: NOW_MS + 200_000  # the first one was killed, its lease is over
        assert await other.once() == 1

    asyncio.run(_with(receiver, database, play))
    assert receiver.minutes() == [2]


@pytest.mark.parametrize(
    "answer", [(500, {}), (503, {}), (429, {"Retry-After": "0"}), (401, {}), (404, {})]
)
def test_trouble_is_waited_out(database, answer):
    """Also a wrong token or address: settings are mended, what was measured is not."""
    receiver = _Receiver(answer, answer)
    _run(receiver, database, after_begin=lambda: _put(database, 1))
    assert receiver.minutes() == [1]
    assert len(receiver.asked) == 3


def test_one_bad_sample_costs_no_other(database):
    """A refusal is for the whole request; the culprit is found by halving."""
    bad = NOW_MS - 60_000 * 7
    receiver = _Receiver(refuses=lambda samples: bad in samples)
    before = _outcome("refused")
    _run(receiver, database, after_begin=lambda: _put(database, *range(1, 20)))
    assert receiver.minutes() == [x for x in range(1, 20) if x != 7]
    assert _outcome("refused") == before + 1


def test_what_is_too_old_is_left_out_and_told(database):
    """By day, in the store and in the metric; it never blocks what comes after it."""
    receiver = _Receiver()
    before = _outcome("too_late")
    _run(
        receiver,
        database,
        after_begin=lambda: _put(database, 600, 20, 1),
        out_of_order_seconds=3600,
    )
    assert receiver.minutes() == [1, 20]
    assert _outcome("too_late") == before + 1
    late = database.read(lambda c: standing(c, "test")).late
    assert late == {"2026-11-02": 1}


@pytest.mark.parametrize("answer", [(415, {}), (204, {}), (200, {WRITTEN: "0"})])
def test_who_does_not_speak_2_0_gets_1_0(database, answer):
    """Some say so, some take the request for an empty one: nothing is lost either way."""
    receiver = _Receiver(answer)
    follower = _run(receiver, database, after_begin=lambda: _put(database, 1), protocol="2.0")
    assert receiver.minutes() == [1]
    assert [v2 for v2, _ in receiver.asked] == [True, False]
    assert follower._destination.protocol is Protocol.V1


def test_2_0_is_kept_where_it_is_understood(database):
    receiver = _Receiver()
    _run(receiver, database, after_begin=lambda: _put(database, 1), protocol="2.0")
    assert receiver.minutes() == [1]
    assert [v2 for v2, _ in receiver.asked] == [True]


def test_the_token_is_read_from_its_file_each_time(database, tmp_path):
    """A renewed token needs no restart."""
    file = tmp_path / "token"
    file.write_text("first\n", encoding="utf-8")
    receiver = _Receiver()

    async def play(make):
        follower = make()
        await follower.once()
        for text in ("first", "second"):
            file.write_text(f"{text}\n", encoding="utf-8")
            _put(database, 1)
            await follower.once()

    asyncio.run(_with(receiver, database, play, token_file=str(file)))
    assert [token for _, token in receiver.asked] == ["Bearer first", "Bearer second"]


def test_a_window_of_minutes_is_refused():
    with pytest.raises(ValueError, match="600"):
        RemoteWriteConfig(name="x", url="http://x", out_of_order_seconds=60)
