"""Takes messages out of the outbox and hands each to its channel, a bounded number of times."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from laaswatch_collector.notify.outgoing import Channel, Held, Outgoing, Refused, TryLater, Unsure
from laaswatch_collector.notify.texts import Notice
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.outbox import State, Taken, finish, take

MOST_TRIES = 6
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=30)
TOO_OLD = timedelta(hours=4)
"""What could not be sent for so long is no news any more."""
MOST_A_LOOK = 50
LONGEST_LOOK = timedelta(minutes=1)
"""Then the planner has its turn again, however slow the other sides are."""

log = logging.getLogger(__name__)


class Sender:
    """Sends what is due. `channels` by name; what has none fails at once, and says so on the page."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        public_url: str,
        who: str,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._channels = channels
        self._public_url = public_url.rstrip("/")
        self._who = who
        self._now = now

    def once(self) -> int:
        """Send what is due now; how many were handed over.

        One is in hand at a time, so that a kill or a slow server leaves no more than that one in doubt.
        """
        repeatable = [name for name, x in self._channels.items() if x.repeatable]
        began, sent = self._now(), 0
        for _ in range(MOST_A_LOOK):
            if self._now() - began > LONGEST_LOOK:
                break
            taken = self._database.write(lambda c: take(c, self._who, self._now(), repeatable, 1))
            if not taken:
                break
            sent += self._send(taken[0])
        return sent

    def _send(self, x: Taken) -> bool:
        state, trouble, next_at = self._hand_over(x)
        now = self._now()
        self._database.write(
            lambda c: finish(c, x.key, self._who, now, state, trouble=trouble, next_at=next_at)
        )
        if state is not State.SENT:
            log.info("message by %s: %s (%s)", x.channel, state, trouble)
        return state is State.SENT

    def _hand_over(self, x: Taken) -> tuple[State, str, datetime | None]:
        now = self._now()
        channel = self._channels.get(x.channel)
        outgoing = self._outgoing(x, now)
        why_not = _why_not(x, outgoing)
        if channel is None or why_not:
            return State.FAILED, why_not or "channel not set up", None
        try:
            channel.send(outgoing)
        except TryLater as error:
            again = x.tries + 1 < MOST_TRIES
            next_at = now + pause(x.tries, error.after) if again else None
            return State.WAITING if again else State.FAILED, str(error), next_at
        except tuple(_ENDINGS) as error:
            return _ENDINGS[type(error)], str(error), None
        except Exception as error:  # a fault of ours: it would come again, and hold up the others
            log.exception("message by %s cannot be sent", x.channel)
            return State.FAILED, type(error).__name__, None
        return State.SENT, "", None

    def _outgoing(self, x: Taken, now: datetime) -> Outgoing:
        notice = msgspec.json.decode(x.body, type=Notice)
        url = self._public_url
        return Outgoing(
            key=x.key,
            address=x.address,
            notice=notice,
            link=f"{url}{notice.path}" if url else "",
            settings=f"{url}/messages" if url else "",
            important=x.important,
            now=now,
        )


def _why_not(x: Taken, message: Outgoing) -> str:
    """Why a message should not be sent any more; "" if it should."""
    if message.now - x.made_at > TOO_OLD:
        return "too old"
    until = message.notice.until
    return "after working hours" if until is not None and message.now >= until else ""


_ENDINGS = {Refused: State.FAILED, Held: State.HELD, Unsure: State.UNSURE}


def pause(tries: int, asked: float) -> timedelta:
    """How long to wait before the next try; never less than the other side asked for."""
    ours: timedelta = min(LONGEST_PAUSE, FIRST_PAUSE * 4**tries)
    return max(ours, timedelta(seconds=min(asked, LONGEST_PAUSE.total_seconds())))
