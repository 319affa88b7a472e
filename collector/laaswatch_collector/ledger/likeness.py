"""Whether two lines are the same one, without keeping what they say: a keyed hash over what is dropped.

Amounts, payees and descriptions never leave the parser. Where a number is issued again or a line moves, a
hash of them tells one entry from another; without the key, which stays in the store, nobody can try names
or amounts against it. The same cell as text, as a number or with Thai digits gives the same hash.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from laaswatch_collector.ledger.cells import cell_at, text_of_cell
from laaswatch_collector.ledger.headers import canonical
from laaswatch_collector.ledger.table import Cell

SIZE = 16
"""Bytes that are kept: two lines of one office agree by chance once in 10³⁸."""
_MONEY = re.compile(r"\(?[+-]?\s*[\d,]+(?:\.\d*)?(?:\s*(?:\.-|/-|-|บาท))?\)?")


def match_hash(cells: Sequence[Cell], columns: Mapping[str, int], key: bytes) -> bytes | None:
    """The hash of a row over these columns (canonical heading → column); None if they are all blank."""
    if not key:
        return None
    parts = [
        f"{heading}={value}"
        for heading, column in sorted(columns.items())
        if (value := _value(cell_at(cells, column)))
    ]
    if not parts:
        return None
    return hashlib.blake2b("\n".join(parts).encode(), key=key, digest_size=SIZE).digest()


def _value(cell: Cell) -> str:
    text = text_of_cell(cell)
    if text in {"", "-", "–", "—"}:
        return ""
    if _MONEY.fullmatch(text):
        try:
            amount = _amount(text)
        except InvalidOperation:
            return canonical(text)
        return f"{amount.normalize():f}" if amount else ""
    return canonical(text)


def _amount(text: str) -> Decimal:
    """1,234.50 and 1,234.- and (500): money as the books print it, exactly."""
    reversed_ = text.startswith("(") and text.endswith(")")
    digits = re.sub(r"[^\d.+-]", "", text.strip("()")).rstrip(".-")
    amount = Decimal(digits)
    return -amount if reversed_ else amount
