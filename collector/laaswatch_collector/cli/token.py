"""`laaswatch-collector token`: codes that let agents in, and a say over the agents they became."""

from datetime import UTC, datetime

import click
import sqlalchemy as sa

from laaswatch_agent.report.fingerprint import spoken
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.store.agents import (
    CONTROL_OFFICE,
    AgentState,
    ensure_control_office,
    list_agents,
    set_state,
)
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.enrolment import HOURS, MOST_USES, UnknownOffice, make_code

WHO = "command line"


@click.group()
def command() -> None:
    """Codes for agents, and the agents themselves."""


@command.command()
@click.option("--office", metavar="CODE", help="The office whose PC shall be enrolled.")
@click.option("--uses", type=click.IntRange(1, MOST_USES), default=1, show_default=True)
@click.option("--hours", type=click.FloatRange(0.1, 24 * 366), default=HOURS, show_default=True)
@click.option("--role", type=click.Choice(("pc", "control")), default="pc", show_default=True)
@config_option
def create(
    config: CollectorConfig,
    office: str | None,
    uses: int,
    hours: float,
    role: str,
) -> None:
    """Make a code for one office's PC. It is shown once."""
    if role == "control":
        office = office or CONTROL_OFFICE
    if office is None:
        raise click.UsageError("give --office CODE")
    now = datetime.now(UTC)
    with open_store(config) as database:
        code = _office_code(database, office, role, uses, hours, now)
    click.echo(f"\n    {code}\n")
    echo("token.code", office=office, uses=uses, hours=f"{hours:g}")
    echo("token.on_the_pc")
    address = config.public_url or "https://ADDRESS-OF-THIS-COLLECTOR"
    click.echo(f"    laaswatch-agent enroll --collector {address} --code {code}")
    click.echo("    laaswatch-agent run")
    if uses > 1:
        echo("token.several")


def _office_code(
    database: Database, office: str, role: str, uses: int, hours: float, now: datetime
) -> str:
    def make(connection: sa.Connection) -> str:
        if role == "control":
            ensure_control_office(connection)
        return make_code(
            connection, office, now=now, issued_by=WHO, role=role, uses=uses, hours=hours
        )

    try:
        return database.write(make)
    except UnknownOffice as error:
        raise refusal("token.no_office", office=office) from error


@command.command("list")
@click.option("--office", metavar="CODE", help="Only this office's.")
@config_option
def list_(config: CollectorConfig, office: str | None) -> None:
    """The agents: state, office, when last heard."""
    with open_store(config) as database:
        for agent in database.read(lambda c: list_agents(c, office)):
            heard = f"{agent.last_contact:%Y-%m-%d %H:%M} UTC" if agent.last_contact else "never"
            click.echo(f"{agent.id}  {agent.state:<9}  {agent.office}  {agent.label}  {heard}")
            thai, english = spoken(agent.nonce)
            click.echo(f"    {thai} · {english}")
            if agent.old_token_seen is not None:
                seen = f"{agent.old_token_seen:%Y-%m-%d %H:%M} UTC"
                click.echo(f"    {both('token.old_secret', at=seen)}")


def _state_command(name: str, state: AgentState, text: str) -> None:
    @command.command(name, help=text)
    @click.argument("agent")
    @config_option
    def change(config: CollectorConfig, agent: str) -> None:
        now = datetime.now(UTC)
        with open_store(config) as database:
            if not database.write(lambda c: set_state(c, agent, state, who=WHO, now=now)):
                raise refusal("token.no_agent", agent=agent)
        click.echo(f"{agent}: {state}")


_state_command("approve", AgentState.ACTIVE, "Let an agent's reports count (again).")
_state_command("suspend", AgentState.SUSPENDED, "Turn an agent away for now.")
_state_command("revoke", AgentState.REVOKED, "Turn an agent away for good.")
