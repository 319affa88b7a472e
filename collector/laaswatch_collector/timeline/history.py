"""What became of an outage since it was first found, in sentences: when it changed, after what, from what to what.

Pure: revisions in, words out. A revision holds what stood before it, so what it changed to is what the next
one holds, or what stands now.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from laaswatch_collector.worktime.thai import BANGKOK, local_date, thai_date

FIELDS = ("start_at", "end_at", "fault", "offices", "grade", "settled")
"""What is told of an outage, in this order. Times are ISO texts (UTC), `end_at` None while it goes on."""
LATE_SECONDS = 300
"""A report that comes so long after its last round is late: what came before could not know it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One change. `change`: those of FIELDS that changed, as they were before; and why, as far as known:

    `reports`, `from_offices`: late reports about this time that came since the revision before.
    `merged`: ids of outages that are part of this one now. `split_from`: the id that it was part of.
    `withdrawn`, `into`: it is none any more; and which one it is part of now. `found_again`: it was withdrawn.
    """

    number: int
    at: datetime
    change: Mapping[str, Any]


def history_sentences(
    revisions: Sequence[Revision],
    stands: Mapping[str, Any] | None,
    language: str,
    word: Callable[[str, str], str],
) -> list[str]:
    """One sentence a revision, in their order; `language` is th or en.

    `stands`: FIELDS as they are now, None if the outage was withdrawn. `word(kind, member)`: the label of a
    fault or a grade in that language.
    """
    after = dict(stands or {})
    found: list[str] = []
    for revision in sorted(revisions, key=lambda x: x.number, reverse=True):
        found.append(_sentence(revision, after, _TEXTS[language], word, language))
        after |= {name: revision.change[name] for name in FIELDS if name in revision.change}
    return found[::-1]


def _sentence(
    revision: Revision,
    after: Mapping[str, Any],
    texts: Mapping[str, str],
    word: Callable[[str, str], str],
    language: str,
) -> str:
    change = revision.change
    said = texts["at"].format(at=_moment(revision.at, language))
    if reports := change.get("reports", 0):
        n = change["from_offices"]
        offices = texts[_counted("after_offices", n, texts)].format(n=n)
        said += texts[_counted("after", reports, texts)].format(reports=reports, offices=offices)
    what = []
    if change.get("withdrawn"):
        into = change.get("into", "")
        what.append(texts["into"].format(id=into) if into else texts["withdrawn"])
    else:
        if "split_from" in change:
            what.append(texts["split"].format(id=change["split_from"]))
        if change.get("found_again"):
            what.append(texts["again"])
        if merged := change.get("merged"):
            what.append(texts["merged"].format(ids=", ".join(merged)))
        what += [
            texts[name].format(
                before=_value(name, change[name], texts, word),
                after=_value(name, after[name], texts, word),
            )
            for name in FIELDS
            if name in change and name in after and name != "settled"
        ]
        if "settled" in change:
            what.append(texts["reopened" if change["settled"] else "settled"])
    return f"{said}: {texts['join'].join(what)}"


def _counted(key: str, n: int, texts: Mapping[str, str]) -> str:
    """English has another word for one."""
    return f"{key}_one" if n == 1 and f"{key}_one" in texts else key


def _value(
    name: str,
    value: Any,  # noqa: ANN401 - a column's value
    texts: Mapping[str, str],
    word: Callable[[str, str], str],
) -> str:
    if name in ("start_at", "end_at"):
        if value is None:
            return texts["going_on"]
        return f"{datetime.fromisoformat(value).astimezone(BANGKOK):%H:%M}"
    return word(name, value) if name in ("fault", "grade") else str(value)


def _moment(at: datetime, language: str) -> str:
    day = local_date(at)
    date = thai_date(day) if language == "th" else f"{day.day} {day:%b %Y}"
    return f"{date} {at.astimezone(BANGKOK):%H:%M}"


_TEXTS: dict[str, dict[str, str]] = {
    "th": {
        "at": "เปลี่ยนเมื่อ {at} น.",
        "after": " หลังได้รับรายงานที่มาช้า {reports} ฉบับจาก {offices}",
        "after_offices": "{n} แห่ง",
        "start_at": "เริ่ม {before} → {after} น.",
        "end_at": "สิ้นสุด {before} → {after} น.",
        "fault": "อาการ “{before}” → “{after}”",
        "offices": "หน่วยงาน {before} → {after} แห่ง",
        "grade": "หลักฐาน “{before}” → “{after}”",
        "going_on": "ยังไม่จบ",
        "settled": "ข้อมูลครบแล้ว ถือเป็นที่สุด",
        "reopened": "เปิดพิจารณาใหม่",
        "withdrawn": "ถอนออก ข้อมูลที่มาภายหลังไม่ยืนยัน",
        "into": "นับรวมอยู่ในเหตุ {id}",
        "split": "แยกออกจากเหตุ {id}",
        "merged": "รวมเหตุ {ids} เข้ามา",
        "again": "พบอีกครั้งหลังเคยถอนออก",
        "join": " · ",
    },
    "en": {
        "at": "Changed on {at}",
        "after": " after {reports} late reports from {offices}",
        "after_one": " after 1 late report from {offices}",
        "after_offices_one": "1 office",
        "after_offices": "{n} offices",
        "offices": "offices {before} → {after}",
        "start_at": "start {before} → {after}",
        "end_at": "end {before} → {after}",
        "fault": "fault “{before}” → “{after}”",
        "grade": "evidence “{before}” → “{after}”",
        "going_on": "going on",
        "settled": "every report was in or had its time: settled",
        "reopened": "opened again",
        "withdrawn": "withdrawn: what came later does not bear it out",
        "into": "counted as part of {id}",
        "split": "split off {id}",
        "merged": "{ids} joined into it",
        "again": "found again after it had been withdrawn",
        "join": " · ",
    },
}
