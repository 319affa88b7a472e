"""Kept documents: once, whole, and found out if somebody lays a hand on them."""

from datetime import timedelta

import pytest
import zstandard

from laaswatch_collector.documents.make import Kind, stamp_of
from laaswatch_collector.store.documents import (
    About,
    documents_made,
    find_document,
    keep_document,
    when_made,
)
from laaswatch_collector.store.schema import documents
from support.intake import NOW
from support.letters import facts_of, office_month

ABOUT = About("6860101", "86", "2026-10")


def keep(database, kind=Kind.EXPLANATION, facts=None, at=NOW, by="somchai"):
    """Keep a document and give its code."""
    facts = facts or facts_of(kind)
    database.write(lambda c: keep_document(c, kind, facts, ABOUT, at, by))
    return stamp_of(kind, facts, 0, "").code


@pytest.mark.parametrize("kind", list(Kind))
def test_a_document_opens_by_its_code(database, kind):
    """With the very facts that were printed."""
    code = keep(database, kind)
    found = database.read(lambda c: find_document(c, code))
    assert (found.kind, found.about, found.made_by) == (kind, ABOUT, "somchai")
    assert found.facts == facts_of(kind)
    assert found.whole


def test_the_same_facts_are_kept_once(database):
    """Whoever makes the document again gets the first one's time."""
    code = keep(database)
    later = NOW + timedelta(days=3)
    assert keep(database, at=later, by="malee") == code
    assert database.read(lambda c: when_made(c, code)) == NOW
    assert database.read(lambda c: documents_made(c, ABOUT)) == [(code, Kind.EXPLANATION, NOW)]


def test_there_is_no_document_with_another_code(database):
    """Nor anything to be learnt from asking."""
    keep(database)
    assert database.read(lambda c: find_document(c, "0000-0000-0000")) is None


def test_facts_that_were_exchanged_are_found_out(database):
    """The code is the beginning of their hash."""
    code = keep(database)
    kept = database.read(lambda c: c.execute(documents.select()).one())
    stated = zstandard.ZstdDecompressor().decompress(kept.facts)
    forged = zstandard.ZstdCompressor().compress(stated.replace(b'"down":438', b'"down":439'))
    database.write(lambda c: c.execute(documents.update().values(facts=forged)))
    found = database.read(lambda c: find_document(c, code))
    assert found.facts is not None
    assert not found.whole


def test_damaged_facts_are_told_as_such(database):
    """Never shown as something else."""
    code = keep(database, facts=office_month(standing="current"))
    database.write(lambda c: c.execute(documents.update().values(facts=b"\x00\x01")))
    found = database.read(lambda c: find_document(c, code))
    assert found.facts is None
    assert not found.whole
