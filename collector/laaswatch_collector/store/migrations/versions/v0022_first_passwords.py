"""First passwords run out."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Those given out before have no end."""
    op.add_column("users", sa.Column("password_until", sa.BigInteger()))
