"""Messages: the events that people are told of, who wants what, and the outbox that tells each once."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, row_id, text

# Real events (notify.events), each made of one or more outages.
notice_events = sa.Table(
    "notice_events",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    text("scope"),
    text("key"),
    text("fault"),
    sa.Column("start_at", UtcTime, nullable=False),
    sa.Column("end_at", UtcTime, nullable=False, index=True),  # of its last bad minute so far
    text("office_codes", "[]"),
    text("stage"),
    sa.Column("presumed", sa.Boolean, nullable=False),
    sa.Column("opened_at", UtcTime),
    sa.Column("closed_at", UtcTime),
    text("into"),  # the event that it turned out to be part of
    text("parts", "[]"),  # JSON: ids of its outages
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("user_name", sa.Text, sa.ForeignKey("users.name"), nullable=False, index=True),
    text("channel"),  # page, email, line, webhook
    text("address"),  # e-mail address, LINE id, URL; "" = the page alone
    text("level"),  # all, wide, digest
    sa.Column("morning", sa.Boolean, nullable=False),
    sa.Column("afternoon", sa.Boolean, nullable=False),
    sa.Column("quiet_line", sa.Boolean, nullable=False),  # a digest also when there is nothing
    text("language", "th"),
    sa.Column("paused_until", sa.Date),  # local day on which messages come again
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.UniqueConstraint("user_name", "channel", "address"),
)

# The outbox. `key` says what is told to whom: it can be put in once only.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("subscription_id", sa.BigInteger, sa.ForeignKey("subscriptions.id"), nullable=False),
    text("event_id"),
    text("kind"),  # opened, corrected, withdrawn, over, morning, afternoon, test
    sa.Column("important", sa.Boolean, nullable=False),
    text("body"),  # JSON: notify.texts.Notice
    text("state"),  # waiting, sending, sent, held, failed, unsure
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False, index=True),
    sa.Column("next_at", UtcTime),  # None = nothing more is tried
    text("leased_by"),
    sa.Column("leased_until_at", UtcTime),
    sa.Column("sent_at", UtcTime),
    text("trouble"),  # why it was not sent; never a secret
    sa.Index("ix_notices_subscription_id_made_at", "subscription_id", "made_at"),
    sa.Index("ix_notices_next_at", "next_at"),
)
