"""The units of systemd: systemd itself understands them, and they leave little open."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted(ROOT.glob("*/systemd/*.service"))
MOST_EXPOSED = {"laaswatch-agent.service": 4.5, "laaswatch-collector.service": 2.5}
"""What `systemd-analyze security` may say at most, of 10: below 4.5 is its "OK"."""

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd on this machine"
)


def analyze(*arguments):
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("unit", UNITS, ids=lambda x: x.name)
def test_systemd_finds_nothing_wrong(unit, tmp_path):
    """Every key is known and well-formed; only the program's place is another here."""
    text = re.sub(r"/opt/laaswatch/bin/\S+", "/bin/true", unit.read_text(encoding="utf-8"))
    (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = analyze("verify", "--man=no", tmp_path / unit.name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda x: x.name)
def test_a_unit_leaves_little_open(unit):
    done = analyze("security", "--offline=true", "--no-pager", unit)
    exposed = re.search(r"exposure level for \S+ ([0-9.]+)", done.stdout)
    assert exposed, done.stdout + done.stderr
    assert float(exposed[1]) <= MOST_EXPOSED[unit.name]
