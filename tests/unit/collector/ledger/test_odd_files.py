"""Ledgers as they really come: each odd file gives what is written down beside it, or is refused by name."""

import re

import pytest

from laaswatch_collector.ledger.model import LedgerFormatError
from laaswatch_collector.ledger.read import LedgerReader
from support.ledgers import NOW, OFFICE, read
from support.odd_ledgers import told
from support.odd_texts import ODD_TEXTS
from support.odd_workbooks import ODD_WORKBOOKS
from support.said import refuses, said

ODD = (*ODD_TEXTS, *ODD_WORKBOOKS)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.id)
def test_an_odd_file_gives_what_is_written_down(odd):
    if odd.refused:
        with refuses(LedgerFormatError, odd.refused):
            read(odd.data(), name=odd.name)
        return
    file = read(odd.data(), name=odd.name)
    assert {error.row: error.column for error in file.errors} == odd.errors
    if odd.count is None:
        assert tuple(map(told, file.rows)) == odd.entries
    else:
        assert len(file.rows) == odd.count
    assert tuple(warning.row for warning in file.warnings) == odd.warnings
    assert all(said(x.reason, "th") and said(x.reason) for x in (*file.errors, *file.warnings))


def test_one_child_reads_every_odd_file_alike(tmp_path):
    """Behind the seal: the same answers over the pipe, and no file ends the child for the next."""
    path = tmp_path / "book"
    with LedgerReader() as reader:
        reader.read(_written(path, ODD[0]), ODD[0].name, office_code=OFFICE, latest=NOW)
        child = reader._child.pid
        for odd in ODD:
            if odd.count is not None:
                continue  # too long to be read twice
            _written(path, odd)
            try:
                file = reader.read(path, odd.name, office_code=OFFICE, latest=NOW)
            except LedgerFormatError as refusal:
                assert re.search(odd.refused or "nothing", said(refusal)), odd.id
                continue
            assert tuple(map(told, file.rows)) == odd.entries, odd.id
            assert {error.row: error.column for error in file.errors} == odd.errors, odd.id
        assert reader._child.pid == child


def _written(path, odd):
    path.write_bytes(odd.data())
    return path


def test_the_odd_files_are_many_and_differ():
    assert len({odd.id for odd in ODD}) == len(ODD) >= 60
