"""What one administrator asks for and a second one confirms: what cannot be undone, and what shuts many out.

Pure; the store keeps the requests and does what was confirmed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LIVES = timedelta(hours=24)
"""How long a request may be confirmed."""
LEAST_REASON = 10
"""Characters of a reason."""


class Kind(StrEnum):
    """What takes two."""

    REVOKE_PCS = "revoke_pcs"  # every PC of a province, for good
    END_ALL_SESSIONS = (
        "end_all_sessions"  # everybody signs in again, every program's token is worthless
    )
    SHORTEN_KEEPING = "shorten_keeping"  # measurements are deleted earlier than agreed


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `subject`: a province's digits, or "reports/sums" in days. `decision`: "", done or withdrawn."""

    id: int
    kind: Kind
    subject: str
    reason: str
    asked_by: str
    asked_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    decision: str = ""

    def waits(self, now: datetime) -> bool:
        """Whether it can still be confirmed."""
        return not self.decision and now - self.asked_at < LIVES


def may_confirm(request: Request, who: str, now: datetime) -> bool:
    """A second administrator, within the day."""
    return request.waits(now) and who != request.asked_by
