"""A month of the database explained again in one command: the same rows, whoever and how many compute."""

import sqlalchemy as sa
from click.testing import CliRunner

from laaswatch_collector.cli.explain_all import command
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from support.columns import make_columns
from support.stored_month import load_columns

OFFICES = 3


def test_the_whole_month_is_explained_and_again_the_same(tmp_path):
    make_columns(tmp_path / "in", OFFICES, 200, 60)
    url = f"sqlite:///{tmp_path}/store.db"
    count = load_columns(url, tmp_path / "in", OFFICES)
    found = []
    for _ in range(2):
        done = CliRunner().invoke(command, ["--month", "2026-10", "--database", url])
        assert done.exit_code == 0, done.output
        database = Database.open(url)
        with database.reading() as c:
            rows = c.execute(sa.select(schema.explanations).order_by("entry_id")).all()
            kept = c.execute(sa.select(sa.func.sum(schema.office_months.c.entries))).scalar_one()
            assert c.execute(sa.select(schema.explanation_changes)).all() == []
        database.close()
        found.append(rows)
        assert len(rows) == kept == count
    assert found[0] == found[1]
    assert sum(row.verdict != "" for row in found[0]) > 10
