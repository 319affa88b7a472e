"""Simulated ledger files go through the real importer: what comes back is what was posted."""

from datetime import UTC, date, datetime

import pytest

from laaswatch_collector.ledger.model import Precision
from laaswatch_collector.ledger.read import LedgerReader
from laaswatch_collector.simulate.books import OWN_LAYOUT_OFFICES, ledger_files
from laaswatch_collector.simulate.province import simulate


@pytest.fixture(scope="module")
def province():
    return simulate(3, 9, (2026, 10), holidays=(date(2026, 10, 13), date(2026, 10, 23)))


@pytest.fixture(scope="module")
def imported(province, tmp_path_factory):
    """Every file with what the importer made of it."""
    folder = tmp_path_factory.mktemp("books")
    found = []
    with LedgerReader() as reader:
        for upload in ledger_files(province):
            path = folder / upload.name
            path.write_bytes(upload.content)
            read = reader.read(path, office_code=upload.office_code, book=upload.book)
            found.append((upload, read))
    return found


def _key(entry):
    return entry.office_code, entry.book, entry.doc_no


def test_every_posted_entry_comes_back_once_with_its_times(province, imported):
    """Nothing lost, nothing doubled; posted to the minute, in whichever spelling the file has it."""
    rows = {_key(row): row for _, read in imported for row in read.rows}
    assert sum(len(read.rows) for _, read in imported) == len(rows)
    posted = {_key(e): e for e in province.entries if e.posted is not None}
    assert rows.keys() == posted.keys()
    axis = province.axis
    for key, entry in posted.items():
        row = rows[key]
        assert row.recorded_from == datetime.fromtimestamp(axis.second(entry.posted), UTC)
        happened = datetime.fromtimestamp(axis.second(entry.transacted), UTC)
        if row.event_precision is Precision.DAY:
            assert 0 <= (happened - row.event_at).total_seconds() < 86400
        else:
            assert row.event_at == happened


def test_wrong_rows_are_told_one_by_one(imported):
    """Only the CSV has rows that cannot be right, and each is refused by itself."""
    for upload, read in imported:
        assert len(read.errors) == upload.bad_rows
    bad = [upload.name for upload, _ in imported if upload.bad_rows]
    assert bad == [name for name in bad if name.endswith(".csv")]
    assert len(bad) == 3


def test_offices_hand_in_what_they_have(province, imported):
    """Three files in the template, and three books for each office with the owner's layout."""
    assert len(imported) == 3 + 3 * OWN_LAYOUT_OFFICES
    own = {upload.office_code for upload, _ in imported} - {None}
    assert len(own) == OWN_LAYOUT_OFFICES
    assert own < {office.code for office in province.offices}
