"""The first schema: everything that design.md §6 names."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite counts rows only in a column of exactly this type.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table; the audit can be written to and read, never changed."""
    op.create_table(
        "access_tokens",
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_access_tokens")),
    )
    op.create_table(
        "audit",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), server_default="", nullable=False),
        sa.Column("object", sa.Text(), server_default="", nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_table(
        "closures",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("role", sa.Text(), server_default="login", nullable=False),
        sa.Column("province", sa.Text(), server_default="", nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("catch_up_at", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("declared_by", sa.Text(), server_default="", nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "offices",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("province", sa.Text(), server_default="", nullable=False),
        sa.Column("district", sa.Text(), server_default="", nullable=False),
        sa.Column("isp", sa.Text(), server_default="", nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("pcs", sa.Integer(), server_default="1", nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["offices.code"], name=op.f("fk_offices_parent_code_offices")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_offices")),
    )
    op.create_table(
        "outage_revisions",
        sa.Column("outage_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("outage_id", "revision", name=op.f("pk_outage_revisions")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column("layer", sa.Text(), server_default="", nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("end_at", sa.BigInteger(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("offices", sa.Integer(), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("inferred_minutes", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), server_default="", nullable=False),
        sa.Column("office_codes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="{}", nullable=False),
        sa.Column("rule_version", sa.Text(), server_default="", nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    op.create_index(op.f("ix_outages_day"), "outages", ["day"], unique=False)
    op.create_index(op.f("ix_outages_start_at"), "outages", ["start_at"], unique=False)
    op.create_table(
        "stale_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_stale_days")),
    )
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("office_code", sa.Text(), server_default="", nullable=False),
        sa.Column("province", sa.Text(), server_default="", nullable=False),
        sa.Column("password", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
    )
    op.create_table(
        "agents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="pc", nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("next_token_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("old_token_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("token_at", sa.BigInteger(), nullable=False),
        sa.Column("old_token_seen_at", sa.BigInteger(), nullable=True),
        sa.Column("enrol_nonce", sa.LargeBinary(length=32), nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("system", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_contact_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_agents_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("enrol_nonce", name=op.f("uq_agents_enrol_nonce")),
        sa.UniqueConstraint("next_token_sha256", name=op.f("uq_agents_next_token_sha256")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_agents_token_sha256")),
    )
    op.create_index(op.f("ix_agents_office_code"), "agents", ["office_code"], unique=False)
    op.create_index(
        op.f("ix_agents_old_token_sha256"), "agents", ["old_token_sha256"], unique=False
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="pc", nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_enrolment_codes_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_enrolment_codes")),
    )
    op.create_table(
        "ledger_imports",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("office_code", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("book", sa.Text(), server_default="", nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("snapshot_at", sa.BigInteger(), nullable=False),
        sa.Column("imported_by", sa.Text(), server_default="", nullable=False),
        sa.Column("rows_good", sa.Integer(), nullable=False),
        sa.Column("rows_bad", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("vanished", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Text(), server_default="[]", nullable=False),
        sa.Column("proves_absence", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_ledger_imports_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_imports")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_name"], ["users.name"], name=op.f("fk_sessions_user_name_users")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_name"), "sessions", ["user_name"], unique=False)
    op.create_table(
        "state_runs",
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("witnesses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_state_runs_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("office_code", "from_at", name=op.f("pk_state_runs")),
    )
    op.create_index(op.f("ix_state_runs_day"), "state_runs", ["day"], unique=False)
    op.create_table(
        "entries",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("doc_no", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), server_default="1", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("event_at", sa.BigInteger(), nullable=False),
        sa.Column("event_precision", sa.Text(), server_default="day", nullable=False),
        sa.Column("recorded_from_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_to_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_precision", sa.Text(), server_default="day", nullable=False),
        sa.Column("first_import_id", sa.BigInteger(), nullable=False),
        sa.Column("last_import_id", sa.BigInteger(), nullable=False),
        sa.Column("vanished_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_import_id"],
            ["ledger_imports.id"],
            name=op.f("fk_entries_first_import_id_ledger_imports"),
        ),
        sa.ForeignKeyConstraint(
            ["last_import_id"],
            ["ledger_imports.id"],
            name=op.f("fk_entries_last_import_id_ledger_imports"),
        ),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_entries_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint(
            "office_code",
            "fiscal_year",
            "book",
            "doc_no",
            "line",
            name=op.f("uq_entries_office_code_fiscal_year_book_doc_no_line"),
        ),
    )
    op.create_index(
        "ix_entries_office_code_event_at", "entries", ["office_code", "event_at"], unique=False
    )
    op.create_table(
        "gaps",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("rounds", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_gaps_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index(op.f("ix_gaps_agent_id"), "gaps", ["agent_id"], unique=False)
    op.create_table(
        "latest_rounds",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("cadence", sa.Float(), nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("layers", sa.Text(), server_default="[]", nullable=False),
        sa.Column("also", sa.Text(), server_default="[]", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_latest_rounds_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_latest_rounds")),
    )
    op.create_table(
        "presence_marks",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_presence_marks_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("agent_id", "boot", "kind", "at", name=op.f("pk_presence_marks")),
    )
    op.create_table(
        "reports",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_mono_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_boot", sa.Text(), server_default="", nullable=False),
        sa.Column("boot", sa.Text(), server_default="", nullable=False),
        sa.Column("cadence", sa.Float(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_reports_agent_id_agents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "agent_id", "incarnation", "seq", name=op.f("uq_reports_agent_id_incarnation_seq")
        ),
    )
    op.create_index("ix_reports_agent_id_last_at", "reports", ["agent_id", "last_at"], unique=False)
    op.create_index("ix_reports_last_at", "reports", ["last_at"], unique=False)
    op.create_table(
        "explanations",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("band", sa.Text(), server_default="", nullable=False),
        sa.Column("tardiness_minutes", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("explained_fraction", sa.Float(), nullable=True),
        sa.Column("shift_fraction", sa.Float(), nullable=True),
        sa.Column("backlog_fraction", sa.Float(), nullable=True),
        sa.Column("counterfactual_at", sa.BigInteger(), nullable=True),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column("grade", sa.Text(), server_default="", nullable=False),
        sa.Column("window_minutes", sa.Integer(), nullable=False),
        sa.Column("usable_minutes", sa.Integer(), nullable=False),
        sa.Column("down_minutes", sa.Integer(), nullable=False),
        sa.Column("unknown_minutes", sa.Integer(), nullable=False),
        sa.Column("backlog_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outage_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("rule_version", sa.Text(), server_default="", nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_explanations_entry_id_entries")
        ),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_explanations_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_explanations")),
    )
    op.create_index(
        "ix_explanations_office_code_month", "explanations", ["office_code", "month"], unique=False
    )

    _make_audit_append_only()


def _make_audit_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()"
    )
