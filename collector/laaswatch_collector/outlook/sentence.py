"""What the outlook says, in Thai or English: figures with their doubt, never a promise. Pure."""

from laaswatch_collector.outlook.backlog import INNER, MOST_DAYS, Forecast
from laaswatch_collector.outlook.costs import IspCost, Rate
from laaswatch_collector.outlook.safe_moment import AHEAD, SafeMoment
from laaswatch_collector.outlook.second_line import SecondLine, Span

_TEXTS: dict[str, dict[str, str]] = {
    "th": {
        "safe": "ตอนนี้เหมาะจะบันทึก",
        "unsafe": "ตอนนี้ควรรอก่อนบันทึก",
        "chance": "{verdict}: ในช่วงที่คล้ายตอนนี้ {moments:,} นาที ระบบใช้งานได้ต่อเนื่องอีก {ahead} นาที {chance} %",
        "false_safe": "เมื่อบอกว่าเหมาะ เคยพลาด {share} %",
        "false_unsafe": "เมื่อบอกให้รอ ที่จริงใช้งานได้ {share} %",
        "no_safe": "ยังบอกไม่ได้ว่าตอนนี้เหมาะจะบันทึกหรือไม่: ไม่มีผลตรวจล่าสุด หรือข้อมูลของหน่วยงานยังน้อยเกินไป",
        "no_backlog": "ไม่มีรายการค้างลงบัญชี",
        "backlog": "ค้างลงบัญชี {waiting:,} รายการ หากลงต่อในอัตราที่ผ่านมา จะครบจำนวนนี้ในราว {middle} วันทำการ (ช่วง {inner} %: {low} ถึง {high})",
        "backlog_far": "ค้างลงบัญชี {waiting:,} รายการ ในอัตราที่ผ่านมา ไม่น่าครบจำนวนนี้ภายใน {most} วันทำการ",
        "no_forecast": "ยังประมาณไม่ได้ว่างานค้างจะหมดเมื่อใด: มีประวัติการลงบัญชีน้อยเกินไป",
        "overtaken": "ไม่นับอีก {n:,} รายการที่มีรายการใหม่กว่าลงไปก่อนแล้ว (อาจลืมหรือรอเอกสาร)",
        "beyond": "เกิน {most}",
        "second": "หากมีสายที่สองของผู้ให้บริการรายอื่น: จากรายการลงช้า {late:,} รายการ คำนวณว่าไม่ช้า {avoided} และเวลาทำการที่ใช้ไม่ได้เพราะสายลดลง {minutes} จาก {line:,} นาที",
        "span": "{middle:,.0f} (ช่วง {inner} %: {low:,.0f}–{high:,.0f})",
        "second_basis": "คิดจากสายขัดข้อง {outages:,} ครั้ง และสายของผู้ให้บริการรายอื่นในจังหวัด ({offices:,} หน่วยงาน) ซึ่งใช้งานได้ราว {chance} % ในช่วงนั้น เว็บขัดข้องและไฟดับยังคงเดิม",
        "second_none": "เดือนนี้ไม่พบเวลาทำการที่เสียไปเพราะสายของหน่วยงานหรือผู้ให้บริการ สายที่สองจึงไม่ช่วยลดรายการลงช้า {late:,} รายการ",
        "no_second": "ยังคำนวณผลของสายที่สองไม่ได้: ไม่เห็นหน่วยงานที่ใช้ผู้ให้บริการรายอื่นในจังหวัด",
        "cost": "{isp}: รายการลงช้าที่ผู้ให้บริการขัดข้องอธิบายได้ {per_100} ต่อ 100 รายการ, {per_month} ต่อหน่วยงานต่อเดือน (เมื่อปรับด้วยจำนวนข้อมูล {drawn:.2f}; {n:,} หน่วยงาน-เดือน)",
        "rate": "{value:.2f} ({low:.2f}–{high:.2f})",
    },
    "en": {
        "safe": "A good moment to save",
        "unsafe": "Better wait before saving",
        "chance": "{verdict}: in {moments:,} minutes like this one, the site stayed usable for {ahead} minutes more in {chance} %",
        "false_safe": "when called good, wrong in {share} %",
        "false_unsafe": "when told to wait, usable after all in {share} %",
        "no_safe": "Whether now is a good moment to save cannot be said: no fresh check, or too little is known of this office",
        "no_backlog": "Nothing waits to be posted",
        "backlog": "{waiting:,} entries wait; at the pace so far, as many are posted in about {middle} working days ({inner} % interval: {low} to {high})",
        "backlog_far": "{waiting:,} entries wait; at the pace so far, as many are hardly posted within {most} working days",
        "no_forecast": "When the backlog will be cleared cannot be said: too little posting is known",
        "overtaken": "{n:,} more that younger entries overtook are not counted (forgotten, or waiting for a paper)",
        "beyond": "over {most}",
        "second": "With a second line of another provider: of {late:,} late entries, {avoided} compute to be in time; of {line:,} working minutes lost to the line, {minutes} would not have been",
        "span": "{middle:,.0f} ({inner} % interval: {low:,.0f}–{high:,.0f})",
        "second_basis": "from {outages:,} line outages, and the lines of other providers in the province ({offices:,} offices), usable about {chance} % of that time; outages of the site and power cuts stay",
        "second_none": "No working minutes were lost to the office's line or provider this month, so a second line would not have changed {late:,} late entries",
        "no_second": "What a second line would have saved cannot be said: no office with another provider is seen in the province",
        "cost": "{isp}: {per_100} late entries per 100 that its outages explain, {per_month} per office and month (drawn by how much is known: {drawn:.2f}; {n:,} office-months)",
        "rate": "{value:.2f} ({low:.2f}–{high:.2f})",
    },
}


def say_safe(x: SafeMoment | None, language: str) -> str:
    """Whether now is a good moment, with how often such words were wrong."""
    t = _TEXTS[language]
    if x is None:
        return t["no_safe"]
    parts = [
        t["chance"].format(
            verdict=t["safe" if x.safe else "unsafe"],
            moments=x.moments,
            ahead=AHEAD,
            chance=_percent(x.chance),
        )
    ]
    if x.measured.false_safe is not None:
        parts.append(t["false_safe"].format(share=_percent(x.measured.false_safe)))
    if x.measured.false_unsafe is not None:
        parts.append(t["false_unsafe"].format(share=_percent(x.measured.false_unsafe)))
    return "; ".join(parts)


def say_backlog(x: Forecast | None, left_out: int, language: str) -> str:
    """When as many entries as wait now will have been posted; `left_out`: overtaken ones."""
    t = _TEXTS[language]
    if x is None:
        said = t["no_forecast"]
    elif not x.waiting:
        said = t["no_backlog"]
    elif x.middle is None:
        said = t["backlog_far"].format(waiting=x.waiting, most=MOST_DAYS)
    else:
        said = t["backlog"].format(
            waiting=x.waiting,
            middle=_days(x.middle, t),
            low=_days(x.low, t),
            high=_days(x.high, t),
            inner=_percent(INNER),
        )
    return f"{said}; {t['overtaken'].format(n=left_out)}" if left_out else said


def say_second_line(x: SecondLine | None, language: str) -> str:
    """What a second line would have saved, and what that rests on."""
    t = _TEXTS[language]
    if x is None:
        return t["no_second"]
    if not x.outages:
        return t["second_none"].format(late=x.late)
    said = t["second"].format(
        late=x.late,
        avoided=_span(x.avoided, t),
        minutes=_span(x.minutes, t),
        line=x.line_minutes,
    )
    basis = t["second_basis"].format(
        outages=x.outages, offices=x.offices, chance=_percent(x.chance)
    )
    return f"{said}; {basis}"


def say_cost(x: IspCost, name: str, language: str) -> str:
    """One provider's cost; `name` as the reader knows it."""
    t = _TEXTS[language]
    return t["cost"].format(
        isp=name,
        per_100=_rate(x.per_100, t),
        per_month=_rate(x.per_month, t),
        drawn=x.per_month.drawn,
        n=x.office_months,
    )


def _span(x: Span, t: dict[str, str]) -> str:
    return t["span"].format(middle=x.middle, low=x.low, high=x.high, inner=_percent(INNER))


def _rate(x: Rate, t: dict[str, str]) -> str:
    return t["rate"].format(value=x.value, low=x.low, high=x.high)


def _days(days: float | None, t: dict[str, str]) -> str:
    return t["beyond"].format(most=MOST_DAYS) if days is None else f"{days:.1f}"


def _percent(share: float) -> str:
    """To one decimal, and never all or nothing unless it is."""
    shown = f"{100 * share:.1f}"
    if shown == "100.0" and share < 1:
        return "99.9"
    if shown == "0.0" and share > 0:
        return "0.1"
    return shown.removesuffix(".0")
