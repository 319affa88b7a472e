"""Work is taken in hand for a while, so that several collectors share it; offices get a queue of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Leases on the queue of days, and a queue of offices whose entries wait to be judged again."""
    with op.batch_alter_table("stale_days") as table:
        table.add_column(sa.Column("leased_by", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("leased_until_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "stale_offices",
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("leased_by", sa.Text(), server_default="", nullable=False),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_stale_offices_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("office_code", name=op.f("pk_stale_offices")),
    )
