"""The real application over a seeded province, in a thread of this process, with a way in."""

import asyncio
import hashlib
import threading
import urllib.error
import urllib.request
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode, urlsplit

import msgspec

from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.evidence_log import LogKeeper
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.server.authentication import COOKIE
from laaswatch_collector.server.routing import Context
from laaswatch_collector.server.run import start
from laaswatch_collector.site_rules import load_calendar, load_policy
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.work import mark_stale
from support import seeded

TOKEN = "5ca1ab1e" * 8
CSRF = "c5" * 32
SESSIONS = {
    "somying": ("province", "", seeded.PROVINCE),
    "somchai": ("clerk", seeded.FIRST, seeded.PROVINCE),
    "malee": ("clerk", "6860102", seeded.PROVINCE),
    "viewer": ("viewer", seeded.FIRST, seeded.PROVINCE),
    "support": ("support", "", ""),
    "auditor": ("auditor", "", ""),
    "admin": ("admin", "", ""),
    "halfway": ("admin", "", ""),  # gave the password, and no code yet
    "prometheus": ("metrics", "", ""),
}
EMPTY_DAY = date(2020, 1, 2)
"""A day without facts: computing it changes nothing that was seeded."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_args, **_kwargs):
        return None


@dataclass
class Site:
    """A running application. `cookie` is that of the province's officer, `token` a scraper's."""

    url: str
    database: Database
    token: str = TOKEN

    @property
    def cookie(self):
        """The province officer's session, as Playwright wants it."""
        return self.cookie_of("somying")

    def cookie_of(self, user):
        """A user's session cookie."""
        return {
            "name": COOKIE,
            "value": _session(user),
            "domain": urlsplit(self.url).hostname,
            "path": "/",
        }

    def cookie_header(self, user):
        """The same as a header's value."""
        return f"{COOKIE}={_session(user)}"

    def get(self, path, *, user=None, token=None):
        """The body of a page; raises HTTPError for anything but success."""
        request = urllib.request.Request(f"{self.url}{path}")
        if user:
            request.add_header("Cookie", self.cookie_header(user))
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def post(self, path, user, **fields):
        """Status and body of a form sent from our own page; redirects are not followed."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            urlencode({"csrf": CSRF, **fields}).encode(),
            {"Cookie": self.cookie_header(user), "Origin": self.url},
        )
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def recompute(self):
        """One real pass of recomputation, over a day that holds nothing."""
        self.database.write(lambda c: mark_stale(c, [EMPTY_DAY], seeded.NOW))
        Recomputer(self.database, load_calendar(), load_policy(), lambda: seeded.NOW).run_once()


def _session(user):
    return hashlib.sha256(user.encode()).hexdigest()


def _hashed(token):
    return hashlib.sha256(token.encode()).digest()


def _people(connection):
    for name, (role, office, province) in SESSIONS.items():
        connection.execute(
            schema.users.insert().values(
                name=name,
                role=role,
                office_code=office,
                province=province,
                password="",
                created_at=seeded.NOW,
            )
        )
        connection.execute(
            schema.sessions.insert().values(
                token_sha256=_hashed(_session(name)),
                user_name=name,
                csrf=CSRF,
                created_at=seeded.NOW,
                used_at=seeded.NOW,
                proved=name != "halfway",
            )
        )
    connection.execute(
        schema.access_tokens.insert().values(
            token_sha256=_hashed(TOKEN), user_name="prometheus", created_at=seeded.NOW
        )
    )


@contextmanager
def serving(place, **seeding):
    """Seed a database (in a folder, or at a URL) and serve it on a free port of loopback."""
    database = Database.open(place if isinstance(place, str) else f"sqlite:///{place}/store.db")
    seeded.seed(database, **seeding)
    database.write(_people)
    LogKeeper(database, lambda: seeded.NOW).once()
    config = msgspec.structs.replace(
        CollectorConfig(),
        listen="127.0.0.1:0",
        stand_in_th="เว็บระบบบัญชีที่เห็นที่นี่เป็นเว็บจำลองบนเครื่องนี้ ไม่ใช่ e-LAAS",
        stand_in_en="the accounting site seen here is a stand-in on this PC, not e-LAAS",
    )
    context = Context(database, config, lambda: seeded.NOW)
    ready: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(context, ready)))
    thread.start()
    try:
        url, loop, stop = ready.result(20)
        try:
            yield Site(url, database)
        finally:
            loop.call_soon_threadsafe(stop.set)
    finally:
        thread.join()
        database.close()


async def _serve(context, ready):
    try:
        running = await start(context)
    except BaseException as error:
        ready.set_exception(error)
        raise
    stop = asyncio.Event()
    ready.set_result((running.url, asyncio.get_running_loop(), stop))
    await stop.wait()
    await running.stop()
