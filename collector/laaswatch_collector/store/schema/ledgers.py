"""Ledgers as imported, what was said about them, and closures."""

import sqlalchemy as sa

from laaswatch_collector.store.schema.columns import UtcTime, metadata, row_id, text

ledger_imports = sa.Table(
    "ledger_imports",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code")),
    text("file_name"),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False),
    text("book"),
    sa.Column("imported_at", UtcTime, nullable=False),
    sa.Column("snapshot_at", UtcTime, nullable=False),  # when the export was made, as far as known
    text("imported_by"),
    sa.Column("rows_good", sa.Integer, nullable=False),
    sa.Column("rows_bad", sa.Integer, nullable=False),
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("vanished", sa.Integer, nullable=False),
    text("errors", "[]"),  # JSON list of {row, column, reason_th, reason_en}
    # A whole export of known time with no bad rows: what it lacks was not recorded at snapshot_at.
    sa.Column("proves_absence", sa.Boolean, nullable=False, server_default=sa.false()),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("book", sa.Text, nullable=False),
    sa.Column("fiscal_year", sa.Integer, nullable=False),  # Buddhist era
    sa.Column("doc_no", sa.Text, nullable=False),
    sa.Column("line", sa.Integer, nullable=False, server_default="1"),
    text("kind"),  # counter, bank, payment, …: picks the row of config/lateness.yaml
    sa.Column("event_at", UtcTime, nullable=False),
    text("event_precision", "day"),  # exact, minute, day
    sa.Column("recorded_from_at", UtcTime),  # not before; both None = not posted yet
    sa.Column("recorded_to_at", UtcTime),  # not after; equal to the former when exact
    text("recorded_precision", "day"),  # exact, minute, day, interval, none
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
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), nullable=False),
    text("book"),
    sa.Column("import_id", sa.BigInteger, sa.ForeignKey("ledger_imports.id"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),  # of the export that showed it
    text("kind"),  # reset, vanished, back, cancelled, reissued, renumbered
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("of_entries", sa.Integer, nullable=False),  # known before, on the days of the export
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    text("numbers", "[]"),  # JSON list of document numbers, the first ones
    sa.Index("ix_ledger_events_office_code_at", "office_code", "at"),
)

# Which column of a heading is which, as a person confirmed it once for an office's book.
ledger_layouts = sa.Table(
    "ledger_layouts",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("book", sa.Text, primary_key=True),
    sa.Column("signature", sa.Text, primary_key=True),  # of the heading's words
    text("columns", "{}"),  # JSON: field → column
    text("confirmed_by"),
    sa.Column("confirmed_at", UtcTime, nullable=False),
)

# What an office says of the systems that keep no book (budget, accounting, reports), month by month.
system_statements = sa.Table(
    "system_statements",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("month", sa.Text, primary_key=True),  # YYYY-MM
    sa.Column("system", sa.Text, primary_key=True),
    text("state"),  # current, not_current, not_operating
    text("said_by"),
    sa.Column("said_at", UtcTime, nullable=False),
)

# The answer to "no transactions on these days?".
quiet_answers = sa.Table(
    "quiet_answers",
    metadata,
    sa.Column("office_code", sa.Text, sa.ForeignKey("offices.code"), primary_key=True),
    sa.Column("first_day", sa.Date, primary_key=True),
    sa.Column("last_day", sa.Date, primary_key=True),
    text("answer"),  # no_transactions, not_posted
    text("said_by"),
    sa.Column("said_at", UtcTime, nullable=False),
)

closures = sa.Table(
    "closures",
    metadata,
    sa.Column("id", row_id, primary_key=True, autoincrement=True),
    text("role", "login"),  # which part of the site
    text("province"),  # "" = the whole country
    sa.Column("from_at", UtcTime, nullable=False),
    sa.Column("to_at", UtcTime),
    sa.Column("catch_up_at", UtcTime),
    text("source"),  # the letter or notice, with its number
    text("declared_by"),
    sa.Column("declared_at", UtcTime, nullable=False),
    text("ended_by"),
    text("end_source"),  # the letter that says when it ended
)
