"""The knowledge base as one document that a collector hands to its agents. Data, never code.

Canonical JSON: `{"format": 1, "own": {name: text, …}, "shipped": {name: text, …}}`, the keys sorted and no
space between. Each text is an article in the strict YAML of `articles`; `own` are the province's, which go
before. It is named by the SHA-256 of its bytes.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

from laaswatch_agent.knowledge.articles import ArticleError, Articles, build

FORMAT = 1
MAX_BYTES = 1024 * 1024
MOST_FILES = 500
_KEYS = frozenset(("format", "own", "shipped"))
_WHERE = "knowledge"


def pack(own: Mapping[str, str], shipped: Mapping[str, str]) -> bytes:
    """The document. Raises ArticleError for one that no agent would take."""
    document = {"format": FORMAT, "own": dict(own), "shipped": dict(shipped)}
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    data = text.encode()
    unpack(data)
    return data


def name_of(data: bytes) -> str:
    """The SHA-256 by which a document is announced."""
    return sha256(data).hexdigest()


def unpack(data: bytes, local: Mapping[str, str] | None = None) -> Articles:
    """The articles of a document, with the PC's own files before them. Raises ArticleError.

    Refused: more than MAX_BYTES, anything but our JSON (a portal's page), a key or field that we do not
    know, a text without one of the languages, a fault without an article.
    """
    if len(data) > MAX_BYTES:
        raise ArticleError(_WHERE, f"more than {MAX_BYTES} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArticleError(_WHERE, "not JSON") from error
    if not isinstance(document, dict) or document.keys() != _KEYS:
        raise ArticleError(_WHERE, "the keys format, own and shipped are expected, and no others")
    if document["format"] != FORMAT or isinstance(document["format"], bool):
        raise ArticleError(_WHERE, "of a format that this version does not know")
    return build([local or {}, _files(document["own"]), _files(document["shipped"])])


def _files(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MOST_FILES:
        raise ArticleError(_WHERE, f"at most {MOST_FILES} texts by name are expected")
    if not all(isinstance(text, str) for text in value.values()):
        raise ArticleError(_WHERE, "texts by name are expected")
    return value
