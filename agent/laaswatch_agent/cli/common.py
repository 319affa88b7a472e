"""Options that several commands share."""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from laaswatch_agent.config import AgentConfig, ConfigError, load_agent_config
from laaswatch_agent.identity import Office
from laaswatch_agent.locale import beside, both

STATUS_PAGE = "status.html"


def add_common(parser: argparse.ArgumentParser) -> None:
    """`--config` and `--state-dir`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help=beside("option.config"))
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help=beside("option.state_dir"))


def settings(options: argparse.Namespace) -> AgentConfig:
    """The configuration with the command line's word over it. Raises config.ConfigError."""
    config = load_agent_config(options.config, os.environ)
    if options.state_dir is not None:
        usual = config.status_page == config.state_dir / STATUS_PAGE
        page = options.state_dir / STATUS_PAGE if usual else config.status_page
        config = replace(config, state_dir=options.state_dir, status_page=page)
    return config


def settings_or_complaint(options: argparse.Namespace) -> AgentConfig | None:
    """The same for commands that only tell the reader what to mend in the file; None = told."""
    try:
        return settings(options)
    except ConfigError as error:
        print(both("run.config", error=error))
        return None


def names(office: Office) -> dict[str, str]:
    """The office as texts name it, each language in its own; its code where it has no English name."""
    return {"th": office.name_th, "en": office.name_en or office.code, "code": office.code}
