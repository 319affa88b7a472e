"""Small writes into the spool's tables; each runs inside its caller's transaction."""

import sqlite3
from collections.abc import Mapping, Sequence

from laaswatch_agent.report.model import Gap, PresenceMark


def remember(c: sqlite3.Connection, notes: Mapping[str, str]) -> None:
    """Keep notes under their names; one that says the same as before writes nothing."""
    c.executemany(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        " WHERE value IS NOT excluded.value",
        list(notes.items()),
    )


def add_marks(c: sqlite3.Connection, marks: Sequence[PresenceMark]) -> None:
    """Let marks wait for the next report."""
    c.executemany(
        "INSERT INTO marks (kind, at, boot, until) VALUES (?, ?, ?, ?)",
        [(m.kind, m.at, m.boot, m.until) for m in marks],
    )


def add_gap(c: sqlite3.Connection, gap: Gap) -> None:
    """Count a gap; one still waiting for the same reason is widened instead of a second one made."""
    row = c.execute(
        "SELECT id, rounds, first_at, last_at FROM gaps WHERE why = ?", (gap.why,)
    ).fetchone()
    if row is None:
        c.execute(
            "INSERT INTO gaps (rounds, first_at, last_at, why) VALUES (?, ?, ?, ?)",
            (gap.rounds, gap.first_at, gap.last_at, gap.why),
        )
        return
    whole = joined(Gap(row[1], row[2], row[3], gap.why), gap)
    c.execute(
        "UPDATE gaps SET rounds = ?, first_at = ?, last_at = ? WHERE id = ?",
        (whole.rounds, whole.first_at, whole.last_at, row[0]),
    )


def joined(one: Gap | None, other: Gap) -> Gap:
    """Both gaps as one."""
    if one is None:
        return other
    return Gap(
        one.rounds + other.rounds,
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
        other.why,
    )


def set_aside(c: sqlite3.Connection, at: int, reason: str, body: bytes) -> None:
    """Keep what cannot be sent, the last hundred of it, for whoever wants to look."""
    c.execute(
        "INSERT INTO quarantine (at, reason, body) VALUES (?, ?, ?)", (at, reason[:200], body)
    )
    c.execute("DELETE FROM quarantine WHERE id <= (SELECT MAX(id) FROM quarantine) - 100")
