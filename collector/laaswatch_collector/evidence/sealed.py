"""The reports of one agent and day as one small blob, each given back to the byte.

A report is mostly the same words every time with other numbers between them. So each line is taken apart into
a form (the words, with blanks) and the numbers that fill it; lines of one form lie below each other, and their
numbers are written as columns. When and how a report arrived is written before its line and treated alike.
The hash of the line before is left out where it follows from that line itself.
"""

import hashlib
import json
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import zstandard

from laaswatch_collector.evidence.number_columns import MOST, Bytes, read, write

LEVEL = 19
"""zstandard's level: a day is packed once and read seldom."""
FEW = 4
"""A form that fewer reports share is no form: they are kept as they stand."""
_VERSION = 1
_HEAD = struct.Struct("<BIII")
_WHOLE, _DECIMAL, _FOLLOWS, _SPELLED = b"\x00", b"\x01", b"\x02", b"\x03"
_BLANKS = re.compile(rb"[\x00\x01]")
_CONTROL = re.compile(rb"[\x00-\x1f]")
_NUMBER = re.compile(rb"(?<=[,:\[])-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,3})?(?=[,\]}])")
_LINK = re.compile(rb'(?<="previous":")[0-9a-f]{64}(?=")')
_THOUSANDTHS = 1000


class Unsealable(ValueError):
    """These reports would not come back as they are: they must stay as they are."""


@dataclass(frozen=True, slots=True)
class KeptReport:
    """One report as it was taken in: the sealed line, and what its rounds are placed by (all times in ms).

    See the columns of the table `reports`, whose names these are.
    """

    line: bytes
    received: int
    sent: int
    sent_mono: int
    sent_boot: str
    origin: int | None
    first: int | None
    last: int | None


def seal_day(kept: Sequence[KeptReport]) -> bytes:
    """The reports in this order, which should be that of their numbers. Raises Unsealable."""
    blob = _seal(kept)
    if unseal_day(blob) != list(kept):
        raise Unsealable("what was packed does not come back the same")
    return blob


def unseal_day(blob: bytes) -> list[KeptReport]:
    """What `seal_day` was given, to the byte. Raises ValueError if the blob is damaged."""
    words, low, high = _frames(blob)
    head, *forms = words.split(b"\n")
    told = json.loads(head)
    low_bytes, high_bytes = Bytes(low), Bytes(high)
    (order, *rows) = (
        iter(read(count, columns, low_bytes, high_bytes).tolist())
        for count, columns in zip(told["counts"], told["columns"], strict=True)
    )
    links = iter(told["links"])
    kept: list[KeptReport] = []
    before = b""
    for (form,) in order:
        text = _fill(forms[form], next(rows[form]))
        head, line = text.split(b"\t")
        if _FOLLOWS in line:
            line = line.replace(_FOLLOWS, _hash(before))
        elif _SPELLED in line:
            line = line.replace(_SPELLED, next(links).encode())
        kept.append(_of_head(json.loads(head), line))
        before = line
    return kept


def _seal(kept: Sequence[KeptReport]) -> bytes:
    links: list[str] = []
    taken = [_take_apart(text) for text in _texts(kept, links)]
    often = Counter(form for form, _, _ in taken)
    forms: dict[bytes, list[list[int]]] = {}
    place: dict[bytes, int] = {}
    order: list[list[int]] = []
    for form, numbers, text in taken:
        # What comes once or twice is shorter as it stands.
        words, row = (form, numbers) if often[form] >= FEW else (text, [])
        forms.setdefault(words, []).append(row)
        order.append([place.setdefault(words, len(place))])
    written = [write(np.array(order, np.int64).reshape(-1, 1))]
    written += [write(np.array(rows, np.int64).reshape(len(rows), -1)) for rows in forms.values()]
    told = {
        "counts": [len(order), *(len(rows) for rows in forms.values())],
        "columns": [x.columns for x in written],
        "links": links,
    }
    frames = (
        b"\n".join((json.dumps(told, separators=(",", ":")).encode(), *forms)),
        b"".join(x.low for x in written),
        b"".join(x.high for x in written),
    )
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    packed = [compressor.compress(frame) for frame in frames]
    return _HEAD.pack(_VERSION, *map(len, packed)) + b"".join(packed)


def _texts(kept: Sequence[KeptReport], links: list[str]) -> Iterator[bytes]:
    """Each report's circumstances and line; hashes that do not follow from the line before go to `links`."""
    before = b""
    for one in kept:
        if _CONTROL.search(one.line):
            raise Unsealable("a line with control characters")
        yield _head_of(one) + b"\t" + _without_link(one.line, before, links)
        before = one.line


def _frames(blob: bytes) -> Iterator[bytes]:
    if len(blob) < _HEAD.size:
        raise ValueError("damaged: too short")
    version, *lengths = _HEAD.unpack_from(blob)
    if version != _VERSION:
        raise ValueError(f"packed by another laaswatch (form {version})")
    decompressor, at = zstandard.ZstdDecompressor(), _HEAD.size
    for length in lengths:
        try:
            yield decompressor.decompress(blob[at : at + length])
        except zstandard.ZstdError as error:
            raise ValueError(f"damaged: {error}") from error
        at += length


def _head_of(one: KeptReport) -> bytes:
    # Told from when the PC's monotonic clock read 0: so the rounds of most reports tell the rest by themselves.
    boot = one.received - one.sent_mono
    times = [None if x is None else x - boot for x in (one.origin, one.first, one.last)]
    row = [one.received, one.sent - one.received, one.sent_mono, one.sent_boot, *times]
    return json.dumps(row, separators=(",", ":")).encode()


def _of_head(row: Sequence[Any], line: bytes) -> KeptReport:
    received, ahead, mono, sent_boot, *times = row
    boot = received - mono
    origin, first, last = (None if x is None else x + boot for x in times)
    return KeptReport(line, received, received + ahead, mono, sent_boot, origin, first, last)


def _without_link(line: bytes, before: bytes, links: list[str]) -> bytes:
    found = _LINK.search(line)
    if found is None:
        return line
    follows = found[0] == _hash(before)
    if not follows:
        links.append(found[0].decode())
    return line[: found.start()] + (_FOLLOWS if follows else _SPELLED) + line[found.end() :]


def _hash(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest().encode()


def _take_apart(text: bytes) -> tuple[bytes, list[int], bytes]:
    """The form, the numbers in its blanks, and the text itself."""
    numbers: list[int] = []

    def blank(found: "re.Match[bytes]") -> bytes:
        said = found[0]
        if b"." not in said:
            value, mark = int(said), _WHOLE
        else:
            value, mark = round(float(said) * _THOUSANDTHS), _DECIMAL
        if abs(value) > MOST or _say(value, mark) != said:
            return said  # as it stands: it would not come back the same
        numbers.append(value)
        return mark

    return _NUMBER.sub(blank, text), numbers, text


def _fill(form: bytes, numbers: Iterable[int]) -> bytes:
    values = iter(numbers)
    return _BLANKS.sub(lambda blank: _say(next(values), blank[0]), form)


def _say(value: int, mark: bytes) -> bytes:
    return (str(value) if mark == _WHOLE else repr(value / _THOUSANDTHS)).encode()
