"""What people did about trouble: steps that were tried, partner offices, visits to them. Never a person's name."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, row_id, text

# One step against an outage. What it came to may be written later; nothing else is ever changed.
tried = sa.Table(
    "tried",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),  # when it was done
    text("step"),  # SELF, IT, PARTNER, ISP, OWNER
    text("article"),  # of the knowledge base, "" = of one's own
    text("what_th"),
    text("what_en"),
    text("reference"),  # ticket or letter number
    sa.Column("due", sa.Date),  # local day on which an answer is due
    text("outage_id"),  # the outage that went on then, "" = none was known
    text("fault"),
    text("scope"),
    text("isp"),  # the office's provider then
    text("result"),  # waiting, helped, did_not_help, unknown
    sa.Column("result_at", UtcTime),
    text("written_by"),
    sa.Column("written_at", UtcTime, nullable=False),
    sa.Index("ix_tried_office_code_at", "office_code", "at"),
    sa.Index("ix_tried_result_due", "result", "due"),
    sa.Index("ix_tried_fault_isp", "fault", "isp"),
)

# Offices and agencies that agreed to lend a desk and a line (circular of 19 Aug 2558, point 2).
partners = sa.Table(
    "partners",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    # Of an authority that is watched itself: its line is known; "" = a school, a hospital …
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), index=True),
    text("name_th"),
    text("name_en"),
    text("kind"),  # office, district, school, hospital, agency
    text("province"),
    text("district"),
    text("isp"),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    text("opens"),  # HH:MM, on working days
    text("closes"),
    text("contact"),  # a telephone number or a desk, never a person's name
    sa.Column("desks", sa.Integer, nullable=False, server_default="1"),
    text("source"),  # what the agreement rests on: a letter with its number, a telephone call
    text("agreed_by"),
    sa.Column("agreed_at", UtcTime, nullable=False),
    text("withdrawn_by"),
    sa.Column("withdrawn_at", UtcTime),
    sa.Index("ix_partners_province", "province"),
)

visits = sa.Table(
    "visits",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("partner_id", sa.BigInteger, sa.ForeignKey("partners.id"), nullable=False),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),  # when they mean to come
    text("result"),  # planned, posted, partly, failed, not_needed
    sa.Column("result_at", UtcTime),
    text("written_by"),
    sa.Column("written_at", UtcTime, nullable=False),
    sa.Index("ix_visits_office_code_at", "office_code", "at"),
    sa.Index("ix_visits_partner_id_at", "partner_id", "at"),
)
