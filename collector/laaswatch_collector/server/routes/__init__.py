"""The modules of routes, in one visible list. Each exports `ROUTES`."""

import contextlib
import importlib
from types import ModuleType

_NAMES = (
    "reports",
    "enrolment",
    "config",
    "health",
    "sign_in",
    "static",
    "pages_overview",
    "pages_office",
    "pages_explanations",
    "pages_knowledge",
    "metrics",
)

_found: list[ModuleType] = []
for _name in _NAMES:
    with contextlib.suppress(ImportError):
        _found.append(importlib.import_module(f"{__name__}.{_name}"))
ROUTE_MODULES: tuple[ModuleType, ...] = tuple(_found)
