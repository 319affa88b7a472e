"""The short code that an officer reads over the phone: `DN-7Q4M2`.

Two letters name the fault; four characters hold the result of each layer and the reason at the rung that
broke; the last one checks them all. Support types it and sees the same ladder. The characters are
Crockford's base32, which has no I, L, O or U. Nothing about the PC or the office is in it.

The check is a remainder over GF(32): any one wrong character and any two swapped neighbours are found.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from laaswatch_agent.report.vocabulary import LAYERS, Fault, Layer, Reason, Result

PREFIXES: dict[Fault, str] = {
    Fault.UNKNOWN: "XX",
    Fault.NONE: "AA",
    Fault.SLOW: "SW",
    Fault.LOSSY: "PK",
    Fault.PC_LINK: "PC",
    Fault.GATEWAY: "GW",
    Fault.UPLINK: "WN",
    Fault.DNS: "DN",
    Fault.PC_CLOCK: "CK",
    Fault.INTERCEPTION: "NT",
    Fault.SITE_TLS: "ST",
    Fault.CAPTIVE_PORTAL: "CP",
    Fault.SITE_TCP: "SC",
    Fault.PC_BLOCKED: "PB",
    Fault.SITE_HTTP: "SH",
    Fault.BEYOND_GATEWAY: "BG",
}
"""Public like the faults' ids: never changed, never used again for another fault."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FAULTS = {prefix: fault for fault, prefix in PREFIXES.items()}
_RESULTS = tuple(Result)
_REASONS = tuple(Reason)
_REASON_BITS = 6
_LADDERS = len(_RESULTS) ** len(LAYERS)
_TYPED = str.maketrans("OIL๐๑๒๓๔๕๖๗๘๙", "0110123456789", " -–—.")
"""What people hear, and what a Thai keyboard types, as the characters that are meant."""


class CodeError(ValueError):
    """What was typed is not a code of ours; most likely one character is wrong."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a code says: the fault, the result of every layer, and why the rung broke."""

    fault: Fault
    results: dict[Layer, Result]
    reason: Reason


def encode(fault: Fault, results: Mapping[Layer, Result], reason: Reason = Reason.NONE) -> str:
    """The code. A layer that is missing from `results` was not tried."""
    ladder = 0
    for layer in LAYERS:
        ladder = ladder * len(_RESULTS) + _RESULTS.index(results.get(layer, Result.SKIPPED))
    position = _REASONS.index(reason)
    if position >= 1 << _REASON_BITS:
        position = _REASONS.index(Reason.UNKNOWN)
    number = ladder << _REASON_BITS | position
    body = "".join(_ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))
    text = PREFIXES[fault] + body
    return f"{text[:2]}-{text[2:]}{_ALPHABET[_times_x(_remainder(text))]}"


def decode(typed: str) -> Decoded:
    """What the code says; tolerant of case, spaces, dashes, O/0, I/L/1 and Thai digits. Raises CodeError."""
    text = typed.upper().translate(_TYPED)
    if len(text) != 7 or any(x not in _ALPHABET for x in text):
        raise CodeError("a code has seven letters and digits, for example DN-7Q4M2")
    if _remainder(text):
        raise CodeError("a character is wrong or two are swapped; please read the code again")
    number = 0
    for x in text[2:6]:
        number = number << 5 | _ALPHABET.index(x)
    ladder, position = number >> _REASON_BITS, number & (1 << _REASON_BITS) - 1
    if text[:2] not in _FAULTS or ladder >= _LADDERS or position >= len(_REASONS):
        raise CodeError("not a code of this version of the program")
    results: dict[Layer, Result] = {}
    for layer in reversed(LAYERS):
        ladder, result = divmod(ladder, len(_RESULTS))
        results[layer] = _RESULTS[result]
    return Decoded(
        _FAULTS[text[:2]], {layer: results[layer] for layer in LAYERS}, _REASONS[position]
    )


def _remainder(text: str) -> int:
    """The text as a polynomial over GF(32), taken at x; 0 for a text that ends in its own check."""
    value = 0
    for x in text:
        value = _times_x(value) ^ _ALPHABET.index(x)
    return value


def _times_x(value: int) -> int:
    """Multiply by x in GF(32) modulo x⁵ + x² + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value
