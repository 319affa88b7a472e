"""Looking ahead on pages: who may see it, unknown said rather than left out, and what the days ahead bring."""

import urllib.error
from datetime import datetime

import pytest

from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.server.routes.pages_ahead import days_ahead
from laaswatch_collector.server.routing import Context
from laaswatch_collector.web.words import words_in
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK
from support import seeded
from support.pages import serving

PAGE = f"/offices/{seeded.FIRST}/outlook"


@pytest.fixture
def site(store_url):
    """The real application with three seeded offices."""
    with serving(store_url, offices=3) as found:
        yield found


@pytest.mark.parametrize("user", ["somchai", "somying", "support", "admin"])
def test_the_page_says_what_is_known_and_what_is_not(site, user):
    page = site.get(PAGE, user=user).decode()
    assert len(page.encode()) < 60 * 1024
    assert "มองไปข้างหน้า" in page
    assert "ยังบอกไม่ได้ว่าตอนนี้เหมาะจะบันทึกหรือไม่" in page, "the seeded rounds are days old"
    assert "รายการ" in page


def test_another_office_s_officer_sees_nothing(site):
    with pytest.raises(urllib.error.HTTPError) as refused:
        site.get(PAGE, user="malee")
    with refused.value:
        assert refused.value.code == 404


def test_the_office_page_leads_there(site):
    page = site.get(f"/offices/{seeded.FIRST}", user="somchai").decode()
    assert f'href="{PAGE}"' in page
    assert "ยังบอกไม่ได้ว่าตอนนี้เหมาะจะบันทึกหรือไม่" in page


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-09-10 10:00", []),
        ("2026-09-18 10:00", ["คาดว่าเว็บจะช้า"]),
        ("2026-09-28 10:00", ["ไม่ผ่อนผันข้ามปีงบประมาณ", "ไม่ต้องโทรหาผู้ให้บริการ"]),
        ("2026-09-28 17:00", ["ไม่ผ่อนผันข้ามปีงบประมาณ", "คาดว่าเว็บจะช้า"]),
        ("2026-10-01 09:00", ["ไม่ต้องโทรหาผู้ให้บริการ"]),
    ],
)
def test_the_days_ahead(moment, said):
    now = datetime.fromisoformat(moment).replace(tzinfo=BANGKOK)
    context = Context(None, CollectorConfig(), lambda: now)
    found = days_ahead(words_in("th"), context, WorkClock(), now)
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))
    english = days_ahead(words_in("en"), context, WorkClock(), now)
    assert len(english) == len(said)
