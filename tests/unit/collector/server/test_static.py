"""Only our own paths are gone to after a choice of language."""

import pytest

from laaswatch_collector.server.routes.static import local_path


@pytest.mark.parametrize("target", ["/", "/offices/1?month=2026-10", "/knowledge?q=%E0%B8%8A"])
def test_our_own_paths_are_kept(target):
    """Whoever changes the language stays on the page."""
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None, "", "//evil.example", "///evil.example", "https://evil.example/", "/\\evil.example",
        "\\\\evil.example", "javascript:alert(1)", "/x\r\nSet-Cookie: a=b", "/\t/evil.example", "evil", " /x",
    ],
)  # fmt: skip
def test_anything_else_goes_home(target):
    """No open redirect, however it is spelled."""
    assert local_path(target) == "/"
