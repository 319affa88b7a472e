"""How long a session lives, and which requests may change something. Pure; the server holds the clock."""

import hmac
from datetime import datetime, timedelta
from urllib.parse import urlsplit

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


def alive(created: datetime, used: datetime, now: datetime) -> bool:
    """Used within half an hour, and no older than a working day."""
    return now - used < IDLE and now - created < ABSOLUTE


def same_site(headers: dict[str, str], host: str) -> bool:
    """Whether a form was sent from our own pages, by what the browser says of its origin.

    A browser sends `Sec-Fetch-Site` or `Origin` with every POST; a request without either is no browser's.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host


def csrf_matches(sent: str, kept: str) -> bool:
    """Whether the form carried the session's own token."""
    return bool(kept) and hmac.compare_digest(sent.encode(), kept.encode())


def local_path(asked: str) -> str:
    """Where to go after signing in: a path of ours, or the first page; never another site."""
    parts = urlsplit(asked)
    ours = asked.startswith("/") and not asked.startswith(("//", "/\\"))
    if not ours or parts.netloc or parts.scheme or "\\" in asked or not asked.isprintable():
        return "/"
    return asked
