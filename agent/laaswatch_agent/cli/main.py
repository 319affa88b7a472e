"""`laaswatch-agent`: one file a command, imported only when it is asked for (start-up stays light)."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from laaswatch_agent import __version__
from laaswatch_agent.host.console import thai_unreadable
from laaswatch_agent.host.far_future import mend_clock

ABOUT = "ตรวจทางจากเครื่องนี้ไปยังเว็บระบบบัญชี · looks at the way from this PC to the accounting site"
COMMANDS = {
    "check": "ตรวจครั้งเดียว บอกว่าเสียตรงไหน · look once and say what is wrong",
    "enroll": "ลงทะเบียนเครื่องนี้กับตัวรวบรวม · enrol this PC with a collector",
    "run": "วัดต่อเนื่อง · measure and report until stopped",
    "status": "ผลล่าสุดของเครื่องนี้ · what this PC last found",
    "doctor": "ตรวจตัวโปรแกรมเอง · look for what is wrong with the agent itself",
    "config": "ตรวจไฟล์ตั้งค่า · check the settings and show what is in force",
    "export": "เก็บรายงานใส่ไฟล์เพื่อนำส่งเอง · write unsent reports to a file",
    "service": "ติดตั้งหรือถอนโปรแกรม · install it to start by itself, or remove it",
    "usb": "ทำชุดใช้จากแฟลชไดรฟ์ · make a copy that works from a USB stick",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code is the process's."""
    mend_clock()
    if sys.stdout is None or sys.stderr is None:  # a task of Windows without a console
        sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    arguments = list(sys.argv[1:] if argv is None else argv)
    unreadable = thai_unreadable(sys.stdout)
    for stream in (sys.stdout, sys.stderr):  # old Windows consoles: Thai must not end the program
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(prog="laaswatch-agent", description=ABOUT)
    parser.add_argument("--version", action="version", version=f"laaswatch-agent {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((a for a in arguments if not a.startswith("-")), None)
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text)
        if name == asked:
            module = importlib.import_module(f"laaswatch_agent.cli.{name}")
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    options.thai_unreadable = unreadable
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
