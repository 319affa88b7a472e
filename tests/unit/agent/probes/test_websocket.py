"""The page's data channel: opened, refused, swallowed."""

import base64
import hashlib
import re
import threading

import pytest

from laaswatch_agent.config import Endpoint
from laaswatch_agent.probes import websocket
from laaswatch_agent.probes.result import Deadline
from laaswatch_agent.report.vocabulary import Layer, Reason, Result
from support.loopback import HOST, Authority, free_port, page, read_request, says, server


def opens(conversation):
    """A server that knows WebSocket."""
    request = read_request(conversation)
    key = re.search(r"Sec-WebSocket-Key: (\S+)", request)
    assert key is not None
    guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1((key[1] + guid).encode()).digest()).decode()
    head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    head += [f"Sec-WebSocket-Accept: {accept}", "", ""]
    conversation.sendall("\r\n".join(head).encode())


def look(behave, seconds=3.0):
    with server(behave) as port:
        return websocket.look(Endpoint("ws", HOST, port, "/live"), (HOST,), None, Deadline(seconds))


def test_a_channel_that_opens():
    row = look(opens)
    assert (row.layer, row.target) == (Layer.HTTP, "websocket")
    assert (row.result, row.detail) == (Result.OK, "101")


def test_a_channel_over_tls(tmp_path):
    authority = Authority(tmp_path)
    with server(opens, authority.issue("www.site.test")) as port:
        endpoint = Endpoint("wss", "www.site.test", port, "/live")
        row = websocket.look(endpoint, (HOST,), authority.file, Deadline(3))
        strange = websocket.look(endpoint, (HOST,), None, Deadline(3))
    assert row.result is Result.OK
    assert strange.reason is Reason.CERTIFICATE_UNKNOWN_ISSUER


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("400 Bad Request", Reason.STATUS_CLIENT_ERROR),
        ("403 Forbidden", Reason.STATUS_CLIENT_ERROR),
        ("426 Upgrade Required", Reason.STATUS_CLIENT_ERROR),
        ("407 Proxy Authentication Required", Reason.PROXY_REQUIRED),
        ("502 Bad Gateway", Reason.STATUS_SERVER_ERROR),
        ("200 OK", Reason.WRONG_CONTENT),
        ("101 Switching Protocols", Reason.WRONG_CONTENT),  # without the proof
    ],
)
def test_a_channel_that_is_refused(status, reason):
    row = look(says(page(b"", status)))
    assert (row.result, row.reason, row.detail) == (Result.FAIL, reason, status[:3])


def test_a_server_that_wants_a_sign_in_first_has_answered():
    assert look(says(page(b"", "401 Unauthorized"))).result is Result.OK


def test_what_does_not_answer():
    assert look(says(b"")).reason is Reason.RESET
    assert look(says(b"SSH-2.0-x\r\n")).reason is Reason.NOT_HTTP
    done = threading.Event()
    assert look(lambda _: done.wait(3), seconds=0.2).reason is Reason.TIMEOUT
    done.set()
    closed = Endpoint("ws", HOST, free_port(), "/")
    assert websocket.look(closed, (HOST,), None, Deadline(1)).reason is Reason.REFUSED
    assert websocket.look(closed, (), None, Deadline(1)).reason is Reason.NO_KNOWN_ADDRESS
