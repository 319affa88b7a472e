"""`laaswatch-collector analyse`: the whole pure core on a folder of files, nothing else needed.

How accuracy is measured, and how an auditor recomputes a month. Reads and writes the analysis folder
(`docs/analysis-folder.md`).
"""

import csv
from datetime import datetime
from pathlib import Path

import click

from laaswatch_collector.cli.analysis_folder import AnalysisFolder, FolderError, read_folder
from laaswatch_collector.explanation.explain import explain
from laaswatch_collector.explanation.model import EntryTimes, Explanation, Verdict
from laaswatch_collector.localization.conclude import conclude
from laaswatch_collector.timeline.conclusions import Conclusions, Scope
from laaswatch_collector.worktime.thai import BANGKOK

_WORDS = {Verdict.NOT_EXPLAINED: "not"}
"""The folder's word where it differs from ours."""
VERDICT_COLUMNS = (
    "entry_id",
    "verdict",
    "explained_fraction",
    "scope",
    "shift_fraction",
    "backlog_fraction",
    "grade",
    "tardiness",
    "window_minutes",
    "usable_minutes",
    "down_minutes",
    "unknown_minutes",
)


@click.command()
@click.argument("in_dir", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out_dir", type=click.Path(path_type=Path, file_okay=False))
def command(in_dir: Path, out_dir: Path) -> None:
    """Find outages and judge late entries in IN_DIR; write incidents.csv and verdicts.csv to OUT_DIR."""
    try:
        folder = read_folder(in_dir)
    except FolderError as error:
        raise click.ClickException(str(error)) from error
    conclusions = conclude(
        folder.facts,
        folder.start,
        folder.end,
        now=folder.settled_at,
        settled_until=folder.settled_at,
    )
    explanations = explain(entries_of(folder), conclusions, folder.worktime)
    out_dir.mkdir(parents=True, exist_ok=True)
    write_incidents(out_dir / "incidents.csv", conclusions)
    write_verdicts(out_dir / "verdicts.csv", explanations)
    click.echo(f"{len(conclusions.outages)} outages, {len(explanations)} late entries: {out_dir}")


def entries_of(folder: AnalysisFolder) -> list[EntryTimes]:
    """The ledger's rows with their deadlines by the folder's own settings."""
    return [
        EntryTimes(
            id=row.id,
            office=row.office,
            transacted=row.transacted,
            due=folder.worktime.deadline(
                row.transacted, folder.deadline_days, folder.deadline_time
            ),
            posted=row.posted,
        )
        for row in folder.ledger
    ]


def write_incidents(path: Path, conclusions: Conclusions) -> None:
    """One line an outage; what cannot be told apart (`undecided`) is no line of the format."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["scope", "key", "start", "end", "layer", "offices"])
        for x in conclusions.outages:
            scope = Scope.SITE if x.scope is Scope.UNDECIDED else x.scope
            out.writerow(
                [scope, x.key, _iso(x.start), _iso(x.end), x.evidence["layer"], len(x.offices)]
            )


def write_verdicts(path: Path, explanations: tuple[Explanation, ...]) -> None:
    """One line a late entry, with the figures behind its verdict."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(VERDICT_COLUMNS)
        for x in explanations:
            out.writerow(
                [
                    x.entry,
                    _WORDS.get(x.verdict, x.verdict),
                    x.explained_fraction,
                    x.scope,
                    x.shift_fraction,
                    x.backlog_fraction,
                    x.grade,
                    x.tardiness,
                    x.window_minutes,
                    x.usable_minutes,
                    x.down_minutes,
                    x.unknown_minutes,
                ]
            )


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, BANGKOK).isoformat()
