"""`laaswatch-agent check` as a user starts it, when every packet is dropped."""

import json
import subprocess
import sys
import time

import pytest

from support.loopback import HOST, resolver, silent_port

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
