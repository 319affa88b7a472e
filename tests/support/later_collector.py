"""The collector's command with its clock so many minutes ahead, in a hurry: `python later_collector.py MINUTES serve …`."""

import sys
from datetime import UTC, datetime, timedelta

from laaswatch_collector.cli import main, serve
from laaswatch_collector.notify import runner


def run():
    """Set the clock of `serve` ahead, then do as the command does."""
    ahead = timedelta(minutes=float(sys.argv.pop(1)))
    serve._now = lambda: datetime.now(UTC) + ahead
    runner.LOOK = 1.0  # seconds: messages are looked for more often than by half minutes
    main.main()


if __name__ == "__main__":
    run()
