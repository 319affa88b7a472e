"""A PostgreSQL server for tests: our own with its own folder and socket, gone afterwards, or somebody's.

`LAASWATCH_TEST_POSTGRESQL=postgresql+psycopg://user:password@host/database` names a server on which the tests may
create databases of their own (laaswatch_test_…) and drop them again.
"""

import itertools
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from laaswatch_collector.store.database import Database


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


GIVEN = os.environ.get("LAASWATCH_TEST_POSTGRESQL", "")


def why_not() -> str:
    """Why no server can be had here; "" if one can."""
    if GIVEN:
        return ""
    if _programs() is None:
        return "PostgreSQL is not installed"
    if os.name != "posix":
        return "the tests start PostgreSQL on POSIX systems only"
    if os.getuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL refuses to run as root, and runuser is missing"
    return ""


class Databases:
    """Databases for tests on a server; use with `with`, which drops them at the end."""

    def __init__(self) -> None:
        self._prefix = f"laaswatch_test_{secrets.token_hex(4)}"
        self._numbers = itertools.count(1)
        self._template = ""
        self._made: list[str] = []

    def _connect(self, admin_url: str) -> None:
        self._at = sa.make_url(admin_url)
        self._admin = sa.create_engine(self._at, isolation_level="AUTOCOMMIT")

    def new_database(self, template: str = "") -> str:
        """The URL of a new database: an empty one, or a copy of another."""
        name = f"{self._prefix}_{next(self._numbers)}"
        with self._admin.connect() as connection:
            like = f" TEMPLATE {template}" if template else ""
            connection.execute(sa.text(f"CREATE DATABASE {name}{like}"))
        self._made.append(name)
        return self._at.set(database=name).render_as_string(hide_password=False)

    def new_store(self) -> str:
        """The URL of a new store with the newest schema and nothing in it; far quicker than making one."""
        if not self._template:
            url = self.new_database()
            Database.open(url).close()
            self._template = sa.make_url(url).database or ""
        return self.new_database(self._template)

    def _drop_all(self) -> None:
        with self._admin.connect() as connection:
            for name in self._made:
                connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        self._admin.dispose()


class Elsewhere(Databases):
    """The server that `LAASWATCH_TEST_POSTGRESQL` names."""

    def __enter__(self) -> Self:
        self._connect(GIVEN)
        return self

    def __exit__(self, *_: object) -> None:
        self._drop_all()


class Cluster(Databases):
    """A server of our own.

    `durable`: sync to disk as a real server does; tests have no need of it.
    """

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__()
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
        if os.getuid() == 0:
            shutil.chown(self._folder, "postgres")
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "laaswatch", "-A", "trust", "--no-sync", "-E", "UTF8")
        settings = f"-c listen_addresses= -c unix_socket_directories={self._folder}"
        if not self._durable:
            settings += " -c fsync=off"
        log = self._folder / "log"
        self._run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "-o", settings, "start")
        self._connect(f"postgresql+psycopg://laaswatch@/postgres?host={self._folder}")
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.dispose()
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(_programs() / program), *map(str, arguments)]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
