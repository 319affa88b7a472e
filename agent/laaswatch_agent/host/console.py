"""Whether the terminal can show Thai. Old Windows consoles have neither the characters nor the fonts."""

import codecs
import sys
from typing import TextIO

THAI_PAGES = frozenset({874, 65001})
"""Windows console code pages whose fonts have Thai: the Thai one, and UTF-8."""


def thai_unreadable(stream: TextIO | None) -> bool:
    """True for a terminal that would show signs instead of Thai; a file or a pipe takes anything.

    To be asked before the stream is switched to UTF-8.
    """
    if stream is None or not stream.isatty():
        return False
    if sys.platform == "win32":
        # Python writes to the console in Unicode, whatever its code page: the page tells the fonts.
        import ctypes

        return ctypes.windll.kernel32.GetConsoleOutputCP() not in THAI_PAGES
    try:
        codecs.lookup(stream.encoding).encode("ก")
    except (LookupError, UnicodeEncodeError):
        return True
    return False
