"""What a reader is told: messages and errors in the words of a language."""

from laaswatch_collector.messages import Told
from laaswatch_collector.web.words import words_in


def said(what, language="en"):
    """A message, or the message of an error that was raised, in words."""
    message = what.message if isinstance(what, Told) else what
    return words_in(language).say(message)
