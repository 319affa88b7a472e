"""`laaswatch-collector document`: letters and sheets as files, and what stands behind a check code."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from laaswatch_collector.cli.options import config_option, open_database
from laaswatch_collector.cli.say import echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.documents.changes import GONE, Change, changes, figures
from laaswatch_collector.documents.check_code import read_code
from laaswatch_collector.documents.facts import Facts
from laaswatch_collector.documents.form import FIELDS, Form, read_form
from laaswatch_collector.documents.make import Kind, make, stamp_of
from laaswatch_collector.documents.typesetting import CannotBeSet, FileKind, Request, typeset
from laaswatch_collector.server.press import read_emblem
from laaswatch_collector.site_rules import load_policy
from laaswatch_collector.store.documents import About, find_document, keep_document
from laaswatch_collector.store.offices import province_of
from laaswatch_collector.store.views.document_facts import Asked
from laaswatch_collector.store.views.documents import facts_of
from laaswatch_collector.web.words import words_in
from laaswatch_collector.worktime.calendar import Calendar
from laaswatch_collector.worktime.provinces import PROVINCES


@click.group()
def command() -> None:
    """Letters, memos, summaries and fault sheets, DOCX or PDF."""


@command.command("make")
@click.argument("kind", type=click.Choice([str(x) for x in Kind]))
@click.option("--office", default="", metavar="CODE", help="The office that it speaks of.")
@click.option("--province", default="", type=click.Choice(["", *PROVINCES]), metavar="NN")
@click.option("--month", default="", metavar="YYYY-MM", help="Month of the events (CE).")
@click.option("--outage", default="", metavar="ID", help="For a sheet: the outage.")
@click.option("--field", multiple=True, metavar="NAME=TEXT", help=f"One of: {', '.join(FIELDS)}.")
@click.option("--english", is_flag=True, help="A reading copy instead of the Thai original.")
@click.option(
    "--out", "path", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="Where to: NAME.docx or NAME.pdf.",
)  # fmt: skip
@config_option
def make_(
    kind: str,
    office: str,
    province: str,
    month: str,
    outage: str,
    field: tuple[str, ...],
    english: bool,
    path: Path,
    config: CollectorConfig,
) -> None:
    """Write a document to a file; its facts are kept under its check code, which is printed."""
    file = path.suffix.lower().removeprefix(".")
    if file not in set(FileKind):
        raise refusal("documents.cli.ending")
    if not (outage if kind == Kind.SHEET else month) or not (office or province):
        raise refusal("documents.cli.about")
    now, form = datetime.now(UTC), _form(field)
    with open_database(config) as (database, calendar):
        if office:
            province = database.read(lambda c: province_of(c, office))
        about = About(office, province, month, outage)
        asked = _asked(config, calendar, now)
        facts = database.read(lambda c: facts_of(c, asked, Kind(kind), about))
        if facts is None:
            raise refusal("documents.cli.nothing")
        made_at = database.write(
            lambda c: keep_document(c, Kind(kind), facts, about, now, "command line")
        )
    stamp = stamp_of(
        Kind(kind), facts, int(made_at.timestamp()), f"{config.public_url.rstrip('/')}/check/"
    )
    document = make(Kind(kind), words_in("en" if english else "th"), facts, form, stamp)
    emblem = read_emblem(config.documents.emblem)
    try:
        made = typeset(Request(document, FileKind(file), config.documents.word_font, emblem))
    except CannotBeSet as error:
        raise click.ClickException(str(error)) from error
    path.write_bytes(made)
    echo("documents.cli.written", path=str(path), code=stamp.code)


@command.command("check")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="The facts, the figures and the changes.")
@config_option
def check(code: str, as_json: bool, config: CollectorConfig) -> None:
    """Whether a check code's facts are whole, its main figures, and how much has changed since."""
    known = read_code(code)
    if known is None:
        raise refusal("documents.check.wrong")
    with open_database(config) as (database, calendar):
        kept = database.read(lambda c: find_document(c, known))
        if kept is None:
            raise refusal("documents.check.not_found")
        asked = _asked(config, calendar, datetime.now(UTC))
        now = database.read(lambda c: facts_of(c, asked, kept.kind, kept.about))
    found = _changed(kept.facts, now)
    if as_json:
        told = {
            "code": known,
            "kind": kept.kind,
            "whole": kept.whole,
            "made_at": kept.made_at.isoformat(),
            "sha256": kept.sha256.hex(),
            "facts": msgspec.to_builtins(kept.facts),
            "figures": figures(kept.facts) if kept.facts else {},
            "changes": [msgspec.to_builtins(x) for x in found],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        echo("documents.check.kept" if kept.whole else "documents.check.damaged")
        for name, figure in (figures(kept.facts) if kept.facts else {}).items():
            click.echo(f"  {words_in('th').word('documents.figure', name)}: {figure:,}")
        if kept.facts is not None and found:
            echo("documents.check.changed", n=len(found))
        elif kept.facts is not None:
            echo("documents.check.same")
    if not kept.whole:
        raise SystemExit(1)


def _changed(kept: Facts | None, now: Facts | None) -> list[Change]:
    if kept is None:
        return []
    return [Change("facts", "", GONE)] if now is None else changes(kept, now)


def _asked(config: CollectorConfig, calendar: Calendar, now: datetime) -> Asked:
    policy = load_policy(Path(config.lateness_file) if config.lateness_file else None)
    return Asked(calendar, policy, now)


def _form(given: tuple[str, ...]) -> Form:
    pairs = [x.partition("=") for x in given]
    if any(not equals or name not in FIELDS for name, equals, _ in pairs):
        raise refusal("documents.cli.field", names=", ".join(FIELDS))
    return read_form({name: value for name, _, value in pairs})
