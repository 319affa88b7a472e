"""`laaswatch-agent check` as a user starts it: when every packet is dropped, and on an old terminal."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laaswatch_agent.knowledge.articles import load_articles
from support.loopback import HOST, page, resolver, says, server, silent_port

pytestmark = pytest.mark.system


def test_it_answers_within_fifteen_seconds_when_everything_is_dropped(tmp_path):
    with silent_port() as port, resolver(silent=True) as names:
        file = tmp_path / "check.yaml"
        document = {
            "stand_in_site": True,
            "state_dir": str(tmp_path / "state"),
            "resolver": f"{HOST}:{names.address[1]}",
            "second_resolver": f"{HOST}:{names.address[1]}",
            "targets": [
                {
                    "role": role,
                    "addresses": [
                        {
                            "url": f"https://{role}.site.test:{port}/",
                            "known_addresses": [HOST],
                        }
                    ],
                }
                for role in ("login", "kb", "app")
            ],
            "references": [
                {"name": f"r{n}", "url": f"{scheme}://{HOST}:{port}"}
                for n, scheme in enumerate(("tcp", "tls", "http"))
            ],
        }
        file.write_text(json.dumps(document), encoding="utf-8")
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "laaswatch_agent.cli.main", "check", "--json", "--config", file],
            capture_output=True,
            timeout=60,
            check=False,
        )
        seconds = time.monotonic() - started
    assert seconds <= 15
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stdout)["fault"] == "uplink"


def settings(folder, port, reference):
    file = folder / "check.yaml"
    document = {
        "stand_in_site": True,
        "state_dir": str(folder / "state"),
        "targets": [{"role": "login", "addresses": [{"url": f"http://{HOST}:{port}/"}]}],
        "references": [{"name": "one", "url": f"http://{HOST}:{reference}/x"}],
    }
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def at_a_terminal(file, encoding, typed, folder):
    """What `check` shows on a real terminal of this encoding to somebody who types; and its exit code."""
    import pty

    own, theirs = pty.openpty()
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {folder}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "BROWSER": str(browser)}
    environment["XDG_STATE_HOME"] = str(folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "laaswatch_agent.cli.main", "check", "--config", file],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TMPDIR": str(folder)},
    )
    os.close(theirs)
    os.write(own, typed)
    shown = b""
    try:
        while select.select([own], [], [], 30)[0]:
            shown += os.read(own, 65536)
    except OSError:  # the other end is closed: it has ended
        pass
    finally:
        os.close(own)
        code = process.wait(30)
    return shown.decode(errors="replace"), code


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_a_terminal_without_thai_gets_the_page_and_one_with_thai_the_question(tmp_path):
    steps = load_articles()["kb-34-server-error"].actions
    with (
        server(says(page(b"", "503 Service Unavailable"))) as port,
        server(says(page(b"", "204 No Content"))) as reference,
    ):
        file = settings(tmp_path, port, reference)
        _, code = at_a_terminal(file, "cp437", b"", tmp_path)
        assert code == 2
        opened = Path((tmp_path / "opened").read_text().strip().removeprefix("file://"))
        assert steps[0].th.replace("10 ", "10&nbsp;") in opened.read_text(encoding="utf-8")
        (tmp_path / "opened").unlink()
        shown, code = at_a_terminal(file, "utf-8", b"n\n", tmp_path)
        assert code == 2
        assert steps[1].th in shown
        assert not (tmp_path / "opened").exists()
