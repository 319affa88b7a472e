"""How an office's books stand, for programs: what the page shows, value by value, each with its source."""

from datetime import date
from typing import Any

from laaswatch_collector.ledger.model import Band
from laaswatch_collector.store.views.books import BookState, OfficeBooks


def as_json(found: OfficeBooks) -> dict[str, Any]:
    """The same for programs: ISO days, numbers and the names of the closed lists."""
    return {
        "office": found.office,
        "month": found.month,
        "standing": found.standing,
        "known_until": _iso(found.known_until),
        "judging": found.judging,
        "policy_version": found.policy_version,
        "not_operating_after": {
            "working_days": found.quiet_days,
            "source": found.quiet_source,
            "confidence": found.quiet_confidence,
        },
        "systems": [
            {
                "system": x.system,
                "standing": x.standing,
                "basis": "books" if x.books else "statement" if x.said else "nothing",
                "said_by": x.said.said_by if x.said else None,
                "said_at": x.said.said_at.isoformat() if x.said else None,
                "books": [_book_json(book) for book in x.books],
            }
            for x in found.systems
        ],
        "quiet": [
            {
                "first": x.run.first.isoformat(),
                "last": x.run.last.isoformat(),
                "working_days": x.run.working_days,
                "counts": x.counts,
                "answer": x.answer.what if x.answer else None,
            }
            for x in found.questions
        ],
    }


def _book_json(book: BookState) -> dict[str, Any]:
    return {
        "book": book.book,
        "standing": book.standing,
        "known_until": _iso(book.known_until),
        "entries": book.counts.entries,
        "bands": {band: getattr(book.counts, band) for band in Band},
        "quiet_runs": len(book.quiet),
        "rules": [
            {
                "kind": rule.kind,
                "same_day_within": rule.same_day_within,
                "late_after": rule.late_after,
                "counted": rule.counted,
                "source": rule.source,
                "confidence": rule.confidence,
            }
            for rule in book.rules
        ],
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
