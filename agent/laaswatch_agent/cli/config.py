"""`laaswatch-agent config`: are the settings usable, and what is in force?

Reads `--config FILE` (or what came along), the targets beside it and the environment, and changes nothing.
Exit 0 usable, 3 not: then it names the file, the line and what to do.
"""

import argparse
import os
import sys
from dataclasses import fields

from laaswatch_agent.cli.common import add_common, settings
from laaswatch_agent.config import VARIABLES, AgentConfig, ConfigError

BAD = 3
_LISTS = ("targets", "references")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--config` and `--state-dir`."""
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    """Print every setting as it counts, or what to mend."""
    try:
        config = settings(options)
    except ConfigError as error:
        print(f"✗ {error}", file=sys.stderr)
        return BAD
    for line in in_force(config):
        print(line)
    return 0


def in_force(config: AgentConfig) -> list[str]:
    """A line a setting, as agent.yaml would say it; `# …` tells where the environment had the word."""
    lines = []
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name in _LISTS:
            value = ", ".join(getattr(x, "role", None) or x.name for x in value)
        elif isinstance(value, tuple):
            value = ":".join(map(str, value))
        variable = VARIABLES + field.name.upper()
        said = f"  # {variable}" if variable in os.environ else ""
        lines.append(f"{field.name}: {'' if value is None else value}{said}")
    return lines
