"""A PostgreSQL server of our own for tests: its own folder, its own socket, gone afterwards."""

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import sqlalchemy as sa


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def why_not() -> str:
    """Why no server can be had here; "" if one can."""
    if _programs() is None:
        return "PostgreSQL is not installed"
    if os.name != "posix":
        return "the tests start PostgreSQL on POSIX systems only"
    if os.getuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL refuses to run as root, and runuser is missing"
    return ""


class Cluster:
    """Use with `with`; `new_database()` gives the URL of an empty one.

    `durable`: sync to disk as a real server does; tests have no need of it.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable

    @property
    def pid(self) -> int:
        """The server's first process; the others are its children."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    @property
    def data(self) -> Path:
        """The folder with everything that it stores."""
        return self._folder / "data"

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="laaswatch-pg-", dir="/tmp"))
        self._numbers = itertools.count(1)
        if os.getuid() == 0:
            shutil.chown(self._folder, "postgres")
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "laaswatch", "-A", "trust", "--no-sync", "-E", "UTF8")
        settings = f"-c listen_addresses= -c unix_socket_directories={self._folder}"
        if not self._durable:
            settings += " -c fsync=off"
        log = self._folder / "log"
        self._run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "-o", settings, "start")
        self._admin = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.dispose()
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        with self._admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://laaswatch@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(_programs() / program), *map(str, arguments)]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
