"""A process that fills and empties a spool as fast as it can, to be killed at any moment.

    python spool_worker.py FOLDER COLLECTOR FIRST MODE

Writes the number of each round to standard output once `add_round` has returned True. MODE: `fill`
measures and sends for ever, `drain` only sends and ends when nothing waits, `mutant` is `fill` with the
mistake of deleting before the acknowledgement.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

from laaswatch_agent.collector_client import Answer, CollectorClient
from laaswatch_agent.report.codec import unpack_delivery, unseal
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.uplink import Uplink
from support.agents import CIRCUMSTANCES, HandClock, a_round

IMPATIENT = Pace(
    round_seconds=0.01,
    report_seconds=0.05,
    first_send=0,
    after_outage=0,
    batch_gap=0,
    retry_least=0,
    retry_most=0.01,
    refused=0.01,
)


class DeletesFirst:
    """The mistake that the test must find: what was sent is deleted before anybody acknowledged it."""

    def __init__(self, spool: Spool, client: CollectorClient) -> None:
        self._spool, self._client = spool, client

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        delivery = unpack_delivery(body)
        seqs = [unseal(line).seq for line in delivery.sealed]
        self._spool.delete_acked(delivery.envelope.incarnation, [(s, s) for s in seqs])
        return self._client.post(path, body, headers)

    def get(self, path: str) -> Answer:
        return self._client.get(path)


def main() -> None:
    folder, address, first, mode = sys.argv[1:]
    spool = Spool(Path(folder), Limits(ballast=0))
    client = CollectorClient(address, timeout=2)
    poster = DeletesFirst(spool, client) if mode == "mutant" else client
    uplink = Uplink(spool, "agent-1", poster, HandClock(), IMPATIENT, Random())
    uplink._compress = False
    number = int(first)
    while True:
        if mode != "drain":
            one = replace(a_round(number), mono=number)
            if spool.add_round(one, CIRCUMSTANCES):
                os.write(1, f"{number}\n".encode())
            number += 1
        if mode == "drain" or number % 5 == 0:
            while spool.seal(number) is not None:
                uplink.fresh()
            uplink.step()
        if mode == "drain" and not spool.counts().reports:
            return


if __name__ == "__main__":
    main()
