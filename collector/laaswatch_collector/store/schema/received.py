"""What agents said: reports as received, presence, gaps, the live view."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, row_id, text

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False),
    sa.Column("incarnation", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("sent_ms", sa.BigInteger, nullable=False),  # the envelope's wall clock
    sa.Column("sent_mono_ms", sa.BigInteger, nullable=False),
    text("sent_boot"),
    text("boot"),
    # When the monotonic clock of `boot` read 0, if an earlier delivery told and another boot sent this.
    sa.Column("origin_ms", sa.BigInteger),
    sa.Column("cadence", sa.Float, nullable=False),  # seconds between rounds
    sa.Column("rounds", sa.Integer, nullable=False),
    # First and last round, repaired to the collector's clock at intake: finds the days that it touches.
    sa.Column("first_at", UtcTime),
    sa.Column("last_at", UtcTime),
    sa.Column("body", sa.LargeBinary, nullable=False),  # the sealed line, zstandard
    sa.Column(
        "packed", sa.LargeBinary, nullable=False
    ),  # timeline.packed: the same rounds as columns
    # That no number is held twice is kept by `chains`: a unique key could not span months (store.partitions).
    sa.Index("ix_reports_agent_id_incarnation_seq", "agent_id", "incarnation", "seq"),
    sa.Index("ix_reports_last_at", "last_at"),
    sa.Index("ix_reports_agent_id_last_at", "agent_id", "last_at"),
)

# Old reports, packed: those of one life of a spool that came on one local day (store.history). What stands
# here stands in `reports` no more.
sealed_days = sa.Table(
    "sealed_days",
    metadata,
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("incarnation", sa.Text, primary_key=True),
    sa.Column("first_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),  # of receipt, in Asia/Bangkok
    sa.Column("reports", sa.Integer, nullable=False),
    sa.Column("rounds", sa.Integer, nullable=False),
    # First and last round that could be placed; both None = none of them could.
    sa.Column("first_at", UtcTime),
    sa.Column("last_at", UtcTime),
    sa.Column("body", sa.LargeBinary, nullable=False),  # evidence.sealed
    sa.Index("ix_sealed_days_last_at", "last_at"),
    sa.Index("ix_sealed_days_agent_id_last_at", "agent_id", "last_at"),
)

# One row for each life of a spool: years of numbers and hashes in a line of text (evidence.held), and
# what deliveries taught about the PC's clocks (timeline.boots). Never deleted: it is what makes a report
# that comes again known for good, long after the report itself has been packed away.
chains = sa.Table(
    "chains",
    metadata,
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("incarnation", sa.Text, primary_key=True),
    text("held", "[]"),
    text("boots", "[]"),
    sa.Column("ended_at", UtcTime),  # the PC's disk was put back from a backup: another life began
)

presence_marks = sa.Table(
    "presence_marks",
    metadata,
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("boot", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, primary_key=True),  # on the collector's clock
    sa.Column("until_at", UtcTime),
)

gaps = sa.Table(
    "gaps",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False, index=True),
    sa.Column("rounds", sa.BigInteger, nullable=False),
    sa.Column("first_at", UtcTime, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    text("why"),
)

# From which network an agent's deliveries came on a local day: cut down to what tells the provider (IPv4
# /20, IPv6 /36), and for how many minutes. Whole addresses are never stored.
agent_prefixes = sa.Table(
    "agent_prefixes",
    metadata,
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, index=True),
    sa.Column("prefix", sa.Text, primary_key=True),
    sa.Column("minutes", sa.Integer, nullable=False),
)

# Whose networks are whose, as the operator's file says (config/isp-prefixes.csv).
isp_prefixes = sa.Table(
    "isp_prefixes",
    metadata,
    sa.Column("prefix", sa.Text, primary_key=True),
    text("isp"),
    text("source"),
)

latest_rounds = sa.Table(
    "latest_rounds",
    metadata,
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("cadence", sa.Float, nullable=False),
    text("fault"),
    text("rule"),
    text("layers", "[]"),  # the round's layers as JSON rows, as in the report
    text("also", "[]"),
    # When the round was made whose findings these are, if it asked for the page or met a fault. Rounds
    # that only look at the line leave the findings of a moment ago standing.
    sa.Column("asked_at", UtcTime),
)
