"""What became of an outage since it was first found, in sentences: when it changed, after what, from what to what.

Pure: revisions in, messages out (`history.…`). A revision holds what stood before it, so what it changed to is what the next
one holds, or what stands now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from laaswatch_collector.messages import Message, counted, message, word
from laaswatch_collector.worktime.thai import BANGKOK

FIELDS = ("start_at", "end_at", "fault", "offices", "grade", "settled")
"""What is told of an outage, in this order. Times are ISO texts (UTC), `end_at` None while it goes on."""
LATE_SECONDS = 300
"""A report that comes so long after its last round is late: what came before could not know it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One change. `change`: those of FIELDS that changed, as they were before; and why, as far as known:

    `reports`, `from_offices`: late reports about this time that came since the revision before.
    `merged`: ids of outages that are part of this one now. `split_from`: the id that it was part of.
    `withdrawn`, `into`: it is none any more; and which one it is part of now. `found_again`: it was withdrawn.
    """

    number: int
    at: datetime
    change: Mapping[str, Any]


def history_sentences(
    revisions: Sequence[Revision], stands: Mapping[str, Any] | None
) -> list[Message]:
    """One sentence a revision, in their order. `stands`: FIELDS as they are now, None if it was withdrawn."""
    after = dict(stands or {})
    found: list[Message] = []
    for revision in sorted(revisions, key=lambda x: x.number, reverse=True):
        found.append(_sentence(revision, after))
        after |= {name: revision.change[name] for name in FIELDS if name in revision.change}
    return found[::-1]


def _sentence(revision: Revision, after: Mapping[str, Any]) -> Message:
    change = revision.change
    what = message("history.what", parts=_changes(change, after))
    if reports := change.get("reports", 0):
        return message(
            "history.changed_after",
            at=revision.at,
            reports=counted("history.late_reports", reports),
            offices=counted("history.from_offices", change["from_offices"]),
            what=what,
        )
    return message("history.changed", at=revision.at, what=what)


def _changes(change: Mapping[str, Any], after: Mapping[str, Any]) -> list[Message]:
    if change.get("withdrawn"):
        into = change.get("into", "")
        return [message("history.into", id=into) if into else message("history.withdrawn")]
    what = []
    if "split_from" in change:
        what.append(message("history.split", id=change["split_from"]))
    if change.get("found_again"):
        what.append(message("history.again"))
    if merged := change.get("merged"):
        what.append(message("history.merged", ids=", ".join(merged)))
    what += [
        message(
            f"history.{name}", before=_value(name, change[name]), after=_value(name, after[name])
        )
        for name in FIELDS
        if name in change and name in after and name != "settled"
    ]
    if "settled" in change:
        what.append(message("history.reopened" if change["settled"] else "history.settled"))
    return what


def _value(name: str, value: Any) -> Message | str:  # noqa: ANN401 - a column's value
    if name in ("start_at", "end_at"):
        if value is None:
            return message("history.going_on")
        return f"{datetime.fromisoformat(value).astimezone(BANGKOK):%H:%M}"
    return word(name, value) if name in ("fault", "grade") else str(value)
