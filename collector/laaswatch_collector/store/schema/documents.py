"""Documents that were made: the facts behind each check code, kept for good."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, text

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),  # documents.check_code, of `sha256`
    text("kind"),  # explanation, memo, notice, urging, summary, sheet
    text("office_code"),  # "" = of a whole province
    text("province"),
    text("month"),  # YYYY-MM; "" for an outage's sheet
    text("outage_id"),  # "" but for an outage's sheet
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),  # of the canonical facts
    sa.Column("facts", sa.LargeBinary, nullable=False),  # JSON, zstd
    sa.Column("made_at", UtcTime, nullable=False),
    text("made_by"),
    sa.Index("ix_documents_office_code_month", "office_code", "month"),
)
