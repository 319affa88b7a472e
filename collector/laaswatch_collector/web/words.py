"""Words, dates and durations of the pages in one language. Dates are พ.ศ. in Thai; times 24-hour, Bangkok."""

from datetime import date, datetime
from functools import lru_cache, partial, reduce
from gettext import NullTranslations
from typing import Any

from laaswatch_collector.locale import LANGUAGES, translations
from laaswatch_collector.messages import Day, Message, Moment, Say, Value
from laaswatch_collector.worktime.provinces import PROVINCES
from laaswatch_collector.worktime.thai import (
    BANGKOK,
    MONTHS,
    WEEKDAYS,
    buddhist_year,
    local_date,
    thai_date,
)

SHORT_NAMES = (
    ("องค์การบริหารส่วนจังหวัด", "อบจ."),
    ("องค์การบริหารส่วนตำบล", "อบต."),
    ("เทศบาลนคร", "ทน."),
    ("เทศบาลเมือง", "ทม."),
    ("เทศบาลตำบล", "ทต."),
    (" Subdistrict Administrative Organization", " SAO"),
    (" Subdistrict Municipality", " SM"),
    (" Provincial Administrative Organization", " PAO"),
)
"""The usual short forms, for lists: long names fit neither a phone's width nor a slow line."""


class Words:
    """Call it with a dotted key and values: `words("office.since", at="…")`. A missing key is a KeyError."""

    def __init__(self, language: str, catalogue: NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, key: str, **values: Any) -> str:  # noqa: ANN401 - whatever the text prints
        text = self._catalogue.gettext(key)
        if text == key:
            raise KeyError(key)
        return text.format(**values) if values else text

    def count(self, key: str, n: int, **values: Any) -> str:  # noqa: ANN401 - whatever the text prints
        """A text with a plural, for `n` of something; the text may print `{n}`."""
        text = self._catalogue.ngettext(key, key, n)
        if text == key:
            raise KeyError(key)
        return text.format(n=n, **values)

    def say(self, message: Message | None) -> str:
        """A message in these words; "" for none."""
        if message is None:
            return ""
        values = {name: self._shown(x, message.key) for name, x in message.values.items()}
        if message.n is not None:
            return self.count(message.key, message.n, **values)
        return self(message.key, **values)

    def _shown(self, value: Value, key: str) -> str | int | float:
        if isinstance(value, Message):
            return self.say(value)
        if isinstance(value, Day):
            return self.full_date(value.on)
        if isinstance(value, Moment):
            return self.moment(value.at)
        if isinstance(value, list):
            join = partial(self, f"{key}.join")
            texts = [self.say(x) for x in value]
            return reduce(lambda said, x: join(before=said, next=x), texts) if texts else ""
        return value

    def word(self, kind: str, member: str) -> str:
        """The label of a member of a closed list; the empty member is called `none`."""
        return self(f"{kind}.{member or 'none'}")

    def of(self, text: Any) -> str:  # noqa: ANN401 - anything with `th` and `en`
        """A text that carries both languages, such as an article's."""
        chosen: str = text.th if self.language == "th" else text.en
        return chosen

    def name(self, office: Any, *, short: bool = False) -> str:  # noqa: ANN401 - anything with two names
        """An office's name in this language."""
        name: str = office.name_th if self.language == "th" else office.name_en
        if short:
            for long, brief in SHORT_NAMES:
                name = name.replace(long, brief)
        return name

    def province(self, code: str) -> str:
        """A province's name by its two digits; the digits themselves if unknown."""
        found = PROVINCES.get(code)
        if found is None:
            return code
        return found.name_th if self.language == "th" else found.name_en

    def full_date(self, value: date | datetime) -> str:
        """12 ต.ค. 2569 / 12 Oct 2026."""
        if self.language == "th":
            return thai_date(value)
        day = local_date(value)
        return f"{day.day} {day:%b %Y}"

    def day(self, value: date | datetime) -> str:
        """จ. 12 ต.ค. / Mon 12 Oct: a day inside a known month."""
        day = local_date(value)
        if self.language == "th":
            weekday = ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา.")[day.weekday()]
            return f"{weekday} {thai_date(day).rsplit(' ', 1)[0]}"
        return f"{day:%a} {day.day} {day:%b}"

    def weekday(self, value: date) -> str:
        """จันทร์ / Monday."""
        return WEEKDAYS[value.weekday()] if self.language == "th" else f"{value:%A}"

    def time(self, value: datetime) -> str:
        """14:30 น. / 14:30."""
        return self("time.clock", time=f"{value.astimezone(BANGKOK):%H:%M}")

    def moment(self, value: datetime) -> str:
        """12 ต.ค. 2569 14:30 น. / 12 Oct 2026 14:30."""
        return f"{self.full_date(value)} {self.time(value)}"

    def span(self, start: datetime, end: datetime | None) -> str:
        """From and to, naming the day once where it is the same."""
        first = f"{self.day(start)} {start.astimezone(BANGKOK):%H:%M}"
        if end is None:
            return f"{first}–"
        same = local_date(start) == local_date(end)
        last = self.time(end) if same else f"{self.day(end)} {self.time(end)}"
        return f"{first}–{last}" if same else f"{first} – {last}"

    def month(self, month: str) -> str:
        """ตุลาคม 2569 / October 2026, of 2026-10."""
        day = date.fromisoformat(f"{month}-01")
        if self.language == "th":
            return f"{MONTHS[day.month - 1]} {buddhist_year(day)}"
        return f"{day:%B %Y}"

    def lasting(self, minutes: int) -> str:
        """A duration: 47 นาที, 2 ชม. 5 นาที, 3 วัน 4 ชม."""
        if minutes < 60:
            return self("time.minutes", n=minutes)
        if minutes < 24 * 60:
            return self("time.hours", h=minutes // 60, m=minutes % 60)
        return self("time.days", d=minutes // 1440, h=minutes % 1440 // 60)

    def ago(self, value: datetime | None, now: datetime) -> str:
        """How long ago, and the date itself once it is more than a day."""
        if value is None:
            return self("time.never")
        seconds = max(0, int((now - value).total_seconds()))
        if seconds < 120:
            return self("time.ago_seconds", n=seconds)
        if seconds < 7200:
            return self("time.ago_minutes", n=seconds // 60)
        if seconds < 86400:
            return self("time.ago_hours", n=seconds // 3600)
        return self("time.on", at=self.moment(value))


def every_language() -> list[Say]:
    """For what both languages are written on, such as the ledger template: Thai first."""
    return [words_in(language).say for language in LANGUAGES]


@lru_cache(maxsize=len(LANGUAGES))
def words_in(language: str) -> Words:
    """The words of a language, one of LANGUAGES."""
    return Words(language, translations(language))
