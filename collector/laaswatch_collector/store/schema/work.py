"""The work queue of recomputation, and the small store of named values."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, text

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    text("value"),
)

stale_days = sa.Table(
    "stale_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),  # local day whose conclusions new facts touched
    sa.Column("since_at", UtcTime, nullable=False),
    sa.Column(
        "mark", sa.BigInteger, nullable=False
    ),  # grows with each touch: lets a worker see a newer one
    text("leased_by"),  # the worker that has it in hand, until leased_until_at
    sa.Column("leased_until_at", UtcTime),
)

# Offices whose facts of a day were touched since it was last concluded; whoever has the day in hand paints them.
stale_office_days = sa.Table(
    "stale_office_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("mark", sa.BigInteger, nullable=False),
)

stale_offices = sa.Table(
    "stale_offices",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("first_day", sa.Date, nullable=False),  # days whose states changed under its entries
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("mark", sa.BigInteger, nullable=False),
    text("leased_by"),
    sa.Column("leased_until_at", UtcTime),
)
