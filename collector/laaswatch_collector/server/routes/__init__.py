"""The modules of routes, in one visible list. Each exports `ROUTES`."""

import importlib
from importlib.util import find_spec
from types import ModuleType

_NAMES = ("reports", "enrolment", "config", "health", "sign_in", "pages", "metrics")

ROUTE_MODULES: tuple[ModuleType, ...] = tuple(
    importlib.import_module(f"{__name__}.{name}")
    for name in _NAMES
    if find_spec(f"{__name__}.{name}") is not None
)
