"""Old reports are packed, a day of one agent at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table `sealed_days`."""
    op.create_table(
        "sealed_days",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_sealed_days_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint(
            "agent_id", "incarnation", "first_seq", name=op.f("pk_sealed_days")
        ),
    )
    op.create_index("ix_sealed_days_day", "sealed_days", ["day"])
    op.create_index("ix_sealed_days_last_at", "sealed_days", ["last_at"])
    op.create_index("ix_sealed_days_agent_id_last_at", "sealed_days", ["agent_id", "last_at"])
