"""What an office's month counts is kept, so that no page counts a nation's explanations."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table `office_months` and count what is there."""
    op.create_table(
        "office_months",
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_office_months_office_code_offices")
        ),
        sa.PrimaryKeyConstraint(
            "office_code", "month", "book", "band", "verdict", name=op.f("pk_office_months")
        ),
    )
    op.create_index("ix_office_months_month", "office_months", ["month"])
    op.execute(
        "INSERT INTO office_months (office_code, month, book, band, verdict, entries)"
        " SELECT office_code, month, book, band, verdict, count(*) FROM explanations"
        " GROUP BY office_code, month, book, band, verdict"
    )
