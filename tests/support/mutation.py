"""Inputs made from real ones by changes that parsers dislike: bytes, words, lengths, JSON values.

What a parser accepts although it was changed becomes a sample itself, so that changes pile up behind the
first check that they pass.
"""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

KEPT = 300
WORDS = (
    b"", b"\0", b"\n", b"\r\n", b"\t", b" ", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b",", b":", b"-", b"#",
    b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"0" * 40, b"9" * 30, b"9" * 5000, b"1_000",
    b"18446744073709551616", b"-9223372036854775809", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"\\ud800", b"\\u0000", b"[" * 2000, b'{"a":' * 500, b"&a", b"*a", b"!!python/object/apply:os.system",
    "๑๒๓".encode(), "\u202e".encode(), "\u200b".encode(), "ก\u0e31\u0e31\u0e31".encode(), b"%s%n", b"../../x",
    b"=cmd|x", b"1" + b"0" * 400, b"2569-02-29", b"31/2/2569", b"24:00", b"05120101",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308, float("nan"),
    float("inf"), "", " ", "\0", "x" * 5000, "๑", "\ud800", "\u202e", [], {}, [[]], [None], {"": {}}, [[[[[[]]]]]],
    "none", "ok", "boot-1", "0" * 64,
)  # fmt: skip


class Mutator:
    """Endless inputs of at most `most` bytes, from `samples` and the dice."""

    def __init__(self, dice: Random, samples: Sequence[bytes], most: int = 64 * 1024) -> None:
        self._dice = dice
        self._most = most
        self._samples = list(samples)
        self._own = len(samples)

    def next(self) -> bytes:
        """An input."""
        dice = self._dice
        data = bytearray(dice.choice(self._samples))
        if dice.random() < 0.3:
            data = bytearray(self._other_value(bytes(data)))
        for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
            self._change(data)
        return bytes(data[: self._most])

    def accepted(self, data: bytes) -> None:
        """The parser took it: go on from there as well."""
        if len(self._samples) < KEPT:
            self._samples.append(data)
        elif len(data) < 4096:
            self._samples[self._dice.randrange(self._own, KEPT)] = data

    def _change(self, data: bytearray) -> None:
        dice = self._dice
        at = dice.randrange(len(data) + 1)
        size = min(dice.choice((1, 1, 2, 5, 20, 300)), len(data) - at)
        match dice.randrange(8):
            case 0 if at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            case 1 if at < len(data):
                data[at] = dice.randrange(256)
            case 2:
                del data[at : at + size]
            case 3:
                data[at:at] = data[at : at + size] * dice.choice((1, 2, 50))
            case 4:
                data[at:at] = dice.choice(WORDS)
            case 5:
                data[at : at + size] = dice.choice(WORDS)
            case 6:
                del data[at:]
            case _:
                other = dice.choice(self._samples)
                start = dice.randrange(len(other) + 1)
                data[at:] = other[start:]

    def _other_value(self, data: bytes) -> bytes:
        """One value of a JSON document (or of one of its lines) replaced; as it was if it is none."""
        lines = data.split(b"\n")
        number = self._dice.randrange(len(lines))
        try:
            document = json.loads(lines[number])
            self._replace(document)
            lines[number] = json.dumps(document, separators=(",", ":")).encode()
        except (ValueError, RecursionError):
            return data
        return b"\n".join(lines)

    def _replace(self, node: Any) -> None:
        dice = self._dice
        while True:
            keys = (
                list(node)
                if isinstance(node, dict)
                else list(range(len(node)))
                if isinstance(node, list)
                else []
            )
            if not keys:
                return
            key = dice.choice(keys)
            if isinstance(node[key], dict | list) and node[key] and dice.random() < 0.75:
                node = node[key]
                continue
            match dice.randrange(3):
                case 0:
                    del node[key]
                case 1 if isinstance(node, list):
                    node.insert(key, dice.choice(VALUES))
                case _:
                    node[key] = dice.choice(VALUES)
            return
