"""What stands beside a verdict, in words: what speaks against its outages, what was said before, how good the
replay is at this office. Pure: facts in, Thai or English out. Everything here is for a person to look at; none
of it says who did what, or why.
"""

from datetime import datetime

from laaswatch_collector.explanation.coincidence import Coincidence
from laaswatch_collector.explanation.contradictions import Flag
from laaswatch_collector.explanation.health import Health
from laaswatch_collector.explanation.sentence import moment, verdict_word
from laaswatch_collector.worktime.thai import BANGKOK, thai_date

FLAGS: dict[str, dict[Flag, str]] = {
    "th": {
        Flag.POSTED_INSIDE: "มีการลงบัญชี {count} รายการในช่วงนั้น (ครั้งแรก {at}) อาจลงจากที่อื่นหรือผ่านโทรศัพท์",
        Flag.CONTACT_INSIDE: "เครื่องของสำนักงานติดต่อระบบเฝ้าดูได้ {count} ครั้งในช่วงนั้น (ครั้งแรก {at})",
        Flag.PEER_REACHED: "เครื่องในสำนักงานเข้าเว็บได้ {count} นาทีในช่วงนั้น (ครั้งแรก {at})",
        Flag.CHAIN_BROKEN: "ลำดับรายงานของเครื่องขาดหรือซ้ำใกล้ช่วงนั้น {count} ครั้ง (ครั้งแรก {at})",
        Flag.CABLE_OUT: "สายหรือ Wi-Fi ของทุกเครื่องไม่ได้เชื่อมต่อในช่วงนั้น (ตั้งแต่ {at})",
    },
    "en": {
        Flag.POSTED_INSIDE: "{count} entries were posted meanwhile (first {at}); it may have been elsewhere, or over a phone",
        Flag.CONTACT_INSIDE: "the office's PCs reached the collector {count} times meanwhile (first {at})",
        Flag.PEER_REACHED: "a PC of the office reached the site for {count} minutes meanwhile (first {at})",
        Flag.CHAIN_BROKEN: "a PC's chain of reports was cut or doubled near it, {count} times (first {at})",
        Flag.CABLE_OUT: "no PC had its cable or Wi-Fi connected meanwhile (from {at})",
    },
}
_TEXTS: dict[str, dict[str, str]] = {
    "th": {
        "flag": "ให้คนดู: {what}",
        "changed": "ข้อมูลเหตุขัดข้อง {count} เหตุที่ใช้เปลี่ยนไปหลังคำนวณ จะคำนวณใหม่",
        "before": "เดิมคือ “{verdict}” จนถึง {day} เปลี่ยนเพราะ{why}",
        "not_late": "ไม่ช้า",
        "rules": "เกณฑ์ใหม่",
        "ledger": "ข้อมูลในบัญชีหรือกำหนดเวลาเปลี่ยน",
        "settled": "ข้อมูลมาครบแล้ว",
        "outages": "เหตุขัดข้องถูกแก้ไข",
        "states": "สถานะการเชื่อมต่อถูกคำนวณใหม่",
        "health": "ความแม่นของการคำนวณที่หน่วยงานนี้: ในสัปดาห์ที่ไม่มีเหตุขัดข้อง {weeks} สัปดาห์ คำนวณเวลาลงบัญชีของ {entries:,} รายการ คลาดเคลื่อนกลาง ๆ {error:,} นาทีทำการ และบอกถูกว่าทันหรือไม่ทัน {right} %",
        "no_health": "ความแม่นของการคำนวณที่หน่วยงานนี้: ยังบอกไม่ได้ (สัปดาห์ที่ไม่มีเหตุขัดข้อง {weeks} สัปดาห์ {entries:,} รายการ น้อยเกินไป)",
        "coincidence": "ให้คนดู: สายหรือเครื่องของสำนักงานขัดข้องในช่วงก่อนครบกำหนดบ่อยกว่าที่ความบังเอิญอธิบายได้ ({events} วัน {minutes:,} นาที ใน {days} วันทำการ โอกาสบังเอิญ {chance})",
        "no_coincidence": "เหตุขัดข้องของสำนักงานเองไม่ได้มาก่อนครบกำหนดบ่อยผิดปกติ ({days} วันทำการ)",
        "unknown_coincidence": "เหตุขัดข้องของสำนักงานเองก่อนครบกำหนด: ข้อมูลไม่พอจะทดสอบ ({days} วันทำการ {events} วันที่ขัดข้อง)",
    },
    "en": {
        "flag": "For a person to look at: {what}",
        "changed": "{count} of the outages that it rests on have changed since; it will be computed again",
        "before": "until {day} it was “{verdict}”; it changed because {why}",
        "not_late": "not late",
        "rules": "of new rules",
        "ledger": "the ledger or the due time changed",
        "settled": "the data are complete now",
        "outages": "an outage was revised",
        "states": "the states of the connection were computed again",
        "health": "How good the computation is at this office: in {weeks} weeks without outages it foretold the posting of {entries:,} entries, off by {error:,} working minutes in the middle, and {right} % on the right side of the deadline",
        "no_health": "How good the computation is at this office: cannot be told yet ({weeks} weeks without outages, {entries:,} entries: too few)",
        "coincidence": "For a person to look at: the office's own line or PCs were down before deadlines more often than chance explains ({events} days, {minutes:,} minutes, of {days} working days; chance {chance})",
        "no_coincidence": "The office's own faults did not come before deadlines unusually often ({days} working days)",
        "unknown_coincidence": "The office's own faults before deadlines: too little to test ({days} working days, {events} with a fault)",
    },
}


def flag_text(flag: str, count: int, first: int, language: str) -> str:
    """What speaks against an outage, `first` in seconds."""
    what = FLAGS[language][Flag(flag)].format(count=count, at=moment(first, language))
    return _TEXTS[language]["flag"].format(what=what)


def changed_text(count: int, language: str) -> str:
    """That so many of its outages are not any more as they were; "" for none."""
    return _TEXTS[language]["changed"].format(count=count) if count else ""


def before_text(verdict: str, until: datetime, why: str, language: str) -> str:
    """What was said before, until when, and why it changed (`store.explanations.why_changed`)."""
    texts = _TEXTS[language]
    local = until.astimezone(BANGKOK)
    day = thai_date(local.date()) if language == "th" else f"{local.day} {local:%b %Y}"
    word = verdict_word(verdict, language) or texts["not_late"]
    return texts["before"].format(verdict=word, day=day, why=texts[why])


def health_text(x: Health, language: str) -> str:
    """How good the replay is at this office."""
    texts = _TEXTS[language]
    if x.median_error is None or x.right_side is None:
        return texts["no_health"].format(weeks=x.weeks, entries=x.entries)
    return texts["health"].format(
        weeks=x.weeks,
        entries=x.entries,
        error=round(x.median_error),
        right=int(100 * x.right_side),
    )


def coincidence_text(x: Coincidence, language: str) -> str:
    """Whether the office's own faults came before deadlines more often than chance has it."""
    name = "coincidence" if x.flagged else "no_coincidence"
    if x.chance is None:
        name = "unknown_coincidence"
    return _TEXTS[language][name].format(
        days=x.days, events=x.events, minutes=x.minutes, chance=f"{x.chance or 0:.4f}"
    )
