"""`laaswatch-agent run`: measure and report until told to stop (Ctrl-C, SIGTERM, Ctrl-Break).

Exit 0 stopped when asked, 2 settings wrong, 3 the state folder cannot be used or another agent uses it.
"""

import argparse
import logging
import sys
from dataclasses import replace
from pathlib import Path

from laaswatch_agent import identity
from laaswatch_agent.cli.common import add_common, settings_or_complaint
from laaswatch_agent.host.stopping import StopEvent, stop_on_signals
from laaswatch_agent.knowledge.articles import ArticleError
from laaswatch_agent.knowledge_file import load_knowledge
from laaswatch_agent.locale import beside, both
from laaswatch_agent.service import Service
from laaswatch_agent.spool import SpoolInUse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    parser.add_argument("--collector", metavar="URL", help=beside("option.other_collector"))


def run(options: argparse.Namespace) -> int:
    """Run in the foreground: systemd and the Windows task keep it there."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    config = settings_or_complaint(options)
    if config is None:
        return 2
    if options.collector:
        config = replace(config, collector_url=options.collector)
    folder = Path(config.state_dir)
    stop = StopEvent()
    stop_on_signals(stop)
    try:
        service = Service(config, load_knowledge(folder, config.knowledge_dir))
    except ArticleError as error:
        print(both("run.config", error=error))
        return 2
    except SpoolInUse as error:
        print(error)
        return 3
    except OSError as error:
        print(both("run.folder", folder=folder, error=error))
        return 3
    print(both("run.started", seconds=f"{config.round_seconds:g}", page=folder / "status.html"))
    if not (folder / identity.FILE_NAME).exists():
        print(both("run.alone"))
    sys.stdout.flush()
    service.run(stop)
    print(both("run.stopped"))
    return 0
