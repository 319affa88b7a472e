"""What is said to people, before it is words: a key of the catalogues and the values to fill in.

The functional core returns messages, or raises them (`Told`); only the edge, which knows the reader's language,
looks up words (`web.words.Words.say`, on a command line `cli.say`). A message travels as JSON and back, so that
a child process can answer with one and the store can keep one. See docs/design/dd-009-words-at-the-edge.md.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Union

import msgspec


class Message(msgspec.Struct, frozen=True, tag="message", omit_defaults=True):
    """A text of the catalogues by its `key`, and its `values` by name; `n` chooses the plural, if there is one.

    A list among the values is joined two by two with the text `<key>.join`, of `{before}` and `{next}`.
    """

    key: str
    values: dict[str, "Value"] = {}
    n: int | None = None


class Day(msgspec.Struct, frozen=True, tag="day"):
    """A calendar day; the edge writes it as its reader counts years."""

    on: date


class Moment(msgspec.Struct, frozen=True, tag="moment"):
    """An aware time; the edge writes it on the Bangkok clock."""

    at: datetime


Value = Union[str, int, float, Message, Day, Moment, list[Message]]  # noqa: UP007 - msgspec reads names in it
"""What may be filled in. A `float` needs its digits said in the text: `{share:.1f}`."""
Given = str | int | float | date | datetime | Message | Sequence[Message]
"""What may be given for a value."""
Say = Callable[[Message | None], str]
"""Puts a message into the words of one language."""


def message(key: str, **values: Given) -> Message:
    """The message of a key."""
    return Message(key, {name: _value(x) for name, x in values.items()})


def counted(key: str, n: int, **values: Given) -> Message:
    """The message of a key with a plural, for `n` of something; its text may print `{n}`."""
    return Message(key, {name: _value(x) for name, x in values.items()}, n)


def word(kind: str, member: str) -> Message:
    """The label of a member of a closed list; the empty member is called `none`."""
    return Message(f"{kind}.{member or 'none'}")


def _value(x: Given) -> Value:
    if isinstance(x, datetime):
        return Moment(x)
    if isinstance(x, date):
        return Day(x)
    if isinstance(x, str | int | float | Message):
        return x
    return list(x)


class Told(Exception):
    """An error that a person is told of: what went wrong, and what to do. Made like a message, or of one.

    `str()` is its key and values, for logs; never shown to people.
    """

    def __init__(self, said: str | Message, /, **values: Given) -> None:
        self.message = said if isinstance(said, Message) else message(said, **values)
        given = ", ".join(f"{name}={x}" for name, x in self.message.values.items())
        super().__init__(f"{self.message.key} ({given})" if given else self.message.key)
