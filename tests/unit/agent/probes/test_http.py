"""One GET, and whether the page is the right one."""

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.config import Address, Endpoint
from laaswatch_agent.probes.http import get, holds, judge_page
from laaswatch_agent.probes.http_message import Head, NotHttp, body_of, split_head
from laaswatch_agent.probes.result import Deadline
from laaswatch_agent.probes.tcp import connect
from laaswatch_agent.report.vocabulary import Reason
from support.loopback import HOST, page, read_request, says, server

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def wall_ms():
    return int(NOW.timestamp() * 1000)


def fetch(behave, path="/x", seconds=3.0):
    with server(behave) as port:
        endpoint = Endpoint("http", "www.site.test", port, path)
        opened = connect((HOST,), port, Deadline(seconds)).socket
        assert opened is not None
        with opened:
            return get(opened, endpoint, wall_ms, Deadline(seconds)), endpoint


def site(endpoint, **fields):
    return Address(endpoint, markers=("the-marker",), **fields)


def seen(behave, seconds=3.0, **fields):
    exchange, endpoint = fetch(behave, seconds=seconds)
    return judge_page(exchange, site(endpoint, **fields), endpoint)


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (page(), Reason.NONE, "200"),
        (page(b"<p>THE-Marker</p>"), Reason.NONE, "200"),
        (b"HTTP/1.1 200 OK\r\n\r\n<p>the-marker until closed", Reason.NONE, "200"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nthe-\r\n6;x=1\r\nmarker\r\n0\r\n\r\n",
            Reason.NONE,
            "200",
        ),
        (page(b"something else"), Reason.WRONG_CONTENT, "200"),
        (page(b"the-marker but closed for maintenance"), Reason.MAINTENANCE_PAGE, "200"),
        (page(b"maintenance", "503 Sorry"), Reason.MAINTENANCE_PAGE, "503"),
        (page(b"please pay your bill"), Reason.PORTAL_PAGE, "200"),
        (page(b"", "511 Network Authentication Required"), Reason.PORTAL_PAGE, "511"),
        (page(b"", "503 Service Unavailable"), Reason.STATUS_SERVER_ERROR, "503"),
        (
            page(b"", "503 Busy", ["Retry-After: 120"]),
            Reason.STATUS_SERVER_ERROR,
            "503 after=120",
        ),
        (
            page(b"", "429 Slow Down", ["Retry-After: 5"]),
            Reason.STATUS_CLIENT_ERROR,
            "429 after=5",
        ),
        (page(b"", "503 Busy", ["Retry-After: soon"]), Reason.STATUS_SERVER_ERROR, "503"),
        (page(b"", "500 Broken", ["Retry-After: 120"]), Reason.STATUS_SERVER_ERROR, "500"),
        (page(b"", "404 Not Found"), Reason.STATUS_CLIENT_ERROR, "404"),
        (page(b"", "407 Proxy Authentication Required"), Reason.PROXY_REQUIRED, "407"),
        (page(b"", "304 Not Modified"), Reason.WRONG_CONTENT, "304"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nthe-marker", Reason.BODY_CUT, "200"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nthe-",
            Reason.BODY_CUT,
            "200",
        ),
        (b"", Reason.RESET, ""),
        (b"SSH-2.0-OpenSSH\r\n", Reason.NOT_HTTP, ""),
        (b"HTTP/1.1 200 OK\r\nX: y", Reason.NOT_HTTP, ""),
        (b"HTTP/2 200\r\n\r\n", Reason.NOT_HTTP, ""),
    ],
)
def test_what_a_page_means(answer, reason, words):
    result = seen(
        says(answer), maintenance_markers=("maintenance",), portal_markers=("pay your bill",)
    )
    assert (result.reason, " ".join(result.words)) == (reason, words)


@pytest.mark.parametrize(
    ("location", "reason", "words"),
    [
        ("http://portal.provider.test/sign-in", Reason.REDIRECT_ELSEWHERE, "302"),
        ("https://new.site.test/", Reason.NONE, "302 moved"),
        ("https://exact.other.test/", Reason.NONE, "302 moved"),
        ("https://fake-site.test/", Reason.REDIRECT_ELSEWHERE, "302"),
        ("http://[broken", Reason.NOT_HTTP, "302"),
        ("", Reason.WRONG_CONTENT, "302"),
        ("/ไทย", Reason.WRONG_CONTENT, "302"),
    ],
)
def test_redirects(location, reason, words):
    answer = page(b"", "302 Found", ["Location: " + location.encode().decode("latin-1")])
    result = seen(says(answer), moved_to=(".site.test", "exact.other.test"))
    assert (result.reason, " ".join(result.words)) == (reason, words)


def test_a_redirect_of_the_same_host_may_be_followed():
    answer = page(b"", "301 Moved", ["Location: https://www.site.test/login?a=1"])
    follow = seen(says(answer)).follow
    assert follow == Endpoint("https", "www.site.test", 443, "/login?a=1")


def test_a_server_that_hangs_before_or_within_the_page():
    def hangs(conversation):
        read_request(conversation)
        conversation.recv(1)  # until the other side has had enough

    def stalls(conversation):
        read_request(conversation)
        conversation.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nthe-marker")
        conversation.recv(1)

    assert seen(hangs, seconds=0.2).reason is Reason.TIMEOUT
    assert seen(stalls, seconds=0.2).reason is Reason.BODY_TIMEOUT


def test_a_server_that_drips_does_not_hold_us():
    stop = threading.Event()

    def drips(conversation):
        read_request(conversation)
        conversation.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while not stop.wait(0.02):
            conversation.sendall(b".")

    exchange, _ = fetch(drips, seconds=0.3)
    stop.set()
    assert exchange.reason is Reason.BODY_TIMEOUT
    assert exchange.ms < 2000


def test_only_the_first_64_kib_are_read():
    exchange, _ = fetch(says(page(b"the-marker" + b"x" * 200_000)))
    assert len(exchange.body) == 64 * 1024
    assert exchange.reason is Reason.NONE


def test_the_request_tells_nothing_of_the_person():
    requests = []

    def behave(conversation):
        requests.append(read_request(conversation))
        conversation.sendall(page())

    _, endpoint = fetch(behave, path="/dlogin.aspx?x=1")
    first, *headers = requests[0].strip().split("\r\n")
    assert first == "GET /dlogin.aspx?x=1 HTTP/1.1"
    assert f"Host: www.site.test:{endpoint.port}" in headers
    names = {h.partition(":")[0] for h in headers}
    assert names == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


@pytest.mark.parametrize(
    ("headers", "clock"),
    [
        (["Date: Mon, 23 Nov 2026 03:00:30 GMT"], None),
        (["Date: Mon, 23 Nov 2026 02:00:00 GMT"], 3600.0),
        (["Date: Mon, 23 Nov 2026 02:00:00 GMT", "Age: 3600"], None),
        (["Date: Tue, 24 Nov 2026 03:00:00 GMT"], -86400.0),
        (["Date: yesterday"], None),
        (["Date: Mon, 99 Nov 2026 02:00:00 GMT"], None),
        ([], None),
    ],
)
def test_the_servers_clock(headers, clock):
    exchange, _ = fetch(says(page(headers=headers)))
    assert exchange.clock == clock


@pytest.mark.parametrize("encoding", ["utf-8", "cp874"])
def test_thai_markers_in_both_encodings(encoding):
    body = "<h1>ปิดปรับปรุงระบบ</h1>".encode(encoding)
    assert holds(body, ("ปิดปรับปรุง",))
    assert not holds(body, ("เปิดระบบ",))
    assert not holds(body, ())


@given(st.binary(max_size=200))
def test_no_answer_makes_it_stumble(data):
    for start in (b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        try:
            split = split_head(start + data)
        except NotHttp:
            continue
        if split is not None:
            body, _ = body_of(*split, closed=True)
            assert isinstance(body, bytes)
            split[0].said_at()


def test_a_head_without_end_is_no_http():
    with pytest.raises(NotHttp):
        split_head(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9000)
    assert body_of(Head(204, {}), b"x", closed=False) == (b"", True)
