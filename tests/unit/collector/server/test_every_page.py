"""The list of pages that tests visit is whole."""

import re
from fnmatch import fnmatch

from laaswatch_collector.server.routes import ROUTE_MODULES
from support.every_page import FACTS, PAGES


def _matches(route, path):
    pattern = re.sub(r"\{[^{}]+(\{[^{}]*\}[^{}]*)?\}", "[^/]+", route)
    return re.fullmatch(pattern, path.split("?")[0]) is not None


def test_every_page_is_visited():
    """A new page gets a line in support/every_page.py, and with it axe, both widths and both languages."""
    gets = [r.path for m in ROUTE_MODULES for r in m.ROUTES if r.method == "GET"]
    missed = [
        route
        for route in gets
        if not any(fnmatch(re.sub(r"\{[^/]+\}", "x", route), fact) for fact in FACTS)
        and not any(_matches(route, path) for _, path in PAGES)
    ]
    assert missed == [], "these pages stand on no line of tests/support/every_page.py"
