"""One site and one browser for all page tests of a module.

Not of the whole run: while Playwright is open its event loop runs in this thread, and `asyncio.run` of other tests
would find it.
"""

import pytest

from support.browser import ARGUMENTS, CHROMIUM
from support.pages import serving


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The real application with a seeded province; `site.cookie_of(user)` is a way in."""
    with serving(tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all tests of a module."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright installed")
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()
