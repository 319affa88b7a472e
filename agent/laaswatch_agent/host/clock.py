"""The PC's clocks and the name of its present boot: the only door to the time of day."""

import sys
import time
import uuid
from pathlib import Path

from laaswatch_agent.host.windows import tick_ms


class Clock:
    """Reads the real clocks; tests hand in one of their own with the same methods."""

    mono_counts_sleep = True
    """CLOCK_BOOTTIME on Linux and the tick count of Windows go on while the PC sleeps."""

    def __init__(self) -> None:
        self._boot = _boot_id()

    def wall_ms(self) -> int:
        """Milliseconds since 1970 by the PC's wall clock, which may be wrong and may be set."""
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        """Milliseconds since some moment of this boot, sleep included; never set back."""
        if sys.platform == "linux":
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        if sys.platform == "win32":
            return tick_ms()  # which clock Python takes there changed between its versions
        return time.monotonic_ns() // 1_000_000

    def boot_id(self) -> str:
        """A name for the present boot: the same in every process, another after a restart."""
        return self._boot


def _boot_id() -> str:
    if sys.platform == "win32":
        return _windows_boot_id()
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return str(uuid.UUID(text.strip()))
    except (OSError, ValueError):
        return _boot_second()


def _boot_second() -> str:
    """The moment of the boot, to a minute: the wall clock is corrected by seconds, not by minutes."""
    import psutil  # only where the system has no id of its own

    return f"boot-{round(psutil.boot_time() / 60)}"


if sys.platform == "win32":
    import winreg

    _KEY = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"

    def _windows_boot_id() -> str:
        # Windows counts its boots here, and everybody may read it.
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY) as key:
                count, _ = winreg.QueryValueEx(key, "BootId")
        except OSError:
            return _boot_second()
        return f"boot-{count}"
