"""`laaswatch-collector verify`: is what is stored what was stored? Exit 1 if anything was altered."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from laaswatch_agent.signed_note import VerifierKey
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.evidence.checkpoint import Beacon
from laaswatch_collector.evidence.receipts import receipts_in
from laaswatch_collector.messages import message
from laaswatch_collector.upkeep import limits_of
from laaswatch_collector.verifying import Run, Verified, verify_store
from laaswatch_collector.verifying_log_keys import keys_in
from laaswatch_collector.worktime.thai import local_date

MOST_SHOWN = 20
"""Findings shown one by one; --json has them all."""
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@click.option("--receipt", multiple=True, type=_FILE, help="Checkpoints kept outside; repeatable.")
@click.option(
    "--key",
    multiple=True,
    metavar="KEY",
    help="The log's public key, or a file with it; repeatable.",
)
@config_option
def command(
    as_json: bool, receipt: tuple[Path, ...], key: tuple[str, ...], config: CollectorConfig
) -> None:
    """Check reports, books and audit against the evidence log, and the log against receipts.

    Exit 1 if anything was altered. Gaps in a PC's reports are named, not blamed. A receipt is any file with
    checkpoints in it: of `laaswatch-agent status --json`, of exported reports, of /evidence/checkpoint. With
    --key the newest checkpoint must be signed with a key that you kept outside.
    """
    receipts = [x for path in receipt for x in _read(path)]
    kept_from = limits_of(config.history, local_date(datetime.now(UTC))).reports
    keys = [x for one in key for x in read_keys(one)]
    with open_store(config) as database, database.reading() as connection:
        found = verify_store(connection, receipts, keys=keys, kept_from=kept_from)
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=1))
    else:
        _show(found)
    raise SystemExit(1 if found.altered else 0)


def _read(path: Path) -> list[Beacon]:
    found = receipts_in(path.read_text(encoding="utf-8", errors="replace"))
    if not found:
        raise refusal("verify.no_receipt", file=str(path))
    return found


def read_keys(given: str) -> list[VerifierKey]:
    """The public keys that an option gives: one itself, or those in a file."""
    path = Path(given)
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else given
    found = keys_in(text)
    if not found:
        raise refusal("verify.no_key", given=given)
    return found


def _show(found: Verified) -> None:
    for x in found.runs:
        said = ", ".join(f"{b.finding} {b.seq or '?'}" for b in x.breaks[:5]) or "ok"
        click.echo(f"{x.agent}  {x.incarnation}  {x.reports} reports  {said}")
    echo(
        "verify.looked_at", leaves=found.leaves, checkpoints=found.checkpoints,
        reports=found.reports, days=found.days, audit=found.audit, receipts=found.receipts,
    )  # fmt: skip
    if found.signed:
        echo("verify.signed", n=found.signed)
    for wrong in found.wrong[:MOST_SHOWN]:
        click.echo(f"  {both(message(f'verify.{wrong.what}', of=wrong.subject))}")
    if len(found.wrong) > MOST_SHOWN:
        echo("verify.more", n=len(found.wrong) - MOST_SHOWN)
    echo("verify.altered" if found.altered else "verify.whole")


def _as_json(found: Verified) -> dict[str, object]:
    return {
        "altered": found.altered,
        "leaves": found.leaves,
        "checkpoints": found.checkpoints,
        "signed": found.signed,
        "receipts": found.receipts,
        "reports": found.reports,
        "agent_days": found.days,
        "audit_lines": found.audit,
        "wrong": [{"part": x.part, "what": x.what, "of": x.subject} for x in found.wrong],
        "runs": [_row(x) for x in found.runs],
    }


def _row(run: Run) -> dict[str, object]:
    return {
        "agent": run.agent,
        "incarnation": run.incarnation,
        "reports": run.reports,
        "findings": [{"finding": x.finding, "seq": x.seq} for x in run.breaks],
    }
