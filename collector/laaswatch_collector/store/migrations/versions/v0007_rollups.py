"""What each office's PCs measured, in five minutes' steps, kept far longer than the reports."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table `rollups`; days are filled as they are concluded again."""
    op.create_table(
        "rollups",
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_rollups_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("office_code", "day", name=op.f("pk_rollups")),
    )
    op.create_index("ix_rollups_day", "rollups", ["day"])
