"""`laaswatch-collector user`: the people who may sign in."""

import sys
from datetime import UTC, datetime

import click

from laaswatch_collector.access.passwords import LEAST_LENGTH, first_password
from laaswatch_collector.access.policy import PEOPLE
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.cli.say import both, echo, told
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.messages import word
from laaswatch_collector.store.second_steps import forget_second_step
from laaswatch_collector.store.users import (
    COMMAND_LINE,
    add_user,
    disable_user,
    enable_user,
    list_users,
    place_of,
    set_password,
    set_place,
)

_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)
_one_time = click.option(
    "--one-time", is_flag=True, help="Make a password that is shown once and changed at first use."
)
_role = click.option("--role", type=click.Choice([str(r) for r in PEOPLE]), required=True)
_office = click.option("--office", default="", help="The office's code, for a viewer or a clerk.")
_province = click.option("--province", default="", help="Two digits, for a province's officer.")


@click.group()
def command() -> None:
    """Add and change the people who may sign in."""


@command.command("add")
@click.argument("name")
@_role
@_office
@_province
@_one_time
@_stdin
@config_option
def add(
    name: str,
    role: str,
    office: str,
    province: str,
    one_time: bool,
    password_stdin: bool,
    config: CollectorConfig,
) -> None:
    """Add a person; asks for the password."""
    password, now = _password(password_stdin, one_time), datetime.now(UTC)
    with open_store(config) as database, told():
        database.write(
            lambda c: add_user(
                c,
                name,
                role,
                password,
                now=now,
                office=office,
                province=province,
                must_change=one_time,
            )
        )
    echo("people.added", name=name, role=word("person", role))
    _show(name, password, one_time)


@command.command("list")
@config_option
def show(config: CollectorConfig) -> None:
    """Everybody who may sign in."""
    with open_store(config) as database:
        for user in database.read(list_users):
            where = user.office or user.province or "-"
            click.echo(f"{user.name}\t{user.role}\t{where}\t{'off' if user.disabled else ''}")


@command.command("role")
@click.argument("name")
@_role
@_office
@_province
@config_option
def role_(name: str, role: str, office: str, province: str, config: CollectorConfig) -> None:
    """Give a person another role or place; ends that person's sessions."""
    now = datetime.now(UTC)
    with open_store(config) as database, told():
        database.write(
            lambda c: set_place(c, name, place_of(c, role, office, province), now, COMMAND_LINE)
        )
    echo("people.changed", name=name, role=word("person", role))


@command.command("disable")
@click.argument("name")
@config_option
def disable(name: str, config: CollectorConfig) -> None:
    """Shut a person out at once."""
    now = datetime.now(UTC)
    with open_store(config) as database, told():
        database.write(lambda c: disable_user(c, name, now))
    echo("people.disabled", name=name)


@command.command("enable")
@click.argument("name")
@config_option
def enable(name: str, config: CollectorConfig) -> None:
    """Let a person in again."""
    now = datetime.now(UTC)
    with open_store(config) as database, told():
        database.write(lambda c: enable_user(c, name, now))
    echo("people.enabled", name=name)


@command.command("password")
@click.argument("name")
@_one_time
@_stdin
@config_option
def password(name: str, one_time: bool, password_stdin: bool, config: CollectorConfig) -> None:
    """Set a new password; ends that person's sessions."""
    secret, now = _password(password_stdin, one_time), datetime.now(UTC)
    with open_store(config) as database, told():
        database.write(lambda c: set_password(c, name, secret, now, must_change=one_time))
    echo("people.new_password", name=name)
    _show(name, secret, one_time)


@command.command("reset-second-step")
@click.argument("name")
@config_option
def reset_second_step(name: str, config: CollectorConfig) -> None:
    """For who lost the telephone and the recovery codes: set up anew at the next log-in."""
    now = datetime.now(UTC)
    with open_store(config) as database, told():
        database.write(lambda c: forget_second_step(c, name, now, COMMAND_LINE))
    echo("people.second_step_gone", name=name)


def _password(from_stdin: bool, one_time: bool) -> str:
    if one_time:
        return first_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    secret: str = click.prompt(
        both("password.prompt", least=LEAST_LENGTH), hide_input=True, confirmation_prompt=True
    )
    return secret


def _show(name: str, password: str, one_time: bool) -> None:
    if one_time:
        echo("people.one_time", name=name, password=password)
