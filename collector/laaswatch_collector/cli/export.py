"""`laaswatch-collector export`: a month's facts as an analysis folder, to be recomputed elsewhere; or every
round as samples, for a Prometheus that lacks them.

The folder holds what `analyse` reads: offices, PCs, rounds (times already on the collector's clock),
sessions, control, ledger. No names, no money: only what blame and lateness need.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import numpy as np

from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.cli.say import echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.remote_write.openmetrics_file import write_openmetrics
from laaswatch_collector.remote_write.series import Series, series_of
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.entries import StoredEntry, entries_of
from laaswatch_collector.store.facts import load_facts
from laaswatch_collector.store.views.rounds_in_time import by_role, places, rounds_between
from laaswatch_collector.timeline.facts import COLUMNS, AgentFacts, Facts
from laaswatch_collector.timeline.packed import NOT_TRIED, WORKED
from laaswatch_collector.worktime.clock import WorkClock
from laaswatch_collector.worktime.thai import BANGKOK

LEAST_STEP = 60
"""Seconds: agents that look more often are told apart no finer than the minutes of the core."""
_NAMES = dict(zip(COLUMNS, ("link", "gw", "inet", "dns", "tcp", "http"), strict=True))


OFFICES_AT_ONCE = 20
_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])


@click.command()
@click.option("--month", metavar="YYYY-MM", help="Which month (CE, Asia/Bangkok).")
@click.option("--openmetrics", is_flag=True, help="Every round as samples, in a file for promtool.")
@click.option("--since", type=_MOMENT, help="With --openmetrics: from this local time on.")
@click.option("--until", type=_MOMENT, help="With --openmetrics: up to this local time.")
@click.argument("path", type=click.Path(path_type=Path))
@config_option
def command(
    month: str | None,
    openmetrics: bool,
    since: datetime | None,
    until: datetime | None,
    path: Path,
    config: CollectorConfig,
) -> None:
    """Write a month's facts into the folder PATH, for `analyse` here or anywhere else.

    With --openmetrics, PATH is a file with every round of the period as samples with their own times, for
    `promtool tsdb create-blocks-from openmetrics`.
    """
    if (month is None) == (since is None or until is None):
        raise refusal("remote.export_one_period")
    if not openmetrics and month is None:
        raise refusal("remote.export_only_openmetrics")
    start, end = month_bounds(month) if month is not None else _period(since, until)
    if openmetrics:
        with open_database(config) as (database, _):
            samples, series = write_openmetrics(path, _parts(database, start, end))
        echo("remote.exported", file=str(path), samples=samples, series=series)
        return
    with open_database(config) as (database, calendar):
        facts = database.read(lambda c: load_facts(c, start, end))
        rows = database.read(lambda c: entries_of(c, None, start, end))
    path.mkdir(parents=True, exist_ok=True)
    write_folder(path, facts, rows, calendar.work_clock(), start, end)
    click.echo(
        f"{path}: {len(facts.offices)} offices, {len(facts.agents)} PCs, {len(rows)} entries"
    )


def _period(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    if since is None or until is None or until <= since:
        raise refusal("remote.export_backwards")
    start, end = (x.replace(tzinfo=BANGKOK).astimezone(UTC) for x in (since, until))
    return start, end


def _parts(database: Database, start: datetime, end: datetime) -> Iterator[list[Series]]:
    """The series of a few offices at a time; control probes, who all share one, together."""
    where = database.read(places)
    controls, others = database.read(by_role)
    chunks = [others[i : i + OFFICES_AT_ONCE] for i in range(0, len(others), OFFICES_AT_ONCE)]
    for codes in [*chunks, controls]:
        yield database.read(
            lambda c, codes=codes: series_of(rounds_between(c, codes, start, end), where)  # type: ignore[misc]
        )


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """The local month as [start, end) in UTC; raises `click.BadParameter` for anything but YYYY-MM."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=BANGKOK)
    except ValueError as error:
        raise click.BadParameter(f"{month!r}: a month looks like 2026-10 (CE)") from error
    return first.astimezone(UTC), (first + timedelta(days=32)).replace(day=1).astimezone(UTC)


def write_folder(
    folder: Path,
    facts: Facts,
    ledger: Sequence[StoredEntry],
    clock: WorkClock,
    start: datetime,
    end: datetime,
) -> None:
    """Write every file of the format; `end` is also when the month counts as settled."""
    days = [start.astimezone(BANGKOK).date() + timedelta(days=i) for i in range((end - start).days)]
    # The format has one step for all: the usual cadence, since damping counts rounds, not minutes.
    step = max(LEAST_STEP, _usual_cadence(facts))
    settings = {
        "tz": "Asia/Bangkok",
        "work": [[_hour(a), _hour(b)] for a, b in clock.hours],
        "weekdays": sorted(clock.weekdays),
        "holidays": [day.isoformat() for day in days if day in clock.holidays],
        "deadline_days": 1,
        "deadline_time": _hour(clock.hours[-1][1]),
        "round_s": step,
        "report_s": 5 * step,
        "period": [days[0].isoformat(), (days[-1] + timedelta(days=1)).isoformat()],
        "settled_at": int((end + timedelta(days=7)).timestamp()),
    }
    (folder / "config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    _write(
        folder / "offices.csv",
        "office_id,province,isp,pcs",
        ((x.id, x.province, x.isp, x.pcs) for x in facts.offices),
    )
    _write(folder / "pcs.csv", "pc_id,office_id", ((x.id, x.office) for x in facts.agents))
    _write(
        folder / "reports.csv.gz",
        "pc_id,seq,t0,n," + ",".join(_NAMES.values()) + ",rtt_p50,rtt_max,sent,received",
        (row for agent in facts.agents for row in _report_rows(agent, step)),
    )
    _write(
        folder / "sessions.csv",
        "pc_id,on_at,off_at,clean",
        ((x.agent, x.on, x.off, int(x.clean)) for x in facts.sessions),
    )
    _write(
        folder / "control.csv.gz",
        "from,to,ok",
        ((x.start, x.end, int(x.ok)) for x in facts.control),
    )
    _write(
        folder / "ledger.csv",
        "entry_id,office_id,txn_at,posted_at",
        (
            (x.id, x.office_code, _local(x.event_at), _local(x.recorded_from_at))
            for x in ledger
            if not x.cancelled
        ),
    )


def _usual_cadence(facts: Facts) -> int:
    return round(float(np.median([x.cadence for x in facts.agents]))) if facts.agents else 0


def _report_rows(agent: AgentFacts, step: int) -> Iterator[tuple[object, ...]]:
    """One row a delivered report: its rounds on a grid of steps, each standing for its cadence."""
    for number, report in enumerate(agent.delivered):
        part = slice(report.first, report.last)
        steps = agent.t[part] // step
        first = int(steps.min())
        covered = max(1, round(agent.cadence / step))
        length = int(steps.max()) - first + covered
        grid = np.full((length, len(COLUMNS)), NOT_TRIED, np.uint8)
        made = np.zeros(length, np.bool_)
        for at, layers in zip(steps - first, agent.layers[part], strict=True):
            grid[at : at + covered] = layers
            made[at : at + covered] = True
        # The format knows worked or not; the core takes what was not tried the same way, but for the link.
        worked = grid == WORKED
        worked[:, 0] |= grid[:, 0] == NOT_TRIED
        text = np.where(worked, ord("1"), ord("0")).astype(np.uint8)
        text[~made] = ord("-")
        columns = [text[:, i].tobytes().decode("ascii") for i in range(len(COLUMNS))]
        rtt = agent.rtt[part]
        heard = rtt[~np.isnan(rtt)]
        times = (
            (f"{float(np.median(heard)):.0f}", f"{float(heard.max()):.0f}")
            if len(heard)
            else ("", "")
        )
        yield (
            agent.id,
            number,
            first * step,
            length,
            *columns,
            *times,
            report.sent,
            report.received,
        )


def _write(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8")
    path.write_bytes(gzip.compress(data, 6, mtime=0) if path.suffix == ".gz" else data)


def _hour(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _local(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(BANGKOK).isoformat()
