"""The evidence log: a Merkle tree over what may not be changed any more, and its checkpoints. Only ever added to.

And the keys of those who sign: the log its checkpoints, PCs the heads of their chains of reports.
"""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, row_id, text

# `body` is the leaf, to the byte: its hash and everything above it follow (evidence.merkle).
log_leaves = sa.Table(
    "log_leaves",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),  # from 0
    text("kind"),  # evidence.leaves.Kind
    text("subject"),  # what of that kind, e.g. an import's number
    sa.Column("at", UtcTime, nullable=False),
    text("body"),
    sa.Index("ix_log_leaves_kind_subject_position", "kind", "subject", "position"),
)

# Hashes of whole subtrees over 256, 65,536, … leaves: so that no proof reads more than a few hundred rows.
log_nodes = sa.Table(
    "log_nodes",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),  # 8, 16, 24, …
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),
)

log_checkpoints = sa.Table(
    "log_checkpoints",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),  # leaves under it
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("at", UtcTime, nullable=False, index=True),
    text("signatures"),  # lines of a signed note (evidence.checkpoint); "" = not signed
)

# Whose signature stands under checkpoints of more leaves than `from_size`. Only ever added to.
log_keys = sa.Table(
    "log_keys",
    metadata,
    sa.Column("number", row_id, primary_key=True, autoincrement=True),
    sa.Column("from_size", sa.BigInteger, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("public", sa.LargeBinary(32), nullable=False),  # empty = from here on nobody signs
    text(
        "handover"
    ),  # the key before says that this is the next one (a signed note); "" = none did
)

agent_keys = sa.Table(
    "agent_keys",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False, index=True),
    sa.Column("public", sa.LargeBinary(32), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("until_at", UtcTime),  # None = in use: whatever arrives must be signed with it
    sa.UniqueConstraint("agent_id", "public"),
)

# The newest signature of each stretch of reports that arrived on a local day. It vouches for all before it.
report_signatures = sa.Table(
    "report_signatures",
    metadata,
    sa.Column("agent_id", sa.Text, primary_key=True),
    sa.Column("incarnation", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key_id", sa.BigInteger, nullable=False),  # of agent_keys
    sa.Column("signature", sa.LargeBinary(64), nullable=False),  # of report.signing.statement
)
