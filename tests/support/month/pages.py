"""How fast each page and query answers on a loaded database, asked of the running collector.

One request at a time over a kept connection, all pages in turn, so that a busy moment of the machine meets
all of them alike; the longest pause of every page comes from the same turns. Sizes are of the page itself,
before compression.
"""

import hashlib
import http.client
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from laaswatch_collector.access.policy import Role
from laaswatch_collector.server.authentication import COOKIE
from laaswatch_collector.store import schema
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.programs import make_access_token
from laaswatch_collector.store.sessions import start_session
from laaswatch_collector.store.users import add_user, find_user
from support.collector import Collector
from support.month.nation import freshen

PATIENCE = 120.0
FRESH = 45.0
"""Seconds after which the agents must have been heard again."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One page, as somebody would ask for it."""

    name: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """Of one page: milliseconds at the median and at 95 %, the longest, and its bytes."""

    name: str
    p50: float
    p95: float
    longest: float
    size: int


def measure_pages(url: str, turns: int = 20) -> list[Answered]:
    """Ask for every page `turns` times."""
    database = Database.open(url)
    try:
        asks = database.write(_people)
        took: dict[str, list[float]] = {ask.name: [] for ask in asks}
        size: dict[str, int] = {}
        database.write(freshen)
        heard = time.monotonic()
        # The collector wants an SQLite file for itself; commands beside it may read and write it.
        database.close()
        with Collector(url) as collector:
            collector.start()
            with closing(_connect(collector.port)) as line:
                for turn in range(turns + 1):
                    if time.monotonic() - heard > FRESH:
                        heard = _hear(url)
                    for ask in asks:
                        try:
                            seconds, body = _ask(line, ask)
                        except RuntimeError as error:
                            raise RuntimeError("".join(collector.output[-30:])) from error
                        if turn:  # the first warms caches that a running collector has warm
                            took[ask.name].append(1000 * seconds)
                        size[ask.name] = max(size.get(ask.name, 0), len(body))
            collector.stop()
        return [_answered(name, sorted(found), size[name]) for name, found in took.items()]
    finally:
        database.close()


def table(found: Sequence[Answered]) -> str:
    """The figures as a table of Markdown."""
    lines = ["| page | p50 ms | p95 ms | longest ms | KB |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {x.name} | {x.p50:.0f} | {x.p95:.0f} | {x.longest:.0f} | {x.size / 1000:.1f} |"
        for x in found
    ]
    return "\n".join(lines)


def _answered(name: str, took: list[float], size: int) -> Answered:
    at = math.ceil(0.95 * len(took)) - 1
    return Answered(name, took[len(took) // 2], took[at], took[-1], size)


def _connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)


def _ask(line: http.client.HTTPConnection, ask: Ask) -> tuple[float, bytes]:
    started = time.perf_counter()
    line.request("GET", ask.path, headers=ask.headers)
    answer = line.getresponse()
    body = answer.read()
    took = time.perf_counter() - started
    if answer.status != 200:
        raise RuntimeError(f"{ask.name}: {answer.status}")
    return took, body


def _hear(url: str) -> float:
    database = Database.open(url)
    try:
        database.write(freshen)
    finally:
        database.close()
    return time.monotonic()


# ------------------------------------------------------------------ who asks for what
def _people(connection: sa.Connection) -> list[Ask]:
    """Signed-in people of each kind, a scraper and an agent, and what they ask for.

    The office is the one with the most late entries of all: its pages have the most to show.
    """
    now = datetime.now(UTC)
    x = schema.explanations.c
    office: str = connection.execute(
        sa.select(x.office_code)
        .where(x.verdict != "")
        .group_by(x.office_code)
        .order_by(sa.func.count().desc(), x.office_code)
        .limit(1)
    ).scalar_one()
    province: str = connection.execute(
        sa.select(schema.offices.c.province).where(schema.offices.c.code == office)
    ).scalar_one()
    bounds = {
        Role.SUPPORT: {},
        Role.PROVINCE: {"province": province},
        Role.CLERK: {"office": office},
    }
    cookies = {
        role: {"Cookie": f"{COOKIE}={_signed_in(connection, role, now, bound)}"}
        for role, bound in bounds.items()
    }
    scraper = make_access_token(connection, "bench", now=now)
    agent = _agents_secret(connection, office)
    return list(_asks(cookies, office, province, _outage(connection, office), scraper, agent))


def _asks(
    cookies: dict[Role, dict[str, str]],
    office: str,
    code: str,
    outage: str,
    scraper: str,
    agent: str,
) -> Iterator[Ask]:
    nation, province, officer = (cookies[x] for x in (Role.SUPPORT, Role.PROVINCE, Role.CLERK))
    yield Ask("the site and the nation", "/site", nation)
    yield Ask("the site, for a province", "/site", province)
    yield Ask("a province's list", f"/provinces/{code}", province)
    yield Ask("a province's map", f"/provinces/{code}/map", province)
    yield Ask("a province's list, CSV", f"/provinces/{code}/list.csv", province)
    yield Ask("a province's books", "/books", province)
    yield Ask("an office's books", f"/offices/{office}/ledger", officer)
    yield Ask("an outage", f"/outages/{outage}", province)
    yield Ask("PCs that wait, everything", "/agents", nation)
    yield Ask("PCs that wait, a province", "/agents", province)
    yield Ask("an office", f"/offices/{office}", officer)
    yield Ask("its late entries", f"/offices/{office}/explanations", officer)
    yield Ask("its late entries, page 2", f"/offices/{office}/explanations?page=2", officer)
    yield Ask("its late entries, printed", f"/offices/{office}/explanations?print=1", officer)
    yield Ask("its late entries, CSV", f"/offices/{office}/explanations.csv", officer)
    yield Ask("its PCs", f"/offices/{office}/agents", province)
    yield Ask("knowledge", "/knowledge", officer)
    yield Ask("/metrics", "/metrics", {"Authorization": f"Bearer {scraper}"})
    yield Ask("/v1/config", "/v1/config", {"Authorization": f"Bearer {agent}"})
    yield Ask("/v1/knowledge", "/v1/knowledge", {"Authorization": f"Bearer {agent}"})
    yield Ask("/health", "/health", {})


def _outage(connection: sa.Connection, office: str) -> str:
    """The outage with most offices among those that hit this one."""
    x = schema.outages.c
    return str(
        connection.execute(
            sa.select(x.id)
            .where(x.office_codes.contains(f'"{office}"'))
            .order_by(x.offices.desc(), x.id)
            .limit(1)
        ).scalar_one()
    )


def _signed_in(connection: sa.Connection, role: Role, now: datetime, bounds: dict[str, str]) -> str:
    name = f"bench {role}"
    if find_user(connection, name) is None:
        add_user(connection, name, role, "nobody signs in with this one", now=now, **bounds)
    return start_session(connection, name, now, proved=True)


def _agents_secret(connection: sa.Connection, office: str) -> str:
    secret = hashlib.sha256(f"bench {office}".encode()).hexdigest()
    one = sa.select(sa.func.min(schema.agents.c.id)).where(schema.agents.c.office_code == office)
    connection.execute(
        schema.agents.update()
        .where(schema.agents.c.id == one.scalar_subquery())
        .values(token_sha256=hashlib.sha256(secret.encode()).digest())
    )
    return secret
