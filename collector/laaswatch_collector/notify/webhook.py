"""A webhook for programs: the JSON that Alertmanager sends (version 4), signed, with a key that stays the same."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from laaswatch_collector.notify.outgoing import Outgoing, Refused, TryLater, call

NEVER = "0001-01-01T00:00:00Z"
"""What Alertmanager writes for an end that has not come."""
_AGAIN = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Any URL on a host that is allowed. `secret` signs; without one nothing is signed."""

    hosts: frozenset[str]
    secret: str = field(default="", repr=False)
    repeatable = True

    def send(self, message: Outgoing) -> None:
        """One POST."""
        body = json.dumps(document(message), ensure_ascii=False, sort_keys=True).encode()
        stamp = str(int(message.now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "laaswatch",
            "Idempotency-Key": hashlib.sha256(message.key.encode()).hexdigest()[:32],
        }
        if self.secret:
            headers["X-Laaswatch-Timestamp"] = stamp
            headers["X-Laaswatch-Signature"] = f"sha256={signature(self.secret, stamp, body)}"
        answer = call("POST", message.address, self.hosts, headers, body)
        if 200 <= answer.status < 300:
            return
        if answer.status >= 500 or answer.status in _AGAIN:
            raise TryLater(str(answer.status), answer.retry_after)
        raise Refused(str(answer.status))


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over time and body, in hex: what a receiver computes again."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def document(message: Outgoing) -> dict[str, Any]:
    """The message as Alertmanager would tell it: one group, one alert."""
    notice = message.notice
    status = notice.status or "firing"
    labels = {
        "alertname": "LaaswatchOutage" if notice.status else "LaaswatchDigest",
        "severity": "critical" if message.important else "warning" if notice.status else "info",
        **{
            name: value
            for name, value in (
                ("scope", notice.scope), ("key", notice.place), ("fault", notice.fault),
                ("event", notice.event),
            )
            if value
        },
    }  # fmt: skip
    annotations = {"summary": notice.subject, "description": "\n".join(notice.lines)}
    group = {"alertname": labels["alertname"]}
    mark = hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()[:16]
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": _iso(notice.start or message.now),
        "endsAt": _iso(notice.end) if notice.end else NEVER,
        "generatorURL": message.link,
        "fingerprint": mark,
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{labels["alertname"]}", event="{notice.event}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "laaswatch",
        "groupLabels": group,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": message.settings.removesuffix("/messages"),
        "alerts": [alert],
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
