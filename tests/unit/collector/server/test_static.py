"""The choice of language goes on to a page of ours and nowhere else."""

import urllib.error
import urllib.request

import pytest

from support.pages import serving


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The real application with a few offices."""
    with serving(tmp_path_factory.mktemp("static"), offices=3) as found:
        yield found


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args, **_kwargs):
        return None


def _choose(site, target):
    opener = urllib.request.build_opener(_Stay)
    with pytest.raises(urllib.error.HTTPError) as answered:
        opener.open(f"{site.url}/language?lang=en&next={target}", timeout=10)
    with answered.value as answer:
        assert answer.code == 303
        return answer.headers


@pytest.mark.parametrize("target", ["/", "/offices/1?month=2026-10"])
def test_our_own_paths_are_kept(site, target):
    """Whoever changes the language stays on the page, and the browser remembers the choice."""
    headers = _choose(site, target)
    assert headers["Location"] == target
    assert headers["Set-Cookie"].startswith("language=en;")
    assert "HttpOnly" in headers["Set-Cookie"]


@pytest.mark.parametrize(
    "target",
    ["", "//evil.example", "https://evil.example/", "/%5Cevil.example", "javascript:alert(1)", "/x%0D%0ASet-Cookie:a=b", "/%09/evil.example"],
)  # fmt: skip
def test_anything_else_goes_home(site, target):
    """No open redirect, however it is spelled."""
    assert _choose(site, target)["Location"] == "/"


def test_the_style_sheet_is_small_and_kept_by_its_hash(site):
    """One file for all pages, fetched once."""
    with urllib.request.urlopen(f"{site.url}/static/style.css?v=x", timeout=10) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Type"].startswith("text/css")
        assert len(answer.read()) < 20_000
