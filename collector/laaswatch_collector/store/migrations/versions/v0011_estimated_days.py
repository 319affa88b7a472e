"""Explanations say whether they rest on a day that is only estimated; closures say how they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the mark to explanations, and who ended a closure to closures."""
    op.add_column(
        "explanations",
        sa.Column("rests_on_estimate", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("closures", sa.Column("ended_by", sa.Text(), server_default="", nullable=False))
    op.add_column("closures", sa.Column("end_source", sa.Text(), server_default="", nullable=False))
