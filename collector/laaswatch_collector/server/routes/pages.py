"""The pages for people, one module a page."""

from laaswatch_collector.server.routes.pages_explanations import ROUTES as EXPLANATIONS
from laaswatch_collector.server.routes.pages_knowledge import ROUTES as KNOWLEDGE
from laaswatch_collector.server.routes.pages_office import ROUTES as OFFICE
from laaswatch_collector.server.routes.pages_overview import ROUTES as OVERVIEW
from laaswatch_collector.server.routes.static import ROUTES as STATIC

ROUTES = (*STATIC, *OVERVIEW, *OFFICE, *EXPLANATIONS, *KNOWLEDGE)
