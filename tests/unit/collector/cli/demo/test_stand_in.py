"""The stand-in site shows each fault on loopback, to whom it should, and heals."""

import asyncio
import json
import random
import socket
import ssl
import struct
from datetime import UTC, datetime

import aiohttp
import pytest

from laaswatch_collector.cli.demo import stand_in
from laaswatch_collector.cli.demo.certificates import make_certificates
from laaswatch_collector.cli.demo.faults import FAULTS, give, wanted
from laaswatch_collector.cli.demo.names import NameServer
from laaswatch_collector.cli.demo.stand_in import KB, MARKER, SITE, StandIn


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    make_certificates(folder / "certificates", (SITE, KB), datetime.now(UTC))
    return folder


class _ToLoopback(aiohttp.abc.AbstractResolver):
    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self):
        pass


async def _look(site: StandIn, folder, side: str) -> str:
    """What a visitor of one side finds: a status with its page, or the name of the failure."""
    context = ssl.create_default_context(cafile=folder / "certificates" / "ca.pem")
    connector = aiohttp.TCPConnector(resolver=_ToLoopback(), ssl=context, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            url = f"https://{SITE}:{site.ports[f'{side}_site']}/dlogin.aspx"
            async with session.get(url, allow_redirects=False) as answer:
                text = await answer.text()
                return f"{answer.status} {'marker' if MARKER in text else ''}".strip()
        except aiohttp.ClientConnectorCertificateError as error:
            return str(error.certificate_error.verify_message)
        except aiohttp.ClientConnectorError:
            return "refused"


def _at_work(folder, scenario):
    async def play():
        site = StandIn(folder)
        await site.start()
        try:
            return await scenario(site)
        finally:
            await site.stop()

    return asyncio.run(play())


@pytest.mark.parametrize(
    ("fault", "pc", "control"),
    [
        ("tls", "certificate has expired", "certificate has expired"),
        ("http503", "503", "503"),
        ("portal", "302", "200 marker"),
        ("off", "refused", "refused"),
        ("dns", "200 marker", "200 marker"),  # names fail, addresses do not
    ],
)
def test_each_fault_shows_and_heals(folder, fault, pc, control):
    """A fault of this PC's way leaves the control's way alone; healing brings the page back."""

    async def scenario(site):
        await site.show(fault)
        broken = await _look(site, folder, "pc"), await _look(site, folder, "control")
        await site.show(None)
        return broken, (await _look(site, folder, "pc"), await _look(site, folder, "control"))

    broken, healed = _at_work(folder, scenario)
    assert broken == (pc, control)
    assert healed == ("200 marker", "200 marker")


def test_slow_delays_the_page(folder, monkeypatch):
    """The slow fault keeps the visitor waiting for as long as it says."""
    monkeypatch.setattr(stand_in, "SLOW_SECONDS", 0.2)

    async def scenario(site):
        await site.show("slow")
        clock = asyncio.get_running_loop().time
        started = clock()
        return await _look(site, folder, "pc"), clock() - started

    found, took = _at_work(folder, scenario)
    assert found == "200 marker"
    assert took >= 0.2


def _question(name: str, kind: int = 1, number: int = 7) -> bytes:
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    return (
        struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">xHH", kind, 1)
    )


def test_name_server_answers_denies_and_keeps_silent():
    """Known names have one address, lost and unknown ones none, noise gets no answer."""
    lost = set()
    server = NameServer(frozenset({SITE}), lost.__contains__)
    reply = server._reply(_question(SITE))
    assert reply.endswith(bytes((127, 0, 0, 1)))
    assert struct.unpack_from(">HH", reply) == (7, 0x8580)
    no_v6 = server._reply(_question(SITE, kind=28))
    assert struct.unpack_from(">HHHH", no_v6) == (7, 0x8580, 1, 0)
    assert server._reply(_question("www.elsewhere.test"))[3] & 15 == 3
    lost.add(SITE)
    assert server._reply(_question(SITE))[3] & 15 == 3
    noise = random.Random(1)
    answers = [server._reply(noise.randbytes(noise.randrange(40))) for _ in range(300)]
    assert all(x is None or len(x) >= 12 for x in answers)
    assert server._reply(b"") is None
    assert server._reply(reply) is None  # an answer is not a question


def test_the_name_server_answers_over_its_socket(folder):
    """Only this PC's resolver loses the site's name; both know it again once healed."""

    async def ask(port: int) -> bytes:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            await loop.sock_connect(sock, ("127.0.0.1", port))
            await loop.sock_sendall(sock, _question(SITE))
            return await asyncio.wait_for(loop.sock_recv(sock, 512), 5)

    async def scenario(site):
        sides = [site.ports[f"{side}_names"] for side in ("pc", "control")]
        found = []
        for fault in (None, "dns", None):
            await site.show(fault)
            found.append([(await ask(port))[3] & 15 for port in sides])
        return found

    assert _at_work(folder, scenario) == [[0, 0], [3, 0], [0, 0]]


def test_faults_travel_through_the_folder(tmp_path):
    """What `break` writes the stand-in reads; nonsense counts as no fault."""
    assert wanted(tmp_path) is None
    for fault in FAULTS:
        give(tmp_path, fault)
        assert wanted(tmp_path) == fault
    give(tmp_path, None)
    assert wanted(tmp_path) is None
    (tmp_path / "control.json").write_text(json.dumps({"fault": "fire"}), encoding="utf-8")
    assert wanted(tmp_path) is None
    (tmp_path / "control.json").write_text("{", encoding="utf-8")
    assert wanted(tmp_path) is None
