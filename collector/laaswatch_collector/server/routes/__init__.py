"""The modules of routes, in one visible list. Each exports `ROUTES`."""

from laaswatch_collector.server.routes import (
    config,
    enrolment,
    health,
    knowledge,
    metrics,
    pages_agents,
    pages_closures,
    pages_explanations,
    pages_knowledge,
    pages_ledger,
    pages_ledger_upload,
    pages_office,
    pages_overview,
    reports,
    sign_in,
    static,
)

ROUTE_MODULES = (
    reports,
    enrolment,
    config,
    health,
    knowledge,
    metrics,
    sign_in,
    static,
    pages_overview,
    pages_office,
    pages_explanations,
    pages_ledger,
    pages_ledger_upload,
    pages_agents,
    pages_closures,
    pages_knowledge,
)
