"""From an agent's request to the provider that conclusions use; no whole address anywhere."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.localization.isp_of import How, Inferred, Network
from laaswatch_collector.server.networks import Networks
from laaswatch_collector.store.facts import load_facts
from laaswatch_collector.store.prefixes import (
    add_minutes,
    isps_on,
    remove_before,
    replace_networks,
)
from laaswatch_collector.store.schema import agent_prefixes, metadata
from laaswatch_collector.worktime.thai import local_date
from support.intake import NOW, NOW_MS, OFFICE, a_round
from support.server import RunningServer

DAY = local_date(NOW)
ADDRESS = "1.2.31.77"


def kept(database):
    return {
        (x.agent_id, x.day, x.prefix): x.minutes
        for x in database.read(lambda c: c.execute(sa.select(agent_prefixes)).all())
    }


@pytest.mark.parametrize(
    ("trusted", "expected"), [(("127.0.0.1",), {"1.2.16.0/20": 1}), ((), {})], ids=["proxy", "none"]
)
def test_a_delivery_leaves_the_prefix_that_a_trusted_proxy_names(
    database, sender, trusted, expected
):
    with RunningServer(database, lambda: NOW, trusted_proxies=trusted) as server:
        for n in range(2):  # within one minute: one
            sender.seal(a_round(NOW_MS - 9000 + 1000 * n, 990_000 + 1000 * n))
            headers = {"X-Forwarded-For": f"9.9.9.9, {ADDRESS}"}
            assert server.send(sender.token, sender.body(), **headers)[0] == 200
    assert {prefix: n for (_, _, prefix), n in kept(database).items()} == expected


def test_no_address_is_stored_anywhere(database, sender):
    with RunningServer(database, lambda: NOW, trusted_proxies=("127.0.0.1",)) as server:
        sender.seal(a_round(NOW_MS - 9000, 990_000))
        server.send(sender.token, sender.body(), **{"X-Forwarded-For": ADDRESS})
    for table in metadata.sorted_tables:
        rows = database.read(lambda c, t=table: c.execute(sa.select(t)).all())
        assert ADDRESS not in repr(rows), table.name
    assert kept(database)


def test_minutes_add_up_over_several_collectors(database, sender):
    for _ in range(2):
        database.write(lambda c: add_minutes(c, {(sender.agent, DAY, "1.2.16.0/20"): 5}))
    assert kept(database) == {(sender.agent, DAY, "1.2.16.0/20"): 10}
    assert database.write(lambda c: remove_before(c, DAY)) == 0
    assert database.write(lambda c: remove_before(c, DAY + timedelta(days=1))) == 1


def test_conclusions_use_the_provider_of_the_network(database, sender):
    listed = [Network("1.2.0.0/16", "TRUE", "letter")]
    assert database.write(lambda c: replace_networks(c, listed))
    assert not database.write(lambda c: replace_networks(c, listed))
    database.write(lambda c: add_minutes(c, {(sender.agent, DAY, "1.2.16.0/20"): 5}))
    assert database.read(lambda c: isps_on(c, DAY))[OFFICE] == Inferred("TRUE", How.OPERATOR)
    facts = database.read(lambda c: load_facts(c, NOW - timedelta(hours=1), NOW))
    assert [x.isp for x in facts.offices] == ["TRUE"]
    before = database.read(lambda c: isps_on(c, DAY - timedelta(days=1)))
    assert before[OFFICE].how is How.REGISTRY


def test_what_cannot_be_written_is_kept_for_the_next_time(database, sender):
    networks = Networks(database)
    networks.note(sender.agent, ADDRESS, NOW)
    networks.note("nobody", ADDRESS, NOW)  # no such agent: the store refuses it

    async def keep():
        with pytest.raises(sa.exc.IntegrityError):
            await networks.keep()
        networks._minutes.pop(("nobody", DAY, "1.2.16.0/20"))
        await networks.keep()

    asyncio.run(keep())
    assert kept(database) == {(sender.agent, DAY, "1.2.16.0/20"): 1}
