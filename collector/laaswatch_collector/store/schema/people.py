"""People who sign in, their sessions, tokens and the audit."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, row_id, text

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    text("role"),  # access.policy.Role
    text("office_code"),  # a viewer's or a clerk's office
    text("province"),  # a province's two digits
    text("password"),  # scrypt parameters, salt and hash
    sa.Column("must_change", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("password_until", UtcTime),  # of a password that was given out
    text("second_step"),  # the secret of the code program, base32; "" before the set-up
    sa.Column("last_step", sa.BigInteger),  # the half minute of the last code that was taken
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("disabled_at", UtcTime),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_name", sa.Text, sa.ForeignKey("users.name"), nullable=False, index=True),
    text("csrf"),
    sa.Column("proved", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    text("address"),  # where it began
    text("browser"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime, nullable=False),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("code_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_name", sa.Text, sa.ForeignKey("users.name"), nullable=False, index=True),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime),
)

access_tokens = sa.Table(
    "access_tokens",
    metadata,
    sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
    text("user_name"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),  # none for those of before there was an end
    sa.Column("used_at", UtcTime),  # to the hour
    sa.Column("revoked_at", UtcTime),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    text("kind"),  # access.two_person.Kind
    text("subject"),
    text("reason"),
    text("asked_by"),
    sa.Column("asked_at", UtcTime, nullable=False),
    text("decided_by"),
    sa.Column("decided_at", UtcTime),
    text("decision"),  # "", done or withdrawn
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
    text("who"),
    text("action"),
    text("object"),
    text("result"),
    text("detail", "{}"),
    sa.Index("ix_audit_who_at", "who", "at"),
)
