"""Dates, times and numbers as Thai offices write them: พ.ศ., Thai digits, Thai month names.

Three rules keep the Buddhist era from doing harm (each was seen to go wrong in practice):
subtract 543 first and build the date after, since 29/02/2567 is a day and 29/02/2568 is not, the other
way round from what the plain numbers say; the order is always day, month, year; and Thai digits become
Latin ones before anything else looks at the text.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

from laaswatch_collector.messages import Told

BANGKOK = timezone(timedelta(hours=7), "Asia/Bangkok")
"""Thailand's time: +07:00 all year; no summer time since 1920."""

BUDDHIST_OFFSET = 543
FIRST_YEAR, LAST_YEAR = 2015, 2100
"""Years (CE) that a ledger can speak of: e-LAAS is compulsory since October 2015. BE 2558–2643."""
NULL_DATE = date(1999, 11, 30)
"""What the site's database shows for "no date": 30 พฤศจิกายน 2542 07:00 = 1999-11-30 00:00 UTC."""

MONTHS = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)
MONTHS_SHORT = (
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
)
WEEKDAYS = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_TO_LATIN = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


class Era(StrEnum):
    """How a year is counted."""

    BUDDHIST = "be"
    CHRISTIAN = "ce"


class DateError(Told, ValueError):
    """A text that is no date, with a reason fit for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as written, with the time of day if one was written (local), and how its year was counted.

    `era` is None where the spelling does not show it (two-digit years, real Excel dates).
    `mistyped_era` marks an Excel date whose year is 2569-like: somebody typed พ.ศ. into a CE cell.
    """

    day: date
    clock: time | None = None
    era: Era | None = None
    mistyped_era: bool = False


def latin_digits(text: str) -> str:
    """๒๕๖๙ → 2569; everything else is left alone."""
    return text.translate(_TO_LATIN)


def thai_digits(text: str) -> str:
    """2569 → ๒๕๖๙; for letters, at the very end."""
    return text.translate(_TO_THAI)


def buddhist_year(day: date) -> int:
    """The year of a date in พ.ศ."""
    return day.year + BUDDHIST_OFFSET


def fiscal_year(day: date) -> int:
    """The fiscal year in พ.ศ.: year N runs from 1 October N−1 to 30 September N."""
    return buddhist_year(day) + (1 if day.month >= 10 else 0)


def local_date(value: date | datetime) -> date:
    """The calendar day in Bangkok; a datetime must be aware."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a zone has no day in Bangkok")
    return value.astimezone(BANGKOK).date()


def local_midnight(day: date) -> datetime:
    """The first moment of a day in Bangkok, in UTC."""
    return datetime.combine(day, time(), BANGKOK).astimezone(UTC)


def thai_date(value: date | datetime, long: bool = False) -> str:
    """5 ต.ค. 2569, or long: 5 ตุลาคม 2569. Latin digits; `thai_digits` turns them where a letter asks."""
    day = local_date(value)
    month = (MONTHS if long else MONTHS_SHORT)[day.month - 1]
    return f"{day.day} {month} {buddhist_year(day)}"


def thai_time(value: datetime) -> str:
    """14:30 น., on the Bangkok clock."""
    return f"{value.astimezone(BANGKOK):%H:%M} น."


def thai_date_time(value: datetime, long: bool = False) -> str:
    """5 ต.ค. 2569 14:30 น., or long: 5 ตุลาคม 2569 เวลา 14:30 น."""
    between = " เวลา " if long else " "
    return f"{thai_date(value, long)}{between}{thai_time(value)}"


def parse_thai_date(text: object, two_digit_era: Era = Era.BUDDHIST) -> date | None:
    """The day that a cell or text names; None if it is empty or the null date; raises DateError."""
    moment = parse_moment(text, two_digit_era)
    return None if moment is None else moment.day


def parse_moment(value: object, two_digit_era: Era = Era.BUDDHIST) -> Moment | None:
    """The day, and the time if there is one, of a text, an Excel serial number or a real date.

    `two_digit_era` says how years such as 69 are counted. None: nothing was written, or the null date.
    Raises DateError, with a reason that a person can act on.
    """
    if value is None or isinstance(value, bool):
        return None if value is None else _no_date(str(value))
    if isinstance(value, datetime):
        if value.tzinfo is not None and FIRST_YEAR <= value.year <= LAST_YEAR:
            value = value.astimezone(BANGKOK)
        return _from_calendar(value.date(), value.time().replace(microsecond=0))
    if isinstance(value, date):
        return _from_calendar(value, None)
    if isinstance(value, int | float):
        return _from_serial(float(value))
    return _from_text(str(value), two_digit_era)


def _no_date(shown: str) -> Moment:
    shown = shown[:60]
    raise DateError("date.unreadable", shown=shown)


def _window(moment: Moment) -> Moment | None:
    if moment.day == NULL_DATE:
        return None
    if not FIRST_YEAR <= moment.day.year <= LAST_YEAR:
        year = buddhist_year(moment.day)
        raise DateError(
            "date.out_of_range",
            be=year,
            ce=moment.day.year,
        )
    return moment


def _build(year: int, month: int, day: int) -> date:
    """A date from a CE year; the words name the BE year that was most likely typed."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        be = year + BUDDHIST_OFFSET
        raise DateError(
            "date.no_such_day",
            day=day,
            month=month,
            be=be,
            ce=year,
        ) from None


def _from_calendar(day: date, clock: time | None) -> Moment | None:
    """A real date from a spreadsheet: Gregorian by nature, unless somebody typed a BE year into it."""
    if clock is not None and clock == time():
        clock = None  # spreadsheets show every plain date as midnight
    if day.year - BUDDHIST_OFFSET in range(FIRST_YEAR, LAST_YEAR + 1):
        repaired = _build(day.year - BUDDHIST_OFFSET, day.month, day.day)
        return _window(Moment(repaired, clock, Era.BUDDHIST, mistyped_era=True))
    return _window(Moment(day, clock))


def _from_serial(number: float) -> Moment | None:
    """Days since 1899-12-30, as spreadsheets count; the fraction is the time of day."""
    if not math.isfinite(number) or not 1 <= number < 400_000:
        return _no_date(f"{number:g}")
    seconds = round((number - math.floor(number)) * 86400)
    moment = datetime(1899, 12, 30) + timedelta(days=math.floor(number), seconds=seconds)  # noqa: DTZ001 - a wall date
    return _from_calendar(moment.date(), moment.time())


# ------------------------------------------------------------------ text

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_WEEKDAY = re.compile(
    r"^(?:วัน)?\s*(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|พฤหัสฯ?|ศุกร์|เสาร์|อาทิตย์)\s*(?:ที่)?\s*,?\s*|^วันที่\s*"
)
_CLOCK = re.compile(
    r"(?:[\sT,]|เวลา)+(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:\.\d{1,6})?)?\s*"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?\s*(?:น\.?|hrs?\.?)?$"
)
_ERA = re.compile(
    r"(?P<be>พ\s*\.\s*ศ\s*\.?|พศ\.?|\bB\.?E\b\.?)"
    r"|(?P<ce>ค\s*\.\s*ศ\s*\.?|คศ\.?|\b(?:A\.?D|C\.?E)\b\.?)",
    re.IGNORECASE,
)
_YMD = re.compile(r"(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})")
_DMY = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})")
_NAMED = re.compile(r"(\d{1,2})\s*[-/.,]?\s*([^\d\s].*?)\s*[-/,]?\s*(\d{4}|\d{2})")
_SERIAL = re.compile(r"\d{5,6}(?:\.\d+)?")
_EMPTY = frozenset({"", "-", "–", "—", "null", "NULL", "None", "00/00/0000", "0000-00-00"})


def _canonical_month(name: str) -> str:
    return re.sub(r"[\s.\-/,]", "", name).replace("ฏ", "ฎ").casefold()


_MONTH_OF = (
    {_canonical_month(name): index for index, name in enumerate(MONTHS, 1)}
    | {_canonical_month(name): index for index, name in enumerate(MONTHS_SHORT, 1)}
    # Common shortenings that leave the "คม" or "ยน" away.
    | {_canonical_month(name)[:-2]: index for index, name in enumerate(MONTHS, 1) if index != 2}
    | {"กุมภา": 2}
)


def _month(name: str) -> tuple[int | None, bool]:
    """The month of a name, and whether the name was English."""
    canonical = _canonical_month(name)
    if canonical in _MONTH_OF:
        return _MONTH_OF[canonical], False
    if re.fullmatch(r"[a-z]{3,9}", canonical) and canonical[:3] in _ENGLISH:
        return _ENGLISH.index(canonical[:3]) + 1, True
    return None, False


def _from_text(original: str, two_digit_era: Era) -> Moment | None:
    text = _INVISIBLE.sub("", latin_digits(original)).replace("\u00a0", " ").strip()
    if text in _EMPTY:
        return None
    if len(text) > 80:
        return _no_date(text)
    if _SERIAL.fullmatch(text):
        return _from_serial(float(text))
    text = _WEEKDAY.sub("", text, count=1)
    clock: time | None = None
    shift = timedelta()
    if found := _CLOCK.search(text):
        clock, shift = _clock(found, original)
        text = text[: found.start()].strip()
    stated: Era | None = None
    if (mark := _ERA.search(text)) and not _month(mark.group())[0]:
        stated = Era.BUDDHIST if mark.group("be") else Era.CHRISTIAN
        text = re.sub(r"\s+", " ", f"{text[: mark.start()]} {text[mark.end() :]}").strip()
    day, era = _day(text, original, stated, two_digit_era)
    moment = _window(Moment(day, None if clock == time() else clock, era))
    if moment is None or clock is None or not shift:
        return moment
    moved = datetime.combine(day, clock, UTC) - shift
    return _window(Moment(moved.date(), moved.time(), era))


def _clock(found: re.Match[str], original: str) -> tuple[time, timedelta]:
    """The time of day, and what to take off to come to Bangkok's clock."""
    hour, minute, second = (int(found[part] or 0) for part in ("h", "m", "s"))
    if hour > 23 or minute > 59 or second > 59:
        shown = original.strip()[:60]
        raise DateError(
            "date.no_such_time",
            hour=hour,
            minute=minute,
            shown=shown,
        )
    zone = found["zone"]
    if not zone:
        return time(hour, minute, second), timedelta()
    offset = timedelta()
    if zone != "Z":
        digits = zone[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        offset = -offset if zone[0] == "-" else offset
    return time(hour, minute, second), offset - timedelta(hours=7)


def _day(
    text: str, original: str, stated: Era | None, two_digit_era: Era
) -> tuple[date, Era | None]:
    if found := _YMD.fullmatch(text):
        year_text, month, day = found[1], int(found[2]), int(found[3])
    elif found := _DMY.fullmatch(text):
        day, month, year_text = int(found[1]), int(found[2]), found[3]
    elif found := _NAMED.fullmatch(text):
        named, english = _month(found[2])
        if named is None:
            _no_date(original.strip())
        day, month, year_text = int(found[1]), named or 0, found[3]
        if english and len(year_text) == 2:
            two_digit_era = Era.CHRISTIAN
    else:
        _no_date(original.strip())
    year, era = _year(year_text, stated, two_digit_era)
    return _build(year, month, day), era


def _year(text: str, stated: Era | None, two_digit_era: Era) -> tuple[int, Era | None]:
    """The year in CE, and the era that the spelling shows."""
    number = int(text)
    if len(text) == 2:
        if (stated or two_digit_era) is Era.CHRISTIAN:
            return 2000 + number, stated
        # 58–99 are BE 2558–2599; 00–43 are BE 2600–2643.
        return (2500 if number >= 44 else 2600) + number - BUDDHIST_OFFSET, stated
    era = stated or (Era.BUDDHIST if number >= 2400 else Era.CHRISTIAN)
    return (number - BUDDHIST_OFFSET if era is Era.BUDDHIST else number), era
