"""Who there is: offices, their agents, the codes that let agents in."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, text

offices = sa.Table(
    "offices",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),  # text: leading zeros matter (domain.md §1b)
    text("name_th"),
    text("name_en"),
    text("kind"),  # pao, city, town, subdistrict, tao, sub_office, provincial, other
    text("province"),  # two digits of TIS 1099
    text("district"),
    text("isp"),  # what the registry says: a hint, wrong for some
    sa.Column("parent_code", sa.Text, sa.ForeignKey("offices.code")),
    sa.Column("pcs", sa.Integer, nullable=False, server_default="1"),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    text("source"),  # where the row came from; "simulated" marks the demo's
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
)

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False, index=True),
    text("role", "pc"),  # pc, control
    text("state", "active"),  # pending, active, suspended, forked, revoked
    text("label"),  # what the office calls the PC, e.g. "PC 1"; never a host or user name
    # The agent's secret: the one in use, the one just handed out, the one before (store/agent_tokens.py).
    sa.Column("token_sha256", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("next_token_sha256", sa.LargeBinary(32), unique=True),
    sa.Column("old_token_sha256", sa.LargeBinary(32), index=True),
    sa.Column("token_at", UtcTime, nullable=False),  # since when the one in use is in use
    sa.Column("old_token_seen_at", UtcTime),  # somebody tried the one before: a copy of the disk?
    sa.Column("enrol_nonce", sa.LargeBinary(32), nullable=False, unique=True),
    text("version"),
    text("system"),  # windows, linux
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("last_contact_at", UtcTime),
)

enrolment_codes = sa.Table(
    "enrolment_codes",
    metadata,
    sa.Column("code_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    text("role", "pc"),
    sa.Column("uses_left", sa.Integer, nullable=False),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("issued_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    text("issued_by"),
)
