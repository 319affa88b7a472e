"""Reports put straight into the store with given rounds, for tests of what reads their columns."""

from datetime import timedelta

import sqlalchemy as sa

from laaswatch_collector.store import schema
from support import seeded


def put_report(
    database, agent, rounds, *, received=seeded.NOW, clock_off=timedelta(0), cadence=30.0
):
    """Store one report with these `ROUND` records, received then; its times are of the PC's wall clock."""
    sent = round((received + clock_off).timestamp() * 1000)
    times = rounds["at"].tolist() or [0]

    def work(connection):
        seq = connection.execute(
            sa.select(sa.func.count()).select_from(schema.reports)
        ).scalar_one()
        connection.execute(
            schema.reports.insert().values(
                agent_id=agent, incarnation="i", seq=seq, sha256=seq.to_bytes(32, "big"),
                received_at=received, sent_ms=sent, sent_mono_ms=0, sent_boot="later", boot="then",
                cadence=cadence, rounds=len(rounds), body=b"", packed=rounds.tobytes(),
                first_at=_at(received, min(times)), last_at=_at(received, max(times)),
            )
        )  # fmt: skip

    database.write(work)


def _at(received, ms):
    return received if not ms else received.fromtimestamp(ms / 1000, received.tzinfo)
