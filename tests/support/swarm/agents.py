"""Simulated agents: enrolled straight in the store, with real chains, real reports and real requests.

Everything follows from an agent's number, so that drivers in other processes make the same agents without
asking the store.
"""

import gzip
import hashlib
import random
import struct
import time
from datetime import UTC, datetime

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import pack_delivery, seal
from laaswatch_agent.report.model import (
    NO_HASH,
    Delivery,
    Envelope,
    LayerResult,
    ProbeRound,
    Report,
)
from laaswatch_agent.report.vocabulary import Fault, Layer, Result
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.schema import agents, offices

INCARNATION = "0123456789abcdef"
OFFICE_OF = 5
"""Agents in one office."""
CADENCE = 30
ROUNDS = 2
SAMPLES = 24
"""Results in one report: two rounds of twelve."""


def office_code(number: int) -> str:
    """The office of agent `number`: one of the country's, spread over its provinces."""
    office = number // OFFICE_OF
    return f"6{10 + office % 77:02d}{office:05d}"


def agent_id(number: int) -> str:
    """Its id."""
    return hashlib.sha256(f"swarm {number}".encode()).hexdigest()[:32]


def token(number: int) -> str:
    """Its secret."""
    return hashlib.sha256(f"swarm secret {number}".encode()).hexdigest()


def enrol_swarm(database: Database, count: int) -> None:
    """Offices and agents 0 to `count` - 1 as if they had been enrolled long ago."""
    now = datetime.now(UTC)
    codes = sorted({office_code(n) for n in range(count)})
    office_rows = [
        {"code": code, "name_th": code, "province": code[1:3], "isp": f"isp-{int(code) % 5}"}
        for code in codes
    ]
    agent_rows = [
        {
            "id": agent_id(n),
            "office_code": office_code(n),
            "token_sha256": hashlib.sha256(token(n).encode()).digest(),
            "token_at": now,
            "enrol_nonce": hashlib.sha256(f"swarm nonce {n}".encode()).digest(),
            "created_at": now,
        }
        for n in range(count)
    ]
    database.write(lambda c: c.execute(offices.insert(), office_rows))
    database.write(lambda c: c.execute(agents.insert(), agent_rows))


class SwarmAgent:
    """One agent: seals reports of two rounds of twelve results, and packs them into requests."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines: list[bytes] = []
        self._dice = random.Random(number)
        self._base = self._dice.lognormvariate(3.2, 0.7)
        self._booted = time.time() - 10 * 86_400

    def seal_one(self, at: float) -> bytes:
        """The next report, its rounds made in the minute before `at` (Unix seconds)."""
        rounds = tuple(
            self._round(at - CADENCE * (ROUNDS - n) - self.number % CADENCE) for n in range(ROUNDS)
        )
        report = Report(
            seq=len(self.lines) + 1,
            previous=hash_of(self.lines[-1]) if self.lines else NO_HASH,
            boot="swarm",
            made=round(at * 1000),
            cadence=float(CADENCE),
            rules="2",
            agent_version="0.1.0",
            rounds=rounds,
        )
        self.lines.append(seal(report))
        return self.lines[-1]

    def body(self, *lines: bytes) -> bytes:
        """A request body with these reports, sent now."""
        now = time.time()
        head = Envelope(
            agent_id(self.number),
            INCARNATION,
            "swarm",
            round(now * 1000),
            self._mono(now),
            len(lines),
        )
        return gzip.compress(pack_delivery(Delivery(head, lines)), 1)

    def _mono(self, at: float) -> int:
        return round((at - self._booted) * 1000)

    def _round(self, at: float) -> ProbeRound:
        slow = self._base * self._dice.lognormvariate(0, 0.35)

        def ok(layer: Layer, target: str, factor: float, detail: str = "") -> LayerResult:
            return LayerResult(layer, target, Result.OK, ms=round(slow * factor, 1), detail=detail)

        layers = [ok(Layer.LINK, "", 0.01), ok(Layer.GATEWAY, "", 0.1)]
        layers += [ok(Layer.REFERENCE, name, 1.0) for name in ("ref-a", "ref-b")]
        for target in ("login", "app"):
            layers += [
                ok(Layer.DNS, target, 1.1),
                ok(Layer.TCP, target, 1.05),
                ok(Layer.TLS, target, 2.2),
                ok(Layer.HTTP, target, 5.0, "200"),
            ]
        return ProbeRound(
            at=round(at * 1000),
            mono=self._mono(at),
            fault=Fault.NONE,
            rule="none.full",
            layers=tuple(layers),
        )


def request_of(number: int, body: bytes) -> bytes:
    """A whole HTTP request of agent `number`, as bytes."""
    head = (
        "POST /v1/reports HTTP/1.1\r\nHost: swarm\r\n"
        f"Authorization: Bearer {token(number)}\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Encoding: gzip\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def remote_write_of(number: int, at: float, dice: random.Random) -> bytes:
    """The same number of samples as one Prometheus remote-write 1.0 request, for the peers.

    Twelve series of two samples each; snappy's block format with literals only, which costs its reader less.
    """
    series = b""
    agent, office = agent_id(number).encode(), office_code(number).encode()
    for k in range(SAMPLES // ROUNDS):
        labels = ((b"__name__", b"probe_%d_ms" % k), (b"agent", agent), (b"office", office))
        body = b"".join(_field(1, _field(1, name) + _field(2, value)) for name, value in labels)
        for n in range(ROUNDS):
            ms = round((at - CADENCE * (ROUNDS - n)) * 1000)
            value = struct.pack("<d", round(20 * dice.lognormvariate(0, 0.35), 1))
            body += _field(2, b"\x09" + value + b"\x10" + _varint(ms))
        series += _field(1, body)
    return _snappy(series)


def _field(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(data)) + data


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _snappy(data: bytes) -> bytes:
    out = _varint(len(data))
    for i in range(0, len(data), 65_536):
        part = data[i : i + 65_536]
        out += b"\xf4" + (len(part) - 1).to_bytes(2, "little") + part
    return out
