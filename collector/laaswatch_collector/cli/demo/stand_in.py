"""The stand-in accounting site: ours, on loopback, and it says so on every page.

A child process of the demo. It serves the site over HTTPS twice, on one port for this PC and on
another for the control agent, two reference servers for each, a portal page and two name servers, so
that a fault of the PC's way leaves the control's way alone. It looks for a new fault twice a second.
"""

import asyncio
import contextlib
import json
import signal
import ssl
import sys
import threading
from pathlib import Path

from aiohttp import web

from laaswatch_collector.cli.demo.faults import PC_ONLY, wanted
from laaswatch_collector.cli.demo.names import NameServer
from laaswatch_collector.cli.say import both

SITE = "www.stand-in.test"
KB = "km.stand-in.test"
REFERENCES = ("one.reference.test", "two.reference.test")
PORTAL = "portal.provider.test"
NAMES = frozenset({SITE, KB, PORTAL, *REFERENCES})
SIDES = ("pc", "control")
MARKER = "laaswatch-stand-in-login"
"""What the real login page would have as its marker."""
SLOW_SECONDS = 1.5
POLL_SECONDS = 0.5

_PAGE = """<!doctype html><html lang="th"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{about}</p><p id="{marker}">{text}</p></body></html>"""


def _page(title: str, marker: str, text: str) -> str:
    return _PAGE.format(title=title, marker=marker, text=text, about=both("demo.about"))


class StandIn:
    """The servers of the stand-in, and the fault that they show."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fault: str | None = None
        self._runners: list[web.AppRunner] = []
        self._sites: dict[str, tuple[web.AppRunner, web.TCPSite]] = {}
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._chain("good")
        self.ports: dict[str, int] = {}

    async def start(self) -> None:
        """Open every port; `ports` then names them."""
        for side in SIDES:
            name = f"{side}_site"
            self._sites[name] = await self._serve(name, self._site(side), self._context)
            for number in (1, 2):
                await self._serve(f"{side}_reference_{number}", self._reference(side), None)
            await self._name_server(side)
        await self._serve("portal", self._portal(), None)

    async def follow(self) -> None:
        """Show whatever fault the demo's folder asks for, until cancelled."""
        while True:
            await self.show(wanted(self._folder))
            await asyncio.sleep(POLL_SECONDS)

    async def show(self, fault: str | None) -> None:
        """Change from the present fault to this one."""
        if fault == self._fault:
            return
        before, self._fault = self._fault, fault
        if "tls" in (before, fault):
            self._chain("expired" if fault == "tls" else "good")
        if fault == "off":
            for _, site in self._sites.values():
                await site.stop()
        elif before == "off":
            for name, (runner, _) in self._sites.items():
                self._sites[name] = (runner, await self._listen(name, runner, self._context))

    async def stop(self) -> None:
        """Close every port."""
        for transport in self._datagrams:
            transport.close()
        for runner in self._runners:
            await runner.cleanup()

    def _chain(self, name: str) -> None:
        self._context.load_cert_chain(self._folder / "certificates" / f"{name}.pem")

    def _shows(self, side: str, fault: str) -> bool:
        return self._fault == fault and (side == "pc" or fault not in PC_ONLY)

    def _site(self, side: str) -> web.Application:
        async def page(request: web.Request) -> web.Response:
            if self._shows(side, "portal"):
                raise web.HTTPFound(f"http://{PORTAL}:{self.ports['portal']}/sign-in")
            if self._shows(side, "http503"):
                return web.Response(status=503, text="503 Service Unavailable")
            if self._shows(side, "slow"):
                await asyncio.sleep(SLOW_SECONDS)
            text = _page(both("demo.site_title"), MARKER, request.path)
            return web.Response(text=text, content_type="text/html")

        app = web.Application()
        for path in ("/", "/dlogin.aspx", "/laaskm/"):
            app.router.add_get(path, page)
        return app

    def _reference(self, side: str) -> web.Application:
        async def answer(_request: web.Request) -> web.Response:
            if self._shows(side, "portal"):
                raise web.HTTPFound(f"http://{PORTAL}:{self.ports['portal']}/sign-in")
            return web.Response(status=204)

        app = web.Application()
        app.router.add_get("/generate_204", answer)
        return app

    def _portal(self) -> web.Application:
        async def page(_request: web.Request) -> web.Response:
            body = _page("portal", "portal", both("demo.portal"))
            return web.Response(text=body, content_type="text/html")

        app = web.Application()
        app.router.add_get("/{rest:.*}", page)
        return app

    async def _serve(
        self, name: str, app: web.Application, context: ssl.SSLContext | None
    ) -> tuple[web.AppRunner, web.TCPSite]:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, keepalive_timeout=5)
        await runner.setup()
        self._runners.append(runner)
        return runner, await self._listen(name, runner, context)

    async def _listen(
        self, name: str, runner: web.AppRunner, context: ssl.SSLContext | None
    ) -> web.TCPSite:
        site = web.TCPSite(
            runner, "127.0.0.1", self.ports.get(name, 0), ssl_context=context, reuse_address=True
        )
        await site.start()
        self.ports[name] = runner.addresses[-1][1]
        return site

    async def _name_server(self, side: str) -> None:
        def lost(name: str) -> bool:
            return name in (SITE, KB) and self._shows(side, "dns")

        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: NameServer(NAMES, lost), local_addr=("127.0.0.1", 0)
        )
        self._datagrams.append(transport)
        self.ports[f"{side}_names"] = transport.get_extra_info("sockname")[1]


async def run(folder: Path) -> None:
    """Serve until a signal or the end of standard input (the demo that started us is gone)."""
    stand_in = StandIn(folder)
    await stand_in.start()
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers
            loop.add_signal_handler(number, done.set)
    ready = folder / "stand-in.json"
    fresh = ready.with_suffix(".new")
    fresh.write_text(json.dumps(stand_in.ports), encoding="utf-8")
    fresh.replace(ready)

    def until_orphaned() -> None:
        sys.stdin.read()
        with contextlib.suppress(RuntimeError):  # the loop is already closed
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=until_orphaned, daemon=True).start()
    following = asyncio.create_task(stand_in.follow())
    following.add_done_callback(lambda _: done.set())
    await done.wait()
    ready.unlink(missing_ok=True)  # whoever breaks or heals now is told that nothing plays
    if not following.cancel():
        following.result()  # what ended it was our mistake: say it
    await stand_in.stop()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
