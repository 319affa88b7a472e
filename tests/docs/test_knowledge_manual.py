"""The examples of the manual on articles can be used as they stand."""

import re
from pathlib import Path

from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.report.vocabulary import Fault

MANUAL = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)


def test_the_example_article_and_contact_work_together(tmp_path):
    article, contact = EXAMPLES
    (tmp_path / "our-router.yaml").write_text(article, "utf-8")
    (tmp_path / "contacts.yaml").write_text(contact, "utf-8")
    found = load_articles(tmp_path)
    assert found.for_round(Fault.GATEWAY)[0].id == "our-router"
    assert "1100" in found["kb-22-line-dead"].actions[2].th


def test_every_contact_that_the_manual_names_exists():
    named = set(re.findall(r"\{([a-z_]+)\}", MANUAL))
    assert named
    assert named <= set(load_articles().contacts)
