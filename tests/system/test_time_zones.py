"""Thailand has one time and no summer time: what an agent says depends on no zone and no list of zones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

TESTS = Path(__file__).parents[1]
ZONES = [
    "Asia/Bangkok",
    "UTC",
    "America/New_York",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "ICT-7",
    "<-12>12",
]


def said(folder, zone, *, listed=True):
    """The bytes of one agent, and whether it knew the zones of the world."""
    path = [str(TESTS), str(TESTS.parent / "agent")]
    if not listed:
        (folder / "tzdata").mkdir()  # hides the package of that name, if there is one
        path.insert(0, str(folder))
    environment = {**os.environ, "TZ": zone, "PYTHONPATH": os.pathsep.join(path)}
    if not listed:
        environment["PYTHONTZPATH"] = ""
    done = subprocess.run(
        [sys.executable, str(TESTS / "support" / "same_bytes_worker.py"), str(folder / "agent")],
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return done.stdout, b"no zones" not in done.stderr


def test_eight_zones_and_no_zones_at_all_say_the_same(tmp_path):
    """Reports, page, metrics and times: the same bytes in eight zones, and where no zone is known."""
    outs = {}
    for n, zone in enumerate(ZONES):
        folder = tmp_path / str(n)
        folder.mkdir()
        outs[zone], _ = said(folder, zone)
    bare = tmp_path / "bare"
    bare.mkdir()
    outs["none"], knew = said(bare, "America/New_York", listed=False)
    assert not knew
    assert len(outs["UTC"]) > 50_000
    assert [zone for zone, out in outs.items() if out != outs["UTC"]] == []


def test_a_local_time_is_caught(tmp_path):
    """The negative control: the zones do change what a program says that asks for the local time."""
    script = "import time; print(time.strftime('%H', time.localtime(1795000000)))"
    hours = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "TZ": zone},
            check=True,
            capture_output=True,
        ).stdout
        for zone in ZONES
    }
    assert len(hours) > 4
