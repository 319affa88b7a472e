"""What is held of each life of a spool moves into a table of its own, filled from the reports."""

import json

import sqlalchemy as sa
import zstandard
from alembic import op

from laaswatch_collector.evidence.held import Held

revision = "0002"
down_revision = "0001"

REPORTS = sa.table(
    "reports",
    sa.column("agent_id"),
    sa.column("incarnation"),
    sa.column("seq"),
    sa.column("sha256"),
    sa.column("body"),
)


def upgrade() -> None:
    """Make the table `chains`, and fill it from what was accepted so far."""
    with op.batch_alter_table("reports") as table:
        table.add_column(sa.Column("origin_ms", sa.BigInteger(), nullable=True))
    chains = op.create_table(
        "chains",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), server_default="[]", nullable=False),
        sa.Column("boots", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_chains_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("agent_id", "incarnation", name=op.f("pk_chains")),
    )
    unpack = zstandard.ZstdDecompressor().decompress
    held: dict[tuple[str, str], Held] = {}
    for row in op.get_bind().execute(
        sa.select(REPORTS).order_by(REPORTS.c.agent_id, REPORTS.c.incarnation, REPORTS.c.seq)
    ):
        previous = json.loads(unpack(bytes(row.body)))["previous"]
        of_one = held.setdefault((row.agent_id, row.incarnation), Held())
        of_one.add(row.seq, bytes(row.sha256).hex(), previous)
    rows = [
        {"agent_id": agent, "incarnation": incarnation, "held": x.to_text(), "boots": "[]"}
        for (agent, incarnation), x in held.items()
    ]
    if rows:
        op.bulk_insert(chains, rows)
