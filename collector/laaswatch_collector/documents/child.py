"""The child process of `typesetting`: one request on its input, one file on its output."""

import sys

import msgspec

from laaswatch_collector.documents.pdf import to_pdf
from laaswatch_collector.documents.typesetting import FileKind, Request
from laaswatch_collector.documents.word_file import to_docx


def main() -> None:
    """Serve one request; a document that cannot be set ends the process with an error."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    if request.form is FileKind.PDF:
        made = to_pdf(request.document, request.emblem)
    else:
        made = to_docx(request.document, request.emblem, request.word_font)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
