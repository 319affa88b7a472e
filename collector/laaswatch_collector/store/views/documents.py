"""What a document of any kind would state now."""

import sqlalchemy as sa

from laaswatch_collector.documents.facts import Facts
from laaswatch_collector.documents.make import Kind
from laaswatch_collector.store.documents import About
from laaswatch_collector.store.views.document_facts import Asked, office_month, province_month
from laaswatch_collector.store.views.offices import find_office
from laaswatch_collector.store.views.outage_facts import outage_sheet


def facts_of(connection: sa.Connection, asked: Asked, kind: Kind, about: About) -> Facts | None:
    """The facts of this moment; None if what it speaks of is not there (any more)."""
    if kind is Kind.SHEET:
        return outage_sheet(
            connection, about.outage, asked, office=about.office, province=about.province
        )
    if kind is Kind.SUMMARY:
        return province_month(connection, about.province, about.month, asked)
    office = find_office(connection, about.office)
    return None if office is None else office_month(connection, office, about.month, asked)
