"""Series as the bytes of Prometheus remote write, 1.0 and 2.0, before compression. Pure.

Both are protocol buffers of a handful of fields, written here by hand: the tools that generate code for them
would bring more than these lines do, and make an object of every sample. A sample is 18 bytes of fixed
layout (in our time a timestamp always takes six bytes), so numpy writes all of a series at once.

    1.0  WriteRequest {timeseries=1}, TimeSeries {labels=1, samples=2}, Label {name=1, value=2}
    2.0  Request {symbols=4, timeseries=5}, TimeSeries {labels_refs=1, samples=2, metadata=5},
         Metadata {type=1, help_ref=3}
    both Sample {value=1 double, timestamp=2 int64}
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.remote_write.series import HELP, Series

FIRST_MS, LAST_MS = 1 << 35, (1 << 42) - 1
"""February 1971 to May 2109: the timestamps that take six bytes."""
_SAMPLE = np.dtype(
    [
        ("tag", "u1"),
        ("length", "u1"),
        ("value_tag", "u1"),
        ("value", "<f8"),
        ("at_tag", "u1"),
        ("at", "u1", (6,)),
    ]
)
_GAUGE = 2


class Protocol(StrEnum):
    """The versions of remote write."""

    V1 = "1.0"
    V2 = "2.0"


def encode(series: Sequence[Series], protocol: Protocol) -> bytes:
    """One request. Raises ValueError for a time outside FIRST_MS to LAST_MS."""
    return _v1(series) if protocol is Protocol.V1 else _v2(series)


def headers(protocol: Protocol) -> dict[str, str]:
    """What a request of this version says about itself."""
    kind = "application/x-protobuf"
    if protocol is Protocol.V2:
        kind += ";proto=io.prometheus.write.v2.Request"
    return {
        "Content-Type": kind,
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0" if protocol is Protocol.V1 else "2.0.0",
    }


def _v1(series: Sequence[Series]) -> bytes:
    parts = []
    for one in series:
        labels = b"".join(
            _part(0x0A, _part(0x0A, name.encode()) + _part(0x12, value.encode()))
            for name, value in one.labels
        )
        parts.append(_part(0x0A, labels + _samples(one.at, one.values)))
    return b"".join(parts)


def _v2(series: Sequence[Series]) -> bytes:
    symbols: dict[str, int] = {"": 0}
    parts = []
    for one in series:
        refs = b"".join(
            _number(symbols.setdefault(text, len(symbols))) for pair in one.labels for text in pair
        )
        name = dict(one.labels)["__name__"]
        told = _number(symbols.setdefault(HELP[name], len(symbols)))
        metadata = b"\x08" + _number(_GAUGE) + b"\x18" + told
        body = _part(0x0A, refs) + _samples(one.at, one.values) + _part(0x2A, metadata)
        parts.append(_part(0x2A, body))
    return b"".join([*(_part(0x22, text.encode()) for text in symbols), *parts])


def _samples(at: NDArray[np.int64], values: NDArray[np.float64]) -> bytes:
    if len(at) and not (at.min() >= FIRST_MS and at.max() <= LAST_MS):
        raise ValueError("a sample's time lies outside what can be written")
    rows = np.empty(len(at), _SAMPLE)
    rows["tag"], rows["length"] = 0x12, _SAMPLE.itemsize - 2
    rows["value_tag"], rows["value"], rows["at_tag"] = 0x09, values, 0x10
    septets = (at[:, None] >> np.arange(0, 42, 7)) & 0x7F
    septets[:, :5] |= 0x80
    rows["at"] = septets
    return rows.tobytes()


def _part(tag: int, body: bytes) -> bytes:
    return bytes((tag,)) + _number(len(body)) + body


def _number(value: int) -> bytes:
    """A varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
