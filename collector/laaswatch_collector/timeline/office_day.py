"""What was painted of an office over a day, packed into some hundred bytes, and back.

The minutes are written as runs: how long, and what is the same over it. An office without a packed day was not
heard: all its minutes are unknown.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from laaswatch_collector.timeline.calibration import Counts
from laaswatch_collector.timeline.painted import PaintedOffices, PcSpan
from laaswatch_collector.timeline.states import OfficeMinutes

VERSION = "3"
"""Of painting and packing together: raise it when either changes, and every day is painted anew."""
_FLAGS = ("slow", "down", "inferred", "local", "line", "power", "one_pc", "raised")
_COUNTS = ("observed", "usable", "reached")
_LEVEL = 3


def pack(painted: PaintedOffices, row: int) -> bytes | None:
    """The office in this row; None if nothing at all is known of its day."""
    m = painted.minutes
    flags = sum(
        getattr(m, name)[row].astype(np.uint8) << np.uint8(i) for i, name in enumerate(_FLAGS)
    )
    columns = np.stack(
        [np.asarray(flags, np.uint8), painted.fault[row]]
        + [getattr(m, name)[row] for name in _COUNTS]
    )
    spans = [[x.agent, x.first, x.end, x.fault, x.pcs] for x in painted.pcs if x.office == row]
    if not painted.steps[row] and not columns.any():
        return None
    edges = np.flatnonzero((np.diff(columns.astype(np.int16), axis=1) != 0).any(axis=0)) + 1
    starts = np.concatenate(([0], edges)).astype("<u2")
    told = [len(starts), painted.steps[row], spans, painted.counts[row]]
    head = json.dumps(told, separators=(",", ":")).encode()
    body = starts.tobytes() + columns[:, starts].tobytes()
    return zstandard.ZstdCompressor(level=_LEVEL).compress(
        len(head).to_bytes(4, "little") + head + body
    )


def pack_control(row: NDArray[np.uint8]) -> bytes:
    """What the control probes saw of the site in each minute (`blame.control_row`)."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(row.tobytes())


def unpack_control(data: bytes) -> NDArray[np.uint8]:
    """The same row again. Raises ValueError if it is damaged."""
    try:
        return np.frombuffer(zstandard.ZstdDecompressor().decompress(data), np.uint8)
    except zstandard.ZstdError as error:
        raise ValueError(f"the packed day of the control probes is damaged: {error}") from error


def unpack_all(
    packed: Mapping[str, bytes], offices: Sequence[str], start: int, minutes: int
) -> PaintedOffices:
    """All offices together again, in this order. Raises ValueError if a packed day is damaged."""
    shape = (len(offices), minutes)
    flags, fault = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    counts = [np.zeros(shape, np.uint8) for _ in _COUNTS]
    steps: list[tuple[int, ...]] = []
    told_before: list[dict[str, Counts]] = []
    spans: list[PcSpan] = []
    for row, office in enumerate(offices):
        data = packed.get(office)
        if data is None:
            steps.append(())
            told_before.append({})
            continue
        head, columns = _unpacked(data, office, minutes)
        _, of_office, told, counts_of = head
        steps.append(tuple(of_office))
        told_before.append({agent: Counts(*x) for agent, x in counts_of.items()})
        spans += [PcSpan(agent, row, a, b, code, pcs) for agent, a, b, code, pcs in told]
        flags[row], fault[row] = columns[0], columns[1]
        for count, values in zip(counts, columns[2:], strict=True):
            count[row] = values

    def flag(name: str) -> NDArray[np.bool_]:
        return np.asarray((flags >> np.uint8(_FLAGS.index(name))) & 1 > 0, np.bool_)

    observed, usable, reached = counts
    return PaintedOffices(
        start,
        OfficeMinutes(
            observed,
            usable,
            reached,
            flag("slow"),
            flag("down"),
            flag("inferred"),
            flag("local"),
            flag("line"),
            flag("power"),
            flag("one_pc"),
            flag("raised"),
        ),
        fault,
        tuple(sorted(spans, key=lambda x: (x.agent, x.first))),
        tuple(steps),
        tuple(told_before),
    )


def counts_in(data: bytes, office: str) -> dict[str, Counts]:
    """What a packed day counts for the days after it, by agent."""
    _, _, _, counts = _head(_decompressed(data, office), office)
    return {agent: Counts(*x) for agent, x in counts.items()}


def _unpacked(data: bytes, office: str, minutes: int) -> tuple[list[Any], NDArray[np.uint8]]:
    text = _decompressed(data, office)
    head = _head(text, office)
    try:
        runs = head[0]
        body = text[4 + int.from_bytes(text[:4], "little") :]
        starts = np.frombuffer(body[: 2 * runs], "<u2").astype(np.int64)
        columns = np.frombuffer(body[2 * runs :], np.uint8).reshape(2 + len(_COUNTS), runs)
        return head, np.repeat(columns, np.diff(np.append(starts, minutes)), axis=1)
    except (ValueError, TypeError) as error:
        raise _damaged(office, error) from error


def _decompressed(data: bytes, office: str) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise _damaged(office, error) from error


def _head(text: bytes, office: str) -> list[Any]:
    """Number of runs, steps, PC spans, counts by agent."""
    try:
        head = json.loads(text[4 : 4 + int.from_bytes(text[:4], "little")])
    except ValueError as error:
        raise _damaged(office, error) from error
    if not isinstance(head, list) or len(head) != 4:
        raise _damaged(office, ValueError("another form"))
    return head


def _damaged(office: str, error: Exception) -> ValueError:
    return ValueError(f"the packed day of office {office} is damaged: {error}")
