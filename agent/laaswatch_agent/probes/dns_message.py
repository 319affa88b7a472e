"""DNS questions and answers as bytes (RFC 1035), as much of it as asking for addresses needs."""

import ipaddress
import struct
from dataclasses import dataclass

A, AAAA, _CNAME, _IN = 1, 28, 5, 1
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
_HEADER = struct.Struct(">6H")
_RECORD = struct.Struct(">HHIH")
_REPLY, _RECURSION_DESIRED = 0x8000, 0x0100


@dataclass(frozen=True, slots=True)
class Answer:
    """A resolver's answer: its code and the addresses in it."""

    code: int
    addresses: tuple[str, ...]


def question(number: int, name: str, kind: int) -> bytes:
    """The datagram that asks for records of this kind. Raises ValueError for what is no name."""
    labels = name.rstrip(".").encode("ascii").split(b".")
    if not all(0 < len(x) <= 63 for x in labels) or sum(len(x) + 1 for x in labels) > 254:
        raise ValueError(name)
    head = _HEADER.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0)
    body = b"".join(bytes([len(x)]) + x for x in labels)
    return head + body + b"\0" + struct.pack(">HH", kind, _IN)


def answer(data: bytes, asked: bytes) -> Answer | None:
    """The answer in a datagram, or None if it is not one to the question `asked`."""
    try:
        return _answer(data, asked)
    except (struct.error, IndexError, ValueError):
        return None


def _answer(data: bytes, asked: bytes) -> Answer | None:
    number, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
    if number != _HEADER.unpack_from(asked)[0] or not flags & _REPLY:
        return None
    at = _HEADER.size
    if questions:
        end = _skip_name(data, at) + 4
        if data[at:end].lower() != asked[_HEADER.size :].lower():
            return None
        at = end
    kind = struct.unpack(">H", asked[-4:-2])[0]
    addresses = []
    for _ in range(answers):
        at = _skip_name(data, at)
        record_kind, record_class, _, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        value = data[at : at + length]
        at += length
        if record_kind == kind and record_class == _IN:
            addresses.append(str(ipaddress.ip_address(value)))
    return Answer(flags & 0x000F, tuple(addresses))


def _skip_name(data: bytes, at: int) -> int:
    # A name ends with an empty label or with a pointer; pointers need not be followed to skip it.
    while length := data[at]:
        if length & 0xC0 == 0xC0:
            return at + 2
        if length & 0xC0:
            raise ValueError(length)
        at += 1 + length
    return at + 1
