"""Messages: what the core says before it is words."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from laaswatch_collector.messages import Message, Told, counted, message, word
from support.said import said

AT = datetime(2026, 10, 5, 23, 30, tzinfo=UTC)


def test_a_message_travels_as_json_and_back():
    """With what is in it: times, days, other messages."""
    there = message(
        "history.changed", at=AT, day=date(2026, 10, 6), what=word("fault", "dns"), n=3, share=0.5
    )
    listed = message("history.what", parts=[there, counted("history.late_reports", 2)])
    assert msgspec.json.decode(msgspec.json.encode(listed), type=Message) == listed


def test_a_time_is_written_as_its_reader_counts():
    """The core never decides on พ.ศ. or the Christian era."""
    what = message("history.changed", at=AT, what=message("history.again"))
    assert "6 ต.ค. 2569 06:30\u00a0น." in said(what, "th")
    assert "6 Oct 2026 06:30" in said(what, "en")


def test_a_list_is_joined_by_the_words_of_its_language():
    """Three parts, two joins."""
    parts = [message("lateness.no_window"), message("lateness.clear"), message("lateness.inferred")]
    assert said(message("lateness.sentence", parts=parts)).count("; ") == 2


@pytest.mark.parametrize(("n", "text"), [(1, "1 late report"), (2, "2 late reports")])
def test_one_and_many_have_their_words(n, text):
    """English has a plural, Thai has none."""
    assert said(counted("history.late_reports", n)) == text
    assert said(counted("history.late_reports", n), "th") == f"รายงานที่มาช้า {n} ฉบับ"


def test_no_message_is_no_words():
    """A sentence for an entry that is not late."""
    assert said(None) == ""


def test_an_unknown_key_is_never_shown_as_it_is():
    """A page with a key in it would look like a fault of the reader."""
    with pytest.raises(KeyError):
        said(message("no.such_key"))


def test_an_error_keeps_its_message_and_logs_its_values():
    """What a person is told, and what a log holds, are two things."""
    error = Told("command.no_office", office="57A")
    assert said(error) == "there is no office 57A"
    assert str(error) == "command.no_office (office=57A)"
