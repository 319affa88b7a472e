"""The province of an outage that hit only one, so that a province finds its own without reading everyone's."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """One more column, filled from the offices that each outage names."""
    op.add_column("outages", sa.Column("province", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_outages_province_start_at", "outages", ["province", "start_at"])
    going_on = sa.text("end_at IS NULL")
    op.create_index(
        "ix_outages_going_on",
        "outages",
        ["start_at"],
        postgresql_where=going_on,
        sqlite_where=going_on,
    )
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT code, province FROM offices"))
    provinces = {row.code: row.province for row in rows}
    named = connection.execute(sa.text("SELECT id, office_codes FROM outages")).all()
    found = [
        {"id": row.id, "province": within.pop()}
        for row in named
        if len(within := {provinces.get(x, "") for x in json.loads(row.office_codes)}) == 1
    ]
    if found:
        connection.execute(sa.text("UPDATE outages SET province = :province WHERE id = :id"), found)
