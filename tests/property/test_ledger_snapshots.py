"""Whatever exports follow one another, the store holds what the newest says, and nothing is ever lost."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from laaswatch_collector.store.ledger_imports import import_ledger
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.schema import entries, ledger_events, metadata
from laaswatch_collector.worktime.thai import local_date
from support.ledgers import HEAD, OFFICE, read

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
START = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
ROW = st.tuples(st.integers(5, 7), st.integers(1, 4), st.sampled_from("กขค"), st.integers(1, 2))
EXPORTS = st.lists(
    st.tuples(st.lists(ROW, min_size=1, max_size=8), st.booleans()), min_size=1, max_size=4
)


def text_of(rows, described):
    """An export; one without descriptions and amounts gives no hashes."""
    if not described:
        return "วันที่,เลขที่เอกสาร\n" + "".join(f"{d}/10/2569,R-{n}\n" for d, n, _, _ in rows)
    return HEAD + "".join(f"{d}/10/2569,R-{n},{note},{m}\n" for d, n, note, m in rows)


class Books:
    """A store in memory that takes one export an hour."""

    def __init__(self, connection):
        self.connection, self.taken = connection, 0
        import_offices(connection, [Office(OFFICE, "ก", province="57")])

    def take(self, text):
        self.taken += 1
        file = read(text, key=b"k" * 32)
        done = import_ledger(
            self.connection,
            file,
            sha256=self.taken.to_bytes(32, "big"),
            imported_by="officer",
            now=NOW,
            snapshot_at=START + timedelta(hours=self.taken),
        )
        return file, done

    def rows(self):
        """Of all that was ever there, by id: (day, number, vanished, hash)."""
        x = entries.c
        query = sa.select(x.id, x.event_at, x.doc_no, x.vanished_at, x.match_hash)
        return {r[0]: (local_date(r[1]), r[2], r[3], r[4]) for r in self.connection.execute(query)}


@settings(deadline=None, max_examples=100)
@given(EXPORTS)
def test_the_store_holds_what_the_newest_export_says(exports):
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        books = Books(connection)
        before = {}
        for rows, described in exports:
            file, _ = books.take(text_of(rows, described))
            after = books.rows()
            assert before.keys() <= after.keys(), "nothing is ever deleted"
            days = {local_date(row.event_at) for row in file.rows}
            stands = Counter(
                (day, number)
                for day, number, vanished, _ in after.values()
                if vanished is None and min(days) <= day <= max(days)
            )
            assert stands == Counter((local_date(r.event_at), r.doc_no) for r in file.rows)
            if described:
                kept = Counter(x[3] for x in after.values() if x[2] is None and x[0] in days)
                assert not Counter(r.match for r in file.rows) - kept
            events = connection.execute(
                sa.select(sa.func.count()).select_from(ledger_events)
            ).scalar_one()
            _, again = books.take(text_of(rows, described))
            assert (again.added, again.changed, again.vanished) == (0, 0, 0)
            assert books.rows() == after
            assert (
                events
                == connection.execute(
                    sa.select(sa.func.count()).select_from(ledger_events)
                ).scalar_one()
            ), "an export that changes nothing tells nothing"
            before = after
    engine.dispose()
