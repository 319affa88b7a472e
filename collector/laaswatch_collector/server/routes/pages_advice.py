"""The next step for an office: from the round of a PC that shows the fault, and from whose fault it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from laaswatch_agent.diagnosis.advice import code_of, reasons_of
from laaswatch_agent.knowledge.articles import Articles, Text
from laaswatch_agent.report.vocabulary import State, state_of
from laaswatch_collector.advice.fixes import fixes_for_office
from laaswatch_collector.localization.live import LiveOffice
from laaswatch_collector.store.views.offices import Pc
from laaswatch_collector.web.words import Words


@dataclass(frozen=True, slots=True)
class OfficeAdvice:
    """One next step in words, who takes it, the circular's track, the phone code, the article, whom to call.

    `warning` is what never to do meanwhile.
    """

    next_step: str
    step: str = ""
    track: str = ""
    code: str = ""
    article: str = ""
    call: tuple[Text, ...] = ()
    warning: Text | None = None


def advice_for(
    t: Words, here: LiveOffice | None, fresh: Sequence[Pc], articles: Articles
) -> OfficeAdvice:
    """What to do now. `fresh` are the PCs whose newest round still speaks about now."""
    if here is None or here.state is State.UNKNOWN:
        return OfficeAdvice(t("office.next_unknown"))
    telling = _telling(here, fresh)
    if telling is None or telling.round is None:
        return OfficeAdvice(t("office.next_up"))
    one = telling.round
    found = fixes_for_office(
        one.fault, here.scope, articles, reasons=reasons_of(one), also=one.also
    )
    first = found.actions[0]
    return OfficeAdvice(
        first.th if t.language == "th" else first.en,
        first.step,
        found.track,
        code_of(one),
        found.article,
        tuple(x.line() for x in found.call),
        found.warning,
    )


def _telling(here: LiveOffice, fresh: Sequence[Pc]) -> Pc | None:
    """The PC whose newest round shows what the office suffers from; None if all is well."""
    troubled = [x for x in fresh if x.round and state_of(x.round.fault) is not State.UP]
    same = [x for x in troubled if x.round and x.round.fault is here.fault]
    return next(iter([*same, *troubled]), None)
