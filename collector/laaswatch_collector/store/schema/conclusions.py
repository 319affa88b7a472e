"""Conclusions: recomputable from the facts, each with its `rule_version`."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, text

state_runs = sa.Table(
    "state_runs",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("from_at", UtcTime, primary_key=True),
    sa.Column("to_at", UtcTime, nullable=False),
    sa.Column(
        "day", sa.Date, nullable=False, index=True
    ),  # in Asia/Bangkok; runs never cross midnight
    text("state"),  # unknown runs are stored too: absence of data is a state
    text("fault"),
    text("scope"),
    sa.Column("inferred", sa.Boolean, nullable=False),
    sa.Column("witnesses", sa.Integer, nullable=False),  # PCs of the office that were observed
)

# What was painted of each office over a day (timeline.office_day): so that a late report costs its own office
# alone. `runs_hash`: of the states that are stored; `judged_hash`: of what its entries were judged by.
office_days = sa.Table(
    "office_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),  # in Asia/Bangkok
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),  # empty: nothing is known of the day
    sa.Column("runs_hash", sa.LargeBinary(16)),
    sa.Column("judged_hash", sa.LargeBinary(16)),
)

# Days of which every office has been painted: by which version of painting, and whether the day was over, and
# final, when it was last concluded.
painted_days = sa.Table(
    "painted_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    text("version"),
    sa.Column("over", sa.Boolean, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
)

outages = sa.Table(
    "outages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # stable: made from scope, key and first minute
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),  # local day of its start
    text("scope"),  # site, isp, isp_province, province, office, pc
    text("key"),  # "", isp, isp/province, province, office code, agent id
    text("province"),  # of all its offices; "" = they lie in several
    text("fault"),
    text("layer"),
    sa.Column("start_at", UtcTime, nullable=False, index=True),
    sa.Column("end_at", UtcTime),  # None = still going on
    sa.Column("settled", sa.Boolean, nullable=False),
    sa.Column("offices", sa.Integer, nullable=False),
    sa.Column("observed", sa.Integer, nullable=False),  # offices that could have seen it
    sa.Column("inferred_minutes", sa.Integer, nullable=False),
    text("grade"),  # corroborated, measured, single_pc, inferred, contradicted
    text("office_codes", "[]"),  # JSON list of the offices that it hit
    text("evidence", "{}"),  # JSON: the figures behind scope and grade
    text("rule_version"),
    sa.Column("computed_at", UtcTime, nullable=False),
    sa.Index("ix_outages_province_start_at", "province", "start_at"),
    sa.Index(
        "ix_outages_going_on",
        "start_at",
        postgresql_where=sa.text("end_at IS NULL"),
        sqlite_where=sa.text("end_at IS NULL"),
    ),
)

outage_revisions = sa.Table(
    "outage_revisions",
    metadata,
    sa.Column("outage_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("changed_at", UtcTime, nullable=False),
    text("change"),  # JSON: what it was before, and why it changed
)

explanations = sa.Table(
    "explanations",
    metadata,
    sa.Column("entry_id", sa.BigInteger, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("month", sa.Text, nullable=False),  # YYYY-MM (CE) of the event, in Asia/Bangkok
    text("book"),
    sa.Column("due_at", UtcTime, nullable=False),  # end of the tolerated band
    text("band"),  # same_day, next_day, late, undetermined, not_posted
    sa.Column("tardiness_minutes", sa.Integer, nullable=False),  # working minutes past the deadline
    text("verdict"),  # "" when not late; else one of explanation.model.Verdict
    sa.Column("explained_fraction", sa.Float),
    sa.Column("shift_fraction", sa.Float),
    sa.Column("backlog_fraction", sa.Float),
    sa.Column("counterfactual_at", UtcTime),
    text("scope"),  # the scope that took most of the minutes
    text("fault"),
    text("grade"),
    sa.Column(
        "window_minutes", sa.Integer, nullable=False
    ),  # working minutes from event to deadline
    sa.Column("usable_minutes", sa.Integer, nullable=False),
    sa.Column("down_minutes", sa.Integer, nullable=False),
    sa.Column("unknown_minutes", sa.Integer, nullable=False),
    sa.Column("backlog_minutes", sa.Integer, nullable=False, server_default="0"),
    # On a day of the calendar that is not confirmed: never to be printed as final.
    sa.Column("rests_on_estimate", sa.Boolean, nullable=False, server_default=sa.false()),
    text("outage_ids", "[]"),
    text("outage_revisions", "[]"),  # JSON: of each of them, the revision that this rests on
    sa.Column("explained_fraction_to", sa.Float),  # at the other ends of interval-valued times
    text("lies_between"),  # the two verdicts that `undetermined` lies between, with a comma
    text("flags", "[]"),  # JSON: what speaks against its outages (explanation.contradictions)
    text("rule_version"),
    sa.Column("computed_at", UtcTime, nullable=False),
    sa.Index("ix_explanations_office_code_month", "office_code", "month"),
)

# What was said of a late entry before, and why that changed.
explanation_changes = sa.Table(
    "explanation_changes",
    metadata,
    sa.Column("entry_id", sa.BigInteger, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("changed_at", UtcTime, primary_key=True),
    text("verdict"),  # before; "" = it was not late
    sa.Column("explained_fraction", sa.Float),
    text("rule_version"),
    sa.Column("computed_at", UtcTime, nullable=False),  # since when that was said
    text("reason"),  # ledger, rules, outages, settled, states
)

# What `explanations` counts, an office and a month: a page never counts a nation's entries itself.
office_months = sa.Table(
    "office_months",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("month", sa.Text, primary_key=True),
    sa.Column("book", sa.Text, primary_key=True),
    sa.Column("band", sa.Text, primary_key=True),
    sa.Column("verdict", sa.Text, primary_key=True),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Index("ix_office_months_month", "month"),
)

rollups = sa.Table(
    "rollups",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, index=True),  # in Asia/Bangkok
    sa.Column("rounds", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # timeline.rollups
)
