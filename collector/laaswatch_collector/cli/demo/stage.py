"""The demo's folder: made fresh, recognised, and filled with the configuration of every part."""

import json
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laaswatch_collector.cli.demo.certificates import make_certificates
from laaswatch_collector.cli.demo.stand_in import KB, MARKER, REFERENCES, SITE

_MARK = ".laaswatch-demo"
ROUND_SECONDS = 5

STAND_IN_TH = "เว็บตัวแทนเพื่อการสาธิต (ไม่ใช่ระบบบัญชีจริง) เดือนที่ผ่านมาเป็นข้อมูลจำลอง"
STAND_IN_EN = "a stand-in site for demonstration (not the real one); the past month is simulated"


class FolderTaken(Exception):
    """The folder holds something that the demo did not make; it is left alone."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything of one demo lies."""

    folder: Path

    @property
    def database(self) -> Path:
        """The collector's database."""
        return self.folder / "laaswatch.db"

    @property
    def collector_config(self) -> Path:
        """The collector's configuration."""
        return self.folder / "collector.yaml"

    @property
    def facts(self) -> Path:
        """What a script may want to know of the running demo."""
        return self.folder / "demo.json"

    def agent_config(self, side: str) -> Path:
        """The configuration of the agent of one side, `pc` or `control`."""
        return self.folder / side / "agent.yaml"

    @property
    def status_page(self) -> Path:
        """The page that the live agent keeps for its user."""
        return self.folder / "pc" / "status.html"

    @property
    def textfile(self) -> Path:
        """The metrics that the live agent writes for Prometheus."""
        return self.folder / "pc" / "laaswatch.prom"


def prepare(folder: Path, *, keep: bool) -> Stage:
    """A fresh folder, or the one of an earlier demo. Raises FolderTaken."""
    ours = (folder / _MARK).exists()
    if folder.exists() and not ours and any(folder.iterdir()):
        raise FolderTaken(str(folder))
    if ours and not keep:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / _MARK).touch()
    for stale in ("stand-in.json", "control.json", "demo.json"):
        (folder / stale).unlink(missing_ok=True)
    make_certificates(folder / "certificates", (SITE, KB), datetime.now(UTC))
    return Stage(folder)


def passwords(names: list[str]) -> dict[str, str]:
    """A new password for each, easy to copy: three groups of five letters."""
    letters = "abcdefghjkmnpqrstuvwxyz"
    return {
        name: "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(3))
        for name in names
    }
