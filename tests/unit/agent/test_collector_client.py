"""HTTP to the collector, against a real server on loopback."""

import contextlib
import socket
import threading

import pytest

from laaswatch_agent.collector_client import CollectorClient, NoAnswer
from support.agents import Counterpart, reply
from support.loopback import HOST, Authority, page, read_request, says, server


def ask(address, **options):
    with contextlib.closing(CollectorClient(address, timeout=2, **options)) as client:
        return client.post("/v1/reports", b"x", {"Content-Type": "application/x-ndjson"})


def test_a_busy_collector_is_asked_once():
    """A 503 on a kept connection is an answer: asking again at once would double the load."""
    with Counterpart(lambda *_: reply(503, {"error": "busy"}, Retry_After="7")) as server:
        client = CollectorClient(server.address)
        for n in range(1, 4):
            answer = client.post("/v1/reports", b"x", {})
            assert (answer.status, answer.retry_after) == (503, 7.0)
            assert len(server.seen) == n
        client.close()


def test_a_line_that_is_reset_while_it_opens_is_no_answer(monkeypatch):
    """The reset is told as such: there is no socket yet on which a refusal could be waiting."""

    def resets(*_arguments, **_named):
        raise ConnectionResetError

    monkeypatch.setattr(socket, "create_connection", resets)
    with contextlib.closing(CollectorClient("http://127.0.0.1:9")) as client:
        client._connection = client._connect()
        client._connection._create_connection = resets
        with pytest.raises(NoAnswer, match="reset"):
            client.post("/v1/reports", b"x", {})


def test_an_answer_comes_with_its_body_and_headers():
    """Status, JSON object, Retry-After and the other end's clock; the token goes as a bearer."""
    with Counterpart(lambda *_: reply(503, {"error": "busy"}, Retry_After="17")) as server:
        answer = ask(server.address + "/", token="secret")
        assert (answer.status, answer.body, answer.retry_after) == (503, {"error": "busy"}, 17.0)
        assert answer.date is not None
        method, path, headers, body = server.seen[0]
        assert (method, path, body) == ("POST", "/v1/reports", b"x")
        assert headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff", b'"x"', b"[" * 100_000, b""])
def test_a_body_that_is_no_object_is_an_empty_one(body):
    """A portal's page is an answer without a body, never an error."""
    with Counterpart(lambda *_: (200, {}, body)) as server:
        assert ask(server.address).body == {}


def test_the_connection_is_kept_and_reopened():
    """Ten requests use one connection; one closed in between is opened again without a word."""
    ports = set()
    times = [0]

    def handler(method, path, headers, body):
        times[0] += 1
        return None if times[0] == 6 else reply(200, {"ok": True})

    with Counterpart(handler) as server:
        client = CollectorClient(server.address, timeout=2)
        with contextlib.closing(client):
            for _ in range(10):
                assert client.get("/v1/config").status == 200
                ports.add(client._connection.sock.getsockname()[1])
    assert len(ports) == 2


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_no_answer_is_told_by_its_kind():
    """Refused, silent, cut and not HTTP are different troubles for whoever reads the page."""
    with pytest.raises(NoAnswer) as refused:
        ask(f"http://127.0.0.1:{closed_port()}")
    assert refused.value.kind == "refused"
    with Counterpart(lambda *_: None) as server, pytest.raises(NoAnswer) as cut:
        ask(server.address)
    assert cut.value.kind == "reset"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = CollectorClient(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        with contextlib.closing(client), pytest.raises(NoAnswer) as timeout:
            client.get("/")
        assert timeout.value.kind == "timeout"


def test_what_is_not_http_or_not_tls():
    """A server that speaks something else is named as such."""
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def speak():
            for _ in range(2):
                connection, _ = odd.accept()
                with connection:
                    connection.sendall(b"220 mail.example ESMTP\r\n")
                    connection.recv(1000)

        speaker = threading.Thread(target=speak)
        speaker.start()
        port = odd.getsockname()[1]
        with pytest.raises(NoAnswer) as plain:
            ask(f"http://127.0.0.1:{port}")
        with pytest.raises(NoAnswer) as secure:
            ask(f"https://127.0.0.1:{port}")
        speaker.join()
    assert plain.value.kind in ("not_http", "reset")
    assert secure.value.kind == "not_tls"


def test_a_missing_authority_file_is_named():
    """A mistyped --ca-file is a certificate trouble, not a crash."""
    with pytest.raises(NoAnswer) as missing:
        ask(f"https://127.0.0.1:{closed_port()}", ca_file="/nowhere/ca.pem")
    assert missing.value.kind == "certificate"


@pytest.mark.parametrize("address", ["", "ftp://x", "https://", "http://user:word@host"])
def test_what_is_no_address(address):
    """An address with a secret in it, or none at all, is refused at once."""
    with pytest.raises(ValueError, match="not the address"):
        CollectorClient(address)


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    """Plain HTTP goes through the proxy with the whole address; loopback never does."""
    with Counterpart(lambda *_: reply(200, {"ok": True})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("no_proxy", "")
        assert ask("http://collector.example:8080").status == 200
        assert proxy.seen[0][1] == "http://collector.example:8080/v1/reports"
        with Counterpart(lambda *_: reply(200, {})) as here:
            ask(here.address)
            assert len(proxy.seen) == 1


def test_a_refusal_before_the_whole_body_is_read():
    """413 sent while we still send is an answer, not a broken connection."""
    with socket.create_server(("127.0.0.1", 0)) as early:

        def refuse():
            connection, _ = early.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 16):
                    pass

        refuser = threading.Thread(target=refuse)
        refuser.start()
        client = CollectorClient(f"http://127.0.0.1:{early.getsockname()[1]}", timeout=5)
        with contextlib.closing(client):
            assert client.post("/v1/reports", b"x" * 5_000_000, {}).status == 413
        refuser.join()


@contextlib.contextmanager
def connect_proxy():
    """A small real proxy: CONNECT to any port of this machine, then bytes both ways; gives (address, seen)."""
    seen = []

    def relay(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def behave(conversation):
        seen.append(read_request(conversation).split("\r\n", 1)[0])
        port = int(seen[-1].split()[1].rpartition(":")[2])
        with socket.create_connection((HOST, port), timeout=5) as onward:
            conversation.sendall(b"HTTP/1.1 200 here you are\r\n\r\n")
            back = threading.Thread(target=relay, args=(onward, conversation))
            back.start()
            relay(conversation, onward)
            back.join()

    with server(behave) as port:
        yield f"http://{HOST}:{port}", seen


def test_the_proxy_that_was_named_is_used(tmp_path):
    """TLS to the collector goes end to end through CONNECT; certificate and name are checked as ever."""
    authority = Authority(tmp_path)
    answers = says(page(b'{"ok": true}'))
    with (
        connect_proxy() as (proxy, seen),
        server(answers, authority.issue("localhost")) as port,
    ):
        address = f"https://localhost:{port}"
        right = CollectorClient(address, ca_file=str(authority.file), proxy=proxy)
        with contextlib.closing(right):
            assert right.get("/v1/config").body == {"ok": True}
        with pytest.raises(NoAnswer) as caught:
            ask(address, proxy=proxy)
        assert caught.value.kind == "certificate"
    assert [line.split()[:2] for line in seen] == [["CONNECT", f"localhost:{port}"]] * 2


def test_a_proxy_that_says_no_is_told_as_such():
    with server(says(page(b"", "407 Proxy Authentication Required"))) as port:
        with pytest.raises(NoAnswer) as caught:
            ask("https://collector.example", proxy=f"http://{HOST}:{port}")
        assert caught.value.kind == "proxy"
