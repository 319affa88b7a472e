"""When a life of a spool ended because the disk of its PC was put back from a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """One more column; no life is known to have ended."""
    op.add_column("chains", sa.Column("ended_at", sa.BigInteger(), nullable=True))
