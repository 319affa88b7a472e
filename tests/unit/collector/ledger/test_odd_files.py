"""Ledgers as they really come: each odd file gives what is written down beside it, or is refused by name."""

import pytest

from laaswatch_collector.ledger.model import LedgerFormatError
from support.ledgers import read
from support.odd_ledgers import told
from support.odd_texts import ODD_TEXTS
from support.odd_workbooks import ODD_WORKBOOKS

ODD = (*ODD_TEXTS, *ODD_WORKBOOKS)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.id)
def test_an_odd_file_gives_what_is_written_down(odd):
    if odd.refused:
        with pytest.raises(LedgerFormatError, match=odd.refused) as refusal:
            read(odd.data(), name=odd.name)
        assert refusal.value.reason_th
        return
    file = read(odd.data(), name=odd.name)
    assert {error.row: error.column for error in file.errors} == odd.errors
    if odd.count is None:
        assert tuple(map(told, file.rows)) == odd.entries
    else:
        assert len(file.rows) == odd.count
    assert tuple(warning.row for warning in file.warnings) == odd.warnings
    assert all(x.reason_th and x.reason_en for x in (*file.errors, *file.warnings))


def test_the_odd_files_are_many_and_differ():
    assert len({odd.id for odd in ODD}) == len(ODD) >= 60
