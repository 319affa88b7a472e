"""A line with a mind of its own: a TUN device in each of two namespaces and every packet in between.

`python relay.py '{"ends": ["/run/netns/a", "/run/netns/b"], "delay": 0.2, …}'` says `ready` once both
devices (named `relay`) are there, and ends with its standard input. Stands in for netem, which many
kernels lack. Seconds and shares; each direction has its own queue.

| setting | meaning |
| --- | --- |
| delay, jitter | seconds one way: delay plus up to ±jitter, packets never overtake each other |
| loss | share of packets that vanish, both ways |
| rate, queue | bits per second, and how many bytes may wait before packets are dropped |
| seed | for jitter and loss |
"""

import contextlib
import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time
from pathlib import Path

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000


def open_tun(namespace: str) -> int:
    """A new device `relay` in this namespace, which the process enters for it."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(namespace).open("rb") as handle:
        if libc.setns(handle.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", b"relay", _IFF_TUN | _IFF_NO_PI))
    return tun


class Way:
    """One direction: decides when each packet arrives, if it does."""

    def __init__(self, settings: dict, dice: random.Random) -> None:
        self.settings = settings
        self.dice = dice
        self.free_at = 0.0
        self.last = 0.0

    def arrival(self, size: int, now: float) -> float | None:
        """When a packet of this size gets to the other end; None = never."""
        get = self.settings.get
        if self.dice.random() < get("loss", 0.0):
            return None
        sent = now
        rate = get("rate")
        if rate:
            if (self.free_at - now) * rate / 8 > get("queue", 1 << 30):
                return None
            self.free_at = sent = max(now, self.free_at) + size * 8 / rate
        jitter = get("jitter", 0.0)
        at = sent + get("delay", 0.0) + self.dice.uniform(-jitter, jitter)
        self.last = max(self.last, at, now)
        return self.last


def main() -> None:
    settings = json.loads(sys.argv[1])
    ends = [open_tun(x) for x in settings["ends"]]
    dice = random.Random(settings.get("seed", 1))
    ways = [Way(settings, dice), Way(settings, dice)]
    waiting: list[tuple[float, int, int, bytes]] = []
    count = 0
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, end, packet = heapq.heappop(waiting)
            with contextlib.suppress(OSError):  # the other end is down: so is the line
                os.write(ends[end], packet)
        patience = waiting[0][0] - now if waiting else None
        ready, _, _ = select.select([*ends, sys.stdin], [], [], patience)
        if sys.stdin in ready:
            return
        for one in ready:
            try:
                packet = os.read(one, 65536)
            except OSError:
                continue
            end = ends.index(one)
            at = ways[end].arrival(len(packet), time.monotonic())
            if at is not None:
                count += 1
                heapq.heappush(waiting, (at, count, 1 - end, packet))


if __name__ == "__main__":
    main()
