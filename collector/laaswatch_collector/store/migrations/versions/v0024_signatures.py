"""Keys of the evidence log and of agents, and the signatures of their reports."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the tables, empty; the list of the log's keys can only be added to."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "log_keys",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("from_size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("public", sa.LargeBinary(32), nullable=False),
        sa.Column("handover", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_keys")),
    )
    op.create_table(
        "agent_keys",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("public", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_keys_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_keys")),
        sa.UniqueConstraint("agent_id", "public", name=op.f("uq_agent_keys_agent_id_public")),
    )
    op.create_index(op.f("ix_agent_keys_agent_id"), "agent_keys", ["agent_id"])
    op.create_table(
        "report_signatures",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint(
            "agent_id", "incarnation", "day", "seq", name=op.f("pk_report_signatures")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        refusal = "BEGIN SELECT RAISE(ABORT, 'log_keys is append-only'); END"
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER log_keys_no_{change.lower()} BEFORE {change} ON log_keys {refusal}"
            )
        op.execute(
            "CREATE TRIGGER log_keys_no_replace BEFORE INSERT ON log_keys "  # noqa: S608 - our own names
            f"WHEN EXISTS (SELECT 1 FROM log_keys WHERE number = NEW.number) {refusal}"
        )
        return
    op.execute(
        "CREATE TRIGGER log_keys_no_change BEFORE UPDATE OR DELETE ON log_keys "
        "FOR EACH ROW EXECUTE FUNCTION log_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER log_keys_no_truncate BEFORE TRUNCATE ON log_keys "
        "FOR EACH STATEMENT EXECUTE FUNCTION log_refuse_change()"
    )
