"""Network namespaces and the processes in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PATIENCE = 60
_ETC = Path("/etc/netns")
_RUN = Path("/run/netns")


def why_not() -> str:
    """Why this machine cannot run the lab; "" where it can."""
    missing = [x for x in ("ip", "nft", "tc", "sysctl", "unshare") if shutil.which(x) is None]
    for wanted, there in {
        "Linux": sys.platform == "linux",
        "root, for network namespaces": sys.platform != "linux" or os.geteuid() == 0,
        f"{' and '.join(missing)} (iproute2, nftables, procps, util-linux)": not missing,
        "libfaketime": faketime() is not None,
        "/dev/net/tun": Path("/dev/net/tun").exists(),
    }.items():
        if not there:
            return f"the fault lab needs {wanted}"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
        return "the fault lab needs the right to make network namespaces"
    return ""


def faketime() -> Path | None:
    """libfaketime, where Debian puts it; None where it is not installed."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else None


class Namespaces:
    """Namespaces whose names start with a prefix of this process's own; `close` removes them all."""

    def __init__(self, label: str) -> None:
        _remove_orphans()
        self.prefix = f"laaswatch-{label}-{os.getpid()}"
        self.made: list[str] = []
        self.processes: list[subprocess.Popen] = []

    def name(self, who: str) -> str:
        return f"{self.prefix}-{who}"

    def path(self, who: str) -> str:
        """The file by which a process may enter."""
        return str(_RUN / self.name(who))

    def add(self, *who: str) -> None:
        _call(["ip", "-batch", "-"], "".join(f"netns add {self.name(x)}\n" for x in who))
        self.made += who

    def etc(self, who: str) -> Path:
        """A folder whose files processes of this namespace see in /etc."""
        folder = _ETC / self.name(who)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def connect(self, one: str, device: str, other: str, port: str) -> None:
        """A cable between two namespaces."""
        ends = (
            f"{device} netns {self.name(one)} type veth peer name {port} netns {self.name(other)}"
        )
        _call(["ip", "link", "add", *ends.split()])

    def ip(self, who: str, *lines: str) -> None:
        """Commands for `ip`."""
        text = "".join(f"{x}\n" for x in lines)
        _call(["ip", "-n", self.name(who), "-batch", "-"], text)

    def nft(self, who: str, text: str) -> None:
        """A script for `nft`."""
        self.run(who, "nft", "-f", "-", text=text)

    def run(self, who: str, *command: str, text: str = "") -> str:
        """What a command in there printed; raises if it fails."""
        return _call([*self.enter(who), *command], text)

    def start(self, who: str, *command: str) -> subprocess.Popen:
        """A process in there that speaks by lines; it is ready once it says so."""
        process = subprocess.Popen(
            [*self.enter(who), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.processes.append(process)
        said = process.stdout.readline()
        if said != "ready\n":
            raise RuntimeError(f"{command} in {who} said {said!r}")
        return process

    def stop(self, process: subprocess.Popen) -> None:
        """End a process of `start`."""
        process.kill()
        process.communicate(timeout=PATIENCE)
        self.processes.remove(process)

    def enter(self, who: str) -> list[str]:
        """The words in front of a command that shall run there."""
        return ["ip", "netns", "exec", self.name(who)]

    def close(self) -> None:
        for process in [*self.processes]:
            self.stop(process)
        for who in self.made:
            _delete(self.name(who))


def _call(command: list[str], text: str = "") -> str:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{text}\n{done.stderr}")
    return done.stdout


def _delete(name: str) -> None:
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    shutil.rmtree(_ETC / name, ignore_errors=True)


def _remove_orphans() -> None:
    """Namespaces of a run that was killed."""
    for path in _RUN.glob("laaswatch-*-*-*"):
        owner = path.name.split("-")[-2]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            _delete(path.name)
