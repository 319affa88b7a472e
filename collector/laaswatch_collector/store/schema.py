"""Every table of the store, one schema for SQLite and PostgreSQL.

Facts (kept as received): offices, agents, reports, sealed_days, chains, presence_marks, gaps, agent_prefixes,
ledger_imports, entries, ledger_events, ledger_layouts, system_statements, quiet_answers, closures. Conclusions
(recomputable, each with its `rule_version`): state_runs, outages, outage_revisions, explanations, office_months, rollups. Live view: latest_rounds. The rest is for people and for
the work queue.

Columns named `…_at` hold aware UTC datetimes (`UtcTime`), `…_ms` integers as they came over the wire.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware datetime, stored as whole milliseconds since 1970 in UTC on every engine."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return round(value.timestamp() * 1000)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


# SQLite counts rows only in a column of exactly this type.
_RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    _text("value"),
)

# ------------------------------------------------------------------ who
offices = sa.Table(
    "offices",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),  # text: leading zeros matter (domain.md §1b)
    _text("name_th"),
    _text("name_en"),
    _text("kind"),  # pao, city, town, subdistrict, tao, sub_office, provincial, other
    _text("province"),  # two digits of TIS 1099
    _text("district"),
    _text("isp"),  # what the registry says: a hint, wrong for some
    sa.Column("parent_code", sa.Text, sa.ForeignKey("offices.code")),
    sa.Column("pcs", sa.Integer, nullable=False, server_default="1"),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    _text("source"),  # where the row came from; "simulated" marks the demo's
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
)

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False, index=True),
    _text("role", "pc"),  # pc, control
    _text("state", "active"),  # pending, active, suspended, forked, revoked
    _text("label"),  # what the office calls the PC, e.g. "PC 1"; never a host or user name
    # The agent's secret: the one in use, the one just handed out, the one before (store/agent_tokens.py).
    sa.Column("token_sha256", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("next_token_sha256", sa.LargeBinary(32), unique=True),
    sa.Column("old_token_sha256", sa.LargeBinary(32), index=True),
    sa.Column("token_at", UtcTime, nullable=False),  # since when the one in use is in use
    sa.Column("old_token_seen_at", UtcTime),  # somebody tried the one before: a copy of the disk?
    sa.Column("enrol_nonce", sa.LargeBinary(32), nullable=False, unique=True),
    _text("version"),
    _text("system"),  # windows, linux
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("last_contact_at", UtcTime),
)

enrolment_codes = sa.Table(
    "enrolment_codes",
    metadata,
    sa.Column("code_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    _text("role", "pc"),
    sa.Column("uses_left", sa.Integer, nullable=False),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("issued_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    _text("issued_by"),
)

# ------------------------------------------------------------------ what agents said
reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", _RowId, primary_key=True, autoincrement=True),
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False),
    sa.Column("incarnation", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("sent_ms", sa.BigInteger, nullable=False),  # the envelope's wall clock
    sa.Column("sent_mono_ms", sa.BigInteger, nullable=False),
    _text("sent_boot"),
    _text("boot"),
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
    _text("held", "[]"),
    _text("boots", "[]"),
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
    sa.Column("id", _RowId, primary_key=True, autoincrement=True),
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False, index=True),
    sa.Column("rounds", sa.BigInteger, nullable=False),
    sa.Column("first_at", UtcTime, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    _text("why"),
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
    _text("isp"),
    _text("source"),
)

latest_rounds = sa.Table(
    "latest_rounds",
    metadata,
    sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("cadence", sa.Float, nullable=False),
    _text("fault"),
    _text("rule"),
    _text("layers", "[]"),  # the round's layers as JSON rows, as in the report
    _text("also", "[]"),
    # When the round was made whose findings these are, if it asked for the page or met a fault. Rounds
    # that only look at the line leave the findings of a moment ago standing.
    sa.Column("asked_at", UtcTime),
)

# ------------------------------------------------------------------ ledgers
ledger_imports = sa.Table(
    "ledger_imports",
    metadata,
    sa.Column("id", _RowId, primary_key=True, autoincrement=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code")),
    _text("file_name"),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),
    _text("book"),
    sa.Column("imported_at", UtcTime, nullable=False),
    sa.Column("snapshot_at", UtcTime, nullable=False),  # when the export was made, as far as known
    _text("imported_by"),
    sa.Column("rows_good", sa.Integer, nullable=False),
    sa.Column("rows_bad", sa.Integer, nullable=False),
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("vanished", sa.Integer, nullable=False),
    _text("errors", "[]"),  # JSON list of {row, column, reason_th, reason_en}
    # A whole export of known time with no bad rows: what it lacks was not recorded at snapshot_at.
    sa.Column("proves_absence", sa.Boolean, nullable=False, server_default=sa.false()),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", _RowId, primary_key=True, autoincrement=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("book", sa.Text, nullable=False),
    sa.Column("fiscal_year", sa.Integer, nullable=False),  # Buddhist era
    sa.Column("doc_no", sa.Text, nullable=False),
    sa.Column("line", sa.Integer, nullable=False, server_default="1"),
    _text("kind"),  # counter, bank, payment, …: picks the row of config/lateness.yaml
    sa.Column("event_at", UtcTime, nullable=False),
    _text("event_precision", "day"),  # exact, minute, day
    sa.Column("recorded_from_at", UtcTime),  # not before; both None = not posted yet
    sa.Column("recorded_to_at", UtcTime),  # not after; equal to the former when exact
    _text("recorded_precision", "day"),  # exact, minute, day, interval, none
    sa.Column("first_import_id", sa.BigInteger, sa.ForeignKey("ledger_imports.id"), nullable=False),
    sa.Column("last_import_id", sa.BigInteger, sa.ForeignKey("ledger_imports.id"), nullable=False),
    sa.Column("vanished_at", UtcTime),
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
    # A keyed hash over what is not kept (amount, payee, description): tells whether two lines are the same.
    sa.Column("match_hash", sa.LargeBinary(16)),
    sa.UniqueConstraint("office_code", "fiscal_year", "book", "doc_no", "line"),
    sa.Index("ix_entries_office_code_event_at", "office_code", "event_at"),
)

# What an import found to have happened to a book: one row an import and kind of event.
ledger_events = sa.Table(
    "ledger_events",
    metadata,
    sa.Column("id", _RowId, primary_key=True, autoincrement=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    _text("book"),
    sa.Column("import_id", sa.BigInteger, sa.ForeignKey("ledger_imports.id"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),  # of the export that showed it
    _text("kind"),  # reset, vanished, back, cancelled, reissued, renumbered
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("of_entries", sa.Integer, nullable=False),  # known before, on the days of the export
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    _text("numbers", "[]"),  # JSON list of document numbers, the first ones
    sa.Index("ix_ledger_events_office_code_at", "office_code", "at"),
)

# Which column of a heading is which, as a person confirmed it once for an office's book.
ledger_layouts = sa.Table(
    "ledger_layouts",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("book", sa.Text, primary_key=True),
    sa.Column("signature", sa.Text, primary_key=True),  # of the heading's words
    _text("columns", "{}"),  # JSON: field → column
    _text("confirmed_by"),
    sa.Column("confirmed_at", UtcTime, nullable=False),
)

# What an office says of the systems that keep no book (budget, accounting, reports), month by month.
system_statements = sa.Table(
    "system_statements",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("month", sa.Text, primary_key=True),  # YYYY-MM
    sa.Column("system", sa.Text, primary_key=True),
    _text("state"),  # current, not_current, not_operating
    _text("said_by"),
    sa.Column("said_at", UtcTime, nullable=False),
)

# The answer to "no transactions on these days?".
quiet_answers = sa.Table(
    "quiet_answers",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("first_day", sa.Date, primary_key=True),
    sa.Column("last_day", sa.Date, primary_key=True),
    _text("answer"),  # no_transactions, not_posted
    _text("said_by"),
    sa.Column("said_at", UtcTime, nullable=False),
)

closures = sa.Table(
    "closures",
    metadata,
    sa.Column("id", _RowId, primary_key=True, autoincrement=True),
    _text("role", "login"),  # which part of the site
    _text("province"),  # "" = the whole country
    sa.Column("from_at", UtcTime, nullable=False),
    sa.Column("to_at", UtcTime),
    sa.Column("catch_up_at", UtcTime),
    _text("source"),  # the letter or notice, with its number
    _text("declared_by"),
    sa.Column("declared_at", UtcTime, nullable=False),
    _text("ended_by"),
    _text("end_source"),  # the letter that says when it ended
)

# ------------------------------------------------------------------ conclusions
state_runs = sa.Table(
    "state_runs",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("from_at", UtcTime, primary_key=True),
    sa.Column("to_at", UtcTime, nullable=False),
    sa.Column(
        "day", sa.Date, nullable=False, index=True
    ),  # in Asia/Bangkok; runs never cross midnight
    _text("state"),  # unknown runs are stored too: absence of data is a state
    _text("fault"),
    _text("scope"),
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
    _text("version"),
    sa.Column("over", sa.Boolean, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
)

outages = sa.Table(
    "outages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # stable: made from scope, key and first minute
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),  # local day of its start
    _text("scope"),  # site, isp, isp_province, province, office, pc
    _text("key"),  # "", isp, isp/province, province, office code, agent id
    _text("province"),  # of all its offices; "" = they lie in several
    _text("fault"),
    _text("layer"),
    sa.Column("start_at", UtcTime, nullable=False, index=True),
    sa.Column("end_at", UtcTime),  # None = still going on
    sa.Column("settled", sa.Boolean, nullable=False),
    sa.Column("offices", sa.Integer, nullable=False),
    sa.Column("observed", sa.Integer, nullable=False),  # offices that could have seen it
    sa.Column("inferred_minutes", sa.Integer, nullable=False),
    _text("grade"),  # corroborated, measured, single_pc, inferred, contradicted
    _text("office_codes", "[]"),  # JSON list of the offices that it hit
    _text("evidence", "{}"),  # JSON: the figures behind scope and grade
    _text("rule_version"),
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
    _text("change"),  # JSON: what it was before, and why it changed
)

explanations = sa.Table(
    "explanations",
    metadata,
    sa.Column("entry_id", sa.BigInteger, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("month", sa.Text, nullable=False),  # YYYY-MM (CE) of the event, in Asia/Bangkok
    _text("book"),
    sa.Column("due_at", UtcTime, nullable=False),  # end of the tolerated band
    _text("band"),  # same_day, next_day, late, undetermined, not_posted
    sa.Column("tardiness_minutes", sa.Integer, nullable=False),  # working minutes past the deadline
    _text("verdict"),  # "" when not late; else one of explanation.model.Verdict
    sa.Column("explained_fraction", sa.Float),
    sa.Column("shift_fraction", sa.Float),
    sa.Column("backlog_fraction", sa.Float),
    sa.Column("counterfactual_at", UtcTime),
    _text("scope"),  # the scope that took most of the minutes
    _text("fault"),
    _text("grade"),
    sa.Column(
        "window_minutes", sa.Integer, nullable=False
    ),  # working minutes from event to deadline
    sa.Column("usable_minutes", sa.Integer, nullable=False),
    sa.Column("down_minutes", sa.Integer, nullable=False),
    sa.Column("unknown_minutes", sa.Integer, nullable=False),
    sa.Column("backlog_minutes", sa.Integer, nullable=False, server_default="0"),
    # On a day of the calendar that is not confirmed: never to be printed as final.
    sa.Column("rests_on_estimate", sa.Boolean, nullable=False, server_default=sa.false()),
    _text("outage_ids", "[]"),
    _text("outage_revisions", "[]"),  # JSON: of each of them, the revision that this rests on
    sa.Column("explained_fraction_to", sa.Float),  # at the other ends of interval-valued times
    _text("lies_between"),  # the two verdicts that `undetermined` lies between, with a comma
    _text("flags", "[]"),  # JSON: what speaks against its outages (explanation.contradictions)
    _text("rule_version"),
    sa.Column("computed_at", UtcTime, nullable=False),
    sa.Index("ix_explanations_office_code_month", "office_code", "month"),
)

# What was said of a late entry before, and why that changed.
explanation_changes = sa.Table(
    "explanation_changes",
    metadata,
    sa.Column("entry_id", sa.BigInteger, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("changed_at", UtcTime, primary_key=True),
    _text("verdict"),  # before; "" = it was not late
    sa.Column("explained_fraction", sa.Float),
    _text("rule_version"),
    sa.Column("computed_at", UtcTime, nullable=False),  # since when that was said
    _text("reason"),  # ledger, rules, outages, settled, states
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

# ------------------------------------------------------------------ work queue
stale_days = sa.Table(
    "stale_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),  # local day whose conclusions new facts touched
    sa.Column("since_at", UtcTime, nullable=False),
    sa.Column(
        "mark", sa.BigInteger, nullable=False
    ),  # grows with each touch: lets a worker see a newer one
    _text("leased_by"),  # the worker that has it in hand, until leased_until_at
    sa.Column("leased_until_at", UtcTime),
)

# Offices whose facts of a day were touched since it was last concluded; whoever has the day in hand paints them.
stale_office_days = sa.Table(
    "stale_office_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("mark", sa.BigInteger, nullable=False),
)

stale_offices = sa.Table(
    "stale_offices",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("first_day", sa.Date, nullable=False),  # days whose states changed under its entries
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("mark", sa.BigInteger, nullable=False),
    _text("leased_by"),
    sa.Column("leased_until_at", UtcTime),
)

# ------------------------------------------------------------------ people
users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("role"),  # officer, province, support, admin, metrics
    _text("office_code"),  # an officer's office
    _text("province"),  # a province's two digits
    _text("password"),  # scrypt parameters, salt and hash
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("disabled_at", UtcTime),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_name", sa.Text, sa.ForeignKey("users.name"), nullable=False, index=True),
    _text("csrf"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime, nullable=False),
)

access_tokens = sa.Table(
    "access_tokens",
    metadata,
    sa.Column("token_sha256", sa.LargeBinary(32), primary_key=True),
    _text("user_name"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", _RowId, primary_key=True, autoincrement=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
    _text("who"),
    _text("action"),
    _text("object"),
    _text("result"),
    _text("detail", "{}"),
)
