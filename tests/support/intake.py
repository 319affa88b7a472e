"""What the collector's tests share: an office, an enrolled agent, rounds, sealed reports, deliveries."""

import gzip
import hashlib
from dataclasses import dataclass, field
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
from laaswatch_agent.report.vocabulary import Fault, Layer, Reason, Result
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.enrolment import make_code, redeem
from laaswatch_collector.store.schema import offices

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
OFFICE = "6570401"


def add_office(database: Database, code: str = OFFICE) -> None:
    """An office as the registry would bring it."""
    row = {"code": code, "name_th": "อบต.ทดสอบ", "name_en": "Test", "province": "57", "isp": "a"}
    database.write(lambda c: c.execute(offices.insert().values(**row)))


def a_round(at_ms: int, mono_ms: int, fault: Fault = Fault.NONE) -> ProbeRound:
    """A round over six layers: all well, or failing from the names on."""
    good = fault is Fault.NONE
    result, reason = (
        (Result.OK, Reason.NONE) if good else (Result.SKIPPED, Reason.EARLIER_LAYER_FAILED)
    )
    dns = (Result.OK, Reason.NONE) if good else (Result.FAIL, Reason.NXDOMAIN)
    return ProbeRound(
        at=at_ms,
        mono=mono_ms,
        fault=fault,
        rule="all-well" if good else "dns-fails",
        layers=(
            LayerResult(Layer.LINK, "", Result.OK, Reason.NONE, 0.1),
            LayerResult(Layer.GATEWAY, "", Result.OK, Reason.NONE, 1.5),
            LayerResult(Layer.DNS, "login", *dns, 12.5),
            LayerResult(Layer.REFERENCE, "a", Result.OK, Reason.NONE, 20.0),
            LayerResult(Layer.TCP, "login", result, reason, 21.0 if good else None),
            LayerResult(Layer.HTTP, "login", result, reason, 310.0 if good else None),
        ),
    )


@dataclass
class Sender:
    """An agent's side of the protocol: seals, numbers and chains, and remembers every line it made."""

    agent: str
    token: str = ""
    incarnation: str = "0123456789abcdef"
    boot: str = "boot-1"
    lines: list[bytes] = field(default_factory=list)

    def seal(self, *rounds: ProbeRound, **fields: object) -> bytes:
        """The next report with these rounds."""
        values = {
            "seq": len(self.lines) + 1,
            "previous": hash_of(self.lines[-1]) if self.lines else NO_HASH,
            "boot": self.boot,
            "made": rounds[-1].at if rounds else 0,
            "cadence": 30.0,
            "rules": "r1",
            "agent_version": "0.1.0",
            "rounds": rounds,
        }
        self.lines.append(seal(Report(**{**values, **fields})))
        return self.lines[-1]

    def delivery(
        self, *lines: bytes, sent: int = NOW_MS, mono: int = 1_000_000, **envelope: object
    ):
        """A delivery of these lines (all of them if none is given), sent now by both clocks."""
        chosen = lines or tuple(self.lines)
        values = {"agent": self.agent, "incarnation": self.incarnation, "boot": self.boot}
        head = Envelope(**{**values, **envelope}, sent=sent, mono=mono, count=len(chosen))
        return Delivery(head, chosen)

    def body(self, *lines: bytes, **envelope: object) -> bytes:
        """The same as a request body, gzip."""
        return gzip.compress(pack_delivery(self.delivery(*lines, **envelope)), 1)


def enrol(database: Database, name: str = "pc", *, office: str = OFFICE, now=NOW, **code) -> Sender:
    """A new agent of an office, through the ordinary codes."""
    token = hashlib.sha256(f"token {name}".encode()).hexdigest()
    plain = database.write(lambda c: make_code(c, office, now=now, **code))
    found = database.write(
        lambda c: redeem(
            c,
            plain,
            nonce=hashlib.sha256(f"nonce {name}".encode()).digest(),
            token_sha256=hashlib.sha256(token.encode("ascii")).digest(),
            system="linux",
            version="0.1.0",
            now=now,
        )
    )
    assert found is not None
    return Sender(found.agent, token)
