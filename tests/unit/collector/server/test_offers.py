"""What a page offers its reader may do: no link to what looks absent, no form that would be refused."""

import html
import http.client
import re
from urllib.parse import urljoin, urlsplit

import pytest

from support.pages import serving

MOST = 120
"""Pages looked at for each person."""
PEOPLE = ("viewer", "somchai", "somying", "support", "auditor", "admin")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("offers"), offices=3, late=3, other_province=1) as found:
        yield found


class Reader:
    """Opens pages and tries forms, which come from elsewhere here and so change nothing."""

    def __init__(self, site, user):
        self.line = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=20)
        self.cookie = {"Cookie": site.cookie_header(user)}

    def ask(self, method, path):
        headers = dict(self.cookie)
        body = None
        if method == "POST":
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": "https://elsewhere.example",
            }
            body = b"a=b"
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        kind, text = answer.getheader("Content-Type", ""), answer.read()
        if body is not None:
            self.line.close()
        where = answer.getheader("Location")
        return answer.status, where, text.decode() if kind.startswith("text/html") else ""


def offers(page, path):
    """(method, path) of each link and form of a page."""
    for found in re.findall(r'<a [^>]*href="([^"#]+)', page):
        yield "GET", urljoin(path, html.unescape(found))
    for tag in re.findall(r"<form [^>]*>", page):
        action = re.search(r'action="([^"]*)"', tag)
        if 'method="post"' in tag and "multipart" not in tag:
            yield "POST", urljoin(path, html.unescape(action[1]))


@pytest.mark.parametrize("user", PEOPLE)
def test_what_is_offered_may_be_done(site, user):
    """From the start page, everything that can be reached, once for each kind of page."""
    reader, seen, dead, kinds = Reader(site, user), set(), [], {}
    queue = [("GET", "/", "")]
    while queue and len(seen) < MOST:
        method, path, where = queue.pop(0)
        if (method, path) in seen or not path.startswith("/") or path.startswith("/language"):
            continue
        kind = method, re.sub(r"[0-9]{2,}|kb-[^/]*|o-[a-z]*", "#", path.split("?")[0])
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > 6:
            continue
        seen.add((method, path))
        status, moved, page = reader.ask(method, path)
        if status == 303 and method == "GET":
            queue.append(("GET", moved, path))
        elif status != (403 if method == "POST" else 200):
            dead.append(f"{method} {path} from {where}: {status}")
        queue += [(m, p, path) for m, p in offers(page, path)]
    reader.line.close()
    assert not dead, "\n".join(dead)
    assert len(seen) > 20
