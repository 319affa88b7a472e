"""States of offices and PCs, minute by minute (methods.md §5).

An office is usable if at least one of its PCs is; it is down if at least one was observed and none is usable;
a minute that nobody observed is unknown. A PC that did not ask for the page is not observed, but it shows
that the office's line works: beside it, a PC that fails on the way is alone with its fault.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.timeline.minutes import (
    DNS,
    GATEWAY,
    HTTP,
    LINK,
    MADE,
    NOT_ASKED,
    RAISED,
    REFERENCE,
    SLOW,
    TCP,
    Minutes,
)
from laaswatch_collector.timeline.spans import (
    BAD,
    GOOD,
    NOISY_PC,
    OFFICE,
    ONE_NOISY_PC,
    PC,
    UNKNOWN,
    Damping,
    painted,
)

NOISY_SHARE = 0.03
"""Share of single bad minutes among the good ones from which on a PC counts as on a noisy line."""


@dataclass(frozen=True, slots=True)
class OfficeMinutes:
    """All (offices, minutes). `observed`, `usable`: counts of PCs that asked for the page, and got it.
    `reached`: PCs that did not ask, on a line that works. `down`: damped, with bridged minutes,
    which `inferred` marks. `slow`: most usable PCs were slow. `raised`: most usable PCs took several times as
    long as usual, which is slow only if other offices met the same. `local`: the fault lies on the PC or the
    office's router. `line`: no reference answers, so the minute says nothing about the site. `power`: nobody
    could observe, since the power was presumably cut. `one_pc`: the only PC observed has no link, and the
    office has more PCs, so that nothing is known of the others.
    """

    observed: NDArray[np.uint8]
    usable: NDArray[np.uint8]
    reached: NDArray[np.uint8]
    slow: NDArray[np.bool_]
    down: NDArray[np.bool_]
    inferred: NDArray[np.bool_]
    local: NDArray[np.bool_]
    line: NDArray[np.bool_]
    power: NDArray[np.bool_]
    one_pc: NDArray[np.bool_]
    raised: NDArray[np.bool_]


def office_minutes(m: Minutes, pcs: NDArray[np.int64], cut: NDArray[np.bool_]) -> OfficeMinutes:
    """Fold the PCs of each office together.

    `pcs`: how many PCs each office has, with an agent or without. `cut`: as `power.power_cuts` found it.
    """
    offices = len(pcs)
    unasked = m.bits & NOT_ASKED > 0
    made = (m.bits & MADE > 0) & ~unasked
    http = m.bits & HTTP > 0
    refused = made & ~http & (m.bits & TCP > 0)
    # A gateway that fails while something beyond it answers was only not answering ping.
    beyond = (m.bits & (REFERENCE | DNS | TCP)) > 0
    local = (
        made
        & ~http
        & ~beyond
        & ((m.bits & LINK == 0) | ((m.bits & GATEWAY == 0) & m.gateway_tells[:, None]))
    )
    line = made & ~http & ~local & (m.bits & (REFERENCE | TCP) == 0) & m.reference_tells[:, None]
    observed, usable, slow, raised, in_office, on_line, unlinked, reached, at_site = (
        _per_office(x, m.office, offices)
        for x in (
            made,
            http,
            http & (m.bits & SLOW > 0),
            http & (m.bits & (SLOW | RAISED) > 0),
            local,
            line,
            made & (m.bits & LINK == 0),
            unasked,
            refused,
        )
    )
    row = np.where(observed == 0, UNKNOWN, np.where(usable > 0, GOOD, BAD)).astype(np.uint8)
    row[(row == BAD) & (reached > 0) & (at_site == 0)] = UNKNOWN
    down = np.zeros(row.shape, np.bool_)
    inferred = np.zeros(row.shape, np.bool_)
    for i in range(offices):
        steps = m.steps[m.office == i]
        alone = len(steps) == 1 and _noisy(row[i])
        damping = ONE_NOISY_PC if alone else OFFICE
        down[i], inferred[i] = painted(row[i], damping.of(int(steps.min()) if len(steps) else 1))
    power = cut & (observed == 0)
    # A power cut is read from session logs, never observed: its minutes carry the mark.
    down |= power
    inferred |= power
    return OfficeMinutes(
        observed,
        usable,
        reached,
        (usable > 0) & (2 * slow > usable),
        down,
        inferred,
        down & (in_office > 0) & (in_office == observed),
        down & (on_line > 0),
        power,
        down & (unlinked == 1) & (observed == 1) & (pcs[:, None] > 1),
        (usable > 0) & (2 * raised > usable),
    )


def pc_down(m: Minutes, office: OfficeMinutes) -> NDArray[np.bool_]:
    """(agents, minutes): this PC could not work while another one of its office could, or
    it has no link and is the only one that was observed; damped.
    """
    made = (m.bits & MADE > 0) & (m.bits & NOT_ASKED == 0)
    http = m.bits & HTTP > 0
    others = office.usable[m.office] + office.reached[m.office] > http
    row = np.where(~made, UNKNOWN, np.where(http, GOOD, BAD)).astype(np.uint8)
    row[(row == BAD) & ~others & ~office.one_pc[m.office]] = UNKNOWN
    down = np.zeros(row.shape, np.bool_)
    for i in range(len(row)):
        found, inferred = painted(row[i], _damping(row[i]).of(int(m.steps[i])))
        down[i] = found & ~inferred
    return down


def _damping(row: NDArray[np.uint8]) -> Damping:
    """Five in a row where single bad minutes are common, three elsewhere."""
    return NOISY_PC if _noisy(row) else PC


def _noisy(row: NDArray[np.uint8]) -> bool:
    bad = row == BAD
    alone = bad[1:-1] & (row[:-2] == GOOD) & (row[2:] == GOOD)
    good = int((row == GOOD).sum())
    return int(alone.sum()) > NOISY_SHARE * good


def _per_office(flags: NDArray[np.bool_], office: NDArray[np.int64], n: int) -> NDArray[np.uint8]:
    counts = np.zeros((n, flags.shape[1]), np.uint8)
    np.add.at(counts, office, flags.astype(np.uint8))
    return counts
