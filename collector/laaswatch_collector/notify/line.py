"""LINE over the Messaging API: a push to a user or a group, with an eye on the month's allowance.

Near its end only what is important goes out (the site, providers, provinces), so that there is always room for that.
Endpoints and their answers as in developers.line.biz/en/reference/messaging-api (see docs/messages.md).
"""

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from laaswatch_collector.notify.outgoing import (
    Answer,
    Held,
    Outgoing,
    Refused,
    TryLater,
    call,
)
from laaswatch_collector.notify.texts import LINE_MOST, plain

API = "https://api.line.me"
ADDRESS = re.compile(r"[UCR][0-9a-f]{32}")
"""A user, a group or a room, as the API names them."""
QUOTA_SECONDS = 600.0
"""How long what LINE said of the allowance is believed; what we send meanwhile is counted on top."""
RATE_SECONDS = 60.0
_OURS = uuid.UUID("5f0f7f1c-3d0b-5c0e-9d53-6c6161737761")


@dataclass(slots=True)
class Line:
    """A LINE Official Account. `reserve`: messages of the month that only important ones may use.

    `sent_this_month`: our own count, and `limit` the settings' (0 = none), where LINE does not tell.
    """

    token: str = field(repr=False)
    reserve: int
    limit: int
    sent_this_month: Callable[[], int]
    hosts: frozenset[str]
    api: str = API
    clock: Callable[[], float] = time.monotonic
    repeatable = True
    _left: float | None = field(default=None, init=False, repr=False)
    _asked: float | None = field(default=None, init=False, repr=False)

    def send(self, message: Outgoing) -> None:
        """One push. The same key is never delivered twice: LINE answers 409 to its repetition."""
        cost = self._members(message.address)
        left = self._allowance()
        if left < cost or (not message.important and left - cost < self.reserve):
            raise Held("monthly allowance")
        body = {
            "to": message.address,
            "messages": [
                {"type": "text", "text": plain(message.notice, message.link, most=LINE_MOST)}
            ],
        }
        answer = self._call(
            "POST",
            "/v2/bot/message/push",
            json.dumps(body, ensure_ascii=False).encode(),
            {"X-Line-Retry-Key": str(uuid.uuid5(_OURS, message.key))},
        )
        if answer.status == 409:  # it was taken when we tried before
            return
        if answer.status == 429:
            self._asked = None
            if "monthly limit" in str(answer.json().get("message", "")):
                raise Held("monthly limit reached")
            raise TryLater("429", max(RATE_SECONDS, answer.retry_after))
        if answer.status >= 500:
            raise TryLater(str(answer.status), answer.retry_after)
        if answer.status != 200:
            raise Refused(str(answer.status))
        if self._left is not None:
            self._left -= cost

    def _allowance(self) -> float:
        """How many messages may still be sent this month."""
        now = self.clock()
        if self._left is None or self._asked is None or now - self._asked > QUOTA_SECONDS:
            self._left, self._asked = self._ask(), now
        return self._left

    def _ask(self) -> float:
        try:
            quota = self._call("GET", "/v2/bot/message/quota")
            used = self._call("GET", "/v2/bot/message/quota/consumption")
        except TryLater:
            return self._own_count()
        if quota.status != 200 or used.status != 200:
            return self._own_count()
        if quota.json().get("type") != "limited":
            return self._own_count()
        most, gone = quota.json().get("value"), used.json().get("totalUsage")
        if not isinstance(most, int) or not isinstance(gone, int):
            return self._own_count()
        return min(most - gone, self._own_count())

    def _own_count(self) -> float:
        return self.limit - self.sent_this_month() if self.limit else float("inf")

    def _members(self, address: str) -> int:
        """A push to a group counts once a member."""
        if not address.startswith("C"):
            return 1
        try:
            answer = self._call("GET", f"/v2/bot/group/{address}/members/count")
        except TryLater:
            return 1
        count = answer.json().get("count")
        return count if answer.status == 200 and isinstance(count, int) and count > 0 else 1

    def _call(
        self, method: str, path: str, body: bytes | None = None, more: dict[str, str] | None = None
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", **(more or {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return call(method, self.api + path, self.hosts, headers, body)
