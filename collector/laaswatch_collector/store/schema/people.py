"""People who sign in, their sessions, tokens and the audit."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, row_id, text

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    text("role"),  # officer, province, support, admin, metrics
    text("office_code"),  # an officer's office
    text("province"),  # a province's two digits
    text("password"),  # scrypt parameters, salt and hash
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("disabled_at", UtcTime),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_name", sa.Text, sa.ForeignKey("users.name"), nullable=False, index=True),
    text("csrf"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime, nullable=False),
)

access_tokens = sa.Table(
    "access_tokens",
    metadata,
    sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
    text("user_name"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
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
)
