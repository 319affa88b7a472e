"""Crowds, drips and people who never read are shown out; honest requests go on meanwhile."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from laaswatch_collector.config import CollectorConfig, ConfigError, load_collector_config
from laaswatch_collector.server import door
from laaswatch_collector.server.door import Doorman
from support.intake import NOW
from support.server import RunningServer

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    """The same rules on a shorter clock."""
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(door, "READ_SECONDS", 0.3)


def connect(server, source="127.0.0.1"):
    return socket.create_connection(
        (server.host, server.port), timeout=PATIENCE, source_address=(source, 0)
    )


def closed(connection):
    """Wait until the other side has hung up; fails after PATIENCE."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def _send_until_cut_off(connection, pieces, pause=0.0):
    """How many of the pieces could be sent before the other side hung up."""
    sent = 0
    try:
        for piece in pieces:
            connection.sendall(piece)
            sent += 1
            time.sleep(pause)
    except (ConnectionError, TimeoutError):
        pass
    return sent


def crowd(database, most, in_all=100):
    return RunningServer(database, lambda: NOW, connections_per_address=most, connections=in_all)


def test_who_says_nothing_is_shown_out(server):
    with connect(server) as silent:
        assert closed(silent)


def test_a_head_that_drips_is_cut_off(server):
    head = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 10_000
    with connect(server) as dripping:
        sent = _send_until_cut_off(dripping, (bytes([byte]) for byte in head), pause=0.02)
        assert sent < len(head)
        assert server.ask("GET", "/health")[0] == 200


def test_an_honest_connection_may_rest_between_requests(server):
    """The door's patience is for strangers: who has asked once keeps the connection."""
    request = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as kept:
        for _ in range(2):
            kept.sendall(request)
            answer = b""
            while not answer.endswith(b'{"ok":true}'):
                piece = kept.recv(4096)
                assert piece, answer
                answer += piece
            time.sleep(2 * door.HEAD_SECONDS)


def test_who_never_reads_is_cut_off(server):
    """Thousands of requests, no answer ever read: the answers pile up here, and that ends."""
    request = b"GET /no/such/page HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sent = _send_until_cut_off(deaf, (request * 10 for _ in range(20_000)))
        assert sent < 20_000
    assert server.ask("GET", "/health")[0] == 200


def test_one_address_cannot_fill_the_room(database):
    with crowd(database, most=5) as server:
        crowding = [connect(server) for _ in range(5)]
        with connect(server) as sixth:
            assert closed(sixth)
        with connect(server, "127.0.0.2") as other:
            other.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in other.recv(4096)
        for one in crowding:
            one.close()
        _until_answered(server)


def test_all_together_cannot_take_more_than_the_whole(database):
    with crowd(database, most=3, in_all=5) as server:
        crowding = [connect(server, f"127.0.0.{n}") for n in (2, 2, 3, 3, 4)]
        with connect(server, "127.0.0.9") as one_more:
            assert closed(one_more)
        for one in crowding:
            one.close()
        _until_answered(server)


def _until_answered(server):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if server.ask("GET", "/health")[0] == 200:
                return
        except ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_trusted_proxy_may_bring_many():
    doorman = Doorman(per_address=2, in_all=10, trusted=("10.0.0.1",))
    assert [doorman.admit("10.0.0.1") for _ in range(11)] == [True] * 10 + [False]
    doorman.leave("10.0.0.1")
    assert [doorman.admit("10.0.0.9") for _ in range(2)] == [True, False]
    assert doorman.turned_away == 2


def test_who_has_left_is_not_remembered():
    doorman = Doorman(per_address=2, in_all=10)
    for n in range(1000):
        doorman.admit(f"10.0.{n // 256}.{n % 256}")
        doorman.leave(f"10.0.{n // 256}.{n % 256}")
    assert not doorman.inside


def test_honest_requests_are_answered_while_strangers_crowd(database, monkeypatch):
    """Two hundred silent ones inside; everybody who asks is answered."""
    monkeypatch.setattr(door, "HEAD_SECONDS", 60.0)
    with crowd(database, most=400, in_all=1000) as server:
        strangers = [connect(server) for _ in range(200)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: server.ask("GET", "/health")[0], range(200)))
        assert found == [200] * 200
        for one in strangers:
            one.close()


def test_limits_that_make_no_sense_are_named(tmp_path):
    assert CollectorConfig().connections_per_address == 256
    bad = tmp_path / "collector.yaml"
    bad.write_text("connections: 10\nconnections_per_address: 20\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="connections_per_address"):
        load_collector_config(bad)
