"""What became of an outage, told in sentences."""

from datetime import UTC, datetime, timedelta

import pytest

from laaswatch_collector.timeline.history import FIELDS, Revision, history_sentences
from support.said import said

FOUND = datetime(2026, 11, 23, 3, 42, tzinfo=UTC)  # 10:42 in Bangkok


def clock(hour, minute):
    """A time of that morning as revisions hold it."""
    return datetime(2026, 11, 23, hour - 7, minute, tzinfo=UTC).isoformat()


STANDS = {
    "start_at": clock(9, 30),
    "end_at": clock(10, 20),
    "fault": "uplink",
    "offices": 3,
    "grade": "measured",
    "settled": False,
}


def told(*changes, stands=STANDS, language="en"):
    revisions = [
        Revision(n, FOUND + timedelta(minutes=n - 2), change)
        for n, change in enumerate(changes, start=2)
    ]
    return [said(x, language) for x in history_sentences(revisions, stands)]


def test_late_reports_that_moved_the_end():
    change = {"end_at": clock(10, 5), "reports": 14, "from_offices": 3}
    assert told(change) == [
        "Changed on 23 Nov 2026 10:42 after 14 late reports from 3 offices: end 10:05 → 10:20"
    ]
    assert told(change, language="th") == [
        "เปลี่ยนเมื่อ 23 พ.ย. 2569 10:42\u00a0น. หลังได้รับรายงานที่มาช้า 14 ฉบับจาก 3 แห่ง: สิ้นสุด 10:05 → 10:20 น."
    ]


def test_each_change_is_told_with_what_it_led_to():
    first, second, third = told(
        {"end_at": None}, {"end_at": clock(10, 0), "offices": 2}, {"settled": False}
    )
    assert first.endswith("10:42: end going on → 10:00")
    assert second.endswith("10:43: end 10:00 → 10:20 · offices 2 → 3")
    assert third.endswith("settled")


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize(
    "change",
    [
        {"withdrawn": True, "scope": "office"},
        {"withdrawn": True, "scope": "office", "into": "isp-NT-5"},
        {"split_from": "isp-NT-5"},
        {"merged": ["isp-NT-5", "isp-NT-9"], "end_at": clock(10, 1)},
        {"found_again": True},
        {"settled": True},
        {"fault": "dns", "grade": "inferred"},
        {"end_at": None, "reports": 1, "from_offices": 1},
    ],
    ids="-".join,
)
def test_every_kind_of_change_has_words(change, language):
    (sentence,) = told(change, language=language, stands=STANDS)
    before, _, what = sentence.partition(": ")
    assert before
    assert what.strip()
    for outage in (change.get("into"), change.get("split_from"), *change.get("merged", ())):
        assert outage is None or outage in what
    assert "{" not in sentence


def test_an_outage_that_was_withdrawn_still_tells_what_it_was_before():
    gone = {"withdrawn": True, "scope": "office"} | {x: STANDS[x] for x in FIELDS}
    changed, withdrawn = told({"end_at": clock(10, 5)}, gone, stands=None)
    assert changed.endswith("end 10:05 → 10:20")
    assert "withdrawn" in withdrawn
