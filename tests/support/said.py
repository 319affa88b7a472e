"""What a reader is told: messages and errors in the words of a language."""

import re
from contextlib import contextmanager

import pytest

from laaswatch_collector.messages import Told
from laaswatch_collector.web.words import words_in


def said(what, language="en"):
    """A message, or the message of an error that was raised, in words."""
    message = what.message if isinstance(what, Told) else what
    return words_in(language).say(message)


@contextmanager
def refuses(kind, pattern=""):
    """Inside, an error of a kind is raised that says so in English, and says it in Thai too."""
    with pytest.raises(kind) as caught:
        yield caught
    assert re.search(pattern, said(caught.value))
    assert re.search("[\u0e01-\u0e5b]", said(caught.value, "th"))
