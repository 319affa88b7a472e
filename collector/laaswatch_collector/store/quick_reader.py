"""Sealed lines read ten times as fast as the strict reader, where they are written as the agent writes them.

The quick reader is believed only if what it read, written again, gives the very same bytes: then there was
no second reading of them. Anything else (another order, a doubled key, an unknown word, a newer agent) goes
to `report.codec.unseal`, which alone decides what is refused and why.
"""

import re
from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from laaswatch_agent.report.codec import (
    MAX_ALSO,
    MAX_GAPS,
    MAX_LAYERS,
    MAX_MARKS,
    MAX_ROUNDS,
    MAX_SEALED,
    MAX_SEQ,
    MAX_TIME,
    unseal,
)
from laaswatch_agent.report.model import Report
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, PresenceKind, Reason, Result

_Identifier = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.:-]{1,64}\Z")]
_Detail = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9 _.:,/=-]{0,80}\Z")]
_Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Time = Annotated[int, Meta(ge=-MAX_TIME, le=MAX_TIME)]


class _Layer(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    layer: Layer
    target: str  # looked at by `_Words`
    result: Result
    reason: Reason
    ms: Annotated[float, Meta(ge=0, le=600_000)] | None
    detail: str


class _Round(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    at: _Time
    mono: _Time
    fault: Fault
    rule: _Identifier
    layers: Annotated[tuple[_Layer, ...], Meta(max_length=MAX_LAYERS)]
    also: Annotated[tuple[Also, ...], Meta(max_length=MAX_ALSO)]


class _Mark(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    kind: PresenceKind
    at: _Time
    boot: _Identifier
    until: _Time | None


class _Gap(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    rounds: Annotated[int, Meta(ge=0, le=MAX_SEQ)]
    first_at: _Time
    last_at: _Time
    why: _Identifier


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    """The fields in the order in which `seal` writes them."""

    v: Literal[1]
    seq: Annotated[int, Meta(ge=1, le=MAX_SEQ)]
    previous: _Hash
    boot: _Identifier
    made: _Time
    cadence: Annotated[float, Meta(ge=0.1, le=86_400)]
    rules: _Identifier
    agent_version: _Identifier
    decides: _Identifier
    beacon: _Detail
    rounds: Annotated[tuple[_Round, ...], Meta(max_length=MAX_ROUNDS)]
    presence: Annotated[tuple[_Mark, ...], Meta(max_length=MAX_MARKS)]
    gaps: Annotated[tuple[_Gap, ...], Meta(max_length=MAX_GAPS)]


class _Words:
    """Texts of one form, remembered: the same few come again in every round of every agent."""

    def __init__(self, form: str, most: int = 4096) -> None:
        self._form = re.compile(form)
        self._most = most
        self._known: set[str] = set()

    def all_good(self, texts: set[str]) -> bool:
        """Are all of these of the form?"""
        if texts <= self._known:
            return True
        if not all(self._form.fullmatch(text) for text in texts):
            return False
        if len(self._known) < self._most:
            self._known |= texts
        return True


_TARGETS = _Words(r"[A-Za-z0-9_.:-]{0,64}")
_DETAILS = _Words(r"[A-Za-z0-9 _.:,/=-]{0,80}")
_DECODER = msgspec.json.Decoder(_Report)
_ENCODER = msgspec.json.Encoder()


def read(sealed: bytes) -> Report:
    """The report in one sealed line, with the attributes of `Report`. Raises MalformedReport."""
    if len(sealed) <= MAX_SEALED:
        try:
            quick = _DECODER.decode(sealed)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return unseal(sealed)
        if _good_words(quick) and _ENCODER.encode(quick) == sealed:
            return cast("Report", quick)
    return unseal(sealed)


def _good_words(report: _Report) -> bool:
    layers = [x for one in report.rounds for x in one.layers]
    return _TARGETS.all_good({x.target for x in layers}) and _DETAILS.all_good(
        {x.detail for x in layers}
    )
