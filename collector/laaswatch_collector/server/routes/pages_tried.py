"""What an office tried against trouble: the ladder of steps, the form to write one down, the log."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from aiohttp import web

from laaswatch_agent.knowledge.articles import Article, Articles, Contact, Step, Text, Track
from laaswatch_agent.report.vocabulary import Fault, State
from laaswatch_collector.access.policy import Action, Resource
from laaswatch_collector.advice.effect import Found
from laaswatch_collector.advice.escalation import due_by_custom, ladder, next_of, steps_for
from laaswatch_collector.advice.fixes import fixes_for_office
from laaswatch_collector.advice.learned import Past, ends_by_itself, ranked
from laaswatch_collector.advice.tried import Outcome, TriedStep
from laaswatch_collector.localization.live import LiveOffice
from laaswatch_collector.server.authentication import check_form
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.forms import read_form
from laaswatch_collector.server.live import read_live
from laaswatch_collector.server.routes.pages_knowledge import articles_of
from laaswatch_collector.server.routes.pages_shared import clock_of, must_find, office_resource
from laaswatch_collector.server.routing import CONTEXT, PRINCIPAL, Context, Route
from laaswatch_collector.store.tried import conclude, past_of, tried_at, write_down
from laaswatch_collector.store.views.lines_now import effect_at
from laaswatch_collector.store.views.offices import OfficeRow
from laaswatch_collector.store.views.outages import OutageRow, lasting, outages_between
from laaswatch_collector.timeline.conclusions import Scope
from laaswatch_collector.web.render import page
from laaswatch_collector.worktime.thai import BANGKOK, local_date

SHOWN = 30
EFFECTS_SHOWN = 10
"""Of the newest steps the rounds around them are read."""
RECENT = timedelta(days=7)
"""Steps of one trouble: what is older belongs to another."""
MOST_WORDS, MOST_REFERENCE = 200, 60
_LATER = (Outcome.HELPED, Outcome.DID_NOT_HELP, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an office suffers from now; `outage` is None where none is known yet."""

    fault: Fault
    scope: Scope | None
    track: Track
    outage: OutageRow | None


@dataclass(frozen=True, slots=True)
class _Read:
    office: OfficeRow
    trouble: Trouble | None
    log: list[TriedStep]
    effects: dict[int, Found]
    article: Article | None
    past: dict[str, Past]
    anyway: float


async def steps(request: web.Request) -> web.StreamResponse:
    """`/offices/{code}/tried`."""
    return await _page(request, wrong="")


async def write(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/tried`: write a step down; a mistake shows the page again and says which."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, now = request.match_info["code"], context.now()
    articles = articles_of(context)

    def keep(connection: sa.Connection) -> None:
        office = must_find(connection, code)
        step = _step_of(form, context, office, articles, now)
        outage = _outage_at(connection, code, step.at)
        write_down(
            connection,
            TriedStep(
                id=0,
                office=code,
                at=step.at,
                step=step.step,
                article=step.article,
                what=step.what,
                reference=step.reference,
                due=step.due,
                outcome=step.outcome,
                outage=outage.id if outage else "",
                fault=outage.fault if outage else "",
                scope=outage.scope if outage else "",
                isp=office.isp,
                written_by=principal.name,
            ),
            now=now,
        )

    try:
        await context.database.write_async(keep)
    except _Wrong as wrong:
        return await _page(request, wrong=wrong.key)
    return _back(code)


async def result(request: web.Request) -> web.StreamResponse:
    """`POST /offices/{code}/tried/{number}`: what a step came to."""
    form = await read_form(request)
    check_form(request, form.get("csrf", ""))
    context, principal = request.app[CONTEXT], request[PRINCIPAL]
    code, number = request.match_info["code"], int(request.match_info["number"])
    if form.get("result", "") not in _LATER:
        raise Refused("malformed")
    outcome, now = Outcome(form["result"]), context.now()
    found = await context.database.write_async(
        lambda c: conclude(c, code, number, outcome, who=principal.name, now=now)
    )
    if not found:
        raise Refused("not_found")
    return _back(code)


async def _page(request: web.Request, *, wrong: str) -> web.StreamResponse:
    context, code = request.app[CONTEXT], request.match_info["code"]
    now = context.now()

    def look(connection: sa.Connection) -> _Read:
        live = read_live(context.database, now)
        log = tried_at(connection, code)[::-1]
        office = must_find(connection, code)
        trouble = trouble_of(live.view.offices.get(code), _outage_at(connection, code, now))
        article = _article(articles_of(context), trouble)
        return _Read(
            office=office,
            trouble=trouble,
            article=article,
            past=past_of(connection, article.id, office=code, isp=office.isp) if article else {},
            anyway=ends_by_itself(lasting(connection, trouble.fault, now) if trouble else ()),
            log=log[:SHOWN],
            effects={x.id: effect_at(connection, code, x.at) for x in log[:EFFECTS_SHOWN]},
        )

    read = await context.database.read_async(look)
    today, trouble = local_date(now), read.trouble
    recent = [x for x in read.log if x.at >= _since(trouble, now)][::-1]
    if trouble:
        wanted = steps_for(trouble.track, trouble.scope)
    else:
        wanted = steps_for(Track.NONE, None) if recent else ()
    rungs = ladder(wanted, recent, today)
    article = read.article
    return page(
        request,
        "tried.html",
        read=read,
        office=read.office,
        resource=Resource(read.office.code, read.office.province),
        trouble=trouble,
        rungs=rungs,
        next=next_of(rungs),
        article=article,
        actions=ranked(article.actions, read.past, read.anyway) if article else [],
        call=_call(articles_of(context), trouble),
        numbers={x.th: n for n, x in enumerate(article.actions)} if article else {},
        steps=list(Step),
        outcomes=list(Outcome),
        later=_LATER,
        today=today,
        at=now.astimezone(BANGKOK).strftime("%Y-%m-%dT%H:%M"),
        wrong=wrong,
        resource_of=Resource,
    )


def trouble_of(here: LiveOffice | None, outage: OutageRow | None) -> Trouble | None:
    """What an office suffers from now, by its PCs, or by an outage that goes on."""
    if here is not None and here.state in (State.DOWN, State.DEGRADED):
        track = Track.NO_ACCESS if here.state is State.DOWN else Track.DEGRADED
        scope = Scope(str(here.scope)) if str(here.scope) in set(Scope) else None
        return Trouble(here.fault, scope, track, outage)
    if outage is not None and (here is None or here.state is State.UNKNOWN):
        return Trouble(Fault(outage.fault), Scope(outage.scope), Track.NO_ACCESS, outage)
    return None


def _since(trouble: Trouble | None, now: datetime) -> datetime:
    began = trouble.outage.start_at if trouble and trouble.outage else now
    return min(began, now - RECENT)


def _outage_at(connection: sa.Connection, code: str, at: datetime) -> OutageRow | None:
    """The widest outage that hit the office at that moment."""
    found = outages_between(connection, at, at + timedelta(seconds=1), [code])
    return max(found, key=lambda x: (x.offices, x.id), default=None)


def _call(articles: Articles, trouble: Trouble | None) -> tuple[Contact, ...]:
    """Whom to call about it, in the order in which they can help."""
    if trouble is None:
        return ()
    return fixes_for_office(trouble.fault, trouble.scope or Scope.OFFICE, articles).call


def _article(articles: Articles, trouble: Trouble | None) -> Article | None:
    if trouble is None:
        return None
    return articles.for_round(trouble.fault, (), (), str(trouble.scope or "none"))[0]


class _Wrong(ValueError):
    """Something in the form; `key` of the sentence that says what."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class _Given:
    at: datetime
    step: Step
    article: str
    what: Text
    reference: str
    due: date | None
    outcome: Outcome


def _step_of(
    form: dict[str, str], context: Context, office: OfficeRow, articles: Articles, now: datetime
) -> _Given:
    """The form's step. Raises `_Wrong`."""
    at = _moment(form.get("at", ""), now)
    article, what, step = _what(form, articles)
    outcome = form.get("result", "")
    if outcome not in set(Outcome):
        raise _Wrong("tried.wrong_result")
    due = _due(form.get("due", ""))
    if Outcome(outcome) is not Outcome.WAITING:
        due = None
    elif due is None:
        due = due_by_custom(step, local_date(at), clock_of(context, office))
    reference = " ".join(form.get("reference", "").split())
    if len(reference) > MOST_REFERENCE:
        raise _Wrong("tried.wrong_long")
    return _Given(at, step, article, what, reference, due, Outcome(outcome))


def _what(form: dict[str, str], articles: Articles) -> tuple[str, Text, Step]:
    """An action of an article (`{article}/{number}`), or own words with the step they belong to."""
    chosen, words = form.get("what", ""), " ".join(form.get("words", "").split())
    match = re.fullmatch(r"([a-z0-9-]{1,80})/([0-9])", chosen)
    if match and match[1] in articles and int(match[2]) < len(articles[match[1]].actions):
        action = articles[match[1]].actions[int(match[2])]
        return match[1], Text(action.th, action.en), action.step
    if not words:
        raise _Wrong("tried.wrong_what")
    if len(words) > MOST_WORDS:
        raise _Wrong("tried.wrong_long")
    if form.get("step", "") not in set(Step):
        raise _Wrong("tried.wrong_step")
    return "", Text(words, words), Step(form["step"])


def _moment(text: str, now: datetime) -> datetime:
    if not re.fullmatch(r"20[0-9]{2}-\d{2}-\d{2}T\d{2}:\d{2}", text, re.ASCII):
        raise _Wrong("tried.wrong_at")
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=BANGKOK)
    except ValueError:
        raise _Wrong("tried.wrong_at") from None
    if not now - timedelta(days=370) <= at <= now + timedelta(minutes=5):
        raise _Wrong("tried.wrong_at")
    return at


def _due(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise _Wrong("tried.wrong_due") from None
    if not 2015 <= found.year <= 2100:
        raise _Wrong("tried.wrong_due")
    return found


def _back(code: str) -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": f"/offices/{code}/tried#log"})


_PATH = "/offices/{code}/tried"
ROUTES = (
    Route("GET", _PATH, steps, Action.READ_CONNECTIVITY, office_resource),
    Route("POST", _PATH, write, Action.WRITE_STEP, office_resource),
    Route("POST", _PATH + r"/{number:[0-9]{1,9}}", result, Action.WRITE_STEP, office_resource),
)
