"""`laaswatch-collector completion SHELL`: what makes bash, zsh or fish complete our commands and options."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "laaswatch-collector"
VARIABLE = "_LAASWATCH_COLLECTOR_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a script: `laaswatch-collector completion bash > ~/.local/share/bash-completion/completions/laaswatch-collector`."""
    root = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    assert kind is not None, "click knows the shells of the choice"  # noqa: S101 - a closed list
    click.echo(kind(root, {}, PROGRAM, VARIABLE).source())
