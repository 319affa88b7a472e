"""What the demo puts into the store before anybody speaks: offices, people, codes; and the ledgers."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from laaswatch_collector.access.policy import Role
from laaswatch_collector.cli.demo.stage import Stage, passwords
from laaswatch_collector.cli.say import both
from laaswatch_collector.ledger.read import LedgerReader
from laaswatch_collector.simulate.books import ledger_files
from laaswatch_collector.simulate.cast import PROVINCE, SimulatedOffice
from laaswatch_collector.simulate.province import SimulatedProvince
from laaswatch_collector.store.agents import CONTROL_OFFICE, ensure_control_office
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.enrolment import make_code
from laaswatch_collector.store.ledger_imports import import_ledger
from laaswatch_collector.store.offices import Office, import_offices
from laaswatch_collector.store.programs import make_access_token
from laaswatch_collector.store.schema import stale_days
from laaswatch_collector.store.users import add_user

WHO = "demo"
LIVE_PC = "live"
"""The name under which the codes hold the one for the real agent."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The demo's people and codes. `office` is where the real agent stands, and the officer works."""

    office: str
    logins: list[dict[str, str]]
    scraper: str
    codes: dict[str, str]


def populate(database: Database, province: SimulatedProvince, stage: Stage) -> Cast:
    """Fill a fresh store with offices, people and enrolment codes."""
    now = datetime.now(UTC)
    office = _office_to_show(province)

    def work(connection: sa.Connection) -> Cast:
        import_offices(connection, map(_registered, province.offices))
        ensure_control_office(connection)
        codes = {
            agent.name: make_code(
                connection,
                CONTROL_OFFICE if agent.role == "control" else agent.office_code,
                now=now,
                issued_by=WHO,
                role=agent.role,
            )
            for agent in province.agents
        }
        codes[LIVE_PC] = make_code(connection, office, now=now, issued_by=WHO)
        return Cast(
            office=office,
            logins=_people(connection, office, now),
            scraper=make_access_token(connection, "prometheus", now=now),
            codes=codes,
        )

    cast = database.write(work)
    # The codes are used up by now or expire; the people may be needed again (--keep).
    stage.write_private(stage.cast, json.dumps(asdict(cast) | {"codes": {}}))
    return cast


def recall(stage: Stage) -> Cast:
    """The people of a demo that was kept."""
    return Cast(**json.loads(stage.cast.read_text(encoding="utf-8")))


def _registered(office: SimulatedOffice) -> Office:
    return Office(
        code=office.code,
        name_th=office.name_th,
        name_en=office.name_en,
        kind=office.kind,
        province=office.province,
        district=office.district,
        isp=office.isp,
        pcs=office.pcs,
        source=office.source,
    )


def _people(connection: sa.Connection, office: str, now: datetime) -> list[dict[str, str]]:
    people: dict[str, dict[str, str]] = {
        "officer": {"office": office},
        "province": {"province": PROVINCE},
        "support": {},
        "admin": {},
    }
    secret = passwords(list(people))
    for name, bounds in people.items():
        role = Role.CLERK if name == "officer" else name
        office_code, province = bounds.get("office", ""), bounds.get("province", "")
        add_user(
            connection, name, role, secret[name], now=now, office=office_code, province=province
        )
    return [
        {"name": name, "password": secret[name], "what": both(f"demo.who_{name}", office=office)}
        for name in people
    ]


def _office_to_show(province: SimulatedProvince) -> str:
    """The office with the most entries that faults made late: the most to see."""
    counts = dict.fromkeys((office.code for office in province.offices), 0)
    for entry in province.entries:
        counts[entry.office_code] += entry.late_because_of_faults
    return max(counts, key=lambda code: (counts[code], code))


def import_ledgers(
    database: Database, province: SimulatedProvince, folder: Path, done: Callable[[], None]
) -> tuple[int, int]:
    """Write the ledger files to the folder and import each; good and bad rows over all of them."""
    folder.mkdir(exist_ok=True)
    last = province.axis.days[-1]
    snapshot = datetime(last.year, last.month, last.day, 10, tzinfo=UTC)
    good = bad = 0
    with LedgerReader() as reader:
        for upload in ledger_files(province):
            path = folder / upload.name
            path.write_bytes(upload.content)
            found = reader.read(path, office_code=upload.office_code, book=upload.book)
            database.write(
                partial(
                    import_ledger,
                    file=found,
                    sha256=hashlib.sha256(upload.content).digest(),
                    imported_by=WHO,
                    now=datetime.now(UTC),
                    snapshot_at=snapshot,
                )
            )
            good += len(found.rows)
            bad += len(found.errors)
            done()
    return good, bad


def stale_days_before(database: Database, today: date) -> int:
    """Days of the simulated past that still wait to be concluded."""
    query = sa.select(sa.func.count()).select_from(stale_days).where(stale_days.c.day < today)
    return int(database.read(lambda c: c.execute(query).scalar_one()))
