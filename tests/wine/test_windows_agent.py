"""The agent as Windows runs it: the same code under a Windows CPython and wine, real sockets, real SQLite.

Not shown here, since wine has none of it: Task Scheduler, sleep, virus scanners, real network cards.
"""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import threading
import time
from datetime import UTC, datetime

import psutil
import pytest

from laaswatch_agent.spool_tables import FILE_NAME
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.enrolment import make_code
from support.collector import Collector
from support.intake import OFFICE, add_office
from support.loopback import HOST, Authority, free_port, page, resolver, says, server
from support.wine import Prefix, missing, windows_path

pytestmark = [
    pytest.mark.wine,
    pytest.mark.xdist_group("wine"),
    pytest.mark.skipif(bool(missing()), reason=missing() or "wine is here"),
]
NAME = "login.site.test"
LIVES = 3


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """One Windows machine for all tests of this file."""
    machine = Prefix(tmp_path_factory.mktemp("wine"))
    yield machine
    machine.end()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Who signs the site's certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


@contextlib.contextmanager
def world(folder, authority, *, site, names=None, **more):
    """Settings for a line that works and a site that behaves as told."""
    with (
        server(says(page(b"", "204 No Content"))) as reference,
        resolver({NAME: [HOST]} if names is None else names) as asked,
    ):
        at = f"{HOST}:{asked.address[1]}"
        document = {
            "stand_in_site": True,
            "state_dir": windows_path(folder / "state"),
            "resolver": at,
            "second_resolver": at,
            "ca_file": windows_path(authority.file),
            "targets": [
                {
                    "role": "login",
                    "addresses": [{"url": f"https://{NAME}:{site}/", "markers": ["the-marker"]}],
                }
            ],
            "references": [{"name": "one", "url": f"http://{HOST}:{reference}/x"}],
            **more,
        }
        file = folder / "agent.yaml"
        file.write_text(json.dumps(document), encoding="utf-8")
        yield windows_path(file)


@contextlib.contextmanager
def wrong(fault, authority):
    """(port of the site, names of the resolver) with this fault."""
    signer = authority.issue(NAME, start=-9, end=-2) if fault == "tls" else authority.issue(NAME)
    status = "503 Service Unavailable" if fault == "503" else "200 OK"
    with server(says(page(status=status)), signer) as port:
        yield free_port() if fault == "refused" else port, {} if fault == "dns" else None


@pytest.mark.parametrize(
    ("fault", "code", "layer", "reason"),
    [
        ("none", 0, None, "none"),
        ("dns", 2, "dns", "nxdomain"),
        ("refused", 2, "tcp", "refused"),
        ("tls", 2, "tls", "certificate_expired"),
        ("503", 2, "http", "status_server_error"),
    ],
)
def test_check_finds_the_layer(windows, authority, tmp_path, fault, code, layer, reason):
    with (
        wrong(fault, authority) as (port, names),
        world(tmp_path, authority, site=port, names=names) as config,
    ):
        exit_code, out, err = windows.agent("check", "--json", "--config", config)
    assert exit_code == code, err
    found = json.loads(out)
    assert found["sentence"]["th"].isprintable()
    assert breaks(found) == (layer, reason)


def breaks(found):
    """The first layer that failed, and why."""
    failed = [(x["layer"], x["reason"]) for x in found["layers"] if x["result"] == "fail"]
    return failed[0] if failed else (None, "none")


def test_echoes_go_without_raw_sockets(windows):
    """Through IcmpSendEcho; where the system refuses (wine does, without root) TCP has to serve."""
    code, out, err = windows.run("-c", _ECHO)
    assert code == 0, err
    answered, silent = json.loads(out)
    assert silent is None
    assert answered is None if os.geteuid() else 0 < answered < 1000


_ECHO = """
import json
from laaswatch_agent.host.ping import echo, privilege
assert privilege() == "windows"
print(json.dumps([echo("127.0.0.1", 5.0), echo("255.255.255.255", 0.2)]))
"""


def test_what_only_windows_can_be_asked(windows, tmp_path):
    """The registry's proxy, who may read a file, one name for a boot, a clock that goes on."""
    modes = {"open": 0o644, "secret": 0o600}
    for name, mode in modes.items():
        (tmp_path / name).touch(mode)
    code, out, err = windows.run("-c", _ASK, *(windows_path(tmp_path / x) for x in modes))
    assert code == 0, err
    found = json.loads(out)
    assert found["proxies"] == {"https": "http://10.0.0.1:3128", "http": "http://10.0.0.1:3128"}
    assert found["way"] == ["http://10.0.0.1:3128", "", ""]
    assert found["open"] == [["WD"], []]
    assert found["boot"] == [found["boot"][0]] * 2
    assert found["boot"][0].startswith("boot-")
    assert 0 < found["mono"][0] <= found["mono"][1]


_ASK = r"""
import json, sys, urllib.request, winreg
from laaswatch_agent.collector_client import CollectorClient
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.host.windows import descriptor
from laaswatch_agent.host.windows_task import others

place = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
with winreg.CreateKey(winreg.HKEY_CURRENT_USER, place) as key:
    winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 1)
    winreg.SetValueEx(key, "ProxyServer", 0, winreg.REG_SZ, "http=10.0.0.1:3128;https=10.0.0.1:3128")
    winreg.SetValueEx(key, "ProxyOverride", 0, winreg.REG_SZ, "*.go.th;<local>")
proxies = urllib.request.getproxies()
way = [CollectorClient(f"https://{host}")._proxy_of_the_system()
       for host in ("collector.example", "collector.example.go.th", "127.0.0.1")]
with winreg.OpenKey(winreg.HKEY_CURRENT_USER, place, 0, winreg.KEY_SET_VALUE) as key:
    winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 0)
before, after = Clock(), Clock()
print(json.dumps({
    "proxies": {k: v for k, v in proxies.items() if k in ("http", "https")},
    "way": way,
    "open": [others(descriptor(path)) for path in sys.argv[1:]],
    "boot": [before.boot_id(), after.boot_id()],
    "mono": [before.mono_ms(), after.mono_ms()],
}))
"""


def test_a_file_that_a_scanner_holds_is_waited_for(windows, tmp_path):
    """Windows puts nothing in the place of an open file: tried again, and given up with the old one whole."""
    (tmp_path / "page").write_text("old", encoding="utf-8")
    code, out, err = windows.run("-c", _HELD, windows_path(tmp_path / "page"))
    assert code == 0, err
    assert json.loads(out) == ["old", "new"]
    assert [x.name for x in tmp_path.iterdir()] == ["page"]


_HELD = """
import json, pathlib, sys, threading
from laaswatch_agent.host import files

page = pathlib.Path(sys.argv[1])
found = []
held = page.open("rb")
files.REPLACE_PATIENCE = 0.3
try:
    files.write_atomically(page, b"new")
except PermissionError:
    found.append(page.read_text(encoding="utf-8"))
files.REPLACE_PATIENCE = 60
threading.Timer(0.5, held.close).start()
files.write_atomically(page, b"new")
found.append(page.read_text(encoding="utf-8"))
print(json.dumps(found))
"""


class Life:
    """`laaswatch-agent run` under wine, from its start to its end."""

    def __init__(self, windows, config):
        self.process = windows.start("-m", "laaswatch_agent.cli.main", "run", "--config", config)
        self.lines = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        self.lines.extend(self.process.stdout)

    def memory(self):
        """MiB that the process holds, wine's own parts among them."""
        return psutil.Process(self.process.pid).memory_info().rss / 2**20

    def kill(self):
        """SIGKILL: as good as a power cut for the process."""
        self.process.send_signal(signal.SIGKILL)
        self.gone()

    def gone(self):
        """Wait for the end; the exit code."""
        code = self.process.wait(60)
        self._reader.join(60)
        self.process.stdout.close()
        return code


def taken(folder, scratch):
    """The moments of all rounds that the spool ever took, read from a copy."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for file in folder.glob(FILE_NAME + "*"):
        if not file.name.endswith("-shm"):
            shutil.copyfile(file, scratch / file.name)
    with contextlib.closing(sqlite3.connect(scratch / FILE_NAME)) as connection:
        return [at for (at,) in connection.execute("SELECT at FROM recent")]


def stored(path):
    """(numbers of the reports that the collector holds, how many rounds stand in them)."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT seq, rounds FROM reports ORDER BY seq").fetchall()
    return [seq for seq, _ in rows], sum(rounds for _, rounds in rows)


def wait_for(found, seconds=90.0):
    """What `found()` gives once it gives anything."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
    return value


def enrolment_code(path):
    """A code for an office, made beside the running collector."""
    database = Database.open(f"sqlite:///{path}")
    try:
        add_office(database)
        return database.write(lambda c: make_code(c, OFFICE, now=datetime.now(UTC)))
    finally:
        database.close()


def test_kills_lose_nothing_and_double_nothing(windows, authority, tmp_path):
    """Enrol, report, be killed in the middle of it, start again: every round taken is stored, once."""
    pace = {"fast": True, "round_seconds": 0.3, "report_seconds": 0.6}
    path, state = tmp_path / "store.db", tmp_path / "state"
    with (
        wrong("none", authority) as (port, _),
        world(tmp_path, authority, site=port, **pace) as config,
        Collector(path) as collector,
    ):
        collector.start()
        letter = ("--collector", collector.url, "--code", enrolment_code(path))
        code, out, err = windows.agent("enroll", "--config", config, *letter)
        assert code == 0, out + err
        begun = time.monotonic()
        for life in range(LIVES):
            before = len(stored(path)[0])
            one = Life(windows, config)
            wait_for(lambda before=before: len(stored(path)[0]) >= before + 3)
            if not life:
                print(
                    f"first reports after {time.monotonic() - begun:.1f} s, {one.memory():.0f} MiB"
                )
            one.kill()
        last = windows.start("-c", _STOPS_ITSELF, config)
        out, _ = last.communicate(timeout=90)
        assert last.returncode == 0, out
        made = taken(state, tmp_path / "copy")
        with contextlib.closing(sqlite3.connect(tmp_path / "copy" / FILE_NAME)) as spool:
            waiting = spool.execute(
                "SELECT (SELECT COUNT(*) FROM rounds), (SELECT COUNT(*) FROM sealed)"
            ).fetchone()
        assert collector.stop() == 0
        numbers, rounds = stored(path)
    print(f"{len(made)} rounds taken in {LIVES} killed lives and one more, {rounds} stored")
    assert waiting == (0, 0)
    assert numbers == list(range(1, len(numbers) + 1))
    assert rounds == len(made) == len(set(made))
    assert (state / "status.html").read_text(encoding="utf-8").count("<html") == 1


_STOPS_ITSELF = """
import signal, sys, threading
from laaswatch_agent.cli.main import main
threading.Timer(4.0, signal.raise_signal, [signal.SIGBREAK]).start()
sys.exit(main(["run", "--config", sys.argv[1]]))
"""


def test_one_agent_in_a_folder(windows, authority, tmp_path):
    """A second one says so and leaves; the lock goes with its holder."""
    with world(tmp_path, authority, site=free_port()) as config:
        first = Life(windows, config)
        wait_for(lambda: first.lines)
        assert windows.agent("run", "--config", config)[0] == 3
        first.kill()
        again = Life(windows, config)
        wait_for(lambda: again.lines)
        assert again.process.poll() is None
        again.kill()
