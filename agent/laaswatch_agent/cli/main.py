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
from laaswatch_agent.locale import beside

COMMANDS = (
    "check",
    "enroll",
    "run",
    "status",
    "doctor",
    "config",
    "export",
    "service",
    "usb",
)


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
    parser = argparse.ArgumentParser(prog="laaswatch-agent", description=beside("about"))
    parser.add_argument("--version", action="version", version=f"laaswatch-agent {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((a for a in arguments if not a.startswith("-")), None)
    for name in COMMANDS:
        text = beside(f"command.{name}")
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
