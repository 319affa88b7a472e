"""Whatever the verdicts, grades and outages: no document excuses, accuses, or says more than is known."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.documents.changes import changes, compare, figures
from laaswatch_collector.documents.check_code import statement
from laaswatch_collector.documents.facts import Minutes, read_statement
from laaswatch_collector.documents.make import OFFICE_KINDS
from laaswatch_collector.documents.model import plain_text
from laaswatch_collector.documents.phrases import WEAK, tally
from support.letters import document, entry, office_month, outage

NEVER = (
    "ยกเว้น", "อภัย", "พ้นผิด", "ไม่ต้องรับผิด", "เหตุสุดวิสัย", "ผ่อนผัน", "สมควร", "ถือว่าทัน",
    "ละเลย", "จงใจ", "บกพร่อง", "ประมาท", "เพิกเฉย", "ความผิด", "ลงโทษ", "วินัย",
    "excus", "exempt", "pardon", "forgiv", "waive", "negligen", "blame", "guilt", "at fault", "penalt",
)  # fmt: skip
"""Words that excuse or accuse."""
VERDICTS = ("explained", "partly", "not_explained", "no_evidence", "pending", "undetermined")
GRADES = ("corroborated", "measured", "single_pc", "inferred", "contradicted", "")
SCOPES = ("", "site", "undecided", "isp", "isp_province", "province", "office", "pc")
FLAGS = ("posted_inside", "contact_inside", "peer_reached", "chain_broken", "cable_out")


@st.composite
def late_entries(draw):
    minutes = st.integers(0, 20_000)
    explained = draw(st.integers(0, 1000))
    return entry(
        draw(st.integers(1, 99_999)),
        draw(st.sampled_from(VERDICTS)),
        grade=draw(st.sampled_from(GRADES)),
        scope=draw(st.sampled_from(SCOPES)),
        window=draw(minutes), usable=draw(minutes), down=draw(minutes), unknown=draw(minutes),
        backlog=draw(minutes), tardiness=draw(minutes), explained=explained,
        estimated=draw(st.booleans()),
        flags=tuple(draw(st.lists(st.sampled_from(FLAGS), unique=True, max_size=2))),
    )  # fmt: skip


@st.composite
def months(draw):
    late = draw(st.lists(late_entries(), min_size=1, max_size=6, unique_by=lambda x: x.number))
    outages = draw(
        st.lists(
            st.builds(
                lambda n, scope, grade, end: outage(f"o{n}", scope=scope, grade=grade, end=end),
                st.integers(0, 99), st.sampled_from(SCOPES), st.sampled_from(GRADES),
                st.sampled_from((None, 1_800_000_000)),
            ),
            max_size=3, unique_by=lambda x: x.id,
        )
    )  # fmt: skip
    return office_month(
        late,
        outages=tuple(outages),
        standing=draw(st.sampled_from(("current", "not_current", "not_operating", "unknown"))),
        minutes=Minutes(
            8400, 7000, 0, dict.fromkeys(draw(st.sets(st.sampled_from(SCOPES))), 9), 30
        ),
        estimated_days=draw(st.sampled_from(((), ("2026-10-26",)))),
    )


@settings(max_examples=60, deadline=None)
@given(months(), st.sampled_from(OFFICE_KINDS), st.sampled_from(("th", "en")))
def test_no_document_excuses_or_accuses(facts, kind, language):
    """In neither language, whatever happened."""
    text = "\n".join(plain_text(document(kind, facts, language))).casefold()
    assert [x for x in NEVER if x in text] == []


@settings(max_examples=60, deadline=None)
@given(months(), st.sampled_from(OFFICE_KINDS))
def test_every_open_or_weak_verdict_is_told_with_doubt(facts, kind):
    """Row by row: นอกจากหลักฐานแน่น ต้องมีคำว่า น่าจะ หรือ ไม่สามารถยืนยันได้."""
    made = document(kind, facts)
    table = next(x for x in made.blocks if type(x).__name__ == "Table" and len(x.columns) == 4)
    for x, row in zip(facts.late, table.rows, strict=True):
        verdict = row[-1][0].text
        if x.estimated:
            assert "ยังไม่สรุปผล" in verdict
            assert not re.search("อธิบาย|ยืนยัน", verdict)
        elif x.verdict in ("no_evidence", "pending", "undetermined"):
            assert "ไม่สามารถยืนยันได้" in verdict
        elif x.verdict == "partly" or (x.verdict == "explained" and x.grade in WEAK):
            assert "น่าจะ" in verdict


@settings(max_examples=100, deadline=None)
@given(months())
def test_every_late_entry_counts_once_and_facts_come_back_as_they_were(facts):
    """The tally adds up; what is kept is what was stated; and it agrees with itself."""
    x = tally(facts.late)
    parts = x.explained + x.probably + x.partly + x.not_explained + x.unconfirmed + x.estimated
    assert parts == x.late == len(facts.late)
    assert read_statement(statement("memo", facts)).facts == facts
    assert changes(facts, facts) == []
    typed = {name: f"{value:,}" for name, value in figures(facts).items()}
    assert all(found.agrees for found in compare(facts, typed))


@settings(max_examples=60, deadline=None)
@given(months(), months())
def test_different_facts_have_changes(facts, other):
    """Nothing changes unseen."""
    assert bool(changes(facts, other)) is (facts != other)
