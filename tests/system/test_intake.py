"""The collector as people run it: real processes, real sockets, a real full disk."""

import contextlib
import gzip
import hashlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from laaswatch_agent.report.codec import pack_delivery
from laaswatch_collector.store.database import Database
from support.collector import Collector
from support.intake import OFFICE, Sender, a_round, add_office, enrol

pytestmark = pytest.mark.system


def now_ms():
    return round(time.time() * 1000)


def run(*arguments, **options):
    """One `laaswatch-collector` command."""
    return subprocess.run(
        [sys.executable, "-m", "laaswatch_collector.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        **options,
    )


def ask(collector, method, path, body=None, headers=None):
    """Status, Retry-After and answer."""
    connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Retry-After"), json.loads(answer.read())
    finally:
        connection.close()


def send(collector, sender, *lines):
    """One delivery, sent now."""
    body = sender.body(*lines, sent=now_ms(), mono=now_ms())
    headers = {
        "Authorization": f"Bearer {sender.token}",
        "Content-Type": "application/x-ndjson",
        "Content-Encoding": "gzip",
    }
    return ask(collector, "POST", "/v1/reports", body, headers)


def prepared(path):
    """A database with an office and an agent, and that agent."""
    database = Database.open(f"sqlite:///{path}")
    try:
        add_office(database)
        return enrol(database)
    finally:
        database.close()


def numbers(path):
    """The numbers of the stored reports."""
    with closing(sqlite3.connect(path)) as connection:
        return [x for (x,) in connection.execute("SELECT seq FROM reports ORDER BY seq")]


def test_from_an_empty_folder_to_a_stored_report(tmp_path):
    """Serve, make a code, enrol, report, and stop: each through its own door."""
    path = tmp_path / "new folder" / "laaswatch.db"
    with Collector(path) as collector:
        collector.start()
        database = Database.open(f"sqlite:///{path}")  # as a command beside the collector
        add_office(database)
        database.close()
        made = run("token", "create", "--office", OFFICE, "--database", path)
        assert made.returncode == 0, made.stderr
        (code,) = [x.strip() for x in made.stdout.splitlines() if x.count("-") == 4][:1]
        token = "5c" * 32
        request = {
            "code": code.lower(),
            "nonce": "07" * 32,
            "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
            "system": "linux",
            "version": "0.1.0",
        }
        headers = {"Content-Type": "application/json"}
        status, _, answer = ask(collector, "POST", "/v1/enrolments", json.dumps(request), headers)
        assert (status, answer["office"]["code"]) == (200, OFFICE)
        sender = Sender(answer["agent"], token)
        sender.seal(a_round(now_ms(), now_ms()))
        assert send(collector, sender)[2]["acked"] == [[1, 1]]
        assert answer["agent"] in run("token", "list", "--database", path).stdout
        assert collector.stop() == 0
    assert "laaswatch-collector token create --office CODE" in "".join(collector.output)
    assert numbers(path) == [1]


def test_an_unknown_office_gets_no_code(tmp_path):
    done = run("token", "create", "--office", "9999999", "--database", tmp_path / "a.db")
    assert done.returncode == 1
    assert "there is no office 9999999" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_collector_is_told_whose_database_it_is(tmp_path):
    with Collector(tmp_path / "a.db") as first:
        first.start()
        done = run(
            "serve", "--no-control", "--listen", "127.0.0.1:0", "--database", tmp_path / "a.db"
        )
        assert done.returncode == 1
        assert "in use by another laaswatch-collector" in done.stderr
        assert "Traceback" not in done.stderr
        assert ask(first, "GET", "/health")[0] == 200


def test_a_port_that_is_taken_is_said_plainly(tmp_path):
    with Collector(tmp_path / "a.db") as first:
        first.start()
        address = f"127.0.0.1:{first.port}"
        done = run("serve", "--no-control", "--listen", address, "--database", tmp_path / "b.db")
        assert done.returncode == 1
        assert f"cannot listen on {address}" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_and_soon(tmp_path, number):
    path = tmp_path / "a.db"
    sender = prepared(path)
    with Collector(path) as collector:
        collector.start()
        idle = http.client.HTTPConnection("127.0.0.1", collector.port)
        idle.request("GET", "/health")
        idle.getresponse().read()  # a kept connection must not hold up the end
        sender.seal(a_round(now_ms(), now_ms()))
        assert send(collector, sender)[0] == 200
        started = time.monotonic()
        os.kill(collector.pid, number)
        assert collector._gone() == 0
        assert time.monotonic() - started < 10
        idle.close()
    assert "stopped" in collector.output[-1]
    assert numbers(path) == [1]
    assert not path.with_name("a.db-wal").exists()  # all of it went into the file


def test_bad_settings_are_named(tmp_path):
    file = tmp_path / "collector.yaml"
    for text, said in (
        ("no_such_key: 1", "no_such_key"),
        ("listen: nowhere", "not of the form address:port"),
        ("agents:\n  round_seconds: 1", "round_seconds must lie between"),
        ("listen: a:1\nlisten: b:1", "twice"),
        ("control_agent: {enabled: maybe}", "control_agent.enabled"),
    ):
        file.write_text(text, encoding="utf-8")
        done = run("doctor", "--config", file)
        assert done.returncode == 1
        assert said in done.stderr
        assert str(file) in done.stderr
        assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- carried by hand


def export_of(*deliveries):
    """A file as `laaswatch-agent export` writes it."""
    return gzip.compress(b"\n\n".join(map(pack_delivery, deliveries)))


@pytest.fixture
def carried(tmp_path):
    """A database, an agent with ten reports, and its export file."""
    path = tmp_path / "a.db"
    sender = prepared(path)
    for n in range(10):
        sender.seal(a_round(now_ms() - 1000 * n, now_ms() - 1000 * n))
    times = {"sent": now_ms(), "mono": now_ms()}
    file = tmp_path / "reports.ndjson.gz"
    file.write_bytes(
        export_of(
            sender.delivery(*sender.lines[:6], **times), sender.delivery(*sender.lines[6:], **times)
        )
    )
    return path, sender, file


def test_a_carried_file_is_taken_in_once_however_often_it_comes(carried):
    path, _, file = carried
    first = run("reports", "import", file, "--database", path)
    assert "10 new, 0 known already, 0 unusable" in first.stdout
    again = run("reports", "import", file, "--database", path)
    assert "0 new, 10 known already" in again.stdout
    assert numbers(path) == list(range(1, 11))


def test_a_carried_file_and_the_network_do_not_count_twice(carried):
    path, sender, file = carried
    with Collector(path) as collector:
        collector.start()
        assert send(collector, sender, *sender.lines[:4])[0] == 200
        done = run("reports", "import", file, "--database", path)
        assert "6 new, 4 known already" in done.stdout
        assert collector.stop() == 0
    assert numbers(path) == list(range(1, 11))


def spoiled(whole, sender):
    """File contents that are not an export of an agent of ours, and the word that says so."""
    stranger = Sender("f" * 32)
    stranger.seal(a_round(1, 1))
    return {
        "empty": (b"", "the file is empty"),
        "empty inside": (gzip.compress(b""), "the file is empty"),
        "not gzip": (b"hello", "not gzip"),
        "cut": (whole[:-20], "cut short"),
        "cut early": (whole[: len(whole) // 2], "cut short"),
        "damaged": (whole[:60] + bytes([whole[60] ^ 255]) + whole[61:], "damaged"),
        "a spreadsheet": (b"PK\x03\x04" + bytes(100), "not gzip"),
        "something else in gzip": (gzip.compress(b"name,amount\n"), "not an agent's export"),
        "a bomb": (gzip.compress(bytes(300 << 20), 9), "a part is larger"),
        "an unknown agent": (
            export_of(stranger.delivery(mono=1)),
            "not enrolled at this collector",
        ),
        "bytes behind the end": (whole + b"x", "behind the end"),
    }


def test_a_wrong_file_is_named_and_brings_nothing(carried, tmp_path):
    path, sender, file = carried
    for name, (content, said) in spoiled(file.read_bytes(), sender).items():
        wrong = tmp_path / "wrong.gz"
        wrong.write_bytes(content)
        done = run("reports", "import", wrong, "--database", path)
        assert done.returncode == 1, name
        assert said in done.stderr, (name, done.stderr)
        assert "Traceback" not in done.stderr
        assert numbers(path) == []


# ---------------------------------------------------------------- doctor and backup


def test_the_doctor_says_what_is_missing(tmp_path):
    none = run("doctor", "--json", "--database", tmp_path / "none.db")
    assert none.returncode == 2
    assert json.loads(none.stdout)[-1]["level"] == "broken"
    assert not (tmp_path / "none.db").exists()
    path = tmp_path / "a.db"
    sender = prepared(path)
    with Collector(path) as collector:
        collector.start()
        sender.seal(a_round(now_ms(), now_ms()))
        send(collector, sender)
        found = {
            x["what"]: x["level"]
            for x in json.loads(run("doctor", "--json", "--database", path).stdout)
        }
    assert found["database"] == found["offices"] == found["reports"] == found["clock"] == "ok"
    assert found["control"] == "look"


def test_a_backup_of_a_busy_database_is_whole(carried, tmp_path):
    path, _, file = carried
    with Collector(path) as collector:
        collector.start()
        assert run("reports", "import", file, "--database", path).returncode == 0
        copy = tmp_path / "copy.db"
        assert run("backup", copy, "--database", path).returncode == 0
        assert numbers(copy) == list(range(1, 11))
        assert run("backup", copy, "--database", path).returncode == 1  # never over another file
    with Collector(copy) as restored:
        restored.start()
        assert restored.stop() == 0


# ---------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 3 MiB, mounted for this test alone."""
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("a file system of its own needs root on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_and_free(small_disk, *program):
    """Fill the disk under a collector, free it again: (sent, acknowledged while filling, held at the end)."""
    path = small_disk / "a.db"
    sender = prepared(path)
    ballast = small_disk / "ballast"
    acked = set()
    with Collector(path, program=program or ("-m", "laaswatch_collector.cli.main")) as collector:
        collector.start()
        for _ in range(5):
            sender.seal(a_round(now_ms(), now_ms()))
        assert send(collector, sender)[0] == 200
        acked |= {1, 2, 3, 4, 5}
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        refusals = 0
        for _ in range(200):
            line = sender.seal(*(a_round(now_ms() + n, now_ms() + n) for n in range(100)))
            status, retry_after, answer = send(collector, sender, line)
            if status == 200:
                acked.add(len(sender.lines))
                continue
            assert (status, answer["error"]) == (503, "unavailable")
            assert int(retry_after) > 0
            refusals += 1
            if refusals > 10:
                break
        assert refusals > 10
        assert ask(collector, "GET", "/health")[0] == 200
        ballast.unlink()
        rest = [line for n, line in enumerate(sender.lines, 1) if n not in acked]
        deadline = time.monotonic() + 60
        while send(collector, sender, *rest)[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert collector.stop() == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return len(sender.lines), acked, numbers(path)


def test_a_full_disk_acknowledges_nothing_and_passes_by_itself(small_disk):
    """503 with a time while it is full; whole, and complete, once somebody has made room."""
    sent, acked, held = fill_and_free(small_disk)
    assert acked <= set(held)
    assert held == list(range(1, sent + 1))


def test_acknowledging_what_a_full_disk_did_not_take_is_caught(small_disk):
    """The negative control: a collector that answers before it commits loses what it acknowledged."""
    mutants = Path(__file__).parents[1] / "support" / "mutants.py"
    _, acked, held = fill_and_free(small_disk, str(mutants), "early_ack")
    assert acked - set(held)
