"""Files of documents, each made in a child process that is ended when it takes too long.

This is the one module of the package that starts processes: a page never waits for typesetting, and whatever
goes wrong there stays there.
"""

import subprocess
import sys
from enum import StrEnum

import msgspec

from laaswatch_collector.documents.model import Document

SECONDS = 30.0
"""Time that one file may take; a letter of ten pages takes less than one."""


class FileKind(StrEnum):
    """The files that a document can be had as."""

    PDF = "pdf"
    DOCX = "docx"


CONTENT_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class Request(msgspec.Struct, frozen=True):
    """What the child is asked for."""

    document: Document
    form: FileKind
    word_font: str
    emblem: bytes = b""


class CannotBeSet(RuntimeError):
    """No file came of it: it took too long, or the packages for documents are not installed."""


def typeset(request: Request, seconds: float = SECONDS) -> bytes:
    """The file. Raises `CannotBeSet`."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "laaswatch_collector.documents.child"],
            input=msgspec.json.encode(request),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotBeSet(f"the document took longer than {seconds:g} s") from None
    if done.returncode != 0 or not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CannotBeSet(said[-1] if said else "the document could not be set")
    return done.stdout
