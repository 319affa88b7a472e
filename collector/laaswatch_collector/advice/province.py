"""What a province should do about an office, and how it looks on the list: one thing, with its reason. Pure.

Unexplained lateness comes first, as the circular asks (§1: urge, and report to the executive); trouble of many
offices at once is one ticket; what cannot be told is looked into, never held against anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from laaswatch_collector.ledger.completeness import Standing

WIDE = frozenset(("site", "undecided", "isp", "isp_province", "province"))
_CANNOT_TELL = ("no_evidence", "undetermined", "pending")


class Colour(StrEnum):
    """Three colours, each with a reason beside it; grey where nothing can be told. Words: `province.colour_…`."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    GREY = "grey"


class Next(StrEnum):
    """What the province does next. Words: `province.next_…`."""

    URGE = "urge"
    ASK = "ask"
    ONE_TICKET = "one_ticket"
    HELP_LINE = "help_line"
    LOOK_AT_AGENT = "look_at_agent"
    GET_LEDGER = "get_ledger"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What is known of an office: its state now and whose fault, its books, its late entries by verdict."""

    state: str
    scope: str
    standing: Standing
    late: Mapping[str, int]

    @property
    def unexplained(self) -> int:
        """Late entries that nothing explains."""
        return self.late.get("not_explained", 0)

    @property
    def explained(self) -> int:
        """Late entries that are explained, at least in part."""
        return self.late.get("explained", 0) + self.late.get("partly", 0)

    @property
    def cannot_tell(self) -> int:
        """Late entries of which nothing can be said, or not yet."""
        return sum(self.late.get(x, 0) for x in _CANNOT_TELL)


def colour_of(x: Standpoint) -> tuple[Colour, str]:
    """The colour of an office's books, and the reason for it (`province.because_…`)."""
    if x.standing is Standing.NOT_OPERATING:
        return Colour.RED, "not_operating"
    if x.unexplained:
        return Colour.RED, "unexplained"
    if x.cannot_tell and not x.explained:
        return Colour.GREY, "cannot_tell"
    if x.explained:
        return Colour.AMBER, "explained"
    if x.standing is Standing.UNKNOWN:
        return Colour.GREY, "no_ledger"
    return Colour.GREEN, "current"


def next_of(x: Standpoint) -> Next:
    """The one next thing to do, the most pressing first."""
    if x.state == "down":
        return Next.ONE_TICKET if x.scope in WIDE else Next.HELP_LINE
    found = (
        (x.standing is Standing.NOT_OPERATING, Next.URGE),
        (x.unexplained > 0, Next.ASK),
        (x.standing is Standing.UNKNOWN, Next.GET_LEDGER),
        (x.state == "unknown" and x.cannot_tell > 0, Next.LOOK_AT_AGENT),
    )
    return next((what for applies, what in found if applies), Next.NOTHING)
