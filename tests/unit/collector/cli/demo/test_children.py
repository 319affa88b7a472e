"""Children of the demo end with it, whatever they think of that."""

import os
import time
from pathlib import Path

import pytest

from laaswatch_collector.cli.demo import children as module
from laaswatch_collector.cli.demo.children import ChildDied, Children

OBEDIENT = "import time\nprint('up', flush=True)\ntime.sleep(60)\n"
STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('up', flush=True)\ntime.sleep(60)\n"
)
WITH_CHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print('child', child.pid, flush=True)\ntime.sleep(60)\n"
)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Modules that a child can run by name."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(name, text):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return name

    return make


def _await_log(children, name, text):
    end = time.monotonic() + 20
    while text not in children.log_end(name):
        assert time.monotonic() < end
        time.sleep(0.02)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def test_all_end_when_the_block_is_left(tmp_path, programs, monkeypatch):
    """One ends when asked, one must be made to; neither is left."""
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.3)
    with Children(tmp_path / "logs") as children:
        for name, text in (("obedient", OBEDIENT), ("stubborn", STUBBORN)):
            children.start(name, programs(name, text), [])
            _await_log(children, name, "up")
        pids = [child.pid for _, child in children._running]
        children.check()
    assert not any(_is_alive(pid) for pid in pids)


def test_children_of_children_end_too(tmp_path, programs):
    """The whole group goes."""
    with Children(tmp_path / "logs") as children:
        children.start("parent", programs("parent", WITH_CHILD), [])
        _await_log(children, "parent", "child")
        grandchild = int(children.log_end("parent").split()[-1])
        assert _is_alive(grandchild)
    end = time.monotonic() + 5
    while _is_alive(grandchild):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_child_that_dies_is_told_with_its_last_words(tmp_path, programs):
    """The error names the child and shows the end of its log."""
    with Children(tmp_path / "logs") as children:
        children.start("short", programs("short", "raise SystemExit('no port left')"), [])
        _, child = children._running[0]
        child.wait(20)
        with pytest.raises(ChildDied, match=r"(?s)short ended with 1.*no port left"):
            children.check()


def test_finish_waits_and_tells_of_failure(tmp_path, programs):
    """A command that is to end well is waited for; one that fails is an error."""
    with Children(tmp_path / "logs") as children:
        children.finish("well", programs("well", "print('done')"), [])
        assert children.log_end("well") == "done"
        with pytest.raises(ChildDied, match="badly ended with 3"):
            children.finish("badly", programs("badly", "raise SystemExit(3)"), [])
        children.check()
