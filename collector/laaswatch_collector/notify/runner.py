"""Messages beside the server: looks every half minute, in a thread of its own, until cancelled."""

import asyncio
import logging
import os
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from laaswatch_collector.config import CollectorConfig, NotifyConfig
from laaswatch_collector.localization.leaving import DAYS, LeaveRates
from laaswatch_collector.localization.live import NOT_LEARNED, LiveView, live_view
from laaswatch_collector.notify.email import Email
from laaswatch_collector.notify.line import Line
from laaswatch_collector.notify.outgoing import Channel, Page, read_secret
from laaswatch_collector.notify.planner import Planner
from laaswatch_collector.notify.sender import Sender
from laaswatch_collector.notify.webhook import Webhook
from laaswatch_collector.site_rules import Signature, calendar_signature, load_calendar
from laaswatch_collector.store.database import Database, StoreUnavailable
from laaswatch_collector.store.outbox import sent_since
from laaswatch_collector.store.prefixes import isps_on
from laaswatch_collector.store.subscriptions import ChannelName
from laaswatch_collector.store.turns import give_turn
from laaswatch_collector.store.views.leaving import leave_rates
from laaswatch_collector.store.views.offices import newest_rounds
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.thai import BANGKOK, local_date, local_midnight

LOOK = 30.0
"""Seconds between looks."""
LEARN_AGAIN = timedelta(hours=1)
SMTP_PASSWORD = "LAASWATCH_SMTP_PASSWORD"  # noqa: S105 - a variable's name
LINE_TOKEN = "LAASWATCH_LINE_TOKEN"  # noqa: S105 - a variable's name
WEBHOOK_SECRET = "LAASWATCH_WEBHOOK_SECRET"  # noqa: S105 - a variable's name

log = logging.getLogger(__name__)


class Notifier:
    """Plans and sends. Raises ValueError at once where a secret cannot be read; it names the file, never the secret."""

    def __init__(
        self, database: Database, config: CollectorConfig, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._now = now
        self._who = secrets.token_hex(8)
        self._calendar = _Calendar(config.calendar_dir)
        self._live = _Live(database, now, self._calendar)
        self._planner = Planner(
            database, self._calendar, self._live if config.notify.presume else None, self._who
        )
        self._sender = Sender(
            database, channels(config.notify, database, now), config.public_url, self._who, now
        )

    async def run(self) -> None:
        """Work until cancelled; what is being sent then is sent to its end."""
        try:
            while True:
                working = asyncio.ensure_future(asyncio.to_thread(self.once))
                try:
                    await asyncio.shield(working)
                except asyncio.CancelledError:
                    await asyncio.wait([working])
                    raise
                except StoreUnavailable as error:
                    log.warning("messages wait: %s", error)
                except Exception:
                    log.exception("messages failed; trying again")
                await asyncio.sleep(LOOK)
        finally:
            await asyncio.to_thread(self._give_turn)

    def once(self) -> int:
        """One look; how many messages were handed over."""
        self._planner.once(self._now())
        return self._sender.once()

    def _give_turn(self) -> None:
        self._database.write(lambda c: give_turn(c, "notices", self._who))


def channels(
    config: NotifyConfig, database: Database, now: Callable[[], datetime]
) -> dict[str, Channel]:
    """The channels that are set up. Raises ValueError for a secret that cannot be read."""
    hosts = frozenset(config.allowed_hosts)
    found: dict[str, Channel] = {ChannelName.PAGE: Page()}
    mail, line, hook = config.email, config.line, config.webhook
    if mail.host:
        found[ChannelName.EMAIL] = Email(
            mail.host, mail.port, mail.security, mail.sender, mail.user,
            _secret(mail.password_file, SMTP_PASSWORD), mail.ca_file,
        )  # fmt: skip
    token = _secret(line.token_file, LINE_TOKEN)
    if token:

        def sent() -> int:
            first = local_midnight(now().astimezone(BANGKOK).date().replace(day=1))
            return database.read(lambda c: sent_since(c, ChannelName.LINE, first))

        found[ChannelName.LINE] = Line(
            token, line.reserve, line.monthly_limit, sent, hosts, line.api.rstrip("/")
        )
    if hook.enabled:
        found[ChannelName.WEBHOOK] = Webhook(hosts, _secret(hook.secret_file, WEBHOOK_SECRET))
    return found


def _secret(file: str, variable: str) -> str:
    return read_secret(file) if file else os.environ.get(variable, "").strip()


class _Calendar:
    """The working calendar as its files are now."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) if folder else None
        self._known: tuple[Signature, Calendar] | None = None

    def __call__(self) -> Calendar:
        signature = calendar_signature(self._folder)
        if self._known is None or self._known[0] != signature:
            self._known = signature, load_calendar(self._folder)
        return self._known[1]


class _Live:
    """The live view, with what is usual learned anew each hour."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], calendar: Callable[[], Calendar]
    ) -> None:
        self._database = database
        self._now = now
        self._calendar = calendar
        self._rates: LeaveRates = NOT_LEARNED
        self._isps: dict[str, str] = {}
        self._learned: datetime | None = None

    def __call__(self) -> LiveView:
        now = self._now()
        if self._learned is None or now - self._learned >= LEARN_AGAIN:
            self._learn(now)
        newest = self._database.read(lambda c: newest_rounds(c, self._isps))
        return live_view(newest, int(now.timestamp()), self._rates)

    def _learn(self, now: datetime) -> None:
        today, clock = local_date(now), self._calendar().work_clock()
        past = (today - timedelta(days=n) for n in range(1, 5 * DAYS))
        days: list[date] = list(islice(filter(clock.is_working_day, past), DAYS))

        def work(connection: sa.Connection) -> tuple[dict[str, str], LeaveRates]:
            isps = {office: x.isp for office, x in isps_on(connection, today).items()}
            return isps, leave_rates(connection, days, isps)

        self._isps, self._rates = self._database.read(work)
        self._learned = now
