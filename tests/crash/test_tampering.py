"""S14: whoever changes the store's file, with all its triggers off, is found by `verify`."""

import contextlib
import random
from itertools import cycle

import pytest
import sqlalchemy as sa

from laaswatch_collector.verifying import verify_store
from support import tampered
from support.soak import seed, soak

TRIES = soak(90, 1_000)

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("tampering")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store with a log over everything in it."""
    found = tampered.whole_store(f"sqlite:///{tmp_path_factory.mktemp('tampered')}/store.db")
    yield found
    found.file.dispose()
    found.database.close()


def test_a_store_that_nobody_touched_is_whole(whole):
    """The negative control of all below, with every receipt that a PC was ever told."""
    with whole.database.reading() as connection:
        found = verify_store(connection, whole.told.values())
    assert found.wrong == []
    assert (found.reports, found.receipts) == (540, len(whole.told))
    assert found.days
    assert found.audit >= 60


def test_one_changed_row_is_found(whole):
    """Flipped, deleted, put in, exchanged; the end cut off; the whole log computed again: each is found.

    What was computed again without a flaw is found by the checkpoints that PCs have sealed into their
    reports; an end that was cut off, by the newest one that a PC was told.
    """
    dice = random.Random(seed())
    newest = whole.told[max(whole.told)]
    missed, tried = [], 0
    for tampering in cycle(tampered.TAMPERINGS):
        with whole.file.connect() as connection, connection.begin() as change:
            with contextlib.suppress(sa.exc.IntegrityError):  # such a row cannot be: draw again
                where = tampering(connection, dice)
                tried += 1
                # Nobody can tell from a store alone that its newest minutes are gone: a PC can.
                receipts = [newest] if tampering is tampered.truncate else []
                if not verify_store(connection, receipts).wrong:
                    missed.append((tampering.__name__, where))
            change.rollback()
        if tried >= TRIES:
            break
    assert missed == []


def test_a_rewritten_past_is_found_by_any_one_old_receipt_alone(whole):
    """Reports and all were forged too: nothing in the store speaks against it, only what a PC remembers."""
    dice = random.Random(seed())
    for _ in range(TRIES // 10):
        with whole.file.connect() as connection, connection.begin() as change:
            for table in ("reports", "sealed_days"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.exec_driver_sql("DELETE FROM log_leaves WHERE kind = 'agent_day'")
            leaves = tampered._leaves(connection)
            at = dice.randrange(5)
            leaves[at] = (*leaves[at][:4], leaves[at][4].replace('"', ' "', 1))
            tampered._rewrite(connection, [(n, *x[1:]) for n, x in enumerate(leaves)])
            after = [x for size, x in whole.told.items() if size > at]
            for receipt in dice.sample(after, 5):
                said = verify_store(connection, [receipt]).wrong
                assert any(x.part == "receipts" for x in said), receipt.size
            change.rollback()
