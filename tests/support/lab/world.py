"""The lab's world: who is connected to whom, in which mood the servers are, and how to break things.

    pc, pc2 ── gateway (NAT) ── isp ── dns, dns2, login, app, one, two, portal, proxy

Every way of breaking something is a method that also remembers how to mend it; `heal` mends everything.
Addresses are shared ones (100.64.0.0/10), which nobody on the internet has.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from support.lab.certificates import Authority
from support.lab.namespaces import PATIENCE, Namespaces, faketime

HERE = Path(__file__).parent
AGENT = Path(sys.executable).with_name("laaswatch-agent")
NUMBERS = {
    "dns": 53,
    "dns2": 54,
    "login": 10,
    "app": 11,
    "one": 101,
    "two": 102,
    "portal": 80,
    "proxy": 81,
}
LOGIN, APP, CHECK = "login.accounts.example", "app.accounts.example", "check.two.example"
THINKING = 0.2
"""Seconds in which a page is made: a site that takes none would be called slow for a busy processor here."""
PCS = {"pc": 10, "pc2": 11}


def ipv4(who: str) -> str:
    """The address of a server."""
    return f"100.65.0.{NUMBERS[who]}"


def ipv6(who: str) -> str:
    """Its other address."""
    return f"2001:db8:65::{NUMBERS[who]}"


class World:
    """Built in seconds; broken and healed in milliseconds."""

    def __init__(self, label: str, folder: Path) -> None:
        self.folder = folder
        self.net = Namespaces(label)
        self.mending: list[Callable[[], None]] = []
        self.environment: dict[str, str] = {}
        self.changes: dict[str, object] = {}
        self.public = Authority(folder, "Lab Public CA")
        self.office = Authority(folder, "Antivirus CA")
        self.servers: dict[str, subprocess.Popen] = {}
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.net.close()

    # Building

    def _build(self) -> None:
        self.net.add(*PCS, "gateway", "isp", *NUMBERS)
        for who in (*PCS, "gateway", "isp", *NUMBERS):
            routes = who in ("gateway", "isp")
            self._settle(who, forward=routes)
        for n, pc in enumerate(PCS, 1):
            self.net.connect(pc, "eth0", "gateway", f"lan{n}")
        self.net.connect("gateway", "wan", "isp", "access")
        for who in NUMBERS:
            self.net.connect(who, "eth0", "isp", who)
        ports = [f"lan{n}" for n in range(1, len(PCS) + 1)]
        self.net.ip("gateway", *_bridge("lan", ports, "192.168.1.1/24", "2001:db8:1::1/64"))
        self.net.ip(
            "gateway",
            *_device("wan", "100.64.0.2/30", "2001:db8:64::2/64"),
            "route add default via 100.64.0.1 metric 10",
            "route add ::/0 via 2001:db8:64::1 metric 10",
        )
        self.net.ip("isp", *_bridge("core", list(NUMBERS), "100.65.0.1/24", "2001:db8:65::1/64"))
        self.net.ip(
            "isp",
            *_device("access", "100.64.0.1/30", "2001:db8:64::1/64"),
            "route add 2001:db8:1::/64 via 2001:db8:64::2 metric 10",
        )
        self.net.nft(
            "gateway",
            "table ip nat { chain out { type nat hook postrouting priority srcnat;"
            ' oifname { "wan", "relay" } masquerade\n}\n}\n',
        )
        for pc in PCS:
            etc = self.net.etc(pc)
            (etc / "resolv.conf").write_text(f"nameserver {ipv4('dns')}\n", encoding="ascii")
            (etc / "hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
            (etc / "nsswitch.conf").write_text("hosts: files dns\n", encoding="ascii")
            self._plug_in(pc)
        for who in NUMBERS:
            self.net.ip(
                who,
                "link set eth0 gso_max_segs 1",  # packets as they are on a wire, each by itself
                *_device("eth0", f"{ipv4(who)}/24", f"{ipv6(who)}/64"),
                "route add default via 100.65.0.1",
                "route add ::/0 via 2001:db8:65::1",
            )
        self.lan = self.net.run("gateway", "cat", "/sys/class/net/lan/address").strip()
        self._serve()

    def _settle(self, who: str, *, forward: bool) -> None:
        """The settings that a new namespace lacks."""
        on = "1" if forward else "0"
        self.net.ip(who, "link set lo up")
        self.net.run(
            who,
            "sysctl",
            "-qw",
            f"net.ipv4.ip_forward={on}",
            f"net.ipv6.conf.all.forwarding={on}",
            "net.ipv6.conf.all.accept_dad=0",
            "net.ipv6.conf.default.accept_dad=0",
            "net.ipv6.conf.default.accept_ra=0",
            "net.ipv6.conf.default.keep_addr_on_down=1",
            "net.ipv4.tcp_congestion_control=reno",
            "net.ipv4.tcp_mtu_probing=0",
            "net.ipv4.ping_group_range=0 2147483647",
        )

    def _plug_in(self, pc: str) -> None:
        number = PCS[pc]
        self.net.ip(
            pc,
            "link set eth0 up",
            f"address replace 192.168.1.{number}/24 dev eth0",
            f"address replace 2001:db8:1::{number}/64 dev eth0 nodad",
            "route replace default via 192.168.1.1",
            "route replace ::/0 via 2001:db8:1::1",
        )

    def _serve(self) -> None:
        names = {
            LOGIN: [ipv4("login"), ipv6("login")],
            APP: [ipv4("app"), ipv6("app")],
            CHECK: [ipv4("two"), ipv6("two")],
        }
        certificates = {"login": [LOGIN], "app": [APP], "portal": ["portal.isp.example"]}
        for who in NUMBERS:
            role = "dns" if who.startswith("dns") else "proxy" if who == "proxy" else "web"
            settings = {"role": role, "addresses": [ipv4(who), ipv6(who)], "names": names}
            if role == "web":
                settings["thinks"] = THINKING if who in ("login", "app") else 0
                settings["content"] = "reference" if who in ("one", "two") else who
                wanted = certificates.get(who, [f"{who}.example", ipv4(who), ipv6(who)])
                settings["certificate"] = self.public.issue(*wanted)
            program = [sys.executable, str(HERE / "server.py"), json.dumps(settings)]
            self.servers[who] = self.net.start(who, *program)

    # Breaking and mending

    def heal(self) -> None:
        """Everything as it was."""
        self.changes, self.environment = {}, {}
        while self.mending:
            self.mending.pop()()

    def server(self, who: str, **moods: object) -> None:
        """A server in another mood (server.py lists them)."""
        self._tell(who, moods)
        self.mending.append(lambda: self._tell(who, {}))

    def _tell(self, who: str, moods: dict[str, object]) -> None:
        process = self.servers[who]
        process.stdin.write(json.dumps(moods) + "\n")
        process.stdin.flush()
        if process.stdout.readline() != "ok\n":
            raise RuntimeError(f"the server {who} died")

    def filter(self, who: str, hook: str, *rules: str) -> None:
        """Nftables rules at a hook: input, output, forward or prerouting (there: DNAT)."""
        kind = "nat" if hook == "prerouting" else "filter"
        priority = "dstnat" if kind == "nat" else "filter"
        chain = f"type {kind} hook {hook} priority {priority};"
        text = "\n".join(rules)
        self.net.nft(who, f"table inet fault {{ chain {hook} {{ {chain}\n{text}\n}}\n}}\n")
        self.mending.append(
            lambda: self.net.nft(who, "table inet fault\ndelete table inet fault\n")
        )

    def deaf(self, who: str, *devices: str) -> None:
        """Whatever arrives at these devices is gone, address resolution too."""
        listed = ", ".join(f'"{x}"' for x in devices)
        self.net.nft(
            who,
            f"table netdev fault {{ chain c {{ type filter hook ingress devices = {{ {listed} }}"
            " priority 0; drop\n}\n}\n",
        )

        def mend() -> None:
            self.net.nft(who, "delete table netdev fault\n")
            for asking in (*PCS, "gateway", "isp"):
                self.net.ip(asking, "neighbour flush all")

        self.mending.append(mend)

    def divert(self, ports: str, to: str) -> None:
        """The gateway leads these TCP ports to another server, wherever they were meant for."""
        where = f'iifname "lan" tcp dport {{ {ports} }}'
        self.filter(
            "gateway",
            "prerouting",
            f"{where} meta nfproto ipv4 dnat ip to {ipv4(to)}",
            f"{where} meta nfproto ipv6 dnat ip6 to {ipv6(to)}",
        )

    def age_neighbours(self) -> None:
        """A minute goes by for the PC: what it knows of its neighbours has to be asked anew."""
        for pc in PCS:
            for address in ("192.168.1.1", "2001:db8:1::1"):
                self.net.ip(pc, f"neighbour replace {address} lladdr {self.lan} dev eth0 nud stale")

    def unplug(self, who: str, device: str) -> None:
        """One end of a cable is down."""
        self.net.ip(who, f"link set {device} down")
        self._wait_for_link(up=False)

        def mend() -> None:
            self.net.ip(who, f"link set {device} up")
            for pc in PCS:
                self._plug_in(pc)
            self._wait_for_link(up=True)

        self.mending.append(mend)

    def _wait_for_link(self, *, up: bool) -> None:
        """The kernel takes up to a second to notice a cable."""
        end = time.monotonic() + PATIENCE
        while (" state UP " in self.net.run("pc", "ip", "link", "show", "eth0")) is not up:
            if time.monotonic() > end:
                raise RuntimeError("the cable's state does not change")
            time.sleep(0.02)

    def addresses(self, *given: str) -> None:
        """The PC has these addresses and no others, and no way out."""
        self.net.ip("pc", "address flush dev eth0 scope global")
        self.net.ip("pc", *[f"address add {x} dev eth0" for x in given])

        def mend() -> None:
            self.net.ip(
                "pc", "address flush dev eth0 scope global", "address flush dev eth0 scope link"
            )
            self._plug_in("pc")

        self.mending.append(mend)

    def route(self, who: str, route: str) -> None:
        """One more route, for example "prohibit 100.65.0.10"."""
        self.net.ip(who, f"route add {route}")
        self.mending.append(lambda: self.net.ip(who, f"route del {route}"))

    def hosts(self, *lines: str) -> None:
        """What stands in the PC's hosts file."""
        file = self.net.etc("pc") / "hosts"
        before = file.read_text(encoding="ascii")
        file.write_text("\n".join((before, *lines, "")), encoding="ascii")
        self.mending.append(lambda: file.write_text(before, encoding="ascii") and None)

    def clock(self, ahead: timedelta) -> None:
        """The agent's clock is so much ahead; nobody else's is."""
        self.environment = {
            "LD_PRELOAD": str(faketime()),
            "FAKETIME": f"{ahead.total_seconds():+.0f}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def thin(self, rate: str, *, wait: str = "400ms") -> None:
        """Both directions of the office's line carry so much, and packets may wait so long in front."""
        for who, device in (("gateway", "wan"), ("isp", "access")):
            shape = f"root tbf rate {rate} burst 3000 latency {wait}"
            self.net.run(who, "tc", "qdisc", "add", "dev", device, *shape.split())
            self.mending.append(
                lambda who=who, device=device: _none(
                    self.net.run(who, "tc", "qdisc", "del", "dev", device, "root")
                )
            )

    def relay(self, *, mtu: int = 1500, **settings: float) -> None:
        """The office's line goes through relay.py with these settings."""
        ends = [self.net.path("gateway"), self.net.path("isp")]
        text = json.dumps({"ends": ends, **settings})
        process = self.net.start("gateway", sys.executable, str(HERE / "relay.py"), text)
        self.mending.append(lambda: self.net.stop(process))
        self.net.ip(
            "isp",
            *_device("relay", "100.64.0.5/30", "2001:db8:63::1/64"),
            f"link set relay mtu {mtu}",
            "route add 2001:db8:1::/64 dev relay metric 1",
        )
        self.net.ip(
            "gateway",
            *_device("relay", "100.64.0.6/30", "2001:db8:63::2/64"),
            f"link set relay mtu {mtu}",
            "route add default dev relay metric 1",
            "route add ::/0 dev relay metric 1",
        )
        self.mending.append(self._forget_paths)
        self._forget_paths()

    def _forget_paths(self) -> None:
        for who in ("login", "app", "one", "two", *PCS):
            self.net.run(who, "ip", "route", "flush", "cache")
            self.net.run(who, "ip", "-6", "route", "flush", "cache")

    def load(self, pc: str, *, streams: int = 4) -> None:
        """This PC fetches something big, as fast as the line lets it."""
        program = (
            "import socket,threading,time\n"
            "def one():\n"
            f"  s=socket.create_connection(({ipv4('two')!r},80));s.sendall(b'GET /bulk HTTP/1.1\\r\\n\\r\\n')\n"
            "  while s.recv(65536): pass\n"
            f"for _ in range({streams}): threading.Thread(target=one,daemon=True).start()\n"
            "print('ready',flush=True)\n"
            "time.sleep(600)\n"
        )
        process = self.net.start(pc, sys.executable, "-c", program)
        self.mending.append(lambda: self.net.stop(process))

    # The agent

    def settings(self, folder: Path) -> Path:
        """The agent's configuration, as an administrator would write it for this world."""
        login = {
            "url": f"https://{LOGIN}/",
            "websocket": f"wss://{APP}/ws",
            "markers": ["__VIEWSTATE"],
            "maintenance_markers": ["ปิดปรับปรุง"],
            "portal_markers": ["อินเทอร์เน็ตของท่านถูกระงับ"],
        }
        document = {
            "state_dir": str(folder / "state"),
            "second_resolver": f"{ipv4('dns2')}:53",
            "ca_file": str(self.public.file),
            "round_seconds": 0.5,
            "report_seconds": 60,
            "fast": True,
            "stand_in_site": True,
            "targets": [
                {"role": "login", "addresses": [login]},
                {"role": "app", "addresses": [{"url": f"https://{APP}/"}]},
            ],
            "references": [
                {"name": "one", "url": f"tls://{ipv4('one')}:443", "operator": "One"},
                {"name": "two", "url": f"tls://{ipv4('two')}:443", "operator": "Two"},
                {"name": "portal_check", "url": f"http://{CHECK}/generate_204", "operator": "Two"},
            ],
        }
        login.update(self.changes.get("login", {}))
        document.update({k: v for k, v in self.changes.items() if k != "login"})
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "agent.yaml"
        file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return file

    def command(self, pc: str, *words: str) -> list[str]:
        """The installed command on one of the PCs, under this world's clock."""
        clock = [f"{k}={v}" for k, v in self.environment.items()]
        return [*self.net.enter(pc), "env", *clock, str(AGENT), *words]

    def agent(self, pc: str, *words: str) -> subprocess.CompletedProcess:
        """Run the installed command to its end."""
        return subprocess.run(
            self.command(pc, *words),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )


def _device(name: str, *addresses: str) -> list[str]:
    nodad = ["nodad" if ":" in x else "" for x in addresses]
    return [
        f"link set {name} up",
        *[f"address add {x} dev {name} {n}" for x, n in zip(addresses, nodad, strict=True)],
    ]


def _bridge(name: str, ports: list[str], *addresses: str) -> list[str]:
    return [
        f"link add {name} type bridge",
        *[line for x in ports for line in (f"link set {x} master {name}", f"link set {x} up")],
        *_device(name, *addresses),
    ]


def _none(_: object) -> None:
    return None
