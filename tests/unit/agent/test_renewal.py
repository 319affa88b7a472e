"""A new secret is kept before it is used, and the old one stays at hand."""

import contextlib
from random import Random

import pytest

from laaswatch_agent import identity
from laaswatch_agent.collector_client import CollectorClient
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.renewal import Renewal
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.uplink import Uplink
from support.agents import CIRCUMSTANCES, Counterpart, a_round, ack_all, reply

OLD, NEW, NEWER = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def mine(tmp_path):
    made = identity.Identity("https://collector.test", "", "n", OLD, "h", agent="agent-1")
    identity.adopt(tmp_path, made)
    return made


def test_an_offered_secret_is_on_the_disk_before_it_is_used(tmp_path, mine):
    seen = []
    Renewal(
        tmp_path, mine, lambda token: seen.append((token, identity.load(tmp_path).token))
    ).offered(NEW)
    assert seen == [(NEW, NEW)]
    assert identity.load(tmp_path).former_token == OLD


@pytest.mark.parametrize("odd", [None, "", OLD, "x" * 64, 7, ["b" * 64], "b" * 63])
def test_an_odd_offer_changes_nothing(tmp_path, mine, odd):
    Renewal(tmp_path, mine, lambda _: pytest.fail("used")).offered(odd)
    assert identity.load(tmp_path) == mine


def test_a_disk_that_refuses_keeps_the_old_secret(tmp_path, mine, monkeypatch):
    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr("laaswatch_agent.renewal.keep", refuse)
    Renewal(tmp_path, mine, lambda _: pytest.fail("used")).offered(NEW)


def test_an_enrolment_made_meanwhile_is_not_undone(tmp_path, mine):
    """`enroll` on a PC whose agent runs: the running one leaves the new identity alone."""
    other = identity.Identity("https://other.test", "", "n2", NEWER, "h2", agent="agent-2")
    identity.adopt(tmp_path, other)
    Renewal(tmp_path, mine, lambda _: pytest.fail("used")).offered(NEW)
    assert identity.load(tmp_path) == other


def test_the_former_secret_is_tried_once(tmp_path, mine):
    """A collector put back from its backup knows only the old one; one that knows neither is left alone."""
    used = []
    renewal = Renewal(tmp_path, mine, used.append)
    assert not renewal.refused()
    renewal.offered(NEW)
    assert [renewal.refused(), renewal.refused(), renewal.refused()] == [True, False, True]
    assert used == [NEW, OLD, NEW]


def test_an_identity_of_a_later_version_is_read(tmp_path, mine):
    """Going back to this version keeps the enrolment."""
    path = tmp_path / identity.FILE_NAME
    path.write_text(
        path.read_text(encoding="utf-8").replace("{", '{"later": 1, ', 1), encoding="utf-8"
    )
    assert identity.load(tmp_path) == mine


class TwoSlots:
    """A collector with two slots, as its own tests describe it."""

    def __init__(self):
        self.good, self.offers = {OLD}, [NEW, NEWER]
        self.shown = []

    def __call__(self, method, path, headers, body):
        token = headers["authorization"].removeprefix("Bearer ")
        self.shown.append(token)
        if token not in self.good:
            return reply(401, {"error": "not_signed_in"})
        self.good = {token}
        status, named, answer = ack_all(body)
        if self.offers:
            self.good.add(self.offers[0])
            answer = answer[:-1] + f', "next_token": "{self.offers.pop(0)}"}}'.encode()
        return status, named, answer


def test_reports_go_on_through_renewals_and_a_restored_collector(tmp_path, mine):
    """Each offer is used from the next report on; a collector that went back gets the one it knows."""
    collector = TwoSlots()
    with (
        Counterpart(collector) as server,
        contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool,
    ):
        client = CollectorClient(server.address, token=mine.token)
        uplink = Uplink(
            spool,
            "agent-1",
            client,
            Clock(),
            Pace(batch_gap=0, after_outage=0),
            Random(1),
            renewal=Renewal(tmp_path, mine, client.use),
        )
        uplink._compress = False
        for n in range(4):
            if n == 3:
                collector.good = {NEW}  # from the backup
            spool.add_round(a_round(n, Fault.NONE), CIRCUMSTANCES)
            spool.seal(n)
            uplink.fresh()
            uplink.step()
            uplink.step()
        client.close()
        assert spool.counts().reports == 0
    assert collector.shown == [OLD, NEW, NEWER, NEWER, NEW]
