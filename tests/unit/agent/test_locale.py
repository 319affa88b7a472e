"""The agent reads its catalogues itself: what it reads is what gettext's own tools read."""

import io
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po as babel_reads

import laaswatch_agent.locale
from laaswatch_agent.locale import LANGUAGES, beside, both, read_po, texts

FOLDER = Path(laaswatch_agent.locale.__file__).parent


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_reader_agrees_with_babel(language):
    data = (FOLDER / language / "LC_MESSAGES" / "agent.po").read_bytes()
    catalogue = babel_reads(io.BytesIO(data), locale=language, abort_invalid=True)
    assert not catalogue.fuzzy
    assert not catalogue.obsolete
    assert dict(texts(language)) == {x.id: x.string for x in catalogue if x.id}
    assert [k for k, text in texts(language).items() if not text.strip()] == []


def test_both_languages_have_the_same_keys_and_values_to_fill_in():
    thai, english = texts("th"), texts("en")

    own = {"th": "name", "en": "name", "at": "at", "at_en": "at"}  # in the language of the text

    def places(text):
        found = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return {own.get(name, name) for name in found}

    assert set(thai) == set(english)
    assert [k for k in thai if places(thai[k]) != places(english[k])] == []


def test_texts_may_run_over_lines_and_hold_quotes():
    assert read_po('msgid ""\nmsgstr ""\n"x"\n\nmsgid "a"\nmsgstr ""\n"b\\"c\\n"\n"d"\n') == {
        "a": 'b"c\nd'
    }


def test_thai_comes_first_on_two_lines_or_on_one():
    assert both("spool.in_use", folder="X").splitlines()[1].startswith("another")
    assert beside("spool.in_use", folder="X").endswith(
        " · another laaswatch-agent already works on X"
    )
    assert beside("time.milliseconds", n=3) == "3 ms"
