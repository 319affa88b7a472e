"""Bytes ⇄ reports, within limits. Every door here raises `MalformedReport` and nothing else.

A sealed report is one line of JSON. A delivery is newline-separated JSON (NDJSON): one envelope, then
the sealed reports as they stand in the agent's spool. Readers refuse what two readers could understand
differently: duplicate keys, NaN, booleans for numbers, lone surrogates, unknown fields. Words that only
say more about a failure (reasons, side findings) may be newer than the reader: they are read as unknown.
"""

import json
import re
from enum import StrEnum
from typing import Any, TypeVar, cast

from laaswatch_agent.report.model import (
    FORMAT_VERSION,
    Delivery,
    Envelope,
    Gap,
    LayerResult,
    PresenceMark,
    ProbeRound,
    Report,
)
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, PresenceKind, Reason, Result

MAX_DELIVERY = 1024 * 1024
"""Bytes of one delivery, inflated."""
MAX_SEALED = 256 * 1024
MAX_REPORTS = 500
MAX_ROUNDS = 500
MAX_LAYERS = 40
MAX_ALSO = 32
MAX_MARKS = 200
MAX_GAPS = 50
MAX_TIME = 2**48
"""Milliseconds: year 10889. A wrong clock is accepted and repaired later; a number past this is nonsense."""
MAX_SEQ = 2**53

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_DETAIL = re.compile(r"[A-Za-z0-9 _.:,/=-]{0,80}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_INCARNATION = re.compile(r"[0-9a-f]{16}")

_Word = TypeVar("_Word", bound=StrEnum)


class MalformedReport(ValueError):
    """The bytes are not a report of this format; the text says where and why."""


def seal(report: Report) -> bytes:
    """The report as one line of canonical JSON, without the line end: what is hashed, kept and sent."""
    document = {
        "v": FORMAT_VERSION,
        "seq": report.seq,
        "previous": report.previous,
        "boot": report.boot,
        "made": report.made,
        "cadence": report.cadence,
        "rules": report.rules,
        "agent_version": report.agent_version,
        "decides": report.decides,
        "beacon": report.beacon,
        "rounds": [_round_out(x) for x in report.rounds],
        "presence": [[m.kind, m.at, m.boot, m.until] for m in report.presence],
        "gaps": [[g.rounds, g.first_at, g.last_at, g.why] for g in report.gaps],
    }
    return _dump(document)


def unseal(sealed: bytes) -> Report:
    """The report in one sealed line."""
    if len(sealed) > MAX_SEALED:
        raise MalformedReport(f"report of {len(sealed)} bytes; at most {MAX_SEALED} are accepted")
    d = _fields(
        _load(sealed),
        "report",
        "v seq previous boot made cadence rules agent_version decides beacon rounds presence gaps",
    )
    _version(d["v"])
    return Report(
        seq=_integer(d["seq"], "seq", 1, MAX_SEQ),
        previous=_match(d["previous"], "previous", _HEX64),
        boot=_identifier(d["boot"], "boot"),
        made=_time(d["made"], "made"),
        cadence=_number(d["cadence"], "cadence", 0.1, 86400),
        rules=_identifier(d["rules"], "rules"),
        agent_version=_identifier(d["agent_version"], "agent_version"),
        decides=_identifier(d["decides"], "decides"),
        beacon=_match(d["beacon"], "beacon", _DETAIL),
        rounds=tuple(
            _round_in(x, f"rounds[{i}]") for i, x in _items(d["rounds"], "rounds", MAX_ROUNDS)
        ),
        presence=tuple(
            _mark_in(x, f"presence[{i}]") for i, x in _items(d["presence"], "presence", MAX_MARKS)
        ),
        gaps=tuple(_gap_in(x, f"gaps[{i}]") for i, x in _items(d["gaps"], "gaps", MAX_GAPS)),
    )


def pack_delivery(delivery: Delivery) -> bytes:
    """A request body (not yet compressed)."""
    e = delivery.envelope
    head = {
        "v": FORMAT_VERSION,
        "agent": e.agent,
        "incarnation": e.incarnation,
        "boot": e.boot,
        "sent": e.sent,
        "mono": e.mono,
        "count": e.count,
    }
    return b"\n".join((_dump(head), *delivery.sealed))


def unpack_delivery(body: bytes) -> Delivery:
    """The envelope and the still sealed reports of a request body."""
    if len(body) > MAX_DELIVERY:
        raise MalformedReport(f"delivery of {len(body)} bytes; at most {MAX_DELIVERY} are accepted")
    head, *sealed = body.removesuffix(b"\n").split(b"\n")
    d = _fields(_load(head), "envelope", "v agent incarnation boot sent mono count")
    _version(d["v"])
    envelope = Envelope(
        agent=_identifier(d["agent"], "agent"),
        incarnation=_match(d["incarnation"], "incarnation", _INCARNATION),
        boot=_identifier(d["boot"], "boot"),
        sent=_time(d["sent"], "sent"),
        mono=_time(d["mono"], "mono"),
        count=_integer(d["count"], "count", 0, MAX_REPORTS),
    )
    if len(sealed) != envelope.count:
        raise MalformedReport(
            f"envelope announces {envelope.count} reports, {len(sealed)} lines follow"
        )
    return Delivery(envelope, tuple(sealed))


def pack_round(one: ProbeRound) -> bytes:
    """One round as one line of JSON: how it is kept until it is sealed, and as the last result."""
    return _dump(_round_out(one))


def unpack_round(data: bytes) -> ProbeRound:
    """The round in one line of `pack_round`."""
    return _round_in(_load(data), "round")


def _round_out(r: ProbeRound) -> list[Any]:
    return [
        r.at,
        r.mono,
        r.fault,
        r.rule,
        [[x.layer, x.target, x.result, x.reason, x.ms, x.detail] for x in r.layers],
        list(r.also),
    ]


def _round_in(value: Any, where: str) -> ProbeRound:
    at, mono, fault, rule, layers, also = _row(value, where, 6)
    return ProbeRound(
        at=_time(at, where),
        mono=_time(mono, where),
        fault=_word(fault, Fault, where),
        rule=_identifier(rule, where),
        layers=tuple([_layer_in(x, where) for _, x in _items(layers, where, MAX_LAYERS)]),
        also=_also_in(also, where),
    )


def _layer_in(value: Any, where: str) -> LayerResult:
    # The hottest reader of all: a national collector runs it some 10,000 times a second.
    layer, target, result, reason, ms, detail = _row(value, where, 6)
    return LayerResult(
        _word(layer, Layer, where),
        "" if target == "" else _identifier(target, where),
        _word(result, Result, where),
        _reason(reason, where),
        None if ms is None else _number(ms, where, 0, 600_000),
        "" if detail == "" else _match(detail, where, _DETAIL),
    )


def _also_in(value: Any, where: str) -> tuple[Also, ...]:
    """The side findings that this reader knows; a newer agent's others decide nothing and are left out."""
    words = [_identifier(x, where) for _, x in _items(value, where, MAX_ALSO)]
    return tuple([Also(x) for x in words if x in Also._value2member_map_])


def _reason(value: Any, where: str) -> Reason:
    """A reason; one that only a newer agent knows is `unknown` here."""
    found = Reason._value2member_map_.get(value) if isinstance(value, str) else None
    if found is None:
        _identifier(value, where)
        return Reason.UNKNOWN
    return cast("Reason", found)


def _mark_in(value: Any, where: str) -> PresenceMark:
    kind, at, boot, until = _row(value, where, 4)
    return PresenceMark(
        kind=_word(kind, PresenceKind, where),
        at=_time(at, where),
        boot=_identifier(boot, where),
        until=None if until is None else _time(until, where),
    )


def _gap_in(value: Any, where: str) -> Gap:
    rounds, first_at, last_at, why = _row(value, where, 4)
    return Gap(
        rounds=_integer(rounds, where, 0, MAX_SEQ),
        first_at=_time(first_at, where),
        last_at=_time(last_at, where),
        why=_identifier(why, where),
    )


def _dump(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode(
        "ascii"
    )


def _load(data: bytes) -> Any:
    try:
        text = data.decode("ascii")  # sealed lines are ASCII: one byte sequence, one reading
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except MalformedReport:
        raise
    except RecursionError as error:
        raise MalformedReport("nested too deeply") from error
    except ValueError as error:
        raise MalformedReport(f"not one line of ASCII JSON: {error}") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    d = dict(pairs)
    if len(d) != len(pairs):
        raise MalformedReport("a key appears twice")
    return d


def _no_constant(name: str) -> None:
    raise MalformedReport(f"{name} is not a number of this format")


def _fields(value: Any, where: str, names: str) -> dict[str, Any]:
    wanted = set(names.split())
    if not isinstance(value, dict):
        raise MalformedReport(f"{where}: an object is expected")
    if set(value) != wanted:
        odd = sorted(set(value) ^ wanted)[:5]
        raise MalformedReport(
            f"{where}: missing or unknown fields: {', '.join(map(repr, odd))}"[:200]
        )
    return value


def _version(value: Any) -> None:
    if value is not FORMAT_VERSION and (isinstance(value, bool) or value != FORMAT_VERSION):
        raise MalformedReport(f"format version {value!r:.20}; this reader knows {FORMAT_VERSION}")


def _items(value: Any, where: str, most: int) -> enumerate[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise MalformedReport(f"{where}: a list of at most {most} is expected")
    return enumerate(value)


def _row(value: Any, where: str, length: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise MalformedReport(f"{where}: a row of {length} values is expected")
    return value


def _integer(value: Any, where: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise MalformedReport(f"{where}: a whole number from {least} to {most} is expected")
    return value


def _number(value: Any, where: str, least: float, most: float) -> float:
    if type(value) not in (int, float) or not least <= value <= most:
        raise MalformedReport(f"{where}: a number from {least} to {most} is expected")
    return float(value)


def _time(value: Any, where: str) -> int:
    return _integer(value, where, -MAX_TIME, MAX_TIME)


def _match(value: Any, where: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise MalformedReport(f"{where}: text of the form {pattern.pattern} is expected")
    return value


def _identifier(value: Any, where: str) -> str:
    return _match(value, where, _IDENTIFIER)


def _word(value: Any, vocabulary: type[_Word], where: str) -> _Word:
    # The value map answers at once where calling the enumeration costs a microsecond.
    found = vocabulary._value2member_map_.get(value) if isinstance(value, str) else None
    if found is None:
        raise MalformedReport(f"{where}: {value!r:.40} is not a {vocabulary.__name__}")
    return cast("_Word", found)
