"""What `read` and its child process say to each other: one JSON line each way, checked against these."""

import msgspec

from laaswatch_collector.ledger.headers import Headings
from laaswatch_collector.ledger.model import Expected, Layout, LedgerFile
from laaswatch_collector.messages import Message


class Request(msgspec.Struct, frozen=True):
    """One file to read, as the child is told."""

    path: str
    name: str
    headings: Headings
    expected: Expected


class Answer(msgspec.Struct, frozen=True):
    """What the child found: the entries, or why there are none."""

    file: LedgerFile | None = None
    refusal: Message | None = None
    layouts: tuple[Layout, ...] = ()
