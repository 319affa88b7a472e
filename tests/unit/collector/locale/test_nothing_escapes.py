"""What people read stands in the catalogues: no Thai text in code, no words in templates, no key missing or dead."""

import ast
import re
from pathlib import Path

import pytest

from laaswatch_collector.locale import domains, read_catalogue

ROOT = Path(__file__).parents[4]
COLLECTOR, AGENT = ROOT / "collector" / "laaswatch_collector", ROOT / "agent" / "laaswatch_agent"
TEMPLATES = sorted((COLLECTOR / "web" / "templates").glob("*.html"))
THAI = re.compile(r"[\u0e00-\u0e7f]")

ALLOWED = {
    # What is read, not said: spellings, digits and words that people and ledgers use.
    "ledger/headers.py", "ledger/likeness.py", "ledger/row_fields.py", "ledger/rows.py",
    "ledger/sniff.py", "ledger/table.py", "office_file.py", "access/common_words.py",
    "access/second_step.py", "documents/check_code.py", "store/enrolment.py",
    "server/routes/pages_partners.py", "diagnosis/code.py", "identity.py", "cli/check.py",
    # The language itself: names of months, days and provinces, how offices' names are shortened and addressed.
    "worktime/thai.py", "worktime/provinces.py", "web/words.py", "documents/phrases.py",
    "status_page.py", "host/console.py",
    # Words that are the same for everybody, whatever the language: Thai and English in one.
    "report/fingerprint.py", "store/agents.py",
    # Data of the simulation: offices and books that look like real ones.
    "simulate/books.py", "simulate/cast.py",
    # One file that must run alone, wherever a bundle is taken to.
    "offline.py",
    # Said before the catalogues can be read, or below them: a package missing, settings unreadable, a store in use.
    "cli/main.py", "config.py", "config_environment.py", "store/database.py",
    # The API's reference for programmers: one text, both languages in it (docs/api.md).
    "server/api/offices.py", "server/api/site.py", "server/api/outages.py", "server/api/books.py",
    "server/api/openapi.py",
}  # fmt: skip


def _modules():
    return [p for root in (COLLECTOR, AGENT) for p in sorted(root.rglob("*.py"))]


def _name(path):
    root = COLLECTOR if COLLECTOR in path.parents else AGENT
    return path.relative_to(root).as_posix()


def texts_in(source):
    """(line, text) of every string of a module that is no docstring."""
    tree = ast.parse(source)
    notes = {id(x.value) for x in ast.walk(tree) if isinstance(x, ast.Expr)}
    return [
        (x.lineno, x.value)
        for x in ast.walk(tree)
        if isinstance(x, ast.Constant) and isinstance(x.value, str) and id(x) not in notes
    ]


def test_no_module_speaks_thai_by_itself():
    found = [
        f"{_name(path)}:{line}: {text[:40]}"
        for path in _modules()
        if _name(path) not in ALLOWED
        for line, text in texts_in(path.read_text(encoding="utf-8"))
        if THAI.search(text)
    ]
    assert found == []


def test_every_exception_is_needed():
    speaking = {
        _name(path)
        for path in _modules()
        if any(THAI.search(text) for _, text in texts_in(path.read_text(encoding="utf-8")))
    }
    assert ALLOWED - speaking == set()


def words_in_template(source):
    """Text and visible attributes of a template that come from no catalogue; commands and units are no words."""
    plain = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    seen = re.findall(r'\b(?:title|alt|aria-label|placeholder)="([^"]*)"', plain)
    seen += re.sub(r"<(code|kbd)>.*?</\1>|<[^>]*>|&[a-z]+;", "\n", plain, flags=re.DOTALL).split(
        "\n"
    )
    return [
        x.strip() for x in seen if re.search(r"[A-Za-z\u0e00-\u0e7f]{2,}", x.replace(" ms", ""))
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_a_template_has_no_words_of_its_own(path):
    assert words_in_template(path.read_text(encoding="utf-8")) == []


def test_the_scan_of_templates_sees_words():
    assert words_in_template('<p title="x">{{ t("a.b") }}</p>') == []
    assert words_in_template('<p title="seen">said {{ t("a.b") }}</p>') == ["seen", "said"]


# ---------------------------------------------------------------------- keys
def _keys(language):
    found = (x.id for domain in domains(language) for x in read_catalogue(language, domain))
    return {x if isinstance(x, str) else x[0] for x in found if x}


def _sources():
    """Everything that may name a key: modules and templates."""
    return "\n".join(p.read_text(encoding="utf-8") for p in [*_modules(), *TEMPLATES])


def test_both_languages_have_the_same_keys():
    assert _keys("th") == _keys("en")


def test_every_key_that_a_template_names_is_there():
    known = _keys("th")
    missing = [
        f"{path.name}: {key}"
        for path in TEMPLATES
        for key in re.findall(
            r"\bt\(\s*\"([a-z0-9_.-]+)\"\s*[,)]", path.read_text(encoding="utf-8")
        )
        if key not in known
    ]
    assert missing == []


def test_no_key_is_dead():
    """A key is alive if code names it, or names its beginning and makes the rest (`province.next_` ~ x)."""
    sources = _sources()
    named = set(re.findall(r"[\"']([a-z0-9_]+(?:\.[a-z0-9_-]+)+[._]?)", sources))
    begun = set(re.findall(r"[\"']([a-z0-9_]+(?:[._][a-z0-9_-]+)*[._])", sources))
    words = set(re.findall(r"\b(?:word|t\.word)\(\s*[f]?[\"']([a-z0-9_.]+)[\"']", sources))

    def alive(key):
        return (
            key in named
            or any(key.startswith(x) for x in begun)
            or any(key.startswith(f"{x}.") for x in words)
            or any(key.startswith(f"{x}.") for x in named)  # <key>.one, <key>.join …
        )

    assert sorted(x for x in _keys("th") if not alive(x)) == []
