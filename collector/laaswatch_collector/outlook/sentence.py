"""What the outlook says: figures with their doubt, never a promise. Pure: figures in, messages out (`forecast.…`)."""

from laaswatch_collector.messages import Message, message
from laaswatch_collector.outlook.backlog import INNER, MOST_DAYS, Forecast
from laaswatch_collector.outlook.costs import IspCost, Rate
from laaswatch_collector.outlook.safe_moment import AHEAD, SafeMoment
from laaswatch_collector.outlook.second_line import SecondLine, Span


def say_safe(x: SafeMoment | None) -> Message:
    """Whether now is a good moment, with how often such words were wrong."""
    if x is None:
        return message("forecast.no_safe")
    parts = [
        message(
            "forecast.chance",
            verdict=message("forecast.safe" if x.safe else "forecast.unsafe"),
            moments=x.moments,
            ahead=AHEAD,
            chance=_percent(x.chance),
        )
    ]
    if x.measured.false_safe is not None:
        parts.append(message("forecast.said_safe_wrongly", share=_percent(x.measured.false_safe)))
    if x.measured.false_unsafe is not None:
        parts.append(message("forecast.said_wait_wrongly", share=_percent(x.measured.false_unsafe)))
    return message("forecast.both", parts=parts)


def say_backlog(x: Forecast | None, left_out: int) -> Message:
    """When as many entries as wait now will have been posted; `left_out`: overtaken ones."""
    said = _cleared(x)
    if not left_out:
        return said
    return message("forecast.both", parts=[said, message("forecast.overtaken", n=left_out)])


def _cleared(x: Forecast | None) -> Message:
    if x is None:
        return message("forecast.no_forecast")
    if not x.waiting:
        return message("forecast.no_backlog")
    if x.middle is None:
        return message("forecast.backlog_far", waiting=x.waiting, most=MOST_DAYS)
    return message(
        "forecast.backlog",
        waiting=x.waiting,
        middle=_days(x.middle),
        low=_days(x.low),
        high=_days(x.high),
        inner=_percent(INNER),
    )


def say_second_line(x: SecondLine | None) -> Message:
    """What a second line would have saved, and what that rests on."""
    if x is None:
        return message("forecast.no_second")
    if not x.outages:
        return message("forecast.second_none", late=x.late)
    said = message(
        "forecast.second",
        late=x.late,
        avoided=_span(x.avoided),
        minutes=_span(x.minutes),
        line=x.line_minutes,
    )
    basis = message(
        "forecast.second_basis", outages=x.outages, offices=x.offices, chance=_percent(x.chance)
    )
    return message("forecast.both", parts=[said, basis])


def say_cost(x: IspCost, name: str) -> Message:
    """One provider's cost; `name` as the reader knows it."""
    return message(
        "forecast.cost",
        isp=name,
        per_100=_rate(x.per_100),
        per_month=_rate(x.per_month),
        drawn=x.per_month.drawn,
        n=x.office_months,
    )


def _span(x: Span) -> Message:
    return message("forecast.span", middle=x.middle, low=x.low, high=x.high, inner=_percent(INNER))


def _rate(x: Rate) -> Message:
    return message("forecast.rate", value=x.value, low=x.low, high=x.high)


def _days(days: float | None) -> Message | str:
    return message("forecast.beyond", most=MOST_DAYS) if days is None else f"{days:.1f}"


def _percent(share: float) -> str:
    """To one decimal, and never all or nothing unless it is."""
    shown = f"{100 * share:.1f}"
    if shown == "100.0" and share < 1:
        return "99.9"
    if shown == "0.0" and share > 0:
        return "0.1"
    return shown.removesuffix(".0")
