"""The knowledge base: the articles that also travel with every agent, with a simple search."""

from functools import lru_cache
from pathlib import Path

from aiohttp import web

from laaswatch_agent.knowledge.articles import Articles, load_articles
from laaswatch_collector.access.policy import NATION, Action, Resource
from laaswatch_collector.advice.finding import search
from laaswatch_collector.server.routing import CONTEXT, Context, Route
from laaswatch_collector.web.render import page

MOST_QUERY = 80
"""Characters of a search; nobody types a longer symptom."""


async def knowledge(request: web.Request) -> web.StreamResponse:
    """`/knowledge?q=…`: the articles that fit the search, best first."""
    query = " ".join(request.query.get("q", "").split())[:MOST_QUERY]
    found = search(articles_of(request.app[CONTEXT]).values(), query)
    return page(request, "knowledge.html", query=query, found=found)


async def article(request: web.Request) -> web.StreamResponse:
    """`/knowledge/{id}`."""
    found = articles_of(request.app[CONTEXT])[request.match_info["id"]]
    return page(request, "article.html", article=found)


async def article_resource(request: web.Request) -> Resource | None:
    """Everybody's; None if there is no such article."""
    known = request.match_info["id"] in articles_of(request.app[CONTEXT])
    return NATION if known else None


def articles_of(context: Context) -> Articles:
    """The knowledge base that the configuration names."""
    return _articles(context.config.knowledge_dir)


@lru_cache(maxsize=4)
def _articles(folder: str) -> Articles:
    return load_articles(Path(folder) if folder else None)


ROUTES = (
    Route("GET", "/knowledge", knowledge, Action.READ_KNOWLEDGE),
    Route("GET", "/knowledge/{id}", article, Action.READ_KNOWLEDGE, article_resource),
)
