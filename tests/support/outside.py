"""Stand-ins on loopback for servers that belong to others: a mail server, and a web service that answers by script."""

import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Mailbox:
    """What a mail server took. `refuse` maps a verb to the line that answers it; `hang_up_after`: a verb."""

    port: int = 0
    mails: list = field(default_factory=list)
    refuse: dict = field(default_factory=dict)
    hang_up_after: str = ""


class _Talk(socketserver.StreamRequestHandler):
    """One connection to `server.box`."""

    def handle(self):
        box, mail = self.server.box, {"to": []}
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb in box.refuse:
                self._say(box.refuse[verb])
            elif verb == "DATA":
                self._say("354 go on")
                mail["text"] = self._data()
                if box.hang_up_after == "DATA":
                    return
                box.mails.append(mail)
                self._say("250 taken")
            else:
                if verb == "RCPT":
                    mail["to"].append(line.split("<")[1].split(">")[0])
                self._say(
                    {"EHLO": "250-here\r\n250 8BITMIME", "QUIT": "221 bye"}.get(verb, "250 ok")
                )

    def _say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def _data(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)


@contextmanager
def mail_server():
    """An SMTP server without TLS, as on the collector's own machine."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk)
    server.box = Mailbox()
    with _serving(server) as port:
        server.box.port = port
        yield server.box


@dataclass
class Script:
    """Requests as they came, and what is answered: `answers[path]` a list of (status, headers, object), the last stays."""

    url: str = ""
    requests: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)

    def asked(self, path):
        """The requests to a path: (method, headers, body)."""
        return [x[0:1] + x[2:] for x in self.requests if x[1] == path]


@contextmanager
def web_service():
    """A web service on loopback."""
    script = Script()

    class Answer(BaseHTTPRequestHandler):
        def _answer(self):
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            script.requests.append((self.command, self.path, dict(self.headers), body))
            planned = script.answers.get(self.path, [(404, {}, {})])
            status, headers, found = planned.pop(0) if len(planned) > 1 else planned[0]
            text = json.dumps(found).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _answer  # noqa: N815 - the names of http.server

        def log_message(self, *_args):
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Answer)) as port:
        script.url = f"http://127.0.0.1:{port}"
        yield script


@contextmanager
def _serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
