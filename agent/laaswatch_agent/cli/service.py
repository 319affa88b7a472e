"""`laaswatch-agent service install|remove`: one command that enrols this PC and lets the agent start by itself.

Asks nothing. Without `--system` it needs no administrator: a scheduled task at this user's log-on (Windows)
or a unit of the user's systemd; with it, a task or unit of the whole PC under an account without rights.
Exit 0 done, 1 the collector was not reached, 2 an option or the code is wrong, 3 this PC refused something.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from laaswatch_agent import identity
from laaswatch_agent.cli import enroll
from laaswatch_agent.cli.common import add_common, settings_or_complaint
from laaswatch_agent.collector_client import CollectorClient
from laaswatch_agent.config import AgentConfig
from laaswatch_agent.host import systemd, windows_task
from laaswatch_agent.host.clock import Clock
from laaswatch_agent.host.files import make_private_folder
from laaswatch_agent.locale import beside, both
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Spool, SpoolFailed, SpoolInUse
from laaswatch_agent.spool_tables import FILE_NAME
from laaswatch_agent.uplink import Uplink

LAST_TRY = 20.0
"""Seconds for the reports that still wait when the agent is removed."""
STOPPING = 15.0
"""Seconds that the agent may take to leave."""
OURS = (
    *("identity.json", "enrolment.json", "spool*", "ballast*", "history.json", "tried.json"),
    *("knowledge.json", "status.html", "quarantine", ".*.new", "laaswatch-agent.xml"),
)
"""What the agent keeps in its folder; nothing else there is ever deleted."""


class Refused(OSError):
    """The system said no to a command: (the command, what it said)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", metavar="install|remove", required=True)
    install = actions.add_parser("install", help=beside("option.install"))
    enroll.add_arguments(install)
    install.add_argument("--url", dest="collector", help=beside("option.url"))
    install.add_argument("--office", default="", help=beside("option.office"))
    remove = actions.add_parser("remove", help=beside("option.remove"))
    add_common(remove)
    remove.add_argument("--keep-data", action="store_true", help=beside("option.keep_data"))
    for action in (install, remove):
        action.add_argument("--system", action="store_true", help=beside("option.system"))


def run(options: argparse.Namespace) -> int:
    """Install or remove."""
    if options.system and options.state_dir is None:
        options.state_dir = shared_folder()
    config = settings_or_complaint(options)
    if config is None:
        return 2
    try:
        return (
            _install(options, config) if options.action == "install" else _remove(options, config)
        )
    except Refused as error:
        command, said = error.args
        print(both("service.refused", command=command, error=said))
        return 3
    except OSError as error:
        print(both("enrol.disk", folder=config.state_dir, error=error))
        return 3


def shared_folder() -> Path:
    """Where an agent of the whole PC keeps its files."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "laaswatch"
    return Path("/var/lib/laaswatch")


def on_windows() -> bool:
    """Is this Windows? Asked here alone, so that tests can answer."""
    return sys.platform == "win32"


def call(command: Sequence[str], *, may_fail: bool = False) -> str:
    """Run a command of the system; what it printed. Raises Refused."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        if may_fail:
            return ""
        raise Refused(" ".join(command), str(error)) from error
    if done.returncode and not may_fail:
        raise Refused(" ".join(command), (done.stderr or done.stdout).strip())
    return done.stdout


# ---------------------------------------------------------------------- install
def _install(options: argparse.Namespace, config: AgentConfig) -> int:
    folder = Path(config.state_dir)
    make_private_folder(folder)
    user = ""
    if on_windows():  # before the secret is made
        user = windows_task.LOCAL_SERVICE if options.system else _own_sid()
        for command in windows_task.owner_only(str(folder), user):
            call(command)
    code = enroll.run(options)
    if code:
        return code
    mine = identity.load(folder)
    if options.office and mine is not None and mine.office.code != options.office:
        identity.forget(folder)
        print(both("service.wrong_office", have=mine.office.code, office=options.office))
        return 2
    if on_windows():
        _install_task(options, folder, user)
    else:
        _install_unit(options, folder)
    print(both(f"service.installed{'_system' if options.system else ''}", folder=folder))
    return 0


def _arguments(options: argparse.Namespace, folder: Path) -> list[str]:
    more = ["--config", str(options.config.resolve())] if options.config else []
    return ["-m", "laaswatch_agent.cli.main", "run", "--state-dir", str(folder.resolve()), *more]


def _own_sid() -> str:
    sid = windows_task.sid_in(call(["whoami", "/user", "/fo", "csv", "/nh"]))
    if sid is None:
        raise Refused("whoami /user", "no SID")
    return sid


def _install_task(options: argparse.Namespace, folder: Path, user: str) -> None:
    python = Path(sys.executable)
    silent = python.with_name("pythonw.exe")  # no window at log-on
    program = silent if silent.is_file() else python
    file = folder / "laaswatch-agent.xml"
    text = windows_task.task_xml(str(program), _arguments(options, folder), user=user)
    file.write_text(text, encoding="utf-16")
    try:
        task = ["/TN", windows_task.TASK]
        call(["schtasks", "/Create", *task, "/XML", str(file), "/F"])
        call(["schtasks", "/Run", *task])
    finally:
        file.unlink()


def _install_unit(options: argparse.Namespace, folder: Path) -> None:
    place = _unit_file(system=options.system)
    if options.system:
        account = systemd.ACCOUNT
        if not call(["id", "-u", account], may_fail=True):
            call(["useradd", "--system", "--no-create-home", "--home-dir", str(folder), account])
        call(["chown", "-R", f"{account}:", str(folder)])
    command = [sys.executable, *_arguments(options, folder)]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(systemd.unit(command, str(folder), system=options.system), encoding="utf-8")
    systemctl = _systemctl(system=options.system)
    call([*systemctl, "daemon-reload"])
    call([*systemctl, "enable", "--now", systemd.UNIT])


def _unit_file(*, system: bool) -> Path:
    if system:
        return Path("/etc/systemd/system") / systemd.UNIT
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "systemd" / "user" / systemd.UNIT


def _systemctl(*, system: bool) -> list[str]:
    return ["systemctl"] if system else ["systemctl", "--user"]


# ---------------------------------------------------------------------- remove
def _remove(options: argparse.Namespace, config: AgentConfig) -> int:
    folder = Path(config.state_dir)
    if on_windows():
        task = ["/TN", windows_task.TASK]
        call(["schtasks", "/End", *task], may_fail=True)
        call(["schtasks", "/Delete", *task, "/F"], may_fail=True)
    else:
        place = _unit_file(system=options.system)
        systemctl = _systemctl(system=options.system)
        call([*systemctl, "disable", "--now", systemd.UNIT], may_fail=True)
        place.unlink(missing_ok=True)
        call([*systemctl, "daemon-reload"], may_fail=True)
    try:
        unsent = _last_try(folder, config)
    except SpoolInUse:
        print(both("service.still_running", folder=folder))
        return 3
    if options.keep_data:
        print(both("service.removed_kept", folder=folder))
        return 0
    if unsent:
        print(both("service.unsent", count=unsent))
    try:
        _delete(folder)
    except OSError as error:
        print(both("service.left", folder=folder, error=error))
        return 3
    print(both("service.removed"))
    return 0


def _last_try(folder: Path, config: AgentConfig) -> int:
    """Send what waits; how many reports still wait then. Raises SpoolInUse if the agent does not leave."""
    if not (folder / FILE_NAME).exists():
        return 0
    with contextlib.closing(_spool_once_free(folder)) as spool:
        try:
            mine = identity.load(folder)
        except identity.IdentityUnreadable:
            mine = None
        clock = Clock()
        with contextlib.suppress(SpoolFailed):
            while spool.seal(clock.wall_ms()) is not None:
                pass
            if mine is not None and mine.enrolled:
                _send(spool, mine, config, clock)
        return spool.counts().reports


def _spool_once_free(folder: Path) -> Spool:
    give_up = time.monotonic() + STOPPING
    while True:
        try:
            return Spool(folder)
        except SpoolInUse:
            if time.monotonic() >= give_up:
                raise
            time.sleep(0.2)


def _send(spool: Spool, mine: identity.Identity, config: AgentConfig, clock: Clock) -> None:
    ca_file = mine.ca_file or str(config.collector_ca_file or "")
    client = CollectorClient(
        config.collector_url or mine.collector,
        ca_file=ca_file,
        token=mine.token,
        timeout=LAST_TRY / 4,
        proxy=config.collector_proxy or mine.proxy,
    )
    uplink = Uplink(spool, mine.agent, client, clock, Pace.of(1, 1, fast=True), Random())
    give_up = time.monotonic() + LAST_TRY
    with contextlib.closing(client):
        while spool.counts().reports and time.monotonic() < give_up:
            wait = uplink.step()
            if not uplink.in_touch:
                return
            time.sleep(min(wait, 1.0))


def _delete(folder: Path) -> None:
    for file in _files_of_ours(folder):
        if file.is_dir() and not file.is_symlink():
            for inner in file.iterdir():
                inner.unlink()
            file.rmdir()
        else:
            file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody else's files stay, and so does the folder
        folder.rmdir()


def _files_of_ours(folder: Path) -> Iterator[Path]:
    for pattern in OURS:
        yield from list(folder.glob(pattern))
