"""The pages for people, one module a page."""

from laaswatch_collector.server.routes import (
    pages_explanations,
    pages_knowledge,
    pages_office,
    pages_overview,
    static,
)

ROUTES = (
    *static.ROUTES,
    *pages_overview.ROUTES,
    *pages_office.ROUTES,
    *pages_explanations.ROUTES,
    *pages_knowledge.ROUTES,
)
