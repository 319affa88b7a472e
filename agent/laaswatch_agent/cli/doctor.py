"""`laaswatch-agent doctor`: what is wrong with the agent itself, and what to do about it.

One line a thing, Thai and English: settings, folder, disk, enrolment, spool, service, collector, clock.
Exit 0 all is well, 1 something needs a hand.
"""

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from laaswatch_agent import identity
from laaswatch_agent.cli.common import add_common, names, settings
from laaswatch_agent.collector_client import Answer, CollectorClient, NoAnswer
from laaswatch_agent.config import AgentConfig, ConfigError
from laaswatch_agent.host.lock import FileLock, Held
from laaswatch_agent.host.windows import descriptor
from laaswatch_agent.host.windows_task import others
from laaswatch_agent.locale import beside, texts
from laaswatch_agent.spool_tables import FILE_NAME, counts, last_seen, open_reader
from laaswatch_agent.status_page import english_time, thai_time

LEAST_FREE = 100 * 1024 * 1024
OLD_BACKLOG_MS = 24 * 3600 * 1000
CLOCK_OFF = 5.0
"""Seconds: as much as the collector tolerates before it corrects (methods.md §4)."""
YEARS = range(2024, 2100)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `text` is a key of `locale`, `values` what stands in it."""

    ok: bool
    text: str
    values: dict[str, object]

    def lines(self) -> str:
        """Thai, then English, with a sign that needs no colour."""
        th, en = (texts(x)[self.text].format(**self.values) for x in ("th", "en"))
        return f"{'✔' if self.ok else '✖'} {th}\n  {en}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    parser.add_argument("--json", action="store_true", help=beside("option.json"))


def run(options: argparse.Namespace) -> int:
    """Look everywhere; print what was found."""
    try:
        config = settings(options)
    except ConfigError as error:
        findings = [Finding(ok=False, text="doctor.config.bad", values={"error": error})]
    else:
        findings = [Finding(ok=True, text="doctor.config.ok", values={}), *examine(config)]
    if options.json:
        rows = [
            {"ok": f.ok, "what": f.text, **{k: str(v) for k, v in f.values.items()}}
            for f in findings
        ]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print("\n".join(f.lines() for f in findings))
    return 0 if all(f.ok for f in findings) else 1


def examine(config: AgentConfig) -> Iterator[Finding]:
    """Everything but the settings file itself."""
    folder = Path(config.state_dir)
    year = time.gmtime().tm_year
    if year not in YEARS:
        yield Finding(ok=False, text="doctor.clock.year", values={"year": year})
    yield _folder(folder)
    yield _disk(folder)
    mine: identity.Identity | None = None
    try:
        mine = identity.load(folder)
    except identity.IdentityUnreadable as error:
        yield Finding(ok=False, text="doctor.identity.bad", values={"error": error})
    else:
        yield _enrolment(mine)
    yield from _spool(folder)
    if mine is not None and mine.enrolled:
        yield from _collector(config, mine)


def _folder(folder: Path) -> Finding:
    values: dict[str, object] = {"folder": folder}
    if not folder.exists():
        return Finding(ok=False, text="doctor.folder.none", values=values)
    try:
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
        secret = folder / identity.FILE_NAME
        if secret.exists() and _open_to_others(secret):
            return Finding(ok=False, text="doctor.folder.open", values=values)
    except OSError as error:
        return Finding(
            ok=False, text="doctor.folder.bad", values={**values, "error": error.strerror}
        )
    return Finding(ok=True, text="doctor.folder.ok", values=values)


def _open_to_others(secret: Path) -> bool:
    if os.name == "nt":
        return bool(others(descriptor(str(secret))))
    return bool(secret.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _disk(folder: Path) -> Finding:
    there = next((p for p in (folder, *folder.parents) if p.exists()), Path())
    free = shutil.disk_usage(there).free
    key = "doctor.disk.ok" if free >= LEAST_FREE else "doctor.disk.bad"
    return Finding(ok=free >= LEAST_FREE, text=key, values={"free": free // 2**20})


def _enrolment(mine: identity.Identity | None) -> Finding:
    if mine is None or not mine.enrolled:
        return Finding(ok=False, text="doctor.identity.none", values={})
    values: dict[str, object] = {**names(mine.office)}
    return Finding(ok=True, text="doctor.identity.ok", values=values)


def _spool(folder: Path) -> Iterator[Finding]:
    if not (folder / FILE_NAME).exists():
        yield Finding(ok=False, text="doctor.spool.none", values={})
        return
    try:
        with contextlib.closing(open_reader(folder)) as reader:
            held = counts(reader)
            last = last_seen(reader)
    except sqlite3.Error as error:
        yield Finding(ok=False, text="doctor.spool.bad", values={"error": error})
        return
    waiting: dict[str, object] = {
        "rounds": held.rounds + held.report_rounds,
        "size": round(held.bytes / 2**20, 1),
    }
    yield Finding(ok=True, text="doctor.spool.ok", values=waiting)
    if held.oldest_at is not None and time.time() * 1000 - held.oldest_at > OLD_BACKLOG_MS:
        yield Finding(ok=False, text="doctor.spool.old", values=_times(held.oldest_at))
    if held.quarantined:
        aside: dict[str, object] = {"count": held.quarantined}
        yield Finding(ok=False, text="doctor.spool.quarantined", values=aside)
    yield _service(folder, last)


def _service(folder: Path, last: int) -> Finding:
    try:
        FileLock(folder / "spool.lock").release()
    except Held:
        times: dict[str, object] = _times(last) if last else {"at": "–", "at_en": "–"}
        return Finding(ok=True, text="doctor.running.ok", values=times)
    return Finding(ok=False, text="doctor.running.bad", values={})


def _times(at: int) -> dict[str, object]:
    return {"at": thai_time(at), "at_en": english_time(at)}


def _collector(config: AgentConfig, mine: identity.Identity) -> Iterator[Finding]:
    address = config.collector_url or mine.collector
    ca_file = mine.ca_file or str(config.collector_ca_file or "")
    proxy = config.collector_proxy or mine.proxy
    client = CollectorClient(address, ca_file=ca_file, token=mine.token, timeout=8, proxy=proxy)
    try:
        answer = client.get("/v1/config")
    except NoAnswer as error:
        yield Finding(ok=False, text=f"no_answer.{error.kind}", values={"collector": address})
        return
    finally:
        client.close()
    if answer.status == 200:
        yield Finding(ok=True, text="doctor.collector.ok", values={"collector": address})
    elif answer.status in (401, 403):
        key = "contact.unknown_agent" if answer.status == 401 else "contact.revoked"
        yield Finding(ok=False, text=key, values={})
    else:
        yield Finding(ok=False, text="doctor.collector.bad", values={"status": answer.status})
    yield _clock(answer)


def _clock(answer: Answer) -> Finding:
    if answer.date is None:
        return Finding(ok=True, text="doctor.clock.unknown", values={})
    off = time.time() - answer.date
    good = abs(off) <= CLOCK_OFF
    key = "doctor.clock.ok" if good else "doctor.clock.bad"
    return Finding(ok=good, text=key, values={"off": round(off)})
