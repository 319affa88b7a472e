"""Settings and articles stay what was typed, and odd YAML is refused with its place."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from laaswatch_agent.knowledge import strict_yaml
from laaswatch_agent.knowledge.strict_yaml import YamlError, load


@pytest.fixture(params=["c", "python"], autouse=True)
def parser(request, monkeypatch):
    """Both parsers of PyYAML: a wheel without the C one must behave alike."""
    if request.param == "python":
        monkeypatch.setattr(strict_yaml, "_LOADER", yaml.BaseLoader)
    return request.param


def test_values_keep_their_spelling():
    text = "code: 05120101\nopen: 16:30\nanswer: no\nmany: 1_000\nnothing:\nday: 2568-10-01\n"
    assert load(text, "x") == {
        "code": "05120101",
        "open": "16:30",
        "answer": "no",
        "many": "1_000",
        "nothing": "",
        "day": "2568-10-01",
    }


def test_lists_mappings_and_thai():
    text = '\ufeffก:\r\n  - {a: [1, "2"]}\r\n  - |\r\n    บรรทัดแรก\r\n    บรรทัดสอง\r\n'
    assert load(text, "x") == {"ก": [{"a": ["1", "2"]}, "บรรทัดแรก\nบรรทัดสอง\n"]}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n"])
def test_an_empty_document_is_an_empty_mapping(text):
    assert load(text, "x") == {}


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "appears twice"),
        ("x:\n  a: 1\n  a: 2\n", 3, 3, "appears twice"),
        ("a: &one 1\n", 1, 4, "anchors"),
        ("a: &self [*self]\n", 1, 4, "anchors"),
        ("a: [*one]\n", 1, 5, "aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, 4, "tags"),
        ("a: !!int 3\n", 1, 4, "tags"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
        ("[a]: 1\n", 1, 1, "a key must be a text"),
        ("? {a: 1}\n: 2\n", 1, 3, "a key must be a text"),
        ("a:\n\t- 1\n", 2, 1, ""),
        ("a: [1, 2\n", 2, 1, ""),
        ("[" * 3000, 1, 21, "nested more than 20"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_refusals_name_the_place(text, line, column, says):
    with pytest.raises(YamlError) as refused:
        load(text, "agent.yaml")
    error = refused.value
    assert (error.where, error.line, error.column) == ("agent.yaml", line, column)
    assert says in error.problem
    assert f"· line {line}, column {column}: " in str(error)


def test_twenty_levels_are_accepted():
    value = load("[" * 20 + "]" * 20, "x")
    for _ in range(19):
        assert len(value) == 1
        value = value[0]
    assert value == []


@pytest.mark.parametrize("text", ["a: " + "ก" * 100_000, "a: \ud800", "a: \x00", "a: \x07"])
def test_texts_that_are_too_big_or_not_text(text):
    with pytest.raises(YamlError):
        load(text, "x")


@given(st.text(alphabet=st.sampled_from("ab:- \n[]{}&*!|>'\"#?%@`,\t0ก\x00~<"), max_size=60))
def test_only_yaml_error_escapes(text):
    for loader in (strict_yaml._LOADER, yaml.BaseLoader):
        original, strict_yaml._LOADER = strict_yaml._LOADER, loader
        try:
            load(text, "x")
        except YamlError:
            pass
        finally:
            strict_yaml._LOADER = original
