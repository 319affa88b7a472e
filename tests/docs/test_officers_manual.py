"""The officers' manual says what the program says."""

import re
from pathlib import Path

from laaswatch_agent.diagnosis.code import decode
from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.locale import texts
from laaswatch_agent.report.vocabulary import Fault
from laaswatch_collector.web.words import words_in

MANUAL = (Path(__file__).parents[2] / "docs" / "officers.th.md").read_text("utf-8")


def test_the_example_code_is_a_real_one():
    code = re.search(r"`([0-9A-Z]{2}-[0-9A-Z]{5})`", MANUAL)[1]
    assert decode(code).fault is Fault.DNS


def test_the_call_centres_number_is_the_one_in_the_articles():
    assert load_articles().contacts["call_centre"].line().th in MANUAL


def test_states_and_verdicts_have_the_names_of_the_screens():
    words = words_in("th")
    for state in ("up", "degraded", "down", "unknown"):
        assert texts("th")[f"state.{state}"] in MANUAL
    for key in ("office.explanations", "ledger.link", "ledger.look"):
        assert words(key) in MANUAL
    assert words("preview.import", n="").split("  ")[0] in MANUAL
    for verdict in ("explained", "partly", "not_explained", "no_evidence"):
        assert words("verdict_short." + verdict) in MANUAL
