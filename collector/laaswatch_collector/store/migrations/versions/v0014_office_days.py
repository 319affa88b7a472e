"""What was painted of each office over a day is kept, and touched days name their offices."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the three tables. They are empty: each day is painted whole when it is next concluded."""
    op.create_table(
        "office_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("runs_hash", sa.LargeBinary(16)),
        sa.Column("judged_hash", sa.LargeBinary(16)),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_office_days_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("day", "office_code", name=op.f("pk_office_days")),
    )
    op.create_table(
        "painted_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_painted_days")),
    )
    op.create_table(
        "stale_office_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_stale_office_days_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("day", "office_code", name=op.f("pk_stale_office_days")),
    )
