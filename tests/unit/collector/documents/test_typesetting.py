"""Files come from a child process that ends in time."""

import pytest

from laaswatch_collector.documents.pdf import to_pdf
from laaswatch_collector.documents.typesetting import CannotBeSet, FileKind, Request, typeset
from support.letters import document


def test_the_child_makes_the_same_file_as_the_writer_itself():
    """Word for word over the pipe."""
    made = document("memo")
    assert typeset(Request(made, FileKind.PDF, "TH SarabunPSK")) == to_pdf(made)


def test_a_word_file_names_the_font_that_is_asked_for():
    """Offices have different ones."""
    data = typeset(Request(document("memo"), FileKind.DOCX, "TH Sarabun New"))
    assert data.startswith(b"PK")


def test_what_takes_too_long_is_ended():
    """And told as such."""
    with pytest.raises(CannotBeSet, match="longer"):
        typeset(Request(document("memo"), FileKind.PDF, "x"), seconds=0.001)


def test_a_document_that_cannot_be_set_says_why():
    """A broken picture, for one."""
    with pytest.raises(CannotBeSet, match="emblem"):
        typeset(Request(document("memo"), FileKind.PDF, "x", b"no picture"))
