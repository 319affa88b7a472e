"""What a message says: one sentence (what, since when, whose), the next step, a link and a code to read over the phone."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from laaswatch_collector.access.policy import OFFICE_ROLES, Principal
from laaswatch_collector.notify.events import Event
from laaswatch_collector.timeline.conclusions import Scope
from laaswatch_collector.web.words import Words, words_in
from laaswatch_collector.worktime.thai import local_date

LINE_MOST = 400
"""Characters of a LINE message: one screen of a phone."""
LISTED = 8
"""Events, or offices, that a digest names; of the others it says how many they are."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
BOTH = "both"


class Notice(msgspec.Struct, frozen=True):
    """A message as it goes out. `lines`: the sentence first, then what may be left out from the end.

    `status` is firing or resolved, or "" for what is no alert; `scope`, `place`, `fault` label it for programs.
    `until`: nobody is disturbed from then on, the end of the reader's working day; None for any time.
    """

    subject: str
    lines: list[str]
    path: str
    code: str
    language: str = "th"
    status: str = ""
    scope: str = ""
    place: str = ""
    fault: str = ""
    event: str = ""
    start: datetime | None = None
    end: datetime | None = None
    until: datetime | None = None


class Names(msgspec.Struct, frozen=True):
    """What an office is called, in both languages, and where it is."""

    name_th: str
    name_en: str
    province: str = ""
    isp: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of an event, to whom: `offices` are those that the reader may know of, by code."""

    kind: str
    event: Event
    reader: Principal
    offices: dict[str, Names]


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells, for one reader. `late`: entries that are not there in time, None where unknown or not theirs.

    `down` go on; `ended` were over since the digest before; `silent` were not heard though they usually are.
    """

    half: str
    reader: Principal
    now: datetime
    down: Sequence[Event] = ()
    ended: Sequence[Event] = ()
    silent: Sequence[str] = ()
    not_current: Sequence[str] = ()
    offices: dict[str, Names] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.down or self.ended or self.silent or self.not_current)


def telling(told: Telling, language: str, now: datetime) -> Notice:
    """The message about an event."""
    parts = [_told(words_in(x), told, now) for x in _languages(language)]
    event = told.event
    return Notice(
        subject=parts[0][0],
        lines=[line for part in parts for line in part],
        path=path_of(event, told.reader),
        code=code_of(event.id),
        language=language,
        status="resolved" if told.kind in ("over", "withdrawn") else "firing",
        scope=str(event.scope),
        place=event.key,
        fault=str(event.fault),
        event=event.id,
        start=_at(event.start),
        end=_at(event.end) if told.kind in ("over", "withdrawn") else None,
    )


def digest(found: Digest, language: str) -> Notice:
    """The digest of a morning or an afternoon."""
    parts = [_digest(words_in(x), found) for x in _languages(language)]
    home = f"/offices/{found.reader.office}" if found.reader.role in OFFICE_ROLES else "/"
    return Notice(
        subject=parts[0][0],
        lines=[line for part in parts for line in part],
        path=home,
        code="",
        language=language,
    )


def trial(language: str, now: datetime) -> Notice:
    """A test message: that it came is all that it says."""
    words = [words_in(x) for x in _languages(language)]
    lines = [t("notices.test", at=t.moment(now)) for t in words]
    return Notice(lines[0], lines, "/messages", "", language)


def plain(notice: Notice, link: str, most: int | None = None) -> str:
    """The text of a message; with `most` characters, lines are left out from the end, never the link or the code."""
    t = words_in(_languages(notice.language)[0])
    tail = [link] if link else []
    if notice.code:
        tail.append(t("notices.code", code=notice.code))
    lines = list(notice.lines)
    while most is not None and len(lines) > 1 and len("\n".join([*lines, *tail])) > most:
        lines.pop()
    text = "\n".join([*lines, *tail])
    if most is not None and len(text) > most:
        room = most - len("\n".join(["", *tail])) - 1
        text = "\n".join([lines[0][: max(0, room)] + "…", *tail])
    return text


def code_of(event: str) -> str:
    """Five characters that say which event is meant, over the phone."""
    number = int.from_bytes(hashlib.sha256(event.encode()).digest()[:8], "big")
    letters = []
    for _ in range(5):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def path_of(event: Event, reader: Principal) -> str:
    """The page that tells more, for this reader."""
    if reader.role in OFFICE_ROLES:
        return f"/offices/{reader.office}"
    measured = sorted(x for x in event.parts if not x.startswith(PRESUMED))
    return f"/outages/{quote(measured[0], safe='')}" if measured else "/"


PRESUMED = "presumed-"
"""How the ids of presumptions begin."""


def what_happened(t: Words, event: Event, offices: dict[str, Names], now: datetime) -> str:
    """One sentence: what, since when, whose."""
    isp, _, province = event.key.partition("/")
    if event.scope is Scope.PROVINCE:
        isp, province = "", event.key
    one = offices.get(event.key)
    key = f"notices.presumed.{event.scope}" if event.presumed else f"notices.is.{event.scope}"
    return t(
        key,
        since=_since(t, _at(event.start), now),
        isp=isp,
        province=t.province(province) if province else "",
        office=t.name(one, short=True) if one is not None else event.key,
        fault=t.word("fault", str(event.fault)),
        n=len(event.offices),
    )


def _told(t: Words, told: Telling, now: datetime) -> list[str]:
    event, kind = told.event, told.kind
    what = what_happened(t, event, told.offices, now)
    if kind == "withdrawn":
        return [t("notices.withdrawn", what=what), t("notices.step.none")]
    if kind == "over":
        until = _since(t, _at(event.end), now)
        return [t("notices.over", what=what, until=until), t("notices.step.over")]
    if kind == "corrected":
        what = t("notices.corrected", what=what)
    return [what, first_step(t, event, told.reader)]


def first_step(t: Words, event: Event, reader: Principal) -> str:
    """What to do first."""
    mine = "own" if reader.role in OFFICE_ROLES else "wide"
    scope = Scope.ISP if event.scope in (Scope.ISP_PROVINCE, Scope.ISP) else event.scope
    if event.presumed:
        return t("notices.step.presumed")
    return t(f"notices.step.{scope}.{mine}", isp=event.key.partition("/")[0])


def _digest(t: Words, found: Digest) -> list[str]:
    heading = t(f"notices.{found.half}", day=t.full_date(found.now))
    if found.empty:
        return [f"{heading}: {t('notices.nothing')}"]
    counts = t("notices.counts", down=len(found.down), ended=len(found.ended))
    lines = [f"{heading}: {counts}"]
    if found.down:
        lines.append(t("notices.step.first", step=first_step(t, found.down[0], found.reader)))
        lines += [f"• {what_happened(t, x, found.offices, found.now)}" for x in found.down[:LISTED]]
        lines += _more(t, len(found.down))
    if found.silent:
        lines.append(
            t("notices.silent", n=len(found.silent), who=_listed(t, found.silent, found.offices))
        )
    if found.not_current:
        who = _listed(t, found.not_current, found.offices)
        lines.append(t("notices.not_current", n=len(found.not_current), who=who))
    lines += [
        "• " + t(
            "notices.over",
            what=what_happened(t, x, found.offices, found.now),
            until=_since(t, _at(x.end), found.now),
        )
        for x in found.ended[:LISTED]
    ]  # fmt: skip
    return lines + _more(t, len(found.ended))


def _more(t: Words, n: int) -> list[str]:
    return [t("notices.more", n=n - LISTED)] if n > LISTED else []


def _listed(t: Words, codes: Iterable[str], offices: dict[str, Names]) -> str:
    names = [t.name(offices[x], short=True) if x in offices else x for x in codes]
    return ", ".join(names[:LISTED]) + (" …" if len(names) > LISTED else "")


def _since(t: Words, at: datetime, now: datetime) -> str:
    return t.time(at) if local_date(at) == local_date(now) else t.moment(at)


def _languages(language: str) -> Sequence[str]:
    return ("th", "en") if language == BOTH else (language,)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
