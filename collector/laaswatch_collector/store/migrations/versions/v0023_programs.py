"""Tokens of programs run out, and say when they were last used."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Those given out before have no end."""
    op.add_column("access_tokens", sa.Column("expires_at", sa.BigInteger()))
    op.add_column("access_tokens", sa.Column("used_at", sa.BigInteger()))
