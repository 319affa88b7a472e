"""`laaswatch-agent usb FOLDER`: a copy for a USB stick, which looks without installation or rights.

The copy holds the program, its libraries for this kind of PC, and two launchers. It needs a Python 3.11 or
later beside it or on the PC. Exit 0 made, 3 could not be written.
"""

import argparse
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import laaswatch_agent
from laaswatch_agent.config import ConfigError, load_agent_config, shipped_dir
from laaswatch_agent.locale import beside, both

LIBRARIES = ("psutil", "pyyaml", "icmplib")
APP, START = "app", "laaswatch.py"
CONFIG = "agent.yaml"

_START = '''\
"""Starts laaswatch-agent from the folder it lies in; without a command it looks once."""

import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here))
arguments = sys.argv[1:]
if not arguments or arguments[0].startswith("-"):
    arguments.insert(0, "check")
own = here.parent / "agent.yaml"
if own.is_file() and arguments[0] in ("check", "status", "doctor") and "--config" not in arguments:
    arguments += ["--config", str(own)]

from laaswatch_agent.cli.main import main

sys.exit(main(arguments))
'''

_SH = """\
#!/bin/sh
# sh check.sh: looks once from this PC. Needs no rights and installs nothing.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 3
for python in "$here/python/bin/python3" python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" -I -B "$here/app/laaswatch.py" "$@"
    fi
done
echo '@NO_PYTHON@' >&2
exit 3
"""

_CMD = """\
@echo off
rem Double-click: looks once from this PC. Needs no rights and installs nothing.
setlocal
if exist "%~dp0python\\python.exe" (
  "%~dp0python\\python.exe" -I -B "%~dp0app\\laaswatch.py" %*
) else (
  py -3 -I -B "%~dp0app\\laaswatch.py" %*
)
set code=%errorlevel%
if "%~1"=="" pause
exit /b %code%
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=beside("option.usb_folder"))
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=beside("option.usb_config"),
    )


def run(options: argparse.Namespace) -> int:
    """Make or renew the copy."""
    try:
        if options.config is not None:
            load_agent_config(options.config)
        make(options.folder, options.config)
    except ConfigError as error:
        print(both("run.config", error=error))
        return 3
    except (OSError, PackageNotFoundError) as error:
        print(both("usb.failed", folder=options.folder, error=error))
        return 3
    key = "usb.made.windows" if sys.platform == "win32" else "usb.made.posix"
    print(both(key, folder=options.folder))
    return 0


def make(folder: Path, config: Path | None = None) -> None:
    """Write everything into `folder`; an earlier copy there is replaced, other files are left alone.

    Raises OSError, and PackageNotFoundError where a library of ours is not installed as a package.
    """
    app = folder / APP
    if app.exists() and not (app / START).is_file():
        raise FileExistsError(f"{app} is not a copy of laaswatch")
    shutil.rmtree(app, ignore_errors=True)
    package = Path(laaswatch_agent.__file__).parent
    leave = shutil.ignore_patterns("__pycache__", "shipped")
    shutil.copytree(package, app / package.name, ignore=leave)
    inside = app / package.name / "shipped"
    inside.mkdir()
    for name in ("agent.yaml", "targets.yaml"):
        shutil.copyfile(shipped_dir() / name, inside / name)
    for library in LIBRARIES:
        _copy_library(library, app)
    (app / START).write_text(_START, encoding="utf-8")
    (folder / "check.sh").write_text(
        _SH.replace("@NO_PYTHON@", beside("usb.no_python")), encoding="utf-8", newline="\n"
    )
    (folder / "check.sh").chmod(0o755)
    (folder / "check.cmd").write_text(_CMD, encoding="ascii", newline="\r\n")
    if config is not None:
        shutil.copyfile(config, folder / CONFIG)
        targets = config.with_name("targets.yaml")
        if targets.is_file():
            shutil.copyfile(targets, folder / targets.name)


def _copy_library(name: str, app: Path) -> None:
    """The files of an installed package, its licence among them; not its commands and caches."""
    for file in distribution(name).files or ():
        if ".." in file.parts or "__pycache__" in file.parts:
            continue
        target = app.joinpath(*file.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(file.locate()), target)
