"""Reports lie in a partition for each month on PostgreSQL; a number is kept from coming twice by `chains`."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from laaswatch_collector.store.partitions import following, make_partitions, start_ms

revision = "0006"
down_revision = "0005"

KEY = ["agent_id", "incarnation", "seq"]
INDEXES = {
    "ix_reports_last_at": "last_at",
    "ix_reports_agent_id_last_at": "agent_id, last_at",
    "ix_reports_agent_id_incarnation_seq": ", ".join(KEY),
}

AGENTS = "FOREIGN KEY (agent_id) REFERENCES agents (id)"


def upgrade() -> None:
    """A plain index in place of the unique key; what is there becomes the first partition."""
    with op.batch_alter_table("reports") as table:
        table.drop_constraint("uq_reports_agent_id_incarnation_seq", type_="unique")
    if op.get_bind().dialect.name != "postgresql":
        op.create_index("ix_reports_agent_id_incarnation_seq", "reports", KEY)
        return
    now = datetime.now(UTC)
    for name in ("ix_reports_last_at", "ix_reports_agent_id_last_at"):
        op.drop_index(name, "reports")
    end = start_ms(following(now))
    for statement in (
        "ALTER TABLE reports RENAME TO reports_before",
        "ALTER TABLE reports_before DROP CONSTRAINT pk_reports",
        "ALTER TABLE reports_before DROP CONSTRAINT fk_reports_agent_id_agents",
        "CREATE TABLE reports (LIKE reports_before INCLUDING DEFAULTS) PARTITION BY RANGE (received_at)",
        "ALTER SEQUENCE reports_id_seq OWNED BY reports.id",
        "ALTER TABLE reports ADD CONSTRAINT pk_reports PRIMARY KEY (id, received_at)",
        f"ALTER TABLE reports ADD CONSTRAINT fk_reports_agent_id_agents {AGENTS}",
        *(f"CREATE INDEX {name} ON reports ({columns})" for name, columns in INDEXES.items()),
        f"ALTER TABLE reports ATTACH PARTITION reports_before FOR VALUES FROM (MINVALUE) TO ({end})",
        "CREATE TABLE reports_other PARTITION OF reports DEFAULT",
    ):
        op.execute(sa.text(statement))
    make_partitions(op.get_bind(), following(now))
