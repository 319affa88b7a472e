"""The faults that a running demo can be given, and the file through which it hears of them."""

import json
from pathlib import Path

FAULTS = {
    "dns": "ตัวแปลงชื่อของเครื่องนี้ไม่รู้จักชื่อเว็บ · this PC's resolver no longer knows the site's name",
    "tls": "ใบรับรองของเว็บหมดอายุ · the site's certificate has expired",
    "http503": "เว็บตอบ 503 · the site answers 503",
    "slow": "เว็บตอบช้ามาก · the site answers after seconds",
    "portal": "ถูกพาไปหน้าอื่น · this PC's way is caught by a portal page",
    "off": "เว็บปิด · the site's port is closed",
}
PC_ONLY = frozenset({"dns", "portal"})
"""Faults of this PC's way to the site; the others are the site's own, and the control sees them too."""

_FILE = "control.json"


def give(folder: Path, fault: str | None) -> None:
    """Tell the demo in this folder which fault to show; None heals it."""
    path = folder / _FILE
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"fault": fault}), encoding="utf-8")
    fresh.replace(path)


def wanted(folder: Path) -> str | None:
    """The fault that the demo was told to show; None if it is to be well."""
    try:
        fault = json.loads((folder / _FILE).read_text(encoding="utf-8"))["fault"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return fault if fault in FAULTS else None
