"""The agent's own texts, Thai and English: a gettext catalogue a language, the same keys in each.

The catalogues are read as they are written: they are small, and there is nothing to compile or to forget.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LANGUAGES = ("th", "en")


@cache
def texts(language: str) -> Mapping[str, str]:
    """Every text of one language by its key."""
    path = Path(__file__).parent / language / "LC_MESSAGES" / "agent.po"
    return MappingProxyType(read_po(path.read_text(encoding="utf-8")))


def read_po(text: str) -> dict[str, str]:
    """The words of a catalogue by msgid; of gettext's format what we write: no plurals, no contexts."""
    found: dict[str, str] = {}
    key, is_key = "", False
    for line in text.splitlines():
        start, _, rest = line.partition(" ")
        if start == "msgid":
            key, is_key = json.loads(rest), True
        elif start == "msgstr":
            found[key], is_key = json.loads(rest), False
        elif line.startswith('"') and is_key:
            key += json.loads(line)
        elif line.startswith('"'):
            found[key] += json.loads(line)
    found.pop("", None)
    return found


def both(key: str, **values: object) -> str:
    """The text in Thai, and the English below it: what commands print."""
    return "\n".join(texts(language)[key].format(**values) for language in LANGUAGES)


def beside(key: str, **values: object) -> str:
    """The text in Thai and English on one line; once where both are the same."""
    said = dict.fromkeys(texts(language)[key].format(**values) for language in LANGUAGES)
    return " · ".join(said)
