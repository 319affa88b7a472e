"""The reason of a verdict in one sentence with its figures, Thai or English. Pure: numbers in, words out.

The wording never goes beyond the figures: "if it had not been for this" is said only of a time that the
replay computed, and nothing is ever called excused.
"""

from datetime import UTC, datetime

from laaswatch_collector.explanation.model import Explanation, Verdict
from laaswatch_collector.timeline.conclusions import Grade, Scope
from laaswatch_collector.worktime.thai import BANGKOK, thai_date_time

LANGUAGES = ("th", "en")

WHAT: dict[str, dict[Scope, str]] = {
    "th": {
        Scope.NONE: "เหตุขัดข้อง",
        Scope.SITE: "เว็บระบบบัญชีขัดข้อง",
        Scope.UNDECIDED: "เว็บหรือผู้ให้บริการขัดข้อง (ยังแยกไม่ได้)",
        Scope.ISP: "ผู้ให้บริการอินเทอร์เน็ตขัดข้อง",
        Scope.ISP_PROVINCE: "ผู้ให้บริการอินเทอร์เน็ตขัดข้องในจังหวัด",
        Scope.PROVINCE: "อินเทอร์เน็ตทั้งจังหวัดขัดข้อง",
        Scope.OFFICE: "อินเทอร์เน็ตของสำนักงานขัดข้อง",
        Scope.PC: "เครื่องของสำนักงานขัดข้อง",
    },
    "en": {
        Scope.NONE: "an outage",
        Scope.SITE: "an outage of the accounting site",
        Scope.UNDECIDED: "an outage of the site or the provider (not told apart)",
        Scope.ISP: "an outage of the internet provider",
        Scope.ISP_PROVINCE: "an outage of the provider in the province",
        Scope.PROVINCE: "an outage of the whole province",
        Scope.OFFICE: "an outage of the office's own line",
        Scope.PC: "a fault of the office's PC",
    },
}

_TEXTS: dict[str, dict[str, str]] = {
    "th": {
        "usable": "ใช้งานได้ {usable:,} จาก {window:,} นาทีทำการก่อนครบกำหนด",
        "no_window": "ไม่มีนาทีทำการก่อนครบกำหนด",
        "because": "{what} {down:,} นาที",
        "backlog": "งานค้างจาก{what}ก่อนหน้า {backlog:,} นาที",
        "clear": "ไม่พบเหตุขัดข้องก่อนครบกำหนด",
        "unknown": "ไม่มีข้อมูล {unknown:,} นาที",
        "explained": "หากไม่มีเหตุนี้ คำนวณว่าลงบัญชีได้ {at} ทันกำหนด (ลงจริงเกินไป {tardiness:,} นาทีทำการ)",
        "partly": "หากไม่มีเหตุนี้ คำนวณว่าเร็วขึ้นได้ราว {percent} % ของ {tardiness:,} นาทีทำการที่เกิน แต่ยังเกินกำหนด",
        "partly_small": "หากไม่มีเหตุนี้น่าจะทันกำหนด แต่เวลาที่เสียไปเทียบได้เพียง {share} % ของ {tardiness:,} นาทีทำการที่เกิน",
        "not_explained": "แม้ไม่มีเหตุนี้ คำนวณแล้วยังเกินกำหนด (เกิน {tardiness:,} นาทีทำการ)",
        "late_by": "ลงเกินกำหนด {tardiness:,} นาทีทำการ",
        "no_evidence": "จึงไม่สามารถยืนยันได้ว่าเหตุขัดข้องเกี่ยวข้องหรือไม่",
        "pending": "ข้อมูลของช่วงนี้ยังมาไม่ครบ จะสรุปเมื่อครบ",
        "undetermined": "เวลาของรายการนี้รู้เพียงเป็นช่วง ผลจึงอยู่ระหว่าง “{between_low}” กับ “{between_high}” ยังชี้ขาดไม่ได้",
        "up_to": "เวลาของรายการนี้รู้เพียงเป็นช่วง สัดส่วนที่เหตุนี้อธิบายได้จึงอยู่ระหว่าง {percent} % ถึง {percent_to} %",
        "inferred": "บางส่วนอนุมาน ไม่ได้วัดตรง",
        "contradicted": "มีข้อมูลขัดแย้งกัน โปรดตรวจหลักฐาน",
        "estimated": "วันหยุดในช่วงนี้ยังเป็นการประมาณ ผลนี้จึงยังไม่เป็นที่สุด",
        "join": " ",
        "end": "",
    },
    "en": {
        "usable": "Usable {usable:,} of {window:,} working minutes before it was due",
        "no_window": "No working minute before it was due",
        "because": "{what} took {down:,} min",
        "backlog": "work was left over from {what} before it ({backlog:,} min)",
        "clear": "no outage was found before it was due",
        "unknown": "no data for {unknown:,} min",
        "explained": "without it, the posting computes to {at}, in time (it was {tardiness:,} working minutes late)",
        "partly": "without it, about {percent} % of the {tardiness:,} working minutes late would not have been, yet it stays late",
        "partly_small": "without it, the posting would probably have been in time, but the time lost equals only {share} % of the {tardiness:,} working minutes late",
        "not_explained": "even without it, the posting computes to be late (by {tardiness:,} working minutes in fact)",
        "late_by": "posted {tardiness:,} working minutes late",
        "no_evidence": "so it cannot be confirmed whether outages played a part",
        "pending": "the data of this time are not complete yet; it will be concluded when they are",
        "undetermined": "its times are known only as intervals, so the result lies between “{between_low}” and “{between_high}”",
        "up_to": "its times are known only as intervals, so what this explains lies between {percent} % and {percent_to} %",
        "inferred": "partly inferred, not measured",
        "contradicted": "data disagree; look at the evidence",
        "estimated": "a day off in this time is still an estimate, so this is not final",
        "join": "; ",
        "end": ".",
    },
}


VERDICT_WORDS: dict[str, dict[Verdict, str]] = {
    "th": {
        Verdict.EXPLAINED: "เหตุขัดข้องอธิบายได้",
        Verdict.PARTLY: "อธิบายได้บางส่วน",
        Verdict.NOT_EXPLAINED: "อธิบายไม่ได้",
        Verdict.NO_EVIDENCE: "ข้อมูลไม่พอ",
        Verdict.PENDING: "รอข้อมูลครบ",
        Verdict.UNDETERMINED: "ยังไม่ชี้ขาด",
    },
    "en": {
        Verdict.EXPLAINED: "explained by an outage",
        Verdict.PARTLY: "partly explained",
        Verdict.NOT_EXPLAINED: "not explained",
        Verdict.NO_EVIDENCE: "too little data",
        Verdict.PENDING: "waiting for data",
        Verdict.UNDETERMINED: "undecided",
    },
}


_SAY_NO_MORE = (Verdict.PENDING, Verdict.UNDETERMINED, Verdict.NO_EVIDENCE)
"""Verdicts whose sentence names no result; the texts have their names."""


def reason(x: Explanation, language: str) -> str:
    """The sentence for a late entry. `language` is "th" or "en"; "" for an entry that is not late."""
    if x.verdict is Verdict.NONE:
        return ""
    texts = _TEXTS[language]
    values = {
        "usable": x.usable_minutes,
        "window": x.window_minutes,
        "down": x.down_minutes,
        "unknown": x.unknown_minutes,
        "tardiness": x.tardiness,
        "percent": _percent(x.explained_fraction),
        "share": _percent(max(x.shift_fraction, x.backlog_fraction)),
        "backlog": x.backlog_minutes,
        "what": WHAT[language][x.scope],
        "at": moment(x.counterfactual, language),
        "percent_to": _percent(x.explained_fraction if x.explained_to is None else x.explained_to),
        "between_low": verdict_word(x.between[0] if x.between else None, language),
        "between_high": verdict_word(x.between[1] if x.between else None, language),
    }
    parts = [texts[key].format(**values) for key in _keys(x)]
    return texts["join"].join(parts) + texts["end"]


def _keys(x: Explanation) -> list[str]:
    keys = ["usable" if x.window_minutes else "no_window"]
    if x.down_minutes:
        keys.append("because")
    if x.backlog_minutes:
        keys.append("backlog")
    if x.unknown_minutes:
        keys.append("unknown")
    keys += _outcome(x)
    if x.explained_to is not None and x.verdict is Verdict.PARTLY:
        keys.append("up_to")
    if (x.down_minutes or x.backlog_minutes) and x.grade in (Grade.INFERRED, Grade.CONTRADICTED):
        keys.append(str(x.grade))
    if x.estimated:
        keys.append("estimated")
    return keys


def _outcome(x: Explanation) -> list[str]:
    if x.verdict in _SAY_NO_MORE:
        return [str(x.verdict)]
    if x.verdict is Verdict.EXPLAINED and x.counterfactual is not None:
        return ["explained"]
    if x.verdict is Verdict.PARTLY:
        return ["partly_small" if x.explained_fraction >= 1 else "partly"]
    if x.down_minutes or x.backlog_minutes:
        return ["not_explained" if x.verdict is Verdict.NOT_EXPLAINED else "late_by"]
    # "None was found" may be said only where somebody looked.
    return ["late_by"] if x.unknown_minutes else ["clear", "late_by"]


def verdict_word(verdict: str | None, language: str) -> str:
    """A verdict in a few words; "" for an entry that is not late."""
    words = VERDICT_WORDS[language]
    return words[Verdict(verdict)] if verdict else ""


def _percent(fraction: float) -> int:
    """Whole per cent, rounded down, so that 99.6 never reads as all of it."""
    return int(100 * min(1.0, max(0.0, fraction)))


def moment(seconds: int | None, language: str) -> str:
    """A time as it is written for people; "" for none."""
    if seconds is None:
        return ""
    at = datetime.fromtimestamp(seconds, UTC)
    if language == "th":
        return thai_date_time(at)
    local = at.astimezone(BANGKOK)
    return f"{local.day} {local:%b %Y %H:%M}"
