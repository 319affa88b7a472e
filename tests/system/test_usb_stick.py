"""The copy for a USB stick: locked, on a bare Python, for somebody without rights, a home or a state folder."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from laaswatch_agent.cli import usb
from laaswatch_agent.cli.main import main
from laaswatch_agent.knowledge.articles import load_articles
from support.loopback import HOST, page, says, server

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights and launcher"),
]
NOBODY = "54321"
"""A number without an account, and so without a home."""


def bare_python():
    """The system's own Python, which has none of our libraries; else the one behind this environment."""
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        found = shutil.which(name, path="/usr/bin:/bin")
        new = "import sys; sys.exit(sys.version_info < (3, 11))"
        if found and subprocess.run([found, "-I", "-c", new], check=False).returncode == 0:
            return found
    return sys._base_executable


@pytest.fixture
def stick():
    """A locked copy that everybody may read."""
    folder = Path(tempfile.mkdtemp(prefix="laaswatch-usb-"))
    folder.chmod(0o755)
    assert main(["usb", str(folder)]) == 0
    lock(folder)
    yield folder
    for place in (folder, *(x for x in folder.rglob("*") if x.is_dir())):
        place.chmod(0o755)
    shutil.rmtree(folder)


def lock(folder):
    for place in (*folder.rglob("*"), folder):
        place.chmod(0o555 if place.is_dir() else 0o444)


def settings(folder, port, reference):
    file = folder / "settings.yaml"
    document = {
        "stand_in_site": True,
        "targets": [{"role": "login", "addresses": [{"url": f"http://{HOST}:{port}/"}]}],
        "references": [{"name": "one", "url": f"http://{HOST}:{reference}/x"}],
    }
    folder.chmod(0o755)
    file.write_text(json.dumps(document), encoding="utf-8")
    file.chmod(0o444)
    folder.chmod(0o555)
    return file


def run(*command):
    """As nobody, where this test may become nobody; with no environment but a PATH."""
    become = []
    if os.geteuid() == 0 and shutil.which("setpriv"):
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return subprocess.run(
        [*become, *command],
        env={"PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_it_checks_remembers_nothing_and_leaves_nothing(stick):
    before = sorted(stick.rglob("*"))
    python = bare_python()
    answer = [page()]

    def site(conversation):
        says(answer[0])(conversation)

    with (
        server(site) as port,
        server(says(page(b"", "204 No Content"))) as reference,
    ):
        file = settings(stick, port, reference)
        command = [python, "-I", "-B", stick / "app" / usb.START, "check", "--config", file]
        good = run(*command, "--json")
        assert good.returncode == 0, good.stderr
        assert json.loads(good.stdout)["state"] == "up"
        answer[0] = page(b"", "503 Service Unavailable")
        bad = run(*command, "--json", "--tried", "no")
        assert bad.returncode == 2, bad.stderr
        found = json.loads(bad.stdout)
        steps = load_articles()[found["article"]].actions
        assert found["next_step"]["th"] == steps[1].th
        by_hand = run("sh", stick / "check.sh", "--config", file)
        assert by_hand.returncode == 2, by_hand.stderr
        assert steps[0].th in by_hand.stdout.decode()
        assert by_hand.stderr == b""
    assert sorted(stick.rglob("*")) == sorted([*before, file])


def test_settings_go_along(tmp_path):
    with (
        server(says(page())) as port,
        server(says(page(b"", "204 No Content"))) as reference,
    ):
        file = settings(tmp_path, port, reference)
        folder = tmp_path.parent / f"{tmp_path.name}-stick"
        assert main(["usb", str(folder), "--config", str(file)]) == 0
        done = subprocess.run(
            ["sh", folder / "check.sh", "--json"],
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(folder)},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert main(["usb", str(folder)]) == 0  # again: renewed
    assert (folder / "check.sh").stat().st_mode & stat.S_IXUSR


def test_it_overwrites_nobodys_folder(tmp_path, capsys):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "theirs").write_text("x", encoding="utf-8")
    assert main(["usb", str(tmp_path)]) == 3
    assert (tmp_path / "app" / "theirs").exists()
    assert "not a copy of laaswatch" in capsys.readouterr().out


def test_the_windows_launcher_has_its_line_ends(tmp_path):
    usb.make(tmp_path)
    text = (tmp_path / "check.cmd").read_bytes()
    assert text.count(b"\r\n") == text.count(b"\n") > 5
    assert (tmp_path / "check.sh").read_bytes().count(b"\r") == 0
