"""Lost packets, as far as a round shows them.

A TCP stack sends its first packet again after 1 s and then after 3 s in all, so a connect that took so
much longer than usual has lost one or two. A second try that worked where the first did not is another.
Layers that failed altogether are no loss but a fault, and have their own rules.
"""

from collections.abc import Iterable

from laaswatch_agent.diagnosis.detail import number
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Result

_AGAIN_MS = (900.0, 2900.0, 6900.0)
"""Extra ms of a connect, less a tenth of a second for old timers, that mean 1, 2, 3 lost packets."""


def losses(layers: Iterable[LayerResult], role: str, usual: float | None) -> tuple[int, int]:
    """(lost, sent) over the site's and the references' connects of one round.

    `usual` is the median connect in ms; without one only a connect of about 3 s counts (one packet).
    """
    lost = sent = 0
    for row in layers:
        site = row.layer is Layer.TCP and row.target == role
        if row.result is not Result.OK or not (site or row.layer is Layer.REFERENCE):
            continue
        missing = 1 if number(row.detail, "try") == 2 else 0
        took = row.ms if site else number(row.detail, "connect")
        if took is not None:
            if usual is None:
                missing += took >= _AGAIN_MS[1]
            else:
                missing += sum(took - usual >= extra for extra in _AGAIN_MS)
        lost += missing
        sent += 1 + missing
    return lost, sent
