"""The registry of offices: added and changed from lists, never deleted by one."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from laaswatch_collector.store.schema import offices


@dataclass(frozen=True, slots=True)
class Office:
    """A local authority or a sub-office. `code` is text; `province` two digits of TIS 1099.

    `isp` is what the registry says, a hint; `pcs` how many PCs post there; `source` where the row came
    from ("simulated" marks the demo's).
    """

    code: str
    name_th: str
    name_en: str = ""
    kind: str = "other"
    province: str = ""
    district: str = ""
    isp: str = ""
    parent_code: str | None = None
    pcs: int = 1
    latitude: float | None = None
    longitude: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class OfficesImported:
    """What an import of offices did."""

    added: int
    changed: int
    same: int


_FIELDS = tuple(Office.__dataclass_fields__)


def import_offices(connection: sa.Connection, rows: Iterable[Office]) -> OfficesImported:
    """Add or change these offices, parents first; what is not in the list is left alone."""
    known = {office.code: office for office in list_offices(connection)}
    added = changed = same = 0
    for office in parents_first(rows):
        old = known.get(office.code)
        if old is None:
            connection.execute(offices.insert().values(**asdict(office)))
            added += 1
        elif old != office:
            connection.execute(
                offices.update().where(offices.c.code == office.code).values(**asdict(office))
            )
            changed += 1
        else:
            same += 1
    return OfficesImported(added, changed, same)


def parents_first(rows: Iterable[Office]) -> list[Office]:
    """The offices in an order in which each comes after the one above it; a loop ends where it began."""
    by_code = {office.code: office for office in rows}

    def depth(office: Office) -> int:
        above: set[str] = set()
        while (parent := office.parent_code) in by_code and parent is not None:
            if parent in above:
                break
            above.add(parent)
            office = by_code[parent]
        return len(above)

    return sorted(by_code.values(), key=depth)


def list_offices(connection: sa.Connection) -> list[Office]:
    """Every office, by code."""
    query = sa.select(*(offices.c[name] for name in _FIELDS)).order_by(offices.c.code)
    return [Office(*row) for row in connection.execute(query)]


def office_codes(connection: sa.Connection) -> frozenset[str]:
    """The codes that are registered."""
    return frozenset(connection.execute(sa.select(offices.c.code)).scalars())


def province_of(connection: sa.Connection, code: str) -> str:
    """The province (two digits) of an office; "" if there is no such office or its province is unknown."""
    found = connection.execute(sa.select(offices.c.province).where(offices.c.code == code))
    return found.scalar() or ""
