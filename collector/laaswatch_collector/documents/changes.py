"""What has changed since a document was made, and the figures by which paper is compared with what is kept."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from laaswatch_collector.documents.facts import (
    BookCount,
    Entry,
    Facts,
    LayerCount,
    Measured,
    OfficeLine,
    OfficeMonth,
    Outage,
    OutageSheet,
    ProvinceMonth,
)
from laaswatch_collector.documents.phrases import tally

GONE, NEW = "gone", "new"


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is another now. `of`: entry, outage, book, office, layer, step or facts; `name`: which one.

    `what`: the name of the field, "gone" or "new"; `then` and `now` are values as they are kept.
    """

    of: str
    name: str
    what: str
    then: Any = None
    now: Any = None


def changes(then: Facts, now: Facts) -> list[Change]:
    """Everything that differs, in the order of the document. Facts of another kind differ as a whole."""
    if type(then) is not type(now):
        return [Change("facts", "", "other")]
    found: list[Change] = []
    for name in then.__struct_fields__:
        before, after = getattr(then, name), getattr(now, name)
        if before == after:
            continue
        listed = _LISTED.get(name)
        if listed is not None:
            found += _listed(listed, before, after)
        elif isinstance(before, msgspec.Struct) and isinstance(after, msgspec.Struct):
            found += _fields("facts", "", before, after)
        else:
            found.append(Change("facts", "", name, _plain(before), _plain(after)))
    return found


def _fields(of: str, name: str, before: msgspec.Struct, after: msgspec.Struct) -> list[Change]:
    """What differs between two of the same kind, field by field."""
    pairs = [(x, getattr(before, x), getattr(after, x)) for x in before.__struct_fields__]
    return [Change(of, name, x, _plain(a), _plain(b)) for x, a, b in pairs if a != b]


@dataclass(frozen=True, slots=True)
class _Listed:
    of: str
    key: Callable[[Any], str]


def _entry(x: Entry) -> str:
    return f"{x.number} {x.book}"


def _id(x: Outage) -> str:
    return x.id


def _book(x: BookCount) -> str:
    return x.book


def _code(x: OfficeLine) -> str:
    return x.code


def _layer(x: LayerCount) -> str:
    return x.layer


def _start(x: Measured) -> str:
    return str(x.start)


_LISTED: Mapping[str, _Listed] = {
    "late": _Listed("entry", _entry),
    "outages": _Listed("outage", _id),
    "books": _Listed("book", _book),
    "offices": _Listed("office", _code),
    "neighbours": _Listed("office", _code),
    "layers": _Listed("layer", _layer),
    "measured": _Listed("step", _start),
}


def _listed(listed: _Listed, before: Iterable[Any], after: Iterable[Any]) -> list[Change]:
    old, new = ({listed.key(x): x for x in side} for side in (before, after))
    found: list[Change] = []
    for name, x in old.items():
        if name not in new:
            found.append(Change(listed.of, name, GONE))
            continue
        found += _fields(listed.of, name, x, new[name])
    return found + [Change(listed.of, name, NEW) for name in new if name not in old]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field of facts
    return msgspec.to_builtins(value)


def figures(facts: Facts) -> dict[str, int]:
    """The main figures as they are printed, by name: what somebody with the paper can compare."""
    if isinstance(facts, OfficeMonth):
        return _of_office(facts)
    if isinstance(facts, ProvinceMonth):
        return _of_province(facts)
    return _of_outage(facts)


def _of_office(facts: OfficeMonth) -> dict[str, int]:
    x = tally(facts.late)
    return {
        "entries": sum(book.entries for book in facts.books),
        "late": x.late,
        "not_posted": x.not_posted,
        "explained": x.explained,
        "probably": x.probably,
        "partly": x.partly,
        "not_explained": x.not_explained,
        "unconfirmed": x.unconfirmed,
        "estimated": x.estimated,
        "outages": len(facts.outages),
        "working": facts.minutes.working,
        "up": facts.minutes.up + facts.minutes.slow,
        "unknown": facts.minutes.unknown,
    }


def _of_province(facts: ProvinceMonth) -> dict[str, int]:
    def total(verdict: str) -> int:
        return sum(x.verdicts.get(verdict, 0) for x in facts.offices)

    return {
        "offices": len(facts.offices),
        "entries": sum(x.entries for x in facts.offices),
        "late": sum(x.late for x in facts.offices),
        "not_explained": total("not_explained"),
        "partly": total("partly"),
        "explained": total("explained"),
        "outages": len(facts.outages),
    }


def _of_outage(facts: OutageSheet) -> dict[str, int]:
    x = facts.outage
    found = {"hit": facts.hit, "not_hit": facts.not_hit}
    return found if x.end is None else {"minutes": round((x.end - x.start) / 60), **found}


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure on paper beside the one that is kept. `agrees` None: nobody typed it."""

    name: str
    kept: int
    typed: str
    agrees: bool | None


def compare(facts: Facts, typed: Mapping[str, str]) -> list[Compared]:
    """Compare the figures on paper with those that are kept; Thai digits and thousands marks may be typed."""
    found = []
    for name, kept in figures(facts).items():
        words = typed.get(name, "").strip()[:20]
        plain = words.replace(",", "").replace(" ", "")
        # int() reads Thai digits as well, and every other script's: only whole numbers count.
        agrees = (plain.isdecimal() and int(plain) == kept) if plain else None
        found.append(Compared(name, kept, words, agrees))
    return found
