"""What only people can add to a document: numbers, names, addressees. Never stored, only printed."""

import msgspec

MOST = 200
"""Characters of a field."""


class Form(msgspec.Struct, frozen=True):
    """The fields of the page that makes a document. Every one may stay empty: then there is room to write."""

    number: str = ""
    """The office's own number as far as it is fixed (ชร 52002/); the registry writes the rest."""
    agency: str = ""
    address: str = ""
    date: str = ""
    to: str = ""
    through: str = ""
    reference: str = ""
    signer: str = ""
    position: str = ""
    division: str = ""
    phone: str = ""
    circuit: str = ""
    """A line's number at its provider."""


FIELDS = Form.__struct_fields__


def read_form(given: dict[str, str]) -> Form:
    """The fields of a posted form: one line each, cut at `MOST` characters, without control characters."""
    return Form(**{name: _clean(given.get(name, "")) for name in FIELDS})


def _clean(typed: str) -> str:
    line = "".join(x if x.isprintable() else " " for x in typed)
    return " ".join(line.split())[:MOST]
