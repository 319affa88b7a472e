"""Closed lists have their words, and dates come out as people write them."""

from datetime import UTC, date, datetime

import pytest

from laaswatch_agent.report.vocabulary import Also, Fault, Layer, Reason, Result, State
from laaswatch_collector.explanation.model import Verdict
from laaswatch_collector.ledger.model import Band, Book, System
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.timeline.conclusions import Grade, Scope
from laaswatch_collector.web.words import words_in


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "vocabulary"),
    [
        ("state", State), ("fault", Fault), ("scope", Scope), ("grade", Grade), ("layer", Layer),
        ("reason", Reason), ("result", Result), ("also", Also), ("book", Book), ("system", System),
        ("band", Band),
    ],
)  # fmt: skip
def test_every_member_of_a_closed_list_has_a_word(language, kind, vocabulary):
    """A new fault or reason must get its words in the same change."""
    words = words_in(language)
    assert all(words.word(kind, member) for member in vocabulary)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_a_long_and_a_short_word(language):
    """The empty verdict is for entries that are not late; it is never shown."""
    words = words_in(language)
    for verdict in set(Verdict) - {Verdict.NONE}:
        assert words.word("verdict", verdict)
        assert words.word("verdict_short", verdict)


def test_dates_are_buddhist_in_thai_and_christian_in_english():
    """2026-10-05 23:30 UTC is the morning of the sixth in Bangkok."""
    at = datetime(2026, 10, 5, 23, 30, tzinfo=UTC)
    thai, english = words_in("th"), words_in("en")
    assert thai.moment(at) == "6 ต.ค. 2569 06:30\u00a0น."
    assert english.moment(at) == "6 Oct 2026 06:30"
    assert thai.month("2026-10") == "ตุลาคม 2569"
    assert english.month("2026-10") == "October 2026"
    assert thai.day(date(2026, 10, 6)) == "อ. 6 ต.ค."


def test_a_span_names_the_day_once_and_stays_open_while_it_goes_on():
    """From and to of one day, of two days, and of no end yet."""
    words = words_in("en")
    start = datetime(2026, 10, 6, 2, 10, tzinfo=UTC)
    assert words.span(start, start.replace(hour=8)) == "Tue 6 Oct 09:10–15:10"
    assert words.span(start, start.replace(day=7)) == "Tue 6 Oct 09:10 – Wed 7 Oct 09:10"
    assert words.span(start, None) == "Tue 6 Oct 09:10–"


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (59, "59 min"), (125, "2 h 5 min"), (1565, "1 d 2 h")]
)
def test_durations_grow_their_unit(minutes, text):
    """People do not count in thousands of minutes."""
    assert words_in("en").lasting(minutes) == text


def test_names_are_shortened_as_offices_write_them():
    """Lists have room for อบต., not for องค์การบริหารส่วนตำบล."""

    class Office:
        name_th = "องค์การบริหารส่วนตำบลทุ่งคา"
        name_en = "Thung Kha Subdistrict Administrative Organization"

    assert words_in("th").name(Office, short=True) == "อบต.ทุ่งคา"
    assert words_in("en").name(Office, short=True) == "Thung Kha SAO"
    assert words_in("th").name(Office) == Office.name_th
