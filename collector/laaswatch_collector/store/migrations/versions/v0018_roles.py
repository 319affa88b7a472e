"""Officers become clerks; second steps, recovery codes and first passwords; a still safer audit."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Nobody loses or gains a right: a clerk may what an officer might."""
    op.execute("UPDATE users SET role = 'clerk' WHERE role = 'officer'")
    op.add_column(
        "users", sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("users", sa.Column("second_step", sa.Text(), server_default="", nullable=False))
    op.add_column("users", sa.Column("last_step", sa.BigInteger()))
    op.add_column(
        "sessions", sa.Column("proved", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("sessions", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("browser", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "recovery_codes",
        sa.Column("code_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["user_name"], ["users.name"], name=op.f("fk_recovery_codes_user_name_users")
        ),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_user_name"), "recovery_codes", ["user_name"])
    op.create_index("ix_audit_who_at", "audit", ["who", "at"])
    if op.get_bind().dialect.name == "sqlite":
        # REPLACE deletes a row without the trigger that forbids deleting.
        op.execute(
            "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
            "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )
    else:
        op.execute(
            "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()"
        )
