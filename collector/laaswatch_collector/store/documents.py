"""The facts of documents by their check codes. The same facts have the same code: they are kept once."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import zstandard

from laaswatch_collector.documents.check_code import code_of, fingerprint, statement
from laaswatch_collector.documents.facts import Facts, Unreadable, read_statement
from laaswatch_collector.documents.make import Kind
from laaswatch_collector.store.schema import documents

_LEVEL = 9
_LARGEST = 64 * 1024 * 1024
"""Bytes that facts may unpack to."""


@dataclass(frozen=True, slots=True)
class About:
    """What a document speaks of: an office or (`office` empty) a province, and a month or an outage."""

    office: str
    province: str
    month: str = ""
    outage: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that was made. `facts` None: another version wrote them.

    `whole`: the facts that are kept are those that the code was printed for.
    """

    code: str
    kind: Kind
    about: About
    made_at: datetime
    made_by: str
    sha256: bytes
    facts: Facts | None
    whole: bool


def keep_document(
    connection: sa.Connection, kind: Kind, facts: Facts, about: About, now: datetime, by: str
) -> datetime:
    """Keep what a document states; when it was first made. The first to make it stays its maker."""
    stated = statement(kind, facts)
    sha256 = fingerprint(stated)
    code = code_of(sha256)
    made_at = when_made(connection, code)
    if made_at is not None:
        return made_at
    body = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(stated)
    connection.execute(
        documents.insert().values(
            code=code, kind=str(kind), office_code=about.office, province=about.province,
            month=about.month, outage_id=about.outage, sha256=sha256, facts=body,
            made_at=now, made_by=by,
        )
    )  # fmt: skip
    return now


def when_made(connection: sa.Connection, code: str) -> datetime | None:
    """When the document with this code was first made; None if it was not."""
    found: datetime | None = connection.execute(
        sa.select(documents.c.made_at).where(documents.c.code == code)
    ).scalar_one_or_none()
    return found


def about_document(connection: sa.Connection, code: str) -> About | None:
    """What the document with this code speaks of; None if there is none."""
    x = documents.c
    row = connection.execute(
        sa.select(x.office_code, x.province, x.month, x.outage_id).where(x.code == code)
    ).one_or_none()
    return None if row is None else About(row.office_code, row.province, row.month, row.outage_id)


def find_document(connection: sa.Connection, code: str) -> Kept | None:
    """The document with this code, or None."""
    row = connection.execute(sa.select(documents).where(documents.c.code == code)).one_or_none()
    if row is None:
        return None
    try:
        stated = zstandard.ZstdDecompressor().decompress(row.facts, max_output_size=_LARGEST)
    except zstandard.ZstdError:
        stated = b""
    try:
        facts = read_statement(stated).facts
    except Unreadable:
        facts = None
    sha256 = fingerprint(stated)
    return Kept(
        code=row.code,
        kind=Kind(row.kind),
        about=About(row.office_code, row.province, row.month, row.outage_id),
        made_at=row.made_at,
        made_by=row.made_by,
        sha256=row.sha256,
        facts=facts,
        whole=sha256 == row.sha256 and code_of(sha256) == row.code,
    )


def documents_made(
    connection: sa.Connection, about: About, most: int = 20
) -> list[tuple[str, Kind, datetime]]:
    """Code, kind and time of the newest documents about an office or a province and a month."""
    x = documents.c
    query = (
        sa.select(x.code, x.kind, x.made_at)
        .where(x.office_code == about.office, x.province == about.province, x.month == about.month)
        .order_by(x.made_at.desc(), x.code)
        .limit(most)
    )
    return [(row.code, Kind(row.kind), row.made_at) for row in connection.execute(query)]
