"""Words beside a verdict: facts with their figures, in both languages, and no word of blame."""

from datetime import UTC, datetime

import pytest

from laaswatch_collector.explanation.coincidence import Coincidence
from laaswatch_collector.explanation.contradictions import Flag
from laaswatch_collector.explanation.health import Health
from laaswatch_collector.explanation.model import Verdict
from laaswatch_collector.explanation.remarks import (
    before_remark,
    changed_remark,
    coincidence_remark,
    flag_remark,
    health_remark,
)
from support.said import said

AT = datetime(2026, 10, 6, 9, 5, tzinfo=UTC)
BLAME = ("fraud", "lie", "cheat", "fault of", "excuse", "โกง", "โกหก", "จงใจ", "ข้ออ้าง")


def everything(language):
    yield from (said(flag_remark(x, 3, int(AT.timestamp())), language) for x in Flag)
    yield said(changed_remark(2), language)
    for why in ("rules", "ledger", "settled", "outages", "states"):
        yield from (said(before_remark(str(x), AT, why), language) for x in Verdict)
    for health in (Health(3, 1_200, 14.6, 0.997), Health(1, 20, None, None)):
        yield said(health_remark(health), language)
    for chance, flagged in ((0.0004, True), (0.4, False), (None, False)):
        yield said(coincidence_remark(Coincidence(chance, flagged, 66, 9, 700)), language)


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_remark_can_be_said_and_blames_nobody(language):
    remarks = list(everything(language))
    assert all(x and "{" not in x for x in remarks)
    assert [x for x in remarks if any(word in x.lower() for word in BLAME)] == []


def test_what_speaks_against_an_outage_is_for_a_person_to_look_at():
    found = said(flag_remark("contact_inside", 4, int(AT.timestamp())), "en")
    assert found.startswith("For a person to look at: ")
    assert "4 times" in found
    assert "6 Oct 2026 16:05" in found
    assert "6 ต.ค. 2569" in said(flag_remark("contact_inside", 4, int(AT.timestamp())), "th")


def test_a_share_is_rounded_down_and_too_little_is_said():
    assert "99 %" in said(health_remark(Health(3, 1_200, 14.6, 0.997)), "en")
    assert "15 working minutes" in said(health_remark(Health(3, 1_200, 14.6, 0.997)), "en")
    assert "cannot be told" in said(health_remark(Health(1, 20, None, None)), "en")


def test_nothing_changed_is_not_said():
    assert said(changed_remark(0), "th") == ""
