"""`laaswatch-collector outage`: one outage as it stands, and how it came to stand so."""

import json
from dataclasses import asdict

import click
import sqlalchemy as sa

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.store.revisions import History, load_histories
from laaswatch_collector.store.views.outages import OutageRow, outages_by_id
from laaswatch_collector.timeline.history import history_sentences
from laaswatch_collector.web.words import words_in


@click.command()
@click.argument("outage", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--english", is_flag=True, help="English sentences instead of Thai ones.")
@config_option
def command(outage: str, as_json: bool, english: bool, config: CollectorConfig) -> None:
    """One outage: what it is now, and every change since it was found. Withdrawn ones are known too."""

    def look(connection: sa.Connection) -> tuple[OutageRow | None, History | None]:
        found = load_histories(connection, [outage])
        return outages_by_id(connection, [outage]).get(outage), found.get(outage)

    with open_store(config) as database:
        stands, history = database.read(look)
    if history is None:
        raise refusal("outage.unknown_id", outage=outage)
    if as_json:
        revisions = [asdict(x) | {"at": x.at.isoformat()} for x in history.revisions]
        document = {
            "id": outage,
            "stands": history.stands,
            "revisions": revisions,
            "th": told(history, "th"),
            "en": told(history, "en"),
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    t = words_in("en" if english else "th")
    if stands is not None:
        span = t.span(stands.start_at, stands.end_at)
        going_on = f" {t('time.going_on')}" if stands.end_at is None else ""
        who = f"{t.word('scope', stands.scope)} {stands.key}".strip()
        offices = t(
            "outage.offices_of" if stands.offices <= stands.observed else "outage.offices_beyond",
            n=stands.offices,
            observed=stands.observed,
        )
        click.echo(f"{outage}\n{who} · {t.word('fault', stands.fault)} · {span}{going_on}")
        click.echo(
            f"{t('outage.offices')}: {offices} · {t.word('grade', stands.grade)} · "
            f"{t('outage.settled' if stands.settled else 'outage.open')}"
        )
    else:
        click.echo(outage)
    for sentence in told(history, t.language) or [t("outage.never_revised")]:
        click.echo(f"- {sentence}")


def told(history: History, language: str) -> list[str]:
    """The history of an outage in sentences, oldest first."""
    t = words_in(language)
    return [t.say(x) for x in history_sentences(history.revisions, history.stands)]
