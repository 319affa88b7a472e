"""The bytes that a real agent sends, from its enrolment on, searched for whatever tells who sits there."""

import getpass
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from laaswatch_agent.report.codec import unpack_delivery, unseal
from laaswatch_agent.report.vocabulary import Layer
from support.agents import Counterpart, ack_all, reply
from support.loopback import HOST, page, says, server
from support.register import register

pytestmark = pytest.mark.system

AGENT = [sys.executable, "-m", "laaswatch_agent.cli.main"]
PLANTED = "somchai-planted-7731"
"""The user's name in the environment, in the folders and as the computer's name in Windows' variable."""
CODE = "0123456789ABCDEFGHJKMNPQR"
FACT = re.compile(
    r"[0-9]{3}|known|mtu|arp|differs|dates|ipv[46]|"
    r"(after|try|clock|issuer|connect|signer|ipv6|errno|windows|eai|verify|ssl|load|cpu|memory)=-?[0-9.]+"
)
SOURCES = sorted(Path(__file__).parents[2].glob("agent/laaswatch_agent/**/*.py"))
PRYING = (
    "getuser", "getlogin", "gethostname", "platform.node", "COMPUTERNAME",
    "GetWindowText", "GetForegroundWindow", "WlanQueryInterface", "netsh", "iwgetid", "ssid",
    "process_iter", "GetUserName", "net_connections", "AF_LINK", "uuid.getnode", "uuid1",
)  # fmt: skip
"""Calls that would tell who sits there; the agent has none of them."""


class Collector:
    """Takes an agent in and every report; keeps what came, to the byte."""

    def __init__(self):
        self.reports = []

    def __call__(self, method, path, headers, body):
        if path == "/v1/enrolments":
            office = {"code": "6860101", "name_th": "อบต.", "name_en": "Office"}
            return reply(200, {"agent": "a-1", "state": "active", "office": office, "role": "pc"})
        if path != "/v1/reports":
            return reply(404, {"error": "not_found"})
        plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        self.reports += [unseal(line) for line in unpack_delivery(plain).sealed]
        status, more, answer = ack_all(plain)
        beacon = {"beacon": "5:" + "A" * 43 + "="}
        return status, more, json.dumps(json.loads(answer) | beacon).encode()


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """What a real agent sent while it enrolled and ran, and the reports in it: (bytes, headers, reports)."""
    folder = tmp_path_factory.mktemp(PLANTED)
    collector = Collector()
    with (
        Counterpart(collector) as counterpart,
        server(says(page())) as site,
        server(says(page(b"", "204 No Content"))) as reference,
    ):
        file = folder / "agent.yaml"
        settings = {
            "fast": True, "stand_in_site": True, "state_dir": str(folder / "state"),
            "round_seconds": 0.5, "report_seconds": 0.5, "round_deadline": 3, "layer_timeout": 1,
            "status_page": str(folder / "status.html"), "resolver": f"{HOST}:9", "second_resolver": f"{HOST}:9",
            "targets": [{"role": "login", "addresses": [{"url": f"http://{HOST}:{site}/"}]}],
            "references": [{"name": "one", "url": f"http://{HOST}:{reference}/x"}],
        }  # fmt: skip
        file.write_text(json.dumps(settings), encoding="utf-8")
        environment = {
            **os.environ, "USER": PLANTED, "LOGNAME": PLANTED, "USERNAME": PLANTED,
            "COMPUTERNAME": PLANTED, "HOSTNAME": PLANTED, "HOME": str(folder), "TMPDIR": str(folder),
        }  # fmt: skip
        way = ["--collector", counterpart.address, "--code", CODE, "--config", str(file)]
        done = subprocess.run(
            [*AGENT, "enroll", *way], env=environment, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        agent = subprocess.Popen(
            [*AGENT, "run", "--config", str(file)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            end = time.monotonic() + 60
            while sum(len(x.rounds) for x in collector.reports) < 4 or not any(
                x.beacon for x in collector.reports
            ):
                assert agent.poll() is None, agent.stderr.read()
                assert time.monotonic() < end, collector.reports
                time.sleep(0.05)
        finally:
            agent.send_signal(signal.SIGTERM)
            agent.wait(30)
            agent.stderr.close()
        seen = list(counterpart.seen)
    wire = b"\n".join(
        f"{method} {path} {headers}".encode()
        + (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        for method, path, headers, body in seen
    )
    return wire, {name for _, _, headers, _ in seen for name in headers}, collector.reports


def own_addresses():
    """This machine's MAC addresses in each spelling, and its addresses but the loopback's."""
    found = set()
    for one in (x for group in psutil.net_if_addrs().values() for x in group):
        if one.family == psutil.AF_LINK:
            plain = re.sub("[^0-9a-f]", "", one.address.lower())
            if len(plain) == 12 and set(plain) != {"0"}:
                pairs = [plain[i : i + 2] for i in range(0, 12, 2)]
                found |= {plain, ":".join(pairs), "-".join(pairs)}
        elif not one.address.startswith(("127.", "::1")):
            found.add(one.address.partition("%")[0].lower())
    return found


def test_nothing_that_names_person_or_machine_leaves(sent):
    wire = sent[0].lower()
    assert b"a-1" in wire  # the search sees what was sent
    wanted = {PLANTED, socket.gethostname().lower(), *own_addresses()}
    name = getpass.getuser().lower()
    assert [x for x in wanted if len(x) > 3 and x.encode() in wire] == []
    assert not re.search(rb"\b" + re.escape(name.encode()) + rb"\b", wire)


def test_every_header_that_leaves_has_a_row(sent):
    wanted = {x.removeprefix("header.") for x in register() if x.startswith("header.")}
    assert sent[1] <= wanted, sent[1] - wanted
    assert wanted <= sent[1], wanted - sent[1]


def test_a_layers_facts_are_words_and_numbers_of_the_list(sent):
    """No address, no name: not in the facts, and targets are roles or names of references."""
    layers = [x for report in sent[2] for one in report.rounds for x in one.layers]
    assert {x.layer for x in layers} >= {Layer.LINK, Layer.REFERENCE, Layer.HTTP}
    assert {x.target for x in layers} <= {"", "login", "one", "second_resolver"}
    assert [x.detail for x in layers if not all(map(FACT.fullmatch, x.detail.split()))] == []


def test_the_agent_never_asks_who_sits_there():
    """No call for the user, the PC's name, MAC, Wi-Fi, windows, programs or their connections."""
    assert len(SOURCES) > 60
    found = [
        (path.name, word)
        for path in SOURCES
        for word in PRYING
        if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", path.read_text(encoding="utf-8"))
    ]
    assert found == []
