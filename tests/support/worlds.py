"""Small worlds in a notation: one character a minute and PC, what each layer saw in it.

`g` all well · `s` well but slow · `l` no cable · `w` gateway and everything behind it dead · `r` the line is
dead (references too) · `d` no name · `t` the site refuses connections · `h` the site gives a wrong page ·
`c` connected, the page not asked for · `n` the line works, the site not touched · `u` no round was made.
"""

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from laaswatch_collector.timeline.facts import (
    AgentFacts,
    ControlSpan,
    Delivered,
    Facts,
    Office,
    Session,
)

BANGKOK = timezone(timedelta(hours=7))
MONDAY = int(datetime(2026, 6, 1, 8, 30, tzinfo=BANGKOK).timestamp())
"""The first minute of every world: a Monday, when work begins."""

#            link gateway reference dns tcp http
_LAYERS = {
    "g": (1, 1, 1, 1, 1, 1),
    "s": (1, 1, 1, 1, 1, 1),
    "l": (0, 0, 0, 0, 0, 0),
    "w": (1, 0, 0, 0, 0, 0),
    "r": (1, 1, 0, 0, 0, 0),
    "d": (1, 1, 1, 0, 1, 0),
    "t": (1, 1, 1, 1, 0, 0),
    "h": (1, 1, 1, 1, 1, 0),
    "c": (1, 1, 1, 1, 1, 2),
    "n": (1, 1, 1, 1, 2, 2),
}
_RTT = {"g": 40.0, "s": 4000.0, "d": 40.0, "h": 40.0}
PER_REPORT = 5


@dataclass(slots=True)
class World:
    """Offices of a province and an ISP each, PCs with their minutes, and what the control saw.

    `skew`: seconds that a PC's clock is ahead, by PC. `cadence`: seconds a round and character stand for.
    """

    offices: dict[str, tuple[str, str]] = field(default_factory=dict)
    pcs: dict[str, tuple[str, str]] = field(default_factory=dict)
    control: str = ""
    skew: dict[str, int] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    cadence: float = 60.0
    start: int = MONDAY

    def office(self, name: str, *pcs: str, province: str = "57", isp: str = "A") -> "World":
        """Add an office whose PCs saw these minutes; PCs are called name.1, name.2, …"""
        self.offices[name] = (province, isp)
        for i, minutes in enumerate(pcs, 1):
            self.pcs[f"{name}.{i}"] = (name, minutes)
        return self

    @property
    def minutes(self) -> int:
        """Length of the longest row."""
        return -(-max(len(text) for _, text in self.pcs.values()) * round(self.cadence) // 60)

    @property
    def end(self) -> int:
        """One past the last minute, in seconds."""
        return self.start + 60 * self.minutes

    def facts(self) -> Facts:
        """The world as the core receives it."""
        return Facts(
            offices=tuple(
                Office(name, province, isp, sum(o == name for o, _ in self.pcs.values()))
                for name, (province, isp) in self.offices.items()
            ),
            agents=tuple(self._agent(pc, office, text) for pc, (office, text) in self.pcs.items()),
            sessions=tuple(self.sessions),
            control=self._control(),
        )

    def _agent(self, pc: str, office: str, text: str) -> AgentFacts:
        made = [(i, c) for i, c in enumerate(text) if c != "u"]
        skew = self.skew.get(pc, 0)
        t = [self.start + round(i * self.cadence) + skew for i, _ in made]
        delivered = tuple(
            Delivered(
                a,
                min(a + PER_REPORT, len(t)),
                t[min(a + PER_REPORT, len(t)) - 1] + 60,
                t[min(a + PER_REPORT, len(t)) - 1] - skew + 61,
                a // PER_REPORT + 1,
            )
            for a in range(0, len(t), PER_REPORT)
        )
        return AgentFacts(
            id=pc,
            office=office,
            t=np.array(t, np.int64),
            layers=np.array([_LAYERS[c] for _, c in made], np.uint8).reshape(-1, 6),
            rtt=np.array([_RTT.get(c, np.nan) for _, c in made], np.float32),
            cadence=self.cadence,
            delivered=delivered,
        )

    def _control(self) -> tuple[ControlSpan, ...]:
        """One character a minute: `g` the site works, `b` it does not, `u` nobody looked."""
        return tuple(
            ControlSpan(self.start + 60 * i, self.start + 60 * (i + 1), c == "g")
            for i, c in enumerate(self.control)
            if c != "u"
        )


def report_lines(world: World) -> list[dict[str, object]]:
    """The world's rounds as lines of the analysis folder's reports.csv.gz, in blocks of five."""
    lines: list[dict[str, object]] = []
    for pc, (_, text) in world.pcs.items():
        skew = world.skew.get(pc, 0)
        for seq, a in enumerate(range(0, len(text), PER_REPORT), 1):
            block = text[a : a + PER_REPORT]
            if set(block) == {"u"}:
                continue
            t0 = world.start + 60 * a + skew
            sent = t0 + 60 * len(block)
            rtt = _RTT.get(block[0], "")
            columns = [
                "".join("-" if c == "u" else str(_LAYERS[c][k]) for c in block) for k in range(6)
            ]
            lines.append(
                {"pc_id": pc, "seq": seq, "t0": t0, "n": len(block)}
                | dict(zip(("link", "gw", "inet", "dns", "tcp", "http"), columns, strict=True))
                | {"rtt_p50": rtt, "rtt_max": rtt, "sent": sent, "received": sent - skew + 1}
            )
    return lines


def write_folder(
    folder: Path,
    world: World,
    lines: Sequence[Mapping[str, object]] | None = None,
    ledger: Sequence[tuple[str, str, str, str]] = (),
) -> None:
    """Write a world as an analysis folder; `lines` instead of its own reports, if given."""
    folder.mkdir(parents=True, exist_ok=True)
    day = datetime.fromtimestamp(world.start, UTC).astimezone(BANGKOK).date()
    last = datetime.fromtimestamp(world.end, UTC).astimezone(BANGKOK).date() + timedelta(days=1)
    config = {
        "tz": "Asia/Bangkok",
        "work": [["08:30", "12:00"], ["13:00", "16:30"]],
        "weekdays": [0, 1, 2, 3, 4],
        "holidays": ["2026-06-03"],
        "deadline_days": 1,
        "deadline_time": "16:30",
        "round_s": 60,
        "report_s": 300,
        "period": [day.isoformat(), last.isoformat()],
        "settled_at": world.end + 3 * 86_400,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    facts = world.facts()
    _write(
        folder / "offices.csv",
        ["office_id", "province", "isp", "pcs"],
        [[o.id, o.province, o.isp, o.pcs] for o in facts.offices],
    )
    _write(
        folder / "pcs.csv", ["pc_id", "office_id"], [[pc, o] for pc, (o, _) in world.pcs.items()]
    )
    _write(
        folder / "sessions.csv",
        ["pc_id", "on_at", "off_at", "clean"],
        [[s.agent, s.on, s.off, int(s.clean)] for s in world.sessions],
    )
    _write(folder / "ledger.csv", ["entry_id", "office_id", "txn_at", "posted_at"], ledger)
    _write(
        folder / "control.csv.gz",
        ["from", "to", "ok"],
        [[c.start, c.end, int(c.ok)] for c in facts.control],
    )
    lines = report_lines(world) if lines is None else lines
    header = (
        "pc_id seq t0 n link gw inet dns tcp http rtt_p50 rtt_max sent received".split()  # noqa: SIM905
    )
    _write(folder / "reports.csv.gz", header, [[line[x] for x in header] for line in lines])


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
