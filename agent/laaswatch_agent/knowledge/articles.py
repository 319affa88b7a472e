"""The knowledge base: one file an article, in Thai and English, chosen by what a round saw.

An article applies to a round if it names the round's fault, one of its reasons (if the article names any),
one of its side findings (likewise) and the scope that the collector found (likewise). Of those that
apply the most particular comes first: scope before reason before side finding. Articles of a site's own
(`knowledge_dir`) come before the shipped ones, and replace those of the same id.

    id: kb-18-dns-no-answer     # stable, public; the file has the same name
    faults: [dns]               # none = nothing the agent sees leads here, people find it by reading
    reasons: [resolver_timeout] # optional, as are `also` and `scopes`
    track: NO_ACCESS            # or DEGRADED, or absent: the circular's two tracks, never merged
    title, symptom, sign, sentence, next: {th: …, en: …}
    warning: {th: …, en: …}     # optional: what never to do meanwhile
    actions:                    # at most five, one thing to do each; `{call_centre}` is a name of contacts.yaml
      - {step: SELF, th: …, en: …}
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from laaswatch_agent import locale
from laaswatch_agent.knowledge.strict_yaml import YamlError, load
from laaswatch_agent.report.vocabulary import Also, Fault, Reason, State, state_of

MOST_ACTIONS = 5
CONTACTS_FILE = "contacts.yaml"
NO_SCOPE = "none"
"""How an article names "nobody but this PC has been asked", which is all that an agent alone can know."""
SCOPES = (NO_SCOPE, "site", "undecided", "isp", "isp_province", "province", "office", "pc")
"""The scopes that the collector finds, by name."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PLACE = re.compile(r"\{([a-z_]+)\}")
_KEYS = frozenset(
    (
        *("id", "faults", "reasons", "also", "scopes", "track"),
        *("title", "symptom", "sign", "sentence", "warning", "actions", "next"),
    )
)


class Step(StrEnum):
    """Who can take an action (design.md §3), nearest first."""

    SELF = "SELF"
    IT = "IT"
    PARTNER = "PARTNER"
    ISP = "ISP"
    OWNER = "OWNER"


class Track(StrEnum):
    """The circular's two tracks, and none."""

    NO_ACCESS = "NO_ACCESS"
    DEGRADED = "DEGRADED"
    NONE = ""


_TRACKS = {
    State.DOWN: Track.NO_ACCESS,
    State.DEGRADED: Track.DEGRADED,
    State.UP: Track.NONE,
    State.UNKNOWN: Track.NONE,
}


class ArticleError(ValueError):
    """A file of the knowledge base cannot be used; names the file and what is wrong in it."""

    def __init__(self, where: str, problem: str) -> None:
        self.where = where
        self.problem = problem
        super().__init__(f"{where}: {problem}")


@dataclass(frozen=True, slots=True)
class Text:
    """The same in Thai and English."""

    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, and who can do it."""

    step: Step
    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call. `phone` is "" where only the office itself knows it; `source` says where it is from."""

    id: str
    name: Text
    phone: str
    source: str
    confidence: str
    as_of: str

    def line(self) -> Text:
        """Name and number as they stand in a sentence."""
        if not self.phone:
            return self.name
        names = {"th": self.name.th, "en": self.name.en}
        call = {
            x: locale.texts(x)["contact.call"].format(name=names[x], phone=self.phone)
            for x in names
        }
        return Text(**call)


@dataclass(frozen=True, slots=True)
class Article:
    """What to do about one cause. `sentence` is shown first, alone; `next` is what follows if nothing helped.

    `warning` says what never to do meanwhile; it is no step, and stands beside whichever step comes next.
    """

    id: str
    faults: frozenset[Fault]
    reasons: frozenset[Reason]
    also: frozenset[Also]
    scopes: frozenset[str]
    track: Track
    title: Text
    symptom: Text
    sign: Text
    sentence: Text
    actions: tuple[Action, ...]
    next: Text
    warning: Text | None = None

    @property
    def step(self) -> Step:
        """Who takes the first action."""
        return self.actions[0].step


class Articles(Mapping[str, Article]):
    """The articles by id, in the order of their numbers, and the contacts that they name."""

    def __init__(self, articles: Sequence[Article], contacts: Sequence[Contact]) -> None:
        self._articles = {x.id: x for x in articles}
        self.contacts: Mapping[str, Contact] = MappingProxyType({x.id: x for x in contacts})

    def __getitem__(self, article_id: str) -> Article:
        return self._articles[article_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._articles)

    def __len__(self) -> int:
        return len(self._articles)

    def for_round(
        self,
        fault: Fault,
        reasons: Sequence[Reason] = (),
        also: Sequence[Also] = (),
        scope: str = "",
    ) -> tuple[Article, ...]:
        """The articles that apply, the most particular first. The load made sure that there is one.

        Among articles of equal particularity the one on the earlier reason comes first: callers put the
        reason at the rung that broke in front.
        """
        found = [
            x
            for x in self._articles.values()
            if fault in x.faults
            and (not x.reasons or not x.reasons.isdisjoint(reasons))
            and (not x.also or not x.also.isdisjoint(also))
            and (not x.scopes or (scope or NO_SCOPE) in x.scopes)
        ]

        def particular(x: Article) -> tuple[bool, bool, int, bool]:
            first = next((n for n, r in enumerate(reasons) if r in x.reasons), len(reasons))
            return not x.scopes, not x.reasons, first, not x.also

        return tuple(sorted(found, key=particular))

    def on(self, also: Also) -> Article | None:
        """The first article that explains a side finding."""
        return next((x for x in self._articles.values() if also in x.also), None)


def load_articles(extra_dir: Path | None = None) -> Articles:
    """The shipped articles with those of `extra_dir` before them. Raises ArticleError.

    A fault without an article that always applies is an error too: there must always be something to say.
    """
    if extra_dir is None:
        return _shipped()
    return build([files_of(extra_dir), shipped_files()])


def files_of(extra_dir: Path) -> dict[str, str]:
    """The articles of a site's own, as texts by file name. Raises ArticleError."""
    if not extra_dir.is_dir():
        raise ArticleError(str(extra_dir), "there is no such folder (knowledge_dir)")
    try:
        return {p.name: p.read_text(encoding="utf-8") for p in sorted(extra_dir.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise ArticleError(str(extra_dir), str(error)) from error


@cache
def _shipped() -> Articles:
    return build([shipped_files()])


@cache
def shipped_files() -> Mapping[str, str]:
    """The articles that travel inside the program, as texts by file name."""
    folder = files("laaswatch_agent.knowledge")
    found = {CONTACTS_FILE: folder.joinpath(CONTACTS_FILE).read_text("utf-8")}
    names = sorted(x.name for x in folder.joinpath("articles").iterdir())
    for name in names:
        if name.endswith(".yaml"):
            found[name] = folder.joinpath("articles", name).read_text("utf-8")
    return MappingProxyType(found)


def build(layers: Sequence[Mapping[str, str]]) -> Articles:
    """The articles of several collections of files; the first has the last word. Raises ArticleError."""
    contacts: dict[str, Contact] = {}
    for texts in reversed(layers):
        if CONTACTS_FILE in texts:
            contacts |= _contacts(texts[CONTACTS_FILE])
    articles: dict[str, Article] = {}
    for texts in layers:
        for name, text in texts.items():
            if name != CONTACTS_FILE:
                found = _Reader(name, contacts).article(text)
                articles.setdefault(found.id, found)
    built = Articles(list(articles.values()), list(contacts.values()))
    for fault in Fault:
        if not built.for_round(fault):
            raise ArticleError("articles", f"no article always applies to the fault {fault}")
    return built


def _contacts(text: str) -> dict[str, Contact]:
    read = _Reader(CONTACTS_FILE, {})
    document = read.mapping(read.load(text), "")
    found = {}
    for key, value in document.items():
        row = read.mapping(value, key)
        read.only(row, frozenset(("name", "phone", "source", "confidence", "as_of")), key)
        texts = [
            read.string(row.get(x, ""), f"{key}.{x}") for x in ("phone", "source", "confidence")
        ]
        as_of = read.string(row.get("as_of", ""), f"{key}.as_of")
        found[key] = Contact(key, read.text(row, "name"), texts[0], texts[1], texts[2], as_of)
    return found


class _Reader:
    """Reads one file; every complaint names it."""

    def __init__(self, where: str, contacts: Mapping[str, Contact]) -> None:
        self.where = where
        self.contacts = contacts

    def article(self, text: str) -> Article:
        document = self.mapping(self.load(text), "")
        self.only(document, _KEYS, "")
        article_id = self.string(document.get("id", ""), "id")
        if not _ID.fullmatch(article_id) or f"{article_id}.yaml" != self.where:
            raise self.wrong("id", "must be lower-case words with dashes, and the file's name")
        faults = frozenset(Fault(x) for x in self.members(document, "faults", Fault))
        found = Article(
            id=article_id,
            faults=faults,
            reasons=frozenset(Reason(x) for x in self.members(document, "reasons", Reason)),
            also=frozenset(Also(x) for x in self.members(document, "also", Also)),
            scopes=frozenset(self.members(document, "scopes", SCOPES)),
            track=self.track(document, faults),
            title=self.text(document, "title"),
            symptom=self.text(document, "symptom"),
            sign=self.text(document, "sign"),
            sentence=self.text(document, "sentence"),
            actions=self.actions(document),
            next=self.text(document, "next"),
            warning=self.text(document, "warning") if "warning" in document else None,
        )
        if (found.reasons or found.scopes) and not faults:
            raise self.wrong("faults", "must be named where reasons or scopes are")
        return found

    def load(self, text: str) -> Any:  # noqa: ANN401 - any shape may stand in a file
        try:
            return load(text, self.where)
        except YamlError as error:
            raise ArticleError(self.where, str(error)) from error

    def track(self, document: Mapping[str, Any], faults: frozenset[Fault]) -> Track:
        """The tracks are never merged: all faults of an article belong to its own."""
        name = self.string(document.get("track", ""), "track")
        if name not in tuple(Track):
            raise self.wrong("track", f"{name!r} is none of NO_ACCESS, DEGRADED")
        other = sorted(x for x in faults if _TRACKS[state_of(x)] != name)
        if other:
            raise self.wrong(
                "track", f"the faults {', '.join(other)} are not of the track {name!r}"
            )
        return Track(name)

    def actions(self, document: Mapping[str, Any]) -> tuple[Action, ...]:
        rows = document.get("actions")
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ACTIONS:
            raise self.wrong("actions", f"one to {MOST_ACTIONS} are expected")
        found = []
        for n, value in enumerate(rows, 1):
            row = self.mapping(value, f"actions {n}")
            self.only(row, frozenset(("step", "th", "en")), f"actions {n}")
            if row.get("step") not in tuple(Step):
                raise self.wrong(f"actions {n}", f"step must be one of {', '.join(Step)}")
            words = self.both(row, f"actions {n}")
            found.append(Action(Step(row["step"]), words.th, words.en))
        return tuple(found)

    def text(self, document: Mapping[str, Any], key: str) -> Text:
        return self.both(self.mapping(document.get(key), key), key)

    def both(self, row: Mapping[str, Any], key: str) -> Text:
        texts = [self.string(row.get(x), f"{key}.{x}") for x in ("th", "en")]
        if not all(texts):
            raise self.wrong(key, "must be given in both languages, th and en")
        return Text(self.filled(texts[0], key, "th"), self.filled(texts[1], key, "en"))

    def filled(self, text: str, key: str, language: str) -> str:
        """The text with each `{contact}` written out."""

        def put(place: re.Match[str]) -> str:
            contact = self.contacts.get(place[1])
            if contact is None:
                raise self.wrong(key, f"there is no contact {place[1]!r}")
            line = contact.line()
            return line.th if language == "th" else line.en

        return _PLACE.sub(put, text)

    def members(self, document: Mapping[str, Any], key: str, known: Any) -> list[str]:  # noqa: ANN401 - a list of words
        rows = document.get(key, [])
        if not isinstance(rows, list):
            raise self.wrong(key, "must be a list")
        allowed = [str(x) for x in known]
        for row in rows:
            if row not in allowed:
                raise self.wrong(key, f"{row!r} is not known")
        return rows

    def mapping(self, value: Any, key: str) -> dict[str, Any]:  # noqa: ANN401 - anything may stand there
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a mapping of names to values")
        return value

    def string(self, value: Any, key: str) -> str:  # noqa: ANN401 - anything may stand there
        if not isinstance(value, str):
            raise self.wrong(key, "must be a text")
        return value.strip()

    def only(self, row: Mapping[str, Any], known: frozenset[str], key: str) -> None:
        for name in row:
            if name not in known:
                raise self.wrong(key or name, f"the key {name!r} is not known")

    def wrong(self, key: str, problem: str) -> ArticleError:
        return ArticleError(self.where, f"{key}: {problem}" if key else problem)
