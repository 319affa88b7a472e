"""Documents that were made, with the facts behind their check codes."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "documents",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("office_code", sa.Text(), server_default="", nullable=False),
        sa.Column("province", sa.Text(), server_default="", nullable=False),
        sa.Column("month", sa.Text(), server_default="", nullable=False),
        sa.Column("outage_id", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_office_code_month", "documents", ["office_code", "month"])
