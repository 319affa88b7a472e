"""The floor: the agent's own probes as a bare loop of sockets and TLS, nothing kept, nothing judged.

usage: bare_loop.py ROUNDS ADDRESSES_JSON. Prints a line after start-up and one after each round.
"""

import json
import socket
import ssl
import struct
import sys
import time

HOST, SITE = "127.0.0.1", "www.site.test"


def main() -> None:
    rounds, at = int(sys.argv[1]), json.loads(sys.argv[2])
    context = ssl.create_default_context(cafile=at["ca"])
    context.check_hostname = False
    names = ("127.0.0.1", int(at["names"].rpartition(":")[2]))
    print("ready", flush=True)
    for n in range(rounds):
        for kind in (1, 28, 1, 28):  # two resolvers, two families
            _name(names, n, kind)
        for port in at["tls"]:
            _ask(context, port, b"")
        _ask(
            None, at["http"], b"GET /generate_204 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        _ask(context, at["site"], b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    time.sleep(0.05)


def _name(resolver: tuple[str, int], number: int, kind: int) -> None:
    labels = b"".join(bytes([len(x)]) + x.encode() for x in SITE.split("."))
    query = struct.pack("!HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0) + labels + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(2)
        asked.sendto(query + struct.pack("!HH", kind, 1), resolver)
        asked.recv(512)


def _ask(context: ssl.SSLContext | None, port: int, request: bytes) -> None:
    with socket.create_connection((HOST, port), 2) as plain:
        if context is None:
            _talk(plain, request)
            return
        with context.wrap_socket(plain, server_hostname=SITE) as stream:
            _talk(stream, request)


def _talk(stream: socket.socket, request: bytes) -> None:
    if request:
        stream.sendall(request)
        while stream.recv(16384):
            pass


if __name__ == "__main__":
    main()
