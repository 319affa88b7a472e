"""The uplink in a thread of its own: a line that hangs for a minute delays no round."""

import logging
import threading
from random import Random

from laaswatch_agent import schedule
from laaswatch_agent.spool import SpoolFailed
from laaswatch_agent.uplink import Uplink

log = logging.getLogger(__name__)

AFTER_A_FAULT_OF_OURS = 60.0


class Sender:
    """Runs `uplink.step` again and again. Started by the service, stopped within seconds."""

    def __init__(self, uplink: Uplink, dice: Random) -> None:
        self._uplink = uplink
        self._dice = dice
        self._kick = threading.Event()
        self._stop = threading.Event()
        self._spreading = True
        self._wait = schedule.first_send(uplink.pace, dice, urgent=False)
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)
        self._thread.start()

    def news(self, *, urgent: bool) -> None:
        """A report was sealed. Urgent news cuts a wait short, but never one that the collector asked for."""
        self._uplink.fresh()
        usual = self._uplink.in_touch and not self._spreading
        if usual or (urgent and not self._uplink.held):
            self._kick.set()

    def finish(self, patience: float) -> None:
        """One last delivery at once, then stop; leaves after `patience` seconds whatever the line does."""
        self._stop.set()
        self._kick.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while True:
            self._kick.wait(self._wait)
            last = self._stop.is_set()
            self._kick.clear()
            self._spreading = False
            if last and not self._uplink.in_touch:
                return  # it did not answer before; the spool keeps the rest for the next start
            try:
                self._wait = self._uplink.step()
            except SpoolFailed as error:
                log.warning("uplink: %s", error)
                self._wait = AFTER_A_FAULT_OF_OURS
            except (
                Exception
            ):  # the one broad handler of this loop: a bug here must not end the sending
                log.exception("uplink: a fault of our own")
                self._wait = AFTER_A_FAULT_OF_OURS
            if last:
                return
