"""The evidence log over the wire: told in every acknowledgement, shown to everybody, held against us by agents."""

import sqlalchemy as sa

from laaswatch_collector.evidence.checkpoint import read_checkpoint
from laaswatch_collector.evidence_log import LogKeeper
from laaswatch_collector.store.schema import audit
from support.intake import NOW, NOW_MS, a_round
from support.server import RunningServer


def contradicted(database):
    rows = database.read(
        lambda c: c.execute(sa.select(audit).where(audit.c.action == "echo_checkpoint")).all()
    )
    return [(row.who, row.object) for row in rows]


def a_report(sender):
    return sender.body(sender.seal(a_round(NOW_MS - 1000, 999_000)))


def test_before_the_first_checkpoint_there_is_none(server, sender):
    assert server.ask("GET", "/evidence/checkpoint")[0] == 404
    assert server.send(sender.token, a_report(sender))[1]["beacon"] == ""


def test_the_newest_checkpoint_is_told_and_shown(database, sender):
    keeper = LogKeeper(database, lambda: NOW)
    keeper.once()
    kept = keeper.once().checkpoint
    with RunningServer(database, lambda: NOW) as server:
        status, head, body = server.ask("GET", "/evidence/checkpoint")
        assert (status, head["content-type"]) == (200, "text/plain; charset=utf-8")
        assert read_checkpoint(body.decode()) == kept
        assert server.send(sender.token, a_report(sender))[1]["beacon"] == str(kept.beacon)


def test_our_own_checkpoints_may_come_back(database, sender):
    keeper = LogKeeper(database, lambda: NOW)
    kept = [keeper.once().checkpoint.beacon for _ in range(3)]
    with RunningServer(database, lambda: NOW) as server:
        for beacon in (*map(str, kept), "", "no beacon", "0.00"):
            head = {"Laaswatch-Checkpoint": beacon}
            assert server.send(sender.token, a_report(sender), **head)[0] == 200
    assert contradicted(database) == []


def test_a_checkpoint_that_is_not_ours_is_written_down_once_an_agent(database, sender):
    ours = LogKeeper(database, lambda: NOW).once().checkpoint.beacon
    with RunningServer(database, lambda: NOW) as server:
        for other in (f"{ours.size}.{'ab' * 32}", f"{ours.size + 7}.{ours.root.hex()}"):
            status, answer = server.send(
                sender.token, a_report(sender), **{"Laaswatch-Checkpoint": other}
            )
            assert (status, answer["acked"] != []) == (200, True)
    assert contradicted(database) == [(sender.agent, f"{ours.size}.{'ab' * 32}")]
