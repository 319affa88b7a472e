"""The audit: who did what to what, and how it went. Rows are only ever added; the database sees to it."""

import json
from datetime import datetime

import sqlalchemy as sa

from laaswatch_collector.store.schema import audit


def record(
    connection: sa.Connection,
    now: datetime,
    who: str,
    action: str,
    subject: str,
    result: str = "ok",
    **detail: str | float | None,
) -> None:
    """Write one line. `subject` is what it was done to; control characters arrive escaped."""
    connection.execute(
        audit.insert().values(
            at=now,
            who=who,
            action=action,
            object=subject,
            result=result,
            detail=json.dumps(detail, sort_keys=True),
        )
    )
