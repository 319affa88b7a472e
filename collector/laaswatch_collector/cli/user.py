"""`laaswatch-collector user`: the people who may sign in."""

import sys
from datetime import UTC, datetime

import click

from laaswatch_collector.access.passwords import WeakPassword
from laaswatch_collector.access.policy import PEOPLE
from laaswatch_collector.cli.options import config_option, open_store
from laaswatch_collector.config import CollectorConfig
from laaswatch_collector.store.users import (
    UserError,
    add_user,
    disable_user,
    list_users,
    set_password,
)

_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@click.group()
def command() -> None:
    """Add and change the people who may sign in."""


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([str(r) for r in PEOPLE]), required=True)
@click.option("--office", default="", help="The office's code, for a viewer or a clerk.")
@click.option("--province", default="", help="Two digits, for a province's officer.")
@_stdin
@config_option
def add(
    name: str,
    role: str,
    office: str,
    province: str,
    password_stdin: bool,
    config: CollectorConfig,
) -> None:
    """Add a person; asks for the password."""
    password, now = _password(password_stdin), datetime.now(UTC)
    with open_store(config) as database, _told():
        database.write(
            lambda c: add_user(c, name, role, password, now=now, office=office, province=province)
        )
    click.echo(f"เพิ่ม {name} แล้ว · added {name} ({role})")


@command.command("list")
@config_option
def show(config: CollectorConfig) -> None:
    """Everybody who may sign in."""
    with open_store(config) as database:
        for user in database.read(list_users):
            where = user.office or user.province or "-"
            click.echo(f"{user.name}\t{user.role}\t{where}\t{'off' if user.disabled else ''}")


@command.command("disable")
@click.argument("name")
@config_option
def disable(name: str, config: CollectorConfig) -> None:
    """Shut a person out at once."""
    now = datetime.now(UTC)
    with open_store(config) as database, _told():
        database.write(lambda c: disable_user(c, name, now))
    click.echo(f"ปิดการใช้งาน {name} แล้ว · disabled {name}")


@command.command("password")
@click.argument("name")
@_stdin
@config_option
def password(name: str, password_stdin: bool, config: CollectorConfig) -> None:
    """Set a new password; ends that person's sessions."""
    secret, now = _password(password_stdin), datetime.now(UTC)
    with open_store(config) as database, _told():
        database.write(lambda c: set_password(c, name, secret, now))
    click.echo(f"เปลี่ยนรหัสผ่านของ {name} แล้ว · changed the password of {name}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    secret: str = click.prompt(
        "รหัสผ่าน (อย่างน้อย 12 ตัว) · password (12 or more)", hide_input=True, confirmation_prompt=True
    )
    return secret


class _told:  # noqa: N801 - reads as a word where it is used
    """Turns what the store refuses into one line for the person who asked."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, UserError | WeakPassword):
            raise click.ClickException(str(error)) from error
