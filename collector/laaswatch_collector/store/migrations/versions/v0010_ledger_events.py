"""What happened to ledgers between two exports, and what officers said about their books."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables for events, layouts, statements and answers; entries get their keyed hash."""
    op.add_column("entries", sa.Column("match_hash", sa.LargeBinary(16)))
    op.create_table(
        "ledger_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), server_default="", nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("of_entries", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("numbers", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_ledger_events_office_code_offices")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["ledger_imports.id"],
            name=op.f("fk_ledger_events_import_id_ledger_imports"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_events")),
    )
    op.create_index("ix_ledger_events_office_code_at", "ledger_events", ["office_code", "at"])
    op.create_table(
        "ledger_layouts",
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), server_default="{}", nullable=False),
        sa.Column("confirmed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_ledger_layouts_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("office_code", "book", "signature", name=op.f("pk_ledger_layouts")),
    )
    op.create_table(
        "system_statements",
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("said_by", sa.Text(), server_default="", nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_system_statements_office_code_offices")
        ),
        sa.PrimaryKeyConstraint(
            "office_code", "month", "system", name=op.f("pk_system_statements")
        ),
    )
    op.create_table(
        "quiet_answers",
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("said_by", sa.Text(), server_default="", nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_quiet_answers_office_code_offices")
        ),
        sa.PrimaryKeyConstraint(
            "office_code", "first_day", "last_day", name=op.f("pk_quiet_answers")
        ),
    )
