"""Senders that keep what was not acknowledged, and what a store holds in the end against what they were told."""

import http.client
import json
import random
import threading
import time
from collections.abc import Sequence

import sqlalchemy as sa
import zstandard

from support.collector import Collector
from support.intake import Sender, a_round

AT_MOST_IN_THE_SPOOL = 200
IN_ONE_DELIVERY = 10


class Load(threading.Thread):
    """One agent: seals, sends, keeps what was not acknowledged, counts what was."""

    def __init__(self, collectors: Sequence[Collector], sender: Sender, seed: int) -> None:
        super().__init__(daemon=True)  # a test that fails must not wait for it
        self.collectors, self.sender = collectors, sender
        self.spool: dict[int, bytes] = {}
        self.acked: set[int] = set()
        self.requests = self.duplicates = self.broken = 0
        self.sealing = True
        self._rng = random.Random(seed)
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Until nothing is sealed any more and everything has been acknowledged."""
        while self.sealing or self.spool:
            if self.sealing and len(self.spool) < AT_MOST_IN_THE_SPOOL:
                for _ in range(self._rng.randint(1, 4)):
                    now = round(time.time() * 1000)
                    line = self.sender.seal(a_round(now, now), a_round(now + 1, now + 1))
                    self.spool[len(self.sender.lines)] = line
            try:
                self._send()
            except (OSError, http.client.HTTPException, ValueError):
                self.broken += 1
                self._hang_up()
                time.sleep(self._rng.uniform(0.01, 0.05))
        self._hang_up()

    def _send(self) -> None:
        first = sorted(self.spool)[:IN_ONE_DELIVERY]
        now = round(time.time() * 1000)
        body = self.sender.body(*(self.spool[n] for n in first), sent=now, mono=now)
        if self._connection is None:
            port = self._rng.choice(self.collectors).port
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {
            "Authorization": f"Bearer {self.sender.token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
        }
        self._connection.request("POST", "/v1/reports", body, headers)
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            raise ValueError(told)
        self.requests += 1
        self.duplicates += told["duplicates"]
        for low, high in told["acked"]:
            for n in range(low, high + 1):
                self.acked.add(n)
                self.spool.pop(n, None)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Outcome:
    """What the store holds after all the kills, against what the senders were told."""

    def __init__(self, url: str, loads: list[Load], kills: int) -> None:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT agent_id, seq, body FROM reports")).all()
            self.sound = "ok"
            if connection.dialect.name == "sqlite":
                self.sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        engine.dispose()
        unpack = zstandard.ZstdDecompressor().decompress
        held: dict[tuple[str, int], list[bytes]] = {}
        for agent, seq, body in rows:
            held.setdefault((agent, seq), []).append(unpack(bytes(body)))
        self.kills = kills
        self.acked = sum(len(x.acked) for x in loads)
        self.stored = len(rows)
        self.duplicates = sum(x.duplicates for x in loads)
        self.broken = sum(x.broken for x in loads)
        self.lost = self.altered = 0
        for load in loads:
            for n in load.acked:
                found = held.get((load.sender.agent, n), [])
                self.lost += not found
                self.altered += any(x != load.sender.lines[n - 1] for x in found)
        self.doubled = sum(len(x) - 1 for x in held.values())

    def __str__(self) -> str:
        return (
            f"{self.kills} kills: {self.acked} acknowledged, {self.stored} stored, {self.lost} lost, "
            f"{self.doubled} doubled, {self.altered} altered; {self.broken} requests cut, "
            f"{self.duplicates} reports sent again and recognised"
        )
