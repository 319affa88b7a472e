"""Which fixes for an office or an outage, in which order, and whom to call.

Pure. The words are the articles'; what is decided here is who should act at all. The wider the scope, the
less there is to do in the office: while the whole country waits for the site nobody is sent to a router,
and a provider's outage is one ticket of the province instead of a hundred of the offices. The circular's
two tracks stay apart: no access → solve it with the province, perhaps from a partner agency's line; slow
or unstable → the owner's advice first, then the provider or an expert.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from laaswatch_agent.knowledge.articles import (
    Action,
    Article,
    Articles,
    Contact,
    Step,
    Text,
    Track,
)
from laaswatch_agent.report.vocabulary import Also, Fault, Reason, State
from laaswatch_collector.timeline.conclusions import Outage, Scope

PARTNERS = 3
"""Partner offices named at once; more is a telephone directory."""

_WHO_ACTS: dict[Scope, frozenset[Step]] = {
    Scope.SITE: frozenset((Step.SELF, Step.OWNER)),
    Scope.UNDECIDED: frozenset((Step.SELF,)),
    Scope.ISP: frozenset((Step.SELF, Step.ISP, Step.PARTNER)),
    Scope.ISP_PROVINCE: frozenset((Step.SELF, Step.ISP, Step.PARTNER)),
    Scope.PROVINCE: frozenset((Step.SELF, Step.ISP, Step.PARTNER)),
    Scope.PC: frozenset((Step.SELF, Step.IT, Step.OWNER)),
}
"""Whose steps make sense for a scope; any for the others."""
_ONE_TICKET = frozenset((Scope.ISP, Scope.ISP_PROVINCE, Scope.PROVINCE))
_WHOM: dict[Step, str] = {
    Step.ISP: "isp",
    Step.OWNER: "call_centre",
    Step.PARTNER: "provincial_office",
}
_OWN_LINE = frozenset((Fault.UPLINK, Fault.GATEWAY, Fault.BEYOND_GATEWAY, Fault.DNS))
"""Faults that another office's line gets round."""


@dataclass(frozen=True, slots=True)
class NearbyOffice:
    """An office whose line might be borrowed. `km` is None where the distance is not known."""

    code: str
    name: Text
    isp: str
    state: State
    km: float | None = None


@dataclass(frozen=True, slots=True)
class Fixes:
    """What to tell people. `actions` in the order to try them, `article` for whoever wants to read more.

    `one_ticket`: the province reports it once for all. `partners`: offices whose line works, nearest
    first; empty where a borrowed line would not help, or nobody is known. `warning` is what never to do
    meanwhile: it stands whoever is at fault, so that of the fault itself is kept where the scope is wider.
    """

    article: str
    track: Track
    sentence: Text
    actions: tuple[Action, ...]
    next: Text
    call: tuple[Contact, ...]
    one_ticket: bool
    partners: tuple[NearbyOffice, ...]
    warning: Text | None = None


def fixes_for_office(
    fault: Fault,
    scope: Scope,
    articles: Articles,
    *,
    reasons: Sequence[Reason] = (),
    also: Sequence[Also] = (),
    isp: str = "",
    nearby: Collection[NearbyOffice] = (),
) -> Fixes:
    """The fixes for one office now. `reasons` and `also` are of a round that shows the fault."""
    article = articles.for_round(fault, reasons, also, str(scope))[0]
    actions = _who_acts(article, scope)
    return Fixes(
        article=article.id,
        track=article.track,
        sentence=article.sentence,
        actions=actions,
        next=article.next,
        call=_whom(actions, scope, articles),
        one_ticket=scope in _ONE_TICKET and any(x.step is Step.ISP for x in actions),
        partners=_partners(article, fault, scope, isp, nearby),
        warning=article.warning or articles.for_round(fault, reasons, also)[0].warning,
    )


def fixes_for_outage(
    outage: Outage, articles: Articles, *, isp: str = "", nearby: Collection[NearbyOffice] = ()
) -> Fixes:
    """The fixes for an outage, by its fault and scope alone."""
    own = outage.key if outage.scope is Scope.ISP else isp
    return fixes_for_office(outage.fault, outage.scope, articles, isp=own, nearby=nearby)


def _who_acts(article: Article, scope: Scope) -> tuple[Action, ...]:
    """The article's actions of those who can do something about this scope, in the article's order."""
    allowed = _WHO_ACTS.get(scope)
    if allowed is None:
        return article.actions
    return tuple(x for x in article.actions if x.step in allowed) or article.actions[:1]


def _whom(actions: Sequence[Action], scope: Scope, articles: Articles) -> tuple[Contact, ...]:
    """Contacts in the order in which the actions need them; the province first where it reports for all."""
    names = [_WHOM[x.step] for x in actions if x.step in _WHOM]
    if scope in _ONE_TICKET:
        names.insert(0, _WHOM[Step.PARTNER])
    return tuple(articles.contacts[x] for x in dict.fromkeys(names) if x in articles.contacts)


def _partners(
    article: Article, fault: Fault, scope: Scope, isp: str, nearby: Collection[NearbyOffice]
) -> tuple[NearbyOffice, ...]:
    """Offices that work now: another provider's first (the same trouble is less likely there), then nearest."""
    helps = article.track is Track.NO_ACCESS and (scope in _ONE_TICKET or fault in _OWN_LINE)
    if not helps or scope in (Scope.SITE, Scope.UNDECIDED, Scope.PC):
        return ()
    working = [x for x in nearby if x.state is State.UP]
    working.sort(
        key=lambda x: (
            bool(isp) and x.isp == isp,
            x.km if x.km is not None else float("inf"),
            x.code,
        )
    )
    return tuple(working[:PARTNERS])
