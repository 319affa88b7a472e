"""The evidence log: a Merkle tree over what may not be changed any more, and its checkpoints. Only ever added to."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, text

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
