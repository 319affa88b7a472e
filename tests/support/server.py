"""The collector's server inside a test: the real application on a free loopback port."""

import asyncio
import http.client
import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.server.routing import Context
from laaswatch_collector.server.run import Serving, start
from laaswatch_collector.store.database import Database


class RunningServer:
    """Use with `with`. Requests go through `http.client`, one connection each."""

    def __init__(self, database: Database, now: Callable[[], datetime], **settings: object) -> None:
        config = CollectorConfig(**{"listen": "127.0.0.1:0", **settings})
        self._context = Context(database, config, now)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._serving: Serving | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._serving = self._run(start(self._context))
        self.url = self._serving.url
        self.host, port = self.url.removeprefix("http://").split(":")
        self.port = int(port)
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._serving.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body of one answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def send(
        self, token: str, body: bytes, *, encoding: str = "gzip", **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """One `POST /v1/reports`: status and answer."""
        said = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": encoding,
            **headers,
        }
        status, _, answer = self.ask("POST", "/v1/reports", body, said)
        return status, json.loads(answer)
