"""From a round and the articles to what a person is told: one sentence, one next step, one code.

Pure. The words are the articles'; this module only chooses. It knows an article by its shape, so that the
rules stay apart from where the articles are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from laaswatch_agent.diagnosis.code import encode
from laaswatch_agent.diagnosis.rungs import rungs, where_it_broke
from laaswatch_agent.report.model import ProbeRound
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, Reason, Result


class TextLike(Protocol):
    """A text in both languages."""

    @property
    def th(self) -> str: ...
    @property
    def en(self) -> str: ...


class ActionLike(TextLike, Protocol):
    """One thing to do, and who can do it."""

    @property
    def step(self) -> str: ...


class ArticleLike(Protocol):
    """What advice takes from an article."""

    @property
    def id(self) -> str: ...
    @property
    def track(self) -> str: ...
    @property
    def sentence(self) -> TextLike: ...
    @property
    def actions(self) -> Sequence[ActionLike]: ...


class ArticlesLike(Protocol):
    """A knowledge base: the articles on a fault, the most specific first; never empty."""

    def for_round(
        self, fault: Fault, reasons: Sequence[Reason], also: Sequence[Also], scope: str = ""
    ) -> Sequence[ArticleLike]: ...


@dataclass(frozen=True, slots=True)
class Advice:
    """What to say. `step` is who takes the next step (SELF, IT, PARTNER, ISP, OWNER), `track` the circular's.

    `code` is "" where no round was made.
    """

    sentence_th: str
    sentence_en: str
    next_step_th: str
    next_step_en: str
    article_id: str
    step: str
    track: str
    code: str


def advise(
    one: ProbeRound | None, articles: ArticlesLike, *, decides: str = "login", scope: str = ""
) -> Advice:
    """The advice on a round; None stands for "no round was made". `scope` is what others saw, "" = unknown.

    An article on the wider scope wins over one on what this PC alone saw: nobody is sent to a router
    while the whole country waits for the site.
    """
    if one is None:
        article = articles.for_round(Fault.UNKNOWN, (), (), scope)[0]
        return _advice(article, "")
    reasons = reasons_of(one, decides)
    article = articles.for_round(one.fault, reasons, one.also, scope)[0]
    return _advice(article, code_of(one, decides))


def reasons_of(one: ProbeRound, decides: str = "login") -> tuple[Reason, ...]:
    """Why this round failed: the reasons at the rung that broke, then those at the others.

    Only the deciding site, the PC's own layers and the references speak; other roles decide nothing. At
    the rung itself a layer that could not be tried speaks too: a PC without a router has none to ask.
    """
    broke = where_it_broke(one.fault, (row for _, row in rungs(one, decides)))
    rows = [x for x in one.layers if x.target in (decides, "") or x.layer is Layer.REFERENCE]
    at_rung = [x for x in rows if x.layer is broke and x.result is not Result.OK]
    others = [x for x in rows if x.layer is not broke and x.result is Result.FAIL]
    return tuple(dict.fromkeys(x.reason for x in [*at_rung, *others]))


def code_of(one: ProbeRound, decides: str = "login") -> str:
    """The code to read over the phone."""
    results = {layer: row.result if row else Result.SKIPPED for layer, row in rungs(one, decides)}
    reasons = reasons_of(one, decides)
    return encode(one.fault, results, reasons[0] if reasons else Reason.NONE)


def _advice(article: ArticleLike, code: str) -> Advice:
    first = article.actions[0]
    return Advice(
        sentence_th=article.sentence.th,
        sentence_en=article.sentence.en,
        next_step_th=first.th,
        next_step_en=first.en,
        article_id=article.id,
        step=first.step,
        track=article.track,
        code=code,
    )
