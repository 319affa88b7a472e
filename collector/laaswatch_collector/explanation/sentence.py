"""The reason of a verdict in one sentence with its figures. Pure: numbers in, a message out.

The wording never goes beyond the figures: "if it had not been for this" is said only of a time that the
replay computed, and nothing is ever called excused. The texts are those of `lateness.…` in the catalogues.
"""

from datetime import UTC, datetime

from laaswatch_collector.explanation.model import Explanation, Verdict
from laaswatch_collector.messages import Given, Message, message, word
from laaswatch_collector.timeline.conclusions import Grade

_SAY_NO_MORE = (Verdict.PENDING, Verdict.UNDETERMINED, Verdict.NO_EVIDENCE)
"""Verdicts whose sentence names no result; the texts have their names."""


def reason(x: Explanation) -> Message | None:
    """The sentence for a late entry; None for an entry that is not late."""
    if x.verdict is Verdict.NONE:
        return None
    values: dict[str, Given] = {
        "usable": x.usable_minutes,
        "window": x.window_minutes,
        "down": x.down_minutes,
        "unknown": x.unknown_minutes,
        "tardiness": x.tardiness,
        "percent": _percent(x.explained_fraction),
        "share": _percent(max(x.shift_fraction, x.backlog_fraction)),
        "backlog": x.backlog_minutes,
        "what": word("lateness.what", x.scope),
        "percent_to": _percent(x.explained_fraction if x.explained_to is None else x.explained_to),
    }
    if x.counterfactual is not None:
        values["at"] = datetime.fromtimestamp(x.counterfactual, UTC)
    if x.between is not None:
        values |= {
            "between_low": word("verdict", x.between[0]),
            "between_high": word("verdict", x.between[1]),
        }
    return message(
        "lateness.sentence", parts=[message(f"lateness.{k}", **values) for k in _keys(x)]
    )


def _keys(x: Explanation) -> list[str]:
    keys = ["usable" if x.window_minutes else "no_window"]
    if x.down_minutes:
        keys.append("because")
    if x.backlog_minutes:
        keys.append("backlog")
    if x.unknown_minutes:
        keys.append("unknown")
    keys += _outcome(x)
    if x.explained_to is not None and x.verdict is Verdict.PARTLY:
        keys.append("up_to")
    if (x.down_minutes or x.backlog_minutes) and x.grade in (Grade.INFERRED, Grade.CONTRADICTED):
        keys.append(str(x.grade))
    if x.estimated:
        keys.append("estimated")
    return keys


def _outcome(x: Explanation) -> list[str]:
    if x.verdict is Verdict.UNDETERMINED and x.between is None:
        return ["undecided"]
    if x.verdict in _SAY_NO_MORE:
        return [str(x.verdict)]
    if x.verdict is Verdict.EXPLAINED and x.counterfactual is not None:
        return ["explained"]
    if x.verdict is Verdict.PARTLY:
        return ["partly_small" if x.explained_fraction >= 1 else "partly"]
    if x.down_minutes or x.backlog_minutes:
        return ["not_explained" if x.verdict is Verdict.NOT_EXPLAINED else "late_by"]
    # "None was found" may be said only where somebody looked.
    return ["late_by"] if x.unknown_minutes else ["clear", "late_by"]


def _percent(fraction: float) -> int:
    """Whole per cent, rounded down, so that 99.6 never reads as all of it."""
    return int(100 * min(1.0, max(0.0, fraction)))
