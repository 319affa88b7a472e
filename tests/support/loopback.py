"""Servers on loopback that behave as told: TCP, TLS, HTTP and DNS, each on a port of its own."""

import contextlib
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
_DAY = timedelta(days=1)


@contextlib.contextmanager
def server(behave, context=None):
    """A TCP (or TLS) server that calls `behave(socket)` for each connection; gives its port."""
    listener = socket.create_server((HOST, 0))
    stop = threading.Event()
    threads = []

    def one(conversation):
        with contextlib.suppress(OSError), conversation:
            if context is None:
                behave(conversation)
                return
            with context.wrap_socket(conversation, server_side=True) as secured:
                behave(secured)

    def accept():
        while not stop.is_set():
            try:
                conversation, _ = listener.accept()
            except OSError:
                return
            conversation.settimeout(5)
            threads.append(threading.Thread(target=one, args=(conversation,), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(5)
        for thread in threads:
            thread.join(5)


def read_request(conversation):
    """The request's head, as text."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = conversation.recv(4096)
        if not part:
            break
        data += part
    return data.decode("ascii")


def says(answer):
    """A server's behaviour: read a request, send these bytes, close."""

    def behave(conversation):
        read_request(conversation)
        conversation.sendall(answer)

    return behave


def page(body=b"<p>the-marker</p>", status="200 OK", headers=()):
    """The bytes of an HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def free_port():
    """A port on which nobody listens."""
    with socket.create_server((HOST, 0)) as taken:
        return taken.getsockname()[1]


@contextlib.contextmanager
def silent_port():
    """A port that answers no connect at all: its queue is full and nobody empties it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((HOST, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((HOST, port))
        yield port


@dataclass
class Resolver:
    """A name server: `names` are its answers, `code` what it says of others, `silent` its mood."""

    names: dict = field(default_factory=dict)
    code: int = 3
    silent: bool = False
    asked: list = field(default_factory=list)
    address: tuple = ()

    def reply(self, data):
        name, at = "", 12
        while data[at]:
            name += data[at + 1 : at + 1 + data[at]].decode() + "."
            at += 1 + data[at]
        kind = struct.unpack(">H", data[at + 1 : at + 3])[0]
        self.asked.append((name[:-1], kind))
        if self.silent:
            return None
        wanted = self.names.get(name[:-1])
        found = [ip_address(a).packed for a in wanted or ()]
        found = [a for a in found if len(a) == (4 if kind == 1 else 16)]
        code = 0 if wanted is not None else self.code
        head = struct.pack(
            ">6H", *struct.unpack(">H", data[:2]), 0x8180 | code, 1, len(found), 0, 0
        )
        records = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 1, len(a)) + a for a in found)
        return head + data[12 : at + 5] + records


@contextlib.contextmanager
def resolver(names=None, **moods):
    """A name server on loopback."""
    made = Resolver({k: list(v) for k, v in (names or {}).items()}, **moods)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((HOST, 0))
        listener.settimeout(0.05)
        made.address = listener.getsockname()
        stop = threading.Event()

        def serve():
            while not stop.is_set():
                try:
                    data, sender = listener.recvfrom(4096)
                except TimeoutError:
                    continue
                answer = made.reply(data)
                if answer is not None:
                    listener.sendto(answer, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            stop.set()
            thread.join(5)


class Authority:
    """A certificate authority; `issue` gives a server's TLS context."""

    def __init__(self, folder: Path, organisation="The Site's Authority"):
        self.folder = folder
        self.organisation = organisation
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} R1"),
            ]
        )
        root = self._build(self.name, self.key, -10, 10, authority=True)
        self.file = folder / f"{organisation.replace(' ', '-')}.pem"
        self.file.write_bytes(root.public_bytes(Encoding.PEM))

    def issue(self, name, *, start=-5, end=5, own=False):
        """A context for `name`, valid from `start` to `end` days from now; `own` = self-signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._build(subject, key, start, end, own=own)
        path = self.folder / f"{name}-{start}-{end}-{own}.pem"
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _build(self, subject, key, start, end, *, authority=False, own=False):
        now = datetime.now(UTC)
        names = [
            x509.DNSName(subject.rdns[-1].rfc4514_string().partition("=")[2].replace(" ", "-"))
        ]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if own else self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + start * _DAY)
            .not_valid_after(now + end * _DAY)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key if own else self.key, hashes.SHA256())
        )
