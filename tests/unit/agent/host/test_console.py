"""Which terminals can show Thai."""

import io

import pytest

from laaswatch_agent.host.console import thai_unreadable


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("encoding", "unreadable"),
    [("utf-8", False), ("cp874", False), ("cp437", True), ("cp1252", True), ("ascii", True)],
)
def test_the_terminals_characters_decide(encoding, unreadable):
    with Terminal(io.BytesIO(), encoding=encoding) as stream:
        assert thai_unreadable(stream) is unreadable


def test_a_file_or_a_pipe_takes_anything():
    with io.TextIOWrapper(io.BytesIO(), encoding="cp437") as stream:
        assert thai_unreadable(stream) is False
    assert thai_unreadable(None) is False
