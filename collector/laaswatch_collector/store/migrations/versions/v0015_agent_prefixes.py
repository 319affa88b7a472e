"""From which networks agents report, cut down to what tells their provider, and whose networks are whose."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make both tables, empty."""
    op.create_table(
        "agent_prefixes",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_prefixes_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("agent_id", "day", "prefix", name=op.f("pk_agent_prefixes")),
    )
    op.create_index(op.f("ix_agent_prefixes_day"), "agent_prefixes", ["day"])
    op.create_table(
        "isp_prefixes",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("isp", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_isp_prefixes")),
    )
