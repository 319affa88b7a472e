"""The scoping predicate: a query answers only for the offices that the asker may see."""

import sqlalchemy as sa

from laaswatch_collector.access.policy import Resource
from laaswatch_collector.store.schema import offices


def seen_by(within: Resource) -> sa.ColumnElement[bool]:
    """True for offices inside `within`: one office, a province, or (both empty) the whole country."""
    if within.office:
        return offices.c.code == within.office
    if within.province:
        return offices.c.province == within.province
    return sa.true()


def one_office(code: str, province: str) -> Resource:
    """The part of the country that is one office."""
    return Resource(office=code, province=province)
