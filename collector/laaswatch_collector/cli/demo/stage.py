"""The demo's folder: made fresh, recognised, and filled with the configuration of every part."""

import json
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laaswatch_collector.cli.demo.certificates import make_certificates
from laaswatch_collector.cli.demo.stand_in import KB, MARKER, REFERENCES, SIDES, SITE
from laaswatch_collector.locale import LANGUAGES
from laaswatch_collector.web.words import words_in

_MARK = ".laaswatch-demo"
ROUND_SECONDS = 5


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
    def database_url(self) -> str:
        """The same as an SQLAlchemy URL."""
        return f"sqlite:///{self.database}"

    @property
    def cast(self) -> Path:
        """The people of the demo, kept for `--keep`."""
        return self.folder / "cast.json"

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
    def history(self) -> Path:
        """What the live agent knows of its own line."""
        return self.folder / "pc" / "history.json"

    def write_private(self, path: Path, text: str) -> None:
        """Write what only this account may read, whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)

    def read_ports(self) -> dict[str, int] | None:
        """The ports of the stand-in, once it has opened them."""
        try:
            ports: dict[str, int] = json.loads(
                (self.folder / "stand-in.json").read_text(encoding="utf-8")
            )
        except FileNotFoundError:
            return None
        return ports

    def write_collector_config(self, listen: str) -> None:
        """The collector's settings: this folder's database, and whose site this is on every page."""
        self.collector_config.write_text(
            _yaml(
                {
                    "listen": listen,
                    "database": self.database_url,
                    "second_step": "optional",  # the demo's people have no telephones
                    **{f"stand_in_{x}": words_in(x)("demo.stand_in") for x in LANGUAGES},
                    "control_agent": {
                        "config": str(self.agent_config("control")),
                        "state_dir": str(self.folder / "control"),
                    },
                }
            ),
            encoding="utf-8",
        )

    def write_agent_config(self, side: str, ports: dict[str, int]) -> None:
        """One side's agent: its own door to the stand-in, its own references and its own resolver."""
        path = self.agent_config(side)
        path.parent.mkdir(exist_ok=True)
        other = SIDES[1 - SIDES.index(side)]
        path.write_text(
            _yaml(
                {
                    "fast": True,
                    "stand_in_site": True,
                    "round_seconds": ROUND_SECONDS,
                    "report_seconds": ROUND_SECONDS,
                    "layer_timeout": 4,
                    "round_deadline": 4.5,
                    "ca_file": str(self.folder / "certificates" / "ca.pem"),
                    "resolver": f"127.0.0.1:{ports[f'{side}_names']}",
                    "second_resolver": f"127.0.0.1:{ports[f'{other}_names']}",
                    "state_dir": str(path.parent),
                    "status_page": str(path.parent / "status.html"),
                    "textfile": str(path.parent / "laaswatch.prom"),
                    "targets": [
                        _target("login", f"https://{SITE}:{ports[f'{side}_site']}/dlogin.aspx"),
                        _target("kb", f"https://{KB}:{ports[f'{side}_site']}/laaskm/"),
                    ],
                    "references": [
                        {
                            "name": f"reference_{number}",
                            "url": f"http://{name}:{ports[f'{side}_reference_{number}']}/generate_204",
                            "operator": f"stand-in {number}",
                        }
                        for number, name in enumerate(REFERENCES, start=1)
                    ],
                }
            ),
            encoding="utf-8",
        )

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


def _yaml(values: dict[str, Any]) -> str:
    """JSON is YAML: every text quoted, nothing left to guess."""
    return json.dumps(values, ensure_ascii=False, indent=1)


def _target(role: str, url: str) -> dict[str, Any]:
    address = {"url": url, "source": "stand-in", "markers": [MARKER], "portal_markers": ["portal"]}
    return {"role": role, "addresses": [address]}


def passwords(names: list[str]) -> dict[str, str]:
    """A new password for each, easy to copy: three groups of five letters."""
    letters = "abcdefghjkmnpqrstuvwxyz"
    return {
        name: "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(3))
        for name in names
    }
