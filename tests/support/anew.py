"""Days as if they had never been concluded: whatever is then concluded comes from their facts alone."""

import sqlalchemy as sa

from laaswatch_collector.store.schema import office_days, painted_days, rollups, state_runs
from laaswatch_collector.store.work import mark_stale


def conclude_anew(connection: sa.Connection, days, now):
    """Forget what was painted and concluded of these days (outages keep their ids), and ask for them again."""
    for table in (state_runs, rollups, office_days, painted_days):
        connection.execute(table.delete().where(table.c.day.in_(sorted(days))))
    mark_stale(connection, days, now)
