"""`laaswatch-collector`: one file a command, imported only when it is asked for."""

import importlib
import sys

try:
    import click
except ImportError:  # the base install is the agent's
    sys.exit(
        "laaswatch-collector needs the collector's packages: pip install 'laaswatch[collector]'\n"
        "ต้องติดตั้งส่วนของตัวรวบรวมก่อน: pip install 'laaswatch[collector]'"
    )

from laaswatch_agent import __version__

COMMANDS = {
    "serve": "Run the collector: intake, pages, metrics.",
    "demo": "A whole province on this PC, with a stand-in accounting site.",
    "office": "Import the list of offices.",
    "token": "Make enrolment codes for agents, and look after the agents.",
    "user": "Add and change the people who may log in.",
    "program": "Tokens with which programs read metrics or the API.",
    "ledger": "Import ledger files.",
    "reports": "Import reports carried by hand from an office with no line.",
    "explain": "Why an office's entries of a month were late.",
    "outage": "One outage, and every change since it was found.",
    "document": "Letters and sheets as files, and what stands behind a check code.",
    "calendar": "Print the working days of a month, and take up changed files.",
    "explain-all": "A whole month explained again, on all processors.",
    "closure": "Declared closures of the accounting site.",
    "notify": "Messages: who receives them, what became of them.",
    "outlook": "A second line, the backlog, safe moments, costs by provider.",
    "association": "Whether late entries go with outages across offices.",
    "analyse": "The whole pure core on a folder of files.",
    "export": "Write a month as an analysis folder.",
    "verify": "Check everything that is stored against the evidence log and receipts.",
    "evidence": "Checkpoints to keep, and an office's month to be checked elsewhere.",
    "site-checks": "Say how far agents may go towards the accounting site.",
    "retention": "Pack old reports, delete what is older than the settings say.",
    "backup": "Copy the database while it is in use.",
    "restore": "Go back to a backup.",
    "config": "Check the settings, show what is in force, print their schema.",
    "completion": "Print what lets your shell complete our commands.",
    "doctor": "Look for what is wrong with this collector.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"laaswatch_collector.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands)
@click.version_option(__version__, prog_name="laaswatch-collector")
def main() -> None:
    """From agents' reports and ledgers to outages, blame and explanations."""


if __name__ == "__main__":
    main()
