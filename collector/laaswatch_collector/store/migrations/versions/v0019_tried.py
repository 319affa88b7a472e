"""What people did about trouble: steps, partner offices, visits."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def _id() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, autoincrement=True, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    """Make the tables, empty."""
    _tried()
    _partners()
    _visits()


def _tried() -> None:
    op.create_table(
        "tried",
        _id(),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *map(_text, ("step", "article", "what_th", "what_en", "reference")),
        sa.Column("due", sa.Date()),
        *map(_text, ("outage_id", "fault", "scope", "isp", "result")),
        sa.Column("result_at", sa.BigInteger()),
        _text("written_by"),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_tried_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tried")),
    )
    op.create_index("ix_tried_office_code_at", "tried", ["office_code", "at"])
    op.create_index("ix_tried_result_due", "tried", ["result", "due"])
    op.create_index("ix_tried_fault_isp", "tried", ["fault", "isp"])


def _partners() -> None:
    op.create_table(
        "partners",
        _id(),
        sa.Column("office_code", sa.Text()),
        *map(_text, ("name_th", "name_en", "kind", "province", "district", "isp")),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        *map(_text, ("opens", "closes", "contact")),
        sa.Column("desks", sa.Integer(), server_default="1", nullable=False),
        *map(_text, ("source", "agreed_by")),
        sa.Column("agreed_at", sa.BigInteger(), nullable=False),
        _text("withdrawn_by"),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_partners_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
    )
    op.create_index(op.f("ix_partners_office_code"), "partners", ["office_code"])
    op.create_index("ix_partners_province", "partners", ["province"])


def _visits() -> None:
    op.create_table(
        "visits",
        _id(),
        sa.Column("partner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _text("result"),
        sa.Column("result_at", sa.BigInteger()),
        _text("written_by"),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_visits_partner_id_partners")
        ),
        sa.ForeignKeyConstraint(
            ["office_code"], ["offices.code"], name=op.f("fk_visits_office_code_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_office_code_at", "visits", ["office_code", "at"])
    op.create_index("ix_visits_partner_id_at", "visits", ["partner_id", "at"])
