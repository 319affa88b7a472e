"""Explanations say which revisions of outages they rest on, what their times leave open, and how they changed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns to explanations, and the table of what was said before."""
    for name, default in (("outage_revisions", "[]"), ("lies_between", ""), ("flags", "[]")):
        op.add_column(
            "explanations", sa.Column(name, sa.Text(), server_default=default, nullable=False)
        )
    op.add_column("explanations", sa.Column("explained_fraction_to", sa.Float()))
    op.create_table(
        "explanation_changes",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("explained_fraction", sa.Float()),
        sa.Column("rule_version", sa.Text(), server_default="", nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_explanation_changes_entry_id_entries")
        ),
        sa.PrimaryKeyConstraint("entry_id", "changed_at", name=op.f("pk_explanation_changes")),
    )
