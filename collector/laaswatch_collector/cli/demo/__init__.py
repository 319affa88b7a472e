"""`laaswatch-collector demo`: a whole province on this PC, with a stand-in accounting site.

`demo` (or `demo run`) plays it until Ctrl-C; `demo break FAULT` and `demo heal`, typed in another
window, break what plays and mend it.
"""

from pathlib import Path

import click

from laaswatch_collector.cli.demo.faults import FAULTS, give
from laaswatch_collector.cli.say import both, echo, refusal
from laaswatch_collector.messages import word

_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    help="Where the demo keeps everything that it makes.",
)


class _RunByDefault(click.Group):
    """`demo` alone, or with options only, means `demo run`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_RunByDefault)
def command() -> None:
    """A whole province on this PC, with a stand-in accounting site.

    Without a subcommand: run it.
    """


@command.command()
@_FOLDER
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="Address and port.")
@click.option("--offices", default=100, show_default=True, type=click.IntRange(3, 100))
@click.option("--seed", default=1, show_default=True, help="Another seed, another province.")
@click.option(
    "--keep", is_flag=True, help="Play on with the folder as it is, instead of starting afresh."
)
def run(folder: Path, listen: str, offices: int, seed: int, keep: bool) -> None:
    """Play the demo until Ctrl-C."""
    from laaswatch_collector.cli.demo.play import Wanted, play

    raise SystemExit(play(Wanted(folder.absolute(), listen, offices, seed, keep)))


@command.command("break")
@_FOLDER
@click.argument("fault", type=click.Choice(list(FAULTS)))
def break_(folder: Path, fault: str) -> None:
    """Break the running demo: dns, tls, http503, slow, portal or off."""
    _tell(folder, fault)
    click.echo(f"{fault}: {both(word('demo.fault', fault))}")
    echo("demo.look")


@command.command()
@_FOLDER
def heal(folder: Path) -> None:
    """Mend what `break` broke."""
    _tell(folder, None)
    echo("demo.healed")


def _tell(folder: Path, fault: str | None) -> None:
    if not (folder / "stand-in.json").exists():
        raise refusal("demo.none", folder=str(folder))
    give(folder, fault)
