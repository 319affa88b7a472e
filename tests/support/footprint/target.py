"""What every prober of the footprint bench asks, in a process of its own: site, references, names, collector.

Prints one JSON line with the addresses, then answers until standard input closes; on a line of input it
prints how many pages it served and how many bytes its collector's door took in.
"""

import contextlib
import json
import sys
import tempfile
from pathlib import Path

from support.agents import Counterpart, ack_all, reply
from support.loopback import HOST, Authority, page, resolver, says, server

SITE = "www.site.test"
LOGIN = page(b"<p>the-marker</p>" + b"<p>login page</p>" * 40)


class Counting:
    """A collector's door that acknowledges everything and counts what came over the wire."""

    def __init__(self) -> None:
        self.bytes = 0
        self.deliveries = 0

    def __call__(self, method, path, headers, body):
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(
            f"{k}: {v}\r\n" for k, v in headers.items()
        )
        self.bytes += len(head) + 2 + len(body or b"")
        if path == "/v1/enrolments":
            office = {"code": "05120101", "name_th": "อบต.ทดสอบ", "name_en": "Test TAO"}
            return reply(
                200, {"agent": "agent-1", "state": "active", "role": "pc", "office": office}
            )
        self.deliveries += 1
        return ack_all(_inflated(headers, body))


def _inflated(headers, body):
    import gzip

    packed = any(k.lower() == "content-encoding" and v == "gzip" for k, v in headers.items())
    return gzip.decompress(body) if packed else body


def main() -> None:
    served = 0

    def login(stream):
        nonlocal served
        served += 1
        says(LOGIN)(stream)

    door = Counting()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="laaswatch-bench-")))
        ours = Authority(folder)
        names = stack.enter_context(resolver({SITE: [HOST]}))
        nothing = page(b"", "204 No Content")
        addresses = {
            "ca": str(ours.file),
            "names": f"{HOST}:{names.address[1]}",
            "site": stack.enter_context(server(login, ours.issue(SITE))),
            "tls": [stack.enter_context(server(says(nothing), ours.issue(HOST))) for _ in range(2)],
            "http": stack.enter_context(server(says(nothing))),
            "collector": stack.enter_context(Counterpart(door)).address,
        }
        print(json.dumps(addresses), flush=True)
        for _ in sys.stdin:
            seen = {"served": served, "bytes": door.bytes, "deliveries": door.deliveries}
            print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
