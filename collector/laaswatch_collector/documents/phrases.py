"""Facts in words: what may be said of them in a letter, and how surely.

Facts are given for consideration. Nothing is called excused and nobody is blamed; where the evidence is weak
or a verdict is open, the words say so. A verdict that rests on an estimated day off is not told at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from typing import Any, Protocol

from laaswatch_collector.documents.facts import Entry, Office, OfficeMonth, Outage
from laaswatch_collector.documents.model import Paragraph, body
from laaswatch_collector.explanation.model import Explanation, Verdict
from laaswatch_collector.messages import Message
from laaswatch_collector.timeline.conclusions import Grade, Scope
from laaswatch_collector.worktime.thai import BANGKOK, thai_date, thai_date_time

BLANK = "." * 40
"""Room to write by hand."""
WEAK = frozenset((Grade.SINGLE_PC, Grade.INFERRED, Grade.CONTRADICTED))
"""Grades with which nothing is said without "probably"."""
UNCONFIRMED = (Verdict.NO_EVIDENCE, Verdict.PENDING, Verdict.UNDETERMINED)
"""Verdicts of which it cannot be confirmed whether an outage played a part."""


class Speaker(Protocol):
    """The words of one language (`web.words.Words`)."""

    language: str

    def __call__(self, key: str, **values: Any) -> str:  # noqa: ANN401 - whatever the text prints
        """The text of a key."""

    def name(self, office: Any, *, short: bool = False) -> str:  # noqa: ANN401 - anything with two names
        """An office's name."""

    def say(self, message: Message | None) -> str:
        """A message in these words; "" for none."""

    def word(self, kind: str, member: str) -> str:
        """The label of a member of a closed list."""

    def province(self, code: str) -> str:
        """A province's name."""

    def month(self, month: str) -> str:
        """A month (YYYY-MM) and its year."""

    def lasting(self, minutes: int) -> str:
        """A duration."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Late entries by what may be said of them; every entry counts once."""

    late: int
    explained: int
    probably: int
    partly: int
    not_explained: int
    unconfirmed: int
    estimated: int
    not_posted: int


def tally(late: Iterable[Entry]) -> Tally:
    """Count entries by how they may be spoken of."""
    entries = list(late)
    said = [x for x in entries if not x.estimated]
    explained = [x for x in said if x.verdict == Verdict.EXPLAINED]
    probably = sum(x.grade in WEAK for x in explained)
    return Tally(
        late=len(entries),
        explained=len(explained) - probably,
        probably=probably,
        partly=sum(x.verdict == Verdict.PARTLY for x in said),
        not_explained=sum(x.verdict == Verdict.NOT_EXPLAINED for x in said),
        unconfirmed=sum(x.verdict in UNCONFIRMED for x in said),
        estimated=len(entries) - len(said),
        not_posted=sum(x.posted_from is None and x.posted_to is None for x in entries),
    )


def head_of(t: Speaker, office: Office) -> str:
    """The office's executive, as a letter addresses him: นายกองค์การบริหารส่วนตำบล…, นายกเทศมนตรี…"""
    name = t.name(office)
    if t.language == "th" and name.startswith("เทศบาล"):
        return t("documents.mayor", office=name.replace("เทศบาล", "", 1))
    return t("documents.executive", office=name)


def day_in_full(t: Speaker, at: int | date) -> str:
    """5 ตุลาคม 2569 / 5 October 2026."""
    day = at if isinstance(at, date) else _moment(at)
    if t.language == "th":
        return thai_date(day, long=True)
    return _english(day)


def moment_of(t: Speaker, at: int | None) -> str:
    """A time with its day, short, for tables; a dash for none."""
    if at is None:
        return "–"
    moment = _moment(at)
    if t.language == "th":
        return thai_date_time(moment).replace(" น.", "\u00a0น.")
    return f"{_english(moment)[:-5]} {_local(moment):%Y %H:%M}"


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _local(at: datetime) -> datetime:
    return at.astimezone(BANGKOK)


def _english(value: date | datetime) -> str:
    day = _local(value) if isinstance(value, datetime) else value
    return f"{day.day} {day:%B} {day.year}"


def counts_lines(t: Speaker, x: Tally) -> list[str]:
    """One sentence for each kind of late entry that there is, surest first."""
    kinds = ("explained", "probably", "partly", "not_explained", "unconfirmed", "estimated")
    return [t(f"documents.count_{kind}", n=getattr(x, kind)) for kind in kinds if getattr(x, kind)]


def entries_line(t: Speaker, facts: OfficeMonth) -> str:
    """How many entries the month has, how many were late, how many are not posted yet."""
    counted = tally(facts.late)
    said = t(
        "documents.entries",
        month=t.month(facts.month),
        entries=sum(x.entries for x in facts.books),
        late=counted.late,
    )
    if counted.not_posted:
        said += t("documents.entries_open", n=counted.not_posted)
    return said


def minutes_line(t: Speaker, facts: OfficeMonth) -> str:
    """Working minutes of the month: usable, down by cause, and those of which nothing is known."""
    x = facts.minutes
    said = t("documents.minutes", working=x.working, up=x.up + x.slow)
    if x.slow:
        said += t("documents.minutes_slow", n=x.slow)
    order = [str(s) for s in Scope]
    down = sorted(x.down.items(), key=lambda pair: order.index(pair[0]))
    parts = [t("documents.minutes_down", scope=scope_word(t, s), n=n) for s, n in down if n]
    if parts:
        said += t("documents.minutes_of") + reduce(
            lambda before, part: t("documents.and_then", before=before, next=part), parts
        )
    if x.unknown:
        said += t("documents.minutes_unknown", n=x.unknown)
    return said


def scope_word(t: Speaker, scope: str) -> str:
    """Whose fault, as letters name it."""
    return t.word("documents.scope", scope)


def outages_line(t: Speaker, outages: Iterable[Outage]) -> str:
    """How many outages there were in working hours, and how they are evidenced."""
    found = list(outages)
    if not found:
        return t("documents.no_outage")
    wide = sum(x.offices > 1 for x in found)
    weak = sum(x.grade in WEAK or not x.grade for x in found)
    said = t("documents.outages", n=len(found))
    if wide:
        said += t("documents.outages_wide", n=wide)
    if weak:
        said += t("documents.outages_weak", n=weak)
    return said


def tried_lines(t: Speaker, facts: OfficeMonth) -> list[str]:
    """What was tried, when and with which result; room to write where nothing is noted."""
    if not facts.tried:
        return [t("documents.tried_none", blank=BLANK)]
    return [
        t(
            "documents.tried",
            at=moment_of(t, x.at),
            what=x.what_th if t.language == "th" else x.what_en,
            result=t.word("documents.result", x.result),
        )
        for x in facts.tried
    ]


def posted_line(t: Speaker, facts: OfficeMonth) -> str:
    """What has been posted since, and what has not."""
    last = max((x.posted_to or x.posted_from or 0 for x in facts.late), default=0)
    open_ones = tally(facts.late).not_posted
    if not last:
        return t("documents.posted_none", n=open_ones)
    if open_ones:
        return t("documents.posted_some", n=open_ones, at=day_in_full(t, last))
    return t("documents.posted_all", at=day_in_full(t, last))


def estimated_line(t: Speaker, days: Iterable[str]) -> list[str]:
    """That some days off of the month are estimates; nothing if none is."""
    found = [day_in_full(t, date.fromisoformat(x)) for x in days]
    if not found:
        return []
    return [t("documents.estimated_days", days=t("documents.comma").join(found))]


def numbered(texts: Iterable[str], start: int = 1) -> list[Paragraph]:
    """Paragraphs with a number each."""
    return [body(f"{n}. {words}", before=0.7) for n, words in enumerate(texts, start)]


def listed(texts: Iterable[str]) -> list[Paragraph]:
    """Paragraphs under a numbered one."""
    return [body(f"– {words}", left=0, first=32, before=0) for words in texts]


def explanation_of(x: Entry) -> Explanation:
    """The conclusion as the sentence of reason takes it."""
    low_high = tuple(Verdict(v) for v in x.between)
    return Explanation(
        entry=x.number,
        verdict=Verdict(x.verdict),
        tardiness=x.tardiness,
        explained_fraction=_share(x.explained),
        shift_fraction=_share(x.share),
        counterfactual=x.counterfactual,
        scope=Scope(x.scope),
        fault=x.fault,
        grade=Grade(x.grade),
        window_minutes=x.window,
        usable_minutes=x.usable,
        down_minutes=x.down,
        unknown_minutes=x.unknown,
        outages=x.outages,
        backlog_fraction=_share(x.share),
        backlog_minutes=x.backlog,
        estimated=x.estimated,
        explained_to=None if x.explained_to is None else _share(x.explained_to),
        between=(low_high[0], low_high[1]) if len(low_high) == 2 else None,
    )


def _share(thousandths: int) -> float:
    """A little more than its thousandths, so that no whole per cent is lost in binary."""
    return (thousandths + 1e-6) / 1000


def verdict_text(t: Speaker, x: Entry) -> str:
    """The verdict as a table of a document names it: with doubt where there is doubt."""
    if x.estimated:
        return t("documents.verdict_estimated")
    if x.verdict == Verdict.EXPLAINED and x.grade in WEAK:
        return t("documents.verdict_probably")
    return t.word("documents.verdict", x.verdict)
