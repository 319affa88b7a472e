"""The application as a whole: one check, one shape of refusal, one set of headers."""

import json
import logging
import socket
import time

import pytest
from aiohttp import web

from laaswatch_agent.report.codec import pack_delivery
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.server import app as application
from laaswatch_collector.server.app import create_app
from laaswatch_collector.server.limits import AttemptLimit, Refused
from laaswatch_collector.server.logs import BrokenRequests, OneLine
from laaswatch_collector.server.routing import Context
from support.intake import NOW, NOW_MS, a_round


def raw(server, data, *, wait=5.0):
    """What the server answers to these bytes, as far as it comes before it closes."""
    with socket.create_connection((server.host, server.port), timeout=wait) as connection:
        connection.sendall(data)
        found = b""
        try:
            while piece := connection.recv(65536):
                found += piece
        except (TimeoutError, ConnectionError):
            pass
        return found


def test_health_is_open_to_everybody(server):
    status, headers, body = server.ask("GET", "/health")
    assert (status, json.loads(body)) == (200, {"ok": True})
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there_is_said_in_one_shape(server, method):
    status, headers, body = server.ask(method, "/v1/nothing")
    assert status == 404
    assert set(json.loads(body)) == {"error", "message_th", "message_en"}
    assert "server" not in headers


def test_a_page_that_is_not_there_is_a_page(server):
    status, headers, body = server.ask("GET", "/no/such/page")
    assert status == 404
    assert headers["content-type"].startswith("text/html")
    assert "ไม่พบ" in body.decode()


def test_another_method_is_said_in_the_same_shape(server):
    status, _, body = server.ask("GET", "/v1/reports")
    assert (status, json.loads(body)["error"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "line",
    [
        b"GET /health HTTP/2.0",
        b"GET http://elsewhere.example/health HTTP/1.1",
        b"GET /health",
        b"TRACE /health HTTP/1.1",
        b"CONNECT 127.0.0.1:1 HTTP/1.1",
        b"PO\x00ST /health HTTP/1.1",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_odd_request_lines_are_refused(server, line):
    answer = raw(server, line + b"\r\nHost: x\r\nConnection: close\r\n\r\n", wait=3)
    assert b" 200 " not in answer.split(b"\r\n")[0]
    assert b"Traceback" not in answer
    assert server.ask("GET", "/health")[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +3",
        b"Content-Length: -1",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: xchunked",
    ],
)
def test_lengths_that_two_readers_could_read_differently_are_refused(server, head):
    answer = raw(server, b"POST /v1/reports HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\nhello")
    assert answer.split()[1] in (b"400", b"411", b"415")


def test_a_body_that_drips_is_cut_off(server, sender, monkeypatch):
    monkeypatch.setattr("laaswatch_collector.server.limits.BODY_SECONDS", 0.3)
    sender.seal(a_round(NOW_MS, 1000))
    head = (
        "POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        f"Authorization: Bearer {sender.token}\r\nContent-Length: 100\r\n\r\nx"
    )
    started = time.monotonic()
    answer = raw(server, head.encode())
    assert answer.split()[1] == b"408"
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("host", ["", "x:99999", "x:1x", "a b", "x/y", "[::1", "é", "x@y"])
def test_a_host_that_is_none_is_refused(server, host):
    """Links to ourselves are made with it."""
    answer = raw(
        server, f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.split()[1] == b"400"


@pytest.mark.parametrize(
    "host", ["x", "127.0.0.1:65535", "[::1]:80", "xn--12c.in.th", "a_b.local:8080"]
)
def test_hosts_of_every_form_are_served(server, host):
    answer = raw(
        server, f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.split()[1] == b"200"


def test_a_slow_body_that_keeps_coming_is_taken(server, sender, monkeypatch):
    """What counts is how much has come, not how long it took."""
    monkeypatch.setattr("laaswatch_collector.server.limits.BODY_SECONDS", 0.4)
    monkeypatch.setattr("laaswatch_collector.server.limits.SLOWEST", 100)
    sender.seal(a_round(NOW_MS, 1000))
    body = pack_delivery(sender.delivery())
    head = (
        "POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        f"Authorization: Bearer {sender.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((server.host, server.port), timeout=20) as slow:
        slow.sendall(head.encode())
        for start in range(0, len(body), 100):
            time.sleep(0.1)
            slow.sendall(body[start : start + 100])
        assert slow.recv(4096).split()[1] == b"200"


def test_an_error_of_ours_shows_its_number_and_no_more(server, database, monkeypatch, caplog):
    async def broken(_work):
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(database, "read_async", broken)
    with caplog.at_level(logging.ERROR):
        status, _, body = server.ask("GET", "/health")
    answer = json.loads(body)
    assert (status, answer["error"]) == (500, "internal")
    assert "secret" not in body.decode()
    number = answer["message_en"].split("(")[1].rstrip(")")
    assert number in caplog.text


@pytest.fixture
def context(database):
    """What the application is made from, without a socket."""
    return Context(database, CollectorConfig(), lambda: NOW)


def test_every_route_came_from_a_list_with_actions(context):
    app = create_app(context)
    assert len(app.router.routes()) == sum(len(m.ROUTES) for m in application.ROUTE_MODULES)


def test_a_route_beside_the_lists_keeps_the_application_from_starting(context, monkeypatch):
    """The guard's own check: a route added behind its back is found."""
    original = web.UrlDispatcher.add_route

    def sneaky(self, method, path, handler, **options):
        if path == "/health":
            original(self, "GET", "/backdoor", handler)
        return original(self, method, path, handler, **options)

    monkeypatch.setattr(web.UrlDispatcher, "add_route", sneaky)
    with pytest.raises(RuntimeError, match="backdoor"):
        create_app(context)


def test_attempts_are_forgotten_after_a_while_and_never_fill_the_memory():
    limit = AttemptLimit(most=2, seconds=60, addresses=3)
    limit.failed("a", 0)
    limit.failed("a", 10)
    with pytest.raises(Refused) as refused:
        limit.check("a", 20)
    assert refused.value.retry_after == 40
    limit.check("a", 61)
    limit.check("b", 20)
    for n in range(100):
        limit.failed(f"address {n}", 70)
    assert len(limit._failed) == 3


def test_logs_are_one_line_each_and_not_too_many():
    record = logging.LogRecord(
        "aiohttp.server", logging.ERROR, "", 0, "from %s", ("a\nb\x1b[2J",), None
    )
    record.exc_info = (ValueError, ValueError("x\ny"), None)
    only = BrokenRequests()
    assert only.filter(record)
    line = OneLine().format(record)
    assert "\n" not in line
    assert "\x1b" not in line
    assert "ValueError" in line
    kept = sum(
        only.filter(logging.makeLogRecord({"created": record.created, "msg": "x"}))
        for _ in range(1000)
    )
    assert kept < 40
