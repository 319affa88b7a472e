"""The two languages say the same things, and say them."""

import string

import pytest

from laaswatch_collector.locale import LANGUAGES, domains, read_catalogue


def texts(language):
    """The words by key; those of a plural one after the other."""
    found = {}
    for domain in domains(language):
        for message in read_catalogue(language, domain):
            if message.id:
                key = message.id[0] if message.pluralizable else message.id
                assert key not in found, f"{key} stands in two files"
                found[key] = message.string if message.pluralizable else (message.string,)
    return found


def placeholders(forms):
    """The values that a text fills in."""
    return {name for text in forms for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated_fuzzy_or_obsolete(language):
    """A catalogue in work must not reach a reader."""
    for domain in domains(language):
        catalogue = read_catalogue(language, domain)
        assert not catalogue.fuzzy
        assert not catalogue.obsolete
        assert [x.id for x in catalogue if x.id and x.fuzzy] == []
    assert [k for k, forms in texts(language).items() if not all(x.strip() for x in forms)] == []


def test_both_languages_have_the_same_keys_and_values_to_fill_in():
    """A text in one language only would break the other language's page."""
    thai, english = texts("th"), texts("en")
    assert set(thai) == set(english)
    assert domains("th") == domains("en")
    assert [k for k in thai if placeholders(thai[k]) != placeholders(english[k])] == []
