"""One request to a receiver, and what became of it.

2xx              Written; for 2.0 only if the answer counts what was written: receivers that know only 1.0
                 read such a request as an empty one and say yes
415              the receiver does not speak this version
400 409 413 422  Refused: these samples, not all of them perhaps
all others       Later: the receiver, the way to it or our settings are in trouble; it may pass
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import cramjam

from laaswatch_collector.config import RemoteWriteConfig
from laaswatch_collector.remote_write.series import Series, count
from laaswatch_collector.remote_write.wire import Protocol, encode, headers

WRITTEN = "X-Prometheus-Remote-Write-Samples-Written"
SECONDS = 30.0
"""How long one request may take."""
MOST_SAID = 200
"""Characters of a refusal that are kept."""


@dataclass(frozen=True, slots=True)
class Written:
    """The receiver has the samples."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The receiver does not take these samples, now or later."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """Try again; `after` seconds, if the receiver said so."""

    why: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The receiver does not speak this version of the protocol."""


Outcome = Written | Refused | Later | OtherVersion
_REFUSALS = frozenset((400, 409, 413, 422))


class Destination:
    """A receiver as configured; `protocol` is what it turned out to speak."""

    def __init__(self, config: RemoteWriteConfig, session: aiohttp.ClientSession) -> None:
        self.config = config
        self.protocol = Protocol(config.protocol)
        self._session = session

    async def write(self, series: Sequence[Series]) -> Outcome:
        """Send one request. Raises nothing for what the network or the receiver does."""
        body = bytes(cramjam.snappy.compress_raw(encode(series, self.protocol)))
        try:
            async with self._session.post(
                self.config.url,
                data=body,
                headers=self._headers(),
                timeout=aiohttp.ClientTimeout(SECONDS),
                allow_redirects=False,
            ) as answer:
                return await self._outcome(answer, count(series))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Later(str(error) or type(error).__name__)

    async def _outcome(self, answer: aiohttp.ClientResponse, samples: int) -> Outcome:
        if answer.status // 100 == 2:
            if (
                self.protocol is Protocol.V2
                and samples
                and not int(answer.headers.get(WRITTEN, "0"))
            ):
                return OtherVersion()
            return Written()
        said = f"{answer.status} {(await answer.content.read(4096)).decode('utf-8', 'replace')}"
        said = " ".join(said[:MOST_SAID].split())
        if answer.status == 415 and self.protocol is Protocol.V2:
            return OtherVersion()
        if answer.status in _REFUSALS:
            return Refused(said)
        after = answer.headers.get("Retry-After", "")
        return Later(said, float(after) if after.isascii() and after.isdigit() else None)

    def _headers(self) -> dict[str, str]:
        """Read anew each time: a token may be renewed in its file."""
        found = {"User-Agent": "laaswatch", **headers(self.protocol), **self.config.headers}
        if self.config.token_file:
            token = Path(self.config.token_file).read_text(encoding="utf-8").strip()
            found["Authorization"] = f"Bearer {token}"
        return found
