"""The servers of the fault lab, as processes of their own: `python server.py '{"role": …}'`.

Standard library only. A server says `ready` once it listens. Each line on its standard input is a JSON
object of moods to take on, answered by `ok`; moods that are not named are the healthy ones. It ends with
its standard input. A site `thinks` for so many seconds before it answers.

| role | listens | moods |
| --- | --- | --- |
| dns | 53 | `closed`, `silent`, `code` (2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED), `slow` seconds, `lie` addresses |
| web | 80, 443 | `closed` and those of `Web.page`, `Web.handshake`; `certificate` another file |
| proxy | 3128, 80 | `allow` (else 407) |
"""

import base64
import contextlib
import hashlib
import json
import select
import socket
import ssl
import struct
import sys
import threading
import time
from email.utils import formatdate
from ipaddress import ip_address

MARKER = "__VIEWSTATE laas"
PAGE = (
    "<!doctype html><html lang='th'><title>ระบบบัญชีคอมพิวเตอร์</title>"
    f"<form><input type=hidden name='{MARKER}'></form>" + "<p>บัญชี รายรับ รายจ่าย</p>\n" * 700
).encode()
"""About 40 KB, as a real login page with its scripts."""
PAGES = {
    "wrong": "<h1>It works!</h1>",
    "maintenance": "<h1>ปิดปรับปรุงระบบชั่วคราว</h1>",
    "portal": "<h1>Hotel Wi-Fi</h1><form>Please sign in</form>",
    "payment": "<h1>แจ้งชำระค่าบริการ</h1><p>อินเทอร์เน็ตของท่านถูกระงับ</p>",
}
_WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Server:
    """Listens where it is told, until it is told to close."""

    kind = socket.SOCK_STREAM
    ports: tuple[int, ...] = ()

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.moods: dict = {}
        self.listeners: list[socket.socket] = []
        self.threads: list[threading.Thread] = []

    def mood(self, name: str, healthy=None):
        return self.moods.get(name, healthy)

    def take(self, moods: dict) -> None:
        """Be like this from now on."""
        self.moods = moods
        if self.mood("closed"):
            self.close()
        elif not self.listeners:
            self.open()

    def open(self) -> None:
        for address in self.settings["addresses"]:
            for port in self.ports:
                self.listeners.append(self.listen(address, port))
        for thread in self.threads:
            thread.start()

    def listen(self, address: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, self.kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        if self.kind == socket.SOCK_STREAM:
            listener.listen(64)
        listener.settimeout(0.05)
        thread = threading.Thread(target=self.serve, args=(listener, port), daemon=True)
        self.threads.append(thread)
        return listener

    def close(self) -> None:
        """Each thread closes its own listener: one that is closed under a waiting thread lives on."""
        self.listeners = []
        for thread in self.threads:
            thread.join()
        self.threads = []

    def serve(self, listener: socket.socket, port: int) -> None:
        with listener:
            while listener in self.listeners:
                with contextlib.suppress(TimeoutError):
                    self.next(listener, port)

    def next(self, listener: socket.socket, port: int) -> None:
        conversation, _ = listener.accept()
        threading.Thread(target=self.one, args=(conversation, port), daemon=True).start()

    def one(self, conversation: socket.socket, port: int) -> None:
        conversation.settimeout(30)
        with contextlib.suppress(OSError, ValueError), conversation:
            self.talk(conversation, port)

    def talk(self, conversation: socket.socket, port: int) -> None:
        raise NotImplementedError


class Dns(Server):
    """Answers A and AAAA from `names`; everything else does not exist."""

    kind = socket.SOCK_DGRAM
    ports = (53,)

    def next(self, listener: socket.socket, port: int) -> None:
        data, sender = listener.recvfrom(4096)
        if not self.mood("silent"):
            wait = self.mood("slow", 0)
            threading.Timer(wait, self.reply, (listener, data, sender)).start()

    def reply(self, listener: socket.socket, data: bytes, sender: tuple) -> None:
        with contextlib.suppress(OSError):
            listener.sendto(self.answer(data), sender)

    def answer(self, data: bytes) -> bytes:
        parts, at = [], 12
        while data[at]:
            parts.append(data[at + 1 : at + 1 + data[at]].decode().lower())
            at += 1 + data[at]
        kind = struct.unpack(">H", data[at + 1 : at + 3])[0]
        wanted = self.settings["names"].get(".".join(parts))
        code = 0 if wanted is not None else 3
        if wanted is not None:
            wanted = self.mood("lie", wanted)
            code = self.mood("code", 0)
        found = [ip_address(a).packed for a in wanted or () if not code]
        found = [a for a in found if len(a) == {1: 4, 28: 16}.get(kind)]
        head = struct.pack(
            ">6H", *struct.unpack(">H", data[:2]), 0x8180 | code, 1, len(found), 0, 0
        )
        records = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 1, len(a)) + a for a in found)
        return head + data[12 : at + 5] + records


class Web(Server):
    """A site, a reference or a portal, by its `content`."""

    ports = (80, 443)

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.mood("certificate", self.settings["certificate"]))
        return context

    def talk(self, conversation: socket.socket, port: int) -> None:
        if port == 443:
            if not self.handshake(conversation):
                return
            with self.context().wrap_socket(conversation, server_side=True) as secured:
                self.page(secured)
        else:
            self.page(conversation)

    def handshake(self, plain: socket.socket) -> bool:
        """False where the conversation ends before the handshake: `tls` is "reset", "hang" or "alien"."""
        mood = self.mood("tls")
        if mood is None:
            return True
        plain.recv(4096)
        if mood == "reset":
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif mood == "hang":
            plain.recv(1)
        return False

    def page(self, stream: socket.socket) -> None:
        """One answer: `page`, `status`, `hang`, `late` seconds, `pieces` × 1 s, `drip`, `cut`, `redirect`."""
        head = b""
        while b"\r\n\r\n" not in head:
            part = stream.recv(4096)
            if not part:
                return
            head += part
        if self.mood("hang"):
            stream.recv(1)
            return
        time.sleep(self.mood("late", self.settings.get("thinks", 0)))
        path = head.split(b" ")[1].decode("latin-1")
        if b"upgrade: websocket" in head.lower():
            self.websocket(stream, head)
            return
        if path == "/bulk":
            while True:
                stream.sendall(bytes(65536))
        status, headers, body = self.content(path)
        lines = [
            f"HTTP/1.1 {status}",
            f"Date: {formatdate(usegmt=True)}",
            "Content-Type: text/html; charset=utf-8",
            "Connection: close",
            *headers,
            *([] if status.startswith("204") else [f"Content-Length: {len(body)}"]),
        ]
        stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        if self.mood("cut"):
            stream.sendall(body[: len(body) // 2])
            return
        self.send(stream, body)

    def send(self, stream: socket.socket, body: bytes) -> None:
        if self.mood("drip"):
            for at in range(len(body)):
                stream.sendall(body[at : at + 1])
                time.sleep(1)
        pieces = self.mood("pieces", 1)
        size = len(body) // pieces + 1
        for at in range(0, len(body), size):
            if at:
                time.sleep(1)
            stream.sendall(body[at : at + size])
        if not isinstance(stream, ssl.SSLSocket):
            stream.shutdown(socket.SHUT_WR)

    def content(self, path: str) -> tuple[str, list[str], bytes]:
        redirect = self.mood("redirect")
        if redirect:
            return "302 Found", [f"Location: {redirect}"], b""
        if self.settings["content"] == "reference" and path == "/generate_204":
            return "204 No Content", [], b""
        page = self.mood("page")
        body = PAGES[page].encode() if page else PAGE
        return self.mood("status", "200 OK"), [], body

    def websocket(self, stream: socket.socket, head: bytes) -> None:
        if self.mood("websocket") == "refused":
            stream.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        key = next(
            x.split(b":", 1)[1].strip()
            for x in head.split(b"\r\n")
            if x.lower().startswith(b"sec-websocket-key:")
        )
        accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET.encode()).digest()).decode()
        lines = (
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {accept}",
        )
        stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        stream.recv(16)


class Proxy(Server):
    """An HTTP proxy that wants a password, or lets CONNECT through."""

    ports = (3128, 80)

    def talk(self, conversation: socket.socket, port: int) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += conversation.recv(4096) or b"\r\n\r\n"
        words = head.split(b" ")
        if not self.mood("allow") or words[0] != b"CONNECT":
            conversation.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                b'Proxy-Authenticate: Basic realm="office"\r\nContent-Length: 0\r\n\r\n'
            )
            return
        host, _, number = words[1].decode().rpartition(":")
        with socket.create_connection((host.strip("[]"), int(number)), 10) as onward:
            conversation.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            between = [conversation, onward]
            while True:
                for ready in select.select(between, [], [], 30)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    between[1 - between.index(ready)].sendall(data)


ROLES = {"dns": Dns, "web": Web, "proxy": Proxy}


def main() -> None:
    settings = json.loads(sys.argv[1])
    server = ROLES[settings["role"]](settings)
    server.open()
    print("ready", flush=True)
    for line in sys.stdin:
        server.take(json.loads(line))
        print("ok", flush=True)


if __name__ == "__main__":
    main()
