"""The agent's secret in use: renewed by the collector through the acknowledgement, about once a month.

A new secret is on the disk before it is used, and the one before it is kept: the collector takes the old
one until it has seen the new, and one that was restored from a backup may know only the old.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from laaswatch_agent.identity import Identity, IdentityUnreadable, keep, load

log = logging.getLogger(__name__)

_TOKEN = re.compile(r"[0-9a-f]{64}")


class Renewal:
    """Keeps `mine` in `folder`; `use` tells the client which secret to show from now on."""

    def __init__(self, folder: Path, mine: Identity, use: Callable[[str], None]) -> None:
        self._folder, self._mine, self._use = folder, mine, use
        self._tried_other = False

    def offered(self, token: object) -> None:
        """The collector took the secret in use, and perhaps offers the next one."""
        self._tried_other = False
        if isinstance(token, str) and _TOKEN.fullmatch(token) and token != self._mine.token:
            self._change(token)

    def refused(self) -> bool:
        """The collector does not know the secret in use: is there another one to try at once?"""
        if self._tried_other or not self._mine.former_token:
            self._tried_other = False
            return False
        self._tried_other = self._change(self._mine.former_token)
        return self._tried_other

    def _change(self, token: str) -> bool:
        renewed = replace(self._mine, token=token, former_token=self._mine.token)
        try:
            if load(self._folder) != self._mine:
                return False  # somebody enrolled this PC anew meanwhile: that is for the next start
            keep(self._folder, renewed)
        except (OSError, IdentityUnreadable) as error:  # the old one goes on being good
            log.warning("the new secret could not be kept: %s", error)
            return False
        self._mine = renewed
        self._use(token)
        return True
