"""The people whom one may shut out, with what a list of them shows."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.access.policy import SHUTS_OUT, Principal, Role, within
from laaswatch_collector.store.schema import offices, sessions, users
from laaswatch_collector.store.users import User, user_of


@dataclass(frozen=True, slots=True)
class Person:
    """A person on a list. `used`: of the newest living session, None without one."""

    user: User
    office_th: str
    office_en: str
    used: datetime | None


def people(
    connection: sa.Connection, manager: Principal, most: int, after: str = "", text: str = ""
) -> list[Person]:
    """`most` people whom this one may shut out, by name, those after the name `after`; `text`: part of a name."""
    part = within(manager)
    query = (
        sa.select(
            users,
            offices.c.name_th,
            offices.c.name_en,
            sa.select(sa.func.max(sessions.c.used_at))
            .where(sessions.c.user_name == users.c.name)
            .scalar_subquery()
            .label("used_at"),
        )
        .outerjoin(offices, offices.c.code == users.c.office_code)
        .where(
            users.c.role.in_([str(x) for x in SHUTS_OUT.get(manager.role, frozenset[Role]())]),
            users.c.name > after,
        )
        .order_by(users.c.name)
        .limit(most)
    )
    if part.province:
        query = query.where(users.c.province == part.province)
    if text:
        query = query.where(
            sa.or_(
                *(x.icontains(text, autoescape=True) for x in (users.c.name, users.c.office_code))
            )
        )
    return [
        Person(user_of(x), x.name_th or "", x.name_en or "", x.used_at)
        for x in connection.execute(query)
    ]
