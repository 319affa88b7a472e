"""POST /v1/reports: what is accepted, and each way of not being accepted."""

import gzip
import json
import socket
import time
import zlib

import pytest
import sqlalchemy as sa

from laaswatch_agent.report.codec import pack_delivery
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.database import StoreUnavailable
from laaswatch_collector.store.schema import reports
from support.intake import NOW, NOW_MS, Sender, a_round, enrol

MIB = 1 << 20


@pytest.fixture
def body(sender):
    """A delivery of one good report, gzip."""
    sender.seal(a_round(NOW_MS - 1000, 999_000))
    return sender.body()


def stored(database):
    return database.read(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(reports)).scalar_one()
    )


def test_a_delivery_is_acknowledged_with_its_numbers(server, database, sender, body):
    status, answer = server.send(sender.token, body)
    assert (status, answer["acked"], answer["duplicates"]) == (200, [[1, 1]], 0)
    assert answer["rejected"] == []
    assert answer["beacon"] == ""
    assert len(answer["config_etag"]) == 16
    assert stored(database) == 1


def test_the_same_delivery_twice_is_stored_once(server, database, sender, body):
    server.send(sender.token, body)
    status, answer = server.send(sender.token, body)
    assert (status, answer["acked"], answer["duplicates"]) == (200, [[1, 1]], 1)
    assert stored(database) == 1


def test_an_uncompressed_delivery_is_taken_too(server, sender, body):
    status, answer = server.send(sender.token, gzip.decompress(body), encoding="identity")
    assert (status, answer["acked"]) == (200, [[1, 1]])


def test_a_big_backlog_goes_through_the_worker_threads(server, database, sender):
    for n in range(60):
        sender.seal(*(a_round(NOW_MS - 1000 * n - m, 900_000 - 1000 * n - m) for m in range(12)))
    packed = pack_delivery(sender.delivery())
    assert len(packed) > 200_000
    status, answer = server.send(sender.token, gzip.compress(packed))
    assert (status, answer["acked"]) == (200, [[1, 60]])


def test_a_bad_line_is_named_and_the_others_count(server, sender, body):
    line = sender.lines[0]
    status, answer = server.send(sender.token, sender.body(b'{"v":1}', line))
    assert (status, answer["acked"]) == (200, [[1, 1]])
    (bad,) = answer["rejected"]
    assert (bad["line"], bad["seq"]) == (0, None)
    assert "fields" in bad["reason"]


def bomb(mib=200):
    """Zeros that inflate a thousandfold."""
    squeeze = zlib.compressobj(9, wbits=31)
    return b"".join([*(squeeze.compress(bytes(MIB)) for _ in range(mib)), squeeze.flush()])


BAD_BODIES = {
    "empty": (lambda b: b"", 400, "cut_body"),
    "not gzip": (lambda b: b"hello", 400, "cut_body"),
    "cut": (lambda b: b[:-9], 400, "cut_body"),
    "cut in the middle": (lambda b: b[: len(b) // 2], 400, "cut_body"),
    "one bit flipped": (lambda b: b[:-6] + bytes([b[-6] ^ 1]) + b[-5:], 400, "cut_body"),
    "bytes behind the end": (lambda b: b + b"x", 400, "cut_body"),
    "two members": (lambda b: b + b, 400, "cut_body"),
    "empty inside": (lambda b: gzip.compress(b""), 400, "malformed"),
    "not an envelope": (lambda b: gzip.compress(b'{"v":1}'), 400, "malformed"),
    "utf-16": (lambda b: gzip.compress("{}".encode("utf-16")), 400, "malformed"),
    "deep": (lambda b: gzip.compress(b"[" * 100_000), 400, "malformed"),
    "bomb": (lambda b: bomb(), 413, "too_large"),
    "too long on the wire": (lambda b: bytes(256 * 1024 + 1), 413, "too_large"),
}


@pytest.mark.parametrize(("spoil", "status", "code"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_refused_and_the_next_good_one_taken(
    server, database, sender, body, spoil, status, code
):
    found, answer = server.send(sender.token, spoil(body))
    assert (found, answer["error"]) == (status, code)
    assert answer["message_th"]
    assert answer["message_en"]
    assert stored(database) == 0
    assert server.send(sender.token, body)[0] == 200


def test_every_cut_of_a_delivery_is_refused(server, database, sender, body):
    for end in range(0, len(body), 7):
        assert server.send(sender.token, body[:end])[0] == 400
    assert stored(database) == 0


def test_a_bomb_costs_little_time(server, sender, body):
    """Sixty-four of 200 MiB each: bounded by what one of them may inflate to."""
    packed = bomb()
    assert len(packed) < 256 * 1024
    started = time.process_time()
    for _ in range(64):
        assert server.send(sender.token, packed)[0] == 413
    assert time.process_time() - started < 8  # 38 s where everything is inflated


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "snappy", "gzip, gzip", "GZIP", ""])
def test_other_encodings_are_refused_before_anybody_is_asked_who_they_are(server, body, encoding):
    status, answer = server.send("nobody", body, encoding=encoding)
    assert (status, answer["error"]) == (415, "unsupported_encoding")


def test_another_type_is_refused(server, sender, body):
    status, answer = server.send(sender.token, body, **{"Content-Type": "text/plain"})
    assert (status, answer["error"]) == (415, "unsupported_type")


def test_a_body_of_unknown_length_is_refused(server, sender):
    head = (
        "POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
    )
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).split()[1] == b"411"


@pytest.mark.parametrize("token", ["", "0" * 64, "x" * 3000, "ไทย".encode().decode("latin-1")])
def test_without_a_token_of_ours_nothing_is_read(server, database, body, token):
    status, answer = server.send(token, body)
    assert (status, answer["error"]) == (401, "not_signed_in")
    assert stored(database) == 0


def test_reports_of_another_agent_are_refused(server, database, sender, body):
    other = enrol(database, "other")
    status, answer = server.send(other.token, body)
    assert (status, answer["error"]) == (400, "other_agent")
    assert stored(database) == 0


@pytest.mark.parametrize("state", [AgentState.SUSPENDED, AgentState.REVOKED])
def test_an_agent_that_was_turned_away_is_told_so(server, database, sender, body, state):
    database.write(lambda c: set_state(c, sender.agent, state, who="x", now=NOW))
    status, answer = server.send(sender.token, body)
    assert (status, answer["error"]) == (403, "agent_suspended")


def test_a_cloned_agent_is_found_and_nothing_more_is_taken(server, database, sender, body):
    server.send(sender.token, body)
    clone = Sender(sender.agent)
    clone.seal(a_round(NOW_MS - 31_000, 969_000))
    status, answer = server.send(sender.token, clone.body())
    assert (status, answer["error"]) == (409, "fork")
    assert server.send(sender.token, body)[0] == 409
    assert stored(database) == 1


def test_a_disk_that_was_put_back_is_told_to_begin_a_new_life(server, sender, body):
    server.send(sender.token, body)
    restored = Sender(sender.agent)
    restored.seal(a_round(NOW_MS - 500, 999_500))
    status, answer = server.send(sender.token, restored.body())
    assert (status, answer["error"]) == (409, "rollback")
    restored.incarnation = "f" * 16
    assert server.send(sender.token, restored.body())[0] == 200


def test_a_store_in_trouble_acknowledges_nothing_and_names_a_time(
    server, database, sender, body, monkeypatch
):
    async def full(_work):
        raise StoreUnavailable("database or disk is full")

    monkeypatch.setattr(database, "write_async", full)
    said = {
        "Authorization": f"Bearer {sender.token}",
        "Content-Type": "application/x-ndjson",
        "Content-Encoding": "gzip",
    }
    status, headers, answer = server.ask("POST", "/v1/reports", body, said)
    assert (status, json.loads(answer)["error"]) == (503, "unavailable")
    assert int(headers["retry-after"]) > 0
    monkeypatch.undo()
    assert server.send(sender.token, body)[0] == 200
