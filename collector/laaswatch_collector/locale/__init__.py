"""The catalogues of words: gettext, a folder a language, a file (`.po`) a group of words.

A msgid is a dotted key (`office.since`), the same in both languages; the words are its msgstr. All files of a
language are read as one catalogue, so a key stands in one file only.
"""

import io
from functools import lru_cache
from gettext import GNUTranslations
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("th", "en")
"""Thai first: it is what readers get who did not choose."""


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> GNUTranslations:
    """The words of a language, one of LANGUAGES. Raises ValueError where a key stands in two files."""
    merged = Catalog(locale=language, fuzzy=False)
    for domain in domains(language):
        for message in read_catalogue(language, domain):
            if not message.id:
                continue
            if message.id in merged:
                raise ValueError(f"{language}/{domain}.po: {message.id} stands in another file too")
            merged[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


def domains(language: str) -> list[str]:
    """The groups of words that a language has, by name."""
    folder = files("laaswatch_collector.locale").joinpath(language, "LC_MESSAGES")
    return sorted(x.name.removesuffix(".po") for x in folder.iterdir() if x.name.endswith(".po"))


def read_catalogue(language: str, domain: str) -> Catalog:
    """One file of words as it was written. Raises babel's PoFileError for a malformed one."""
    file = files("laaswatch_collector.locale").joinpath(language, "LC_MESSAGES", f"{domain}.po")
    return read_po(
        io.BytesIO(file.read_bytes()), locale=language, domain=domain, abort_invalid=True
    )
