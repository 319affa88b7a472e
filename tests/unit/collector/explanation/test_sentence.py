"""The reason sentence says what the figures say, and no more."""

from datetime import UTC, datetime

import pytest

from laaswatch_collector.explanation.model import Explanation, Verdict
from laaswatch_collector.explanation.sentence import reason
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.timeline.conclusions import Grade, Scope
from support.said import said

COUNTERFACTUAL = int(datetime(2026, 10, 6, 9, 5, tzinfo=UTC).timestamp())


def explanation(verdict, **more):
    values = {
        "entry": 1, "verdict": verdict, "tardiness": 105, "explained_fraction": 1.0, "shift_fraction": 0.9,
        "counterfactual": COUNTERFACTUAL, "scope": Scope.SITE, "fault": "site_http", "grade": Grade.CORROBORATED,
        "window_minutes": 480, "usable_minutes": 42, "down_minutes": 438, "unknown_minutes": 0,
    }  # fmt: skip
    return Explanation(**(values | more))


def test_an_explained_entry_names_the_usable_minutes_and_the_time_it_would_have_had():
    """The counterfactual sentence, in both languages."""
    x = explanation(Verdict.EXPLAINED)
    assert said(reason(x), "th") == (
        "ใช้งานได้ 42 จาก 480 นาทีทำการก่อนครบกำหนด เว็บระบบบัญชีขัดข้อง 438 นาที "
        "หากไม่มีเหตุนี้ คำนวณว่าลงบัญชีได้ 6 ต.ค. 2569 16:05\u00a0น. ทันกำหนด (ลงจริงเกินไป 105 นาทีทำการ)"
    )
    assert said(reason(x), "en") == (
        "Usable 42 of 480 working minutes before it was due; an outage of the accounting site took "
        "438 min; without it, the posting computes to 6 Oct 2026 16:05, in time (it was 105 working "
        "minutes late)."
    )


def test_too_little_data_says_only_that():
    """Nothing is said of outages where nobody looked."""
    x = explanation(
        Verdict.NO_EVIDENCE,
        down_minutes=0,
        unknown_minutes=390,
        usable_minutes=90,
        scope=Scope.NONE,
    )
    assert "ไม่มีข้อมูล 390 นาที" in said(reason(x), "th")
    assert "ไม่สามารถยืนยันได้" in said(reason(x), "th")
    assert "no outage was found" not in said(reason(x), "en")


def test_no_outage_is_claimed_only_where_all_was_measured():
    """A window with unknown minutes cannot be called free of outages."""
    seen = explanation(
        Verdict.NOT_EXPLAINED, down_minutes=0, usable_minutes=480, explained_fraction=0.0
    )
    blind = explanation(
        Verdict.NOT_EXPLAINED, down_minutes=0, usable_minutes=400, unknown_minutes=80
    )
    assert "no outage was found" in said(reason(seen), "en")
    assert "no outage was found" not in said(reason(blind), "en")
    assert "no data for 80 min" in said(reason(blind), "en")


def test_a_share_is_rounded_down():
    """99.6 per cent must not read as all of it."""
    x = explanation(Verdict.PARTLY, explained_fraction=0.996)
    assert "99 %" in said(reason(x), "en")


def test_partly_with_a_full_replay_gives_the_other_figure():
    """The replay says in time, the lost time says too little: the sentence shows the doubt."""
    x = explanation(Verdict.PARTLY, explained_fraction=1.0, shift_fraction=0.3)
    assert "30 %" in said(reason(x), "en")
    assert "น่าจะ" in said(reason(x), "th")


def test_inferred_and_contradicted_evidence_is_said():
    """Whoever reads the sentence alone must see that it stands on less."""
    assert "inferred" in said(reason(explanation(Verdict.EXPLAINED, grade=Grade.INFERRED)), "en")
    assert "ขัดแย้ง" in said(reason(explanation(Verdict.PARTLY, grade=Grade.CONTRADICTED)), "th")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize(("window", "down"), [(0, 0), (480, 0), (480, 438)])
def test_every_combination_has_a_sentence_and_none_excuses(language, verdict, scope, window, down):
    """Facts for consideration: no wording may decide."""
    x = explanation(verdict, scope=scope, window_minutes=window, down_minutes=down)
    text = said(reason(x), language)
    assert bool(text) == (verdict is not Verdict.NONE)
    assert not any(word in text.casefold() for word in ("excuse", "ยกเว้นความผิด", "ให้อภัย", "{"))
