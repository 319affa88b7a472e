"""Words on a command line: Thai and English beside each other, Thai first, since nobody was asked which."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.messages import Given, Message, Told, message
from laaswatch_collector.web.words import words_in


def both(said: str | Message, **values: Given) -> str:
    """A message, or the text of a key, in both languages."""
    what = message(said, **values) if isinstance(said, str) else said
    texts = dict.fromkeys(words_in(language).say(what) for language in LANGUAGES)
    return " · ".join(texts)


def echo(said: str | Message, *, err: bool = False, **values: Given) -> None:
    """Print a text in both languages."""
    click.echo(both(said, **values), err=err)


def refusal(said: str | Message, **values: Given) -> click.ClickException:
    """The end of a command, with the reason in both languages; raise it."""
    return click.ClickException(both(said, **values))


@contextmanager
def told() -> Iterator[None]:
    """Inside, what the core refuses ends the command with its reason."""
    try:
        yield
    except Told as error:
        raise refusal(error.message) from error
