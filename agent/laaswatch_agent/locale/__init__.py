"""The agent's own texts, Thai and English: one file a language, the same keys in each."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LANGUAGES = ("th", "en")


@cache
def texts(language: str) -> Mapping[str, str]:
    """Every text of one language by its key."""
    path = Path(__file__).parent / f"{language}.json"
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8")))


def both(key: str, **values: object) -> str:
    """The text in Thai, and the English below it: what commands print."""
    return "\n".join(texts(language)[key].format(**values) for language in LANGUAGES)
