"""`laaswatch-collector serve`: intake, pages, metrics, recomputation and the control agent, until told to stop."""

import asyncio
import contextlib
import gc
import logging
import signal
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import sqlalchemy as sa

from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, refusal
from laaswatch_collector.computing import ComputerProcess
from laaswatch_collector.config import CollectorConfig, host_and_port
from laaswatch_collector.evidence_log import LogKeeper
from laaswatch_collector.jobs import ControlAgent
from laaswatch_collector.ledger.lateness import Policy
from laaswatch_collector.messages import message
from laaswatch_collector.network_file import load_networks
from laaswatch_collector.notify.runner import Notifier
from laaswatch_collector.recompute import Recomputer
from laaswatch_collector.server import logs
from laaswatch_collector.server.agent_plan import knowledge_document
from laaswatch_collector.server.routing import Context
from laaswatch_collector.server.run import CannotListen, start
from laaswatch_collector.site_rules import RulesFiles
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.prefixes import replace_networks
from laaswatch_collector.store.schema import offices
from laaswatch_collector.upkeep import Upkeep
from laaswatch_collector.worktime.calendar import Calendar

log = logging.getLogger(__name__)

NEXT = {
    "offices": "laaswatch-collector office import offices.csv",
    "user": "laaswatch-collector user add NAME --role admin --one-time",
    "code": "laaswatch-collector token create --office CODE",
}
"""What to do with an empty database, in this order."""


@click.command()
@click.option("--listen", metavar="ADDRESS:PORT", help="Another address than the settings say.")
@click.option("--no-control", is_flag=True, help="Run no control agent beside the collector.")
@config_option
def command(config: CollectorConfig, listen: str | None, no_control: bool) -> None:
    """Run the collector: intake, pages, metrics."""
    logs.set_up()
    if listen is not None:
        try:
            host_and_port(listen)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        config = msgspec.structs.replace(config, listen=listen)
    files, rules = _load_rules(config)
    try:
        networks = load_networks(config.isp_prefixes_file)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with open_store(config, serving=True) as database:
        database.write(lambda c: replace_networks(c, networks))
        try:
            asyncio.run(_serve(config, database, files, rules, control=not no_control))
        except ValueError as error:  # a secret of the messages' channels
            raise click.ClickException(str(error)) from error
        except CannotListen as error:
            raise refusal("serve.cannot_listen", error=str(error)) from error


def _load_rules(config: CollectorConfig) -> tuple[RulesFiles, tuple[Calendar, Policy]]:
    files = RulesFiles(
        Path(config.calendar_dir) if config.calendar_dir else None,
        Path(config.lateness_file) if config.lateness_file else None,
    )
    try:
        knowledge_document(config.knowledge_dir)
        return files, files.load()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


async def _serve(
    config: CollectorConfig,
    database: Database,
    files: RulesFiles,
    rules: tuple[Calendar, Policy],
    *,
    control: bool,
) -> None:
    stop = asyncio.Event()
    _on_signals(stop)
    notifier = Notifier(database, config, _now) if config.notify.enabled else None
    serving = await start(Context(database, config, _now))
    # What was made at the start stays: looking through it for garbage would stop everything for 0.1 s each time.
    gc.collect()
    gc.freeze()
    computer = ComputerProcess(config.database, *rules)
    recomputer = Recomputer(database, *rules, _now, computer, files.changed)
    jobs = [asyncio.create_task(recomputer.run())]
    jobs.append(asyncio.create_task(Upkeep(database, config.history, _now).run()))
    keeper = LogKeeper(database, _now, config.public_url, config.evidence.key_file)
    jobs.append(asyncio.create_task(keeper.run()))
    if notifier is not None:
        jobs.append(asyncio.create_task(notifier.run()))
    if config.remote_write:
        jobs.append(asyncio.create_task(_send_samples(database, config)))
    if control and config.control_agent.enabled:
        folder = config.control_agent.state_dir or _beside_database(config)
        agent = ControlAgent(database, serving.url, Path(folder), config.control_agent.config, _now)
        jobs.append(asyncio.create_task(agent.run()))
    _greet(serving.url, database)
    try:
        await stop.wait()
    finally:
        log.info("stopping")
        for job in jobs:
            job.cancel()
        await asyncio.gather(serving.stop(), *jobs, return_exceptions=True)
        computer.close()
        log.info("stopped")


async def _send_samples(database: Database, config: CollectorConfig) -> None:
    """Remote write, for those who asked for it; it needs a package that only they install."""
    try:
        from laaswatch_collector.remote_write.follow import follow_all
    except ImportError:
        log.error("remote_write: %s", both("remote.needs_package"))  # noqa: TRY400 - the reason is said
        return
    await follow_all(database, config.remote_write, _now)


def _beside_database(config: CollectorConfig) -> str:
    url = sa.make_url(config.database)
    if url.get_backend_name() == "sqlite" and url.database:
        return str(Path(url.database).parent / "control-agent")
    return "control-agent"


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no handlers in the loop
            loop.add_signal_handler(number, stop.set)
            continue
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def _greet(url: str, database: Database) -> None:
    """Say where it is; on the first start also what to do next."""
    first_office = database.read(
        lambda c: c.execute(sa.select(offices.c.code).where(offices.c.kind != "control")).first()
    )
    click.echo(f"laaswatch: {url}")
    if first_office is None:
        click.echo(f"\n{both('serve.next')}")
        for what, command in NEXT.items():
            click.echo(f"  {command:<50}  {both(message(f'serve.next_{what}'))}")


def _now() -> datetime:
    return datetime.now(UTC)
