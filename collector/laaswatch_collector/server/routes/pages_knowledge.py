"""The knowledge base: the articles that also travel with every agent, with a simple search."""

from functools import lru_cache
from pathlib import Path

from laaswatch_agent.knowledge.articles import Articles, load_articles
from laaswatch_collector.server.routing import Context


def articles_of(context: Context) -> Articles:
    """The knowledge base that the configuration names."""
    return _articles(context.config.knowledge_dir)


@lru_cache(maxsize=4)
def _articles(folder: str) -> Articles:
    return load_articles(Path(folder) if folder else None)


ROUTES = ()
