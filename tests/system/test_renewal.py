"""The agent's secret through a year, against the real collector: answers get lost, and no report does."""

import contextlib
from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa

from laaswatch_agent import identity
from laaswatch_agent.collector_client import CollectorClient, NoAnswer
from laaswatch_agent.renewal import Renewal
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.uplink import Uplink
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import agents, reports
from support.agents import CIRCUMSTANCES, HandClock, a_round
from support.intake import NOW, add_office, enrol
from support.server import RunningServer
from support.soak import seed

pytestmark = pytest.mark.system

DAYS = 360


class Lossy(CollectorClient):
    """A line that loses an answer of five, after the collector has acted on the request."""

    dice = Random(0)

    def post(self, path, body, headers):
        answer = super().post(path, body, headers)
        if self.dice.random() < 0.2:
            raise NoAnswer("timeout", "the answer got lost")
        return answer


def test_a_year_of_renewals_loses_no_report(store_url, tmp_path):
    """A report every five days, a restart each month: twelve secrets, every report stored once."""
    dice = Lossy.dice = Random(seed())
    database = Database.open(store_url)
    now = [NOW]
    add_office(database)
    sender = enrol(database)
    folder = tmp_path / "agent"
    folder.mkdir()
    made = 0
    with RunningServer(database, lambda: now[0]) as server:
        mine = identity.Identity(server.url, "", "n", sender.token, "h", agent=sender.agent)
        identity.adopt(folder, mine)
        secrets = {sender.token}
        for day in range(0, DAYS, 5):
            now[0] = NOW + timedelta(days=day)
            mine = identity.load(folder)
            client = Lossy(server.url, token=mine.token)
            clock = HandClock(wall=round(now[0].timestamp() * 1000), mono=1_000_000 + day)
            with contextlib.closing(Spool(folder, Limits(ballast=0))) as spool:
                renewal = Renewal(folder, mine, client.use)
                pace = Pace(batch_gap=0, after_outage=0, refused=0, retry_least=0, retry_most=0)
                uplink = Uplink(spool, mine.agent, client, clock, pace, dice, renewal=renewal)
                assert spool.add_round(a_round(made), CIRCUMSTANCES)
                made += 1
                assert spool.seal(clock.wall) is not None
                for _ in range(30):
                    uplink.step()
                assert spool.counts().reports == 0
            client.close()
            secrets.add(identity.load(folder).token)
    stored, names = database.read(
        lambda c: (
            c.execute(sa.select(sa.func.count()).select_from(reports)).scalar_one(),
            c.execute(sa.select(agents.c.token_at)).scalar_one(),
        )
    )
    database.close()
    print(f"{made} reports, {len(secrets)} secrets")
    assert stored == made
    assert len(secrets) >= 8
    assert names > NOW + timedelta(days=DAYS - 60)
