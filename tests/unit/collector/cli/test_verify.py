"""`verify` on a real store: quiet while all is whole, exit 1 when somebody has been at a report."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
import zstandard
from click.testing import CliRunner

from laaswatch_collector.cli.verify import command
from laaswatch_collector.evidence_log import LogKeeper
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import reports
from support.intake import NOW, NOW_MS, a_round, add_office, enrol


@pytest.fixture
def store(store_url):
    database = Database.open(store_url)
    add_office(database)
    sender = enrol(database)
    for n in range(4):
        sender.seal(a_round(NOW_MS - 60_000 + n, n))
    database.write(lambda c: accept(c, sender.agent, sender.delivery(), NOW))
    yield store_url, database
    database.close()


def verified(path):
    done = CliRunner().invoke(command, ["--database", str(path), "--json"])
    found = json.loads(done.output)
    return done.exit_code, found["runs"]


def test_whole_reports_pass(store):
    code, (agent,) = verified(store[0])
    assert code == 0
    assert (agent["reports"], agent["findings"]) == (4, [])


def test_a_report_altered_in_the_store_is_found(store):
    path, database = store
    line = zstandard.decompress(
        database.read(
            lambda c: c.execute(sa.select(reports.c.body).where(reports.c.seq == 2))
        ).scalar()
    )
    forged = zstandard.compress(line.replace(b'"ok"', b'"fail"'))
    database.write(
        lambda c: c.execute(reports.update().where(reports.c.seq == 2).values(body=forged))
    )
    code, (agent,) = verified(path)
    assert code == 1
    assert agent["findings"] == [{"finding": "broken", "seq": 3}]


def test_a_report_that_is_missing_is_named_but_nobody_accused(store):
    path, database = store
    database.write(lambda c: c.execute(reports.delete().where(reports.c.seq == 2)))
    code, (agent,) = verified(path)
    assert code == 0
    assert agent["findings"] == [{"finding": "missing", "seq": 3}]


def test_receipts_from_outside_are_held_against_the_log(store, tmp_path):
    path, database = store
    keeper = LogKeeper(database, lambda: NOW)
    ours = [keeper.once().checkpoint for _ in range(2)]
    receipt = tmp_path / "status.json"

    def ask(text):
        receipt.write_text(text, encoding="utf-8")
        return CliRunner().invoke(command, ["--database", str(path), "--receipt", str(receipt)])

    assert ask(json.dumps({"checkpoints": [str(ours[0].beacon)]})).exit_code == 0
    assert ask(f"mail of today\n\n{ours[1].text()}\n— somebody AAAA\n").exit_code == 0
    other = ask(f"{ours[0].size}.{'ab' * 32}")
    assert (other.exit_code, "ประวัติถูกเขียนใหม่" in other.output) == (1, True)
    assert ask(f"{ours[1].size + 1}.{'ab' * 32}").exit_code == 1
    none = ask("nothing in here")
    assert (none.exit_code, "ไม่มีจุดตรวจสอบ" in none.output) == (1, True)


def test_an_old_store_whose_log_has_just_begun_is_whole(store):
    """Its audit stands under the second checkpoint, not the first."""
    path, database = store
    clock = [NOW + timedelta(days=30)]
    keeper = LogKeeper(database, lambda: clock[0])
    for _ in range(3):
        keeper.once()
        assert CliRunner().invoke(command, ["--database", str(path)]).exit_code == 0
        clock[0] += timedelta(minutes=10)
