"""Receipts: checkpoints that somebody outside the collector kept, in whatever file they come.

`laaswatch-agent status --json` prints those that a PC remembers, exported reports have them sealed in, and
`/evidence/checkpoint` answers one: of each, what is looked for is the checkpoint itself.
"""

import re

from laaswatch_collector.evidence.checkpoint import Beacon, read_beacon, read_checkpoint

_BEACONS = re.compile(r"(?<![0-9.])[1-9][0-9]{0,14}\.[0-9a-f]{64}(?![0-9a-f])")
_NOTES = re.compile(r"^[A-Za-z0-9._:/-]{1,120}\n[0-9]{1,15}\n[A-Za-z0-9+/]{43}=$", re.MULTILINE)


def receipts_in(text: str) -> list[Beacon]:
    """Every checkpoint and every beacon in a text, each once, by size."""
    text = text.replace("\\n", "\n").replace('"', "\n")  # a note within JSON
    found = {read_beacon(x) for x in _BEACONS.findall(text)}
    found |= {read_checkpoint(x).beacon for x in _NOTES.findall(text)}
    return sorted((x for x in found if x is not None), key=lambda x: (x.size, x.root))
