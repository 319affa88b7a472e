"""Whose fault a down minute is: top-down elimination (methods.md §6; BlameIt, SIGCOMM 2019).

Site first, then ISP, then province, then ISP in a province; each on the office-minutes that no wider scope
explains. What is left is the office's own. A group with too few offices says nothing and hands down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_collector.localization.rules import Rules
from laaswatch_collector.timeline.conclusions import SCOPES, Scope
from laaswatch_collector.timeline.facts import ControlSpan, Office
from laaswatch_collector.timeline.spans import BAD, GOOD, OFFICE, UNKNOWN, painted
from laaswatch_collector.timeline.states import OfficeMinutes

CODE = {scope: i for i, scope in enumerate(SCOPES)}
CONTROL_SILENT, CONTROL_FAILS, CONTROL_WORKS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class WideSpan:
    """A group's outage over minutes [first, end) of the axis; `members` are rows of offices."""

    scope: Scope
    key: str
    first: int
    end: int
    members: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Blame:
    """`scope`: uint8 (offices, minutes), positions in SCOPES for down minutes, else 0."""

    scope: NDArray[np.uint8]
    wide: tuple[WideSpan, ...]


def control_row(spans: Sequence[ControlSpan], start: int, minutes: int) -> NDArray[np.uint8]:
    """What the control saw in each minute; several controls: one that gets through shows that it works."""
    row = np.zeros(minutes, np.uint8)
    for span in sorted(spans, key=lambda x: x.ok):
        a, b = (span.start - start) // 60, -((start - span.end) // 60)
        row[max(0, a) : max(0, b)] = CONTROL_WORKS if span.ok else CONTROL_FAILS
    return row


def blame(
    offices: Sequence[Office],
    m: OfficeMinutes,
    control: NDArray[np.uint8],
    rules: Rules,
    cadence: int = 1,
) -> Blame:
    """Give every down minute of every office its scope.

    `cadence`: minutes that one round stands for; edges of a wide outage cannot be sharper.
    """
    isp = np.array([x.isp for x in offices])
    province = np.array([x.province for x in offices])
    scope = np.zeros(m.down.shape, np.uint8)
    scope[m.down] = CODE[Scope.OFFICE]
    scope[m.one_pc] = CODE[Scope.PC]
    seen = m.observed > 0
    # A fault inside the office is no evidence about anything wider, for or against.
    failing = m.down & seen & ~m.local
    witness = seen & ~(m.down & m.local)
    wide: list[WideSpan] = []

    def claim(
        kind: Scope, key: str, members: NDArray[np.int64], minutes: NDArray[np.bool_]
    ) -> None:
        for a, b in _smoothed(minutes, np.asarray(witness[members].any(axis=0))):
            wide.append(WideSpan(kind, key, a, b, members))
            part = failing[members, a:b] | m.inferred[members, a:b]
            scope[members, a:b] = np.where(part, CODE[kind], scope[members, a:b])
            failing[members, a:b] = False
            witness[members, a:b] &= ~part

    everyone = np.arange(len(offices))
    site, undecided = _site_minutes(failing & ~m.line, witness & ~m.line, isp, control, rules)
    claim(Scope.SITE, "", everyone, site)
    if len(set(isp)) == 1:
        claim(Scope.UNDECIDED, "", everyone, undecided)
    cells = sorted(set(zip(isp.tolist(), province.tolist(), strict=True)))
    for name in sorted(set(isp.tolist())):
        group = np.flatnonzero(isp == name)
        claim(
            Scope.ISP,
            name,
            group,
            _isp_minutes(failing[group], witness[group], province[group], rules),
        )
    # Power is a matter of places, not of lines: it is evidence about the province alone.
    failing |= m.power
    witness |= m.power
    for name in sorted(set(province.tolist())):
        group = np.flatnonzero(province == name)
        claim(
            Scope.PROVINCE,
            name,
            group,
            _province_minutes(failing[group], witness[group], isp[group], rules),
        )
    failing &= ~m.power
    witness &= ~m.power
    for of_isp, of_province in cells:
        group = np.flatnonzero((isp == of_isp) & (province == of_province))
        share = _share(failing[group], witness[group])
        hit = (share >= rules.cell_share) & (failing[group].sum(axis=0) >= rules.cell_offices)
        claim(Scope.ISP_PROVINCE, f"{of_isp}/{of_province}", group, hit)
    _straighten_edges(scope, m.down & ~m.local, max(rules.edge_minutes, cadence))
    return Blame(scope, tuple(sorted(wide, key=lambda w: (w.first, w.scope, w.key))))


def _site_minutes(
    failing: NDArray[np.bool_],
    witness: NDArray[np.bool_],
    isp: NDArray[np.str_],
    control: NDArray[np.uint8],
    rules: Rules,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(site, undecided): most informative offices fail, and a second ISP or the control agrees."""
    enough = (_share(failing, witness) >= rules.site_share) & (
        witness.sum(axis=0) >= rules.site_offices
    )
    agreeing = np.zeros(len(control), np.int64)
    for name in set(isp.tolist()):
        group = isp == name
        agreeing += (_share(failing[group], witness[group]) >= rules.site_share) & (
            failing[group].sum(axis=0) >= rules.site_offices_per_isp
        )
    site = enough & ((agreeing >= rules.site_isps) | (control == CONTROL_FAILS))
    # A first office has no peers: if it fails with its line working, and our own probe elsewhere fails too,
    # the two together point at the site.
    seen = witness.sum(axis=0)
    few = (seen > 0) & (seen < rules.site_offices) & (failing.sum(axis=0) == seen)
    site |= few & (control == CONTROL_FAILS)
    return site, enough & ~site & (control == CONTROL_SILENT)


def _isp_minutes(
    failing: NDArray[np.bool_],
    witness: NDArray[np.bool_],
    province: NDArray[np.str_],
    rules: Rules,
) -> NDArray[np.bool_]:
    return np.asarray(
        (_share(failing, witness) >= rules.isp_share)
        & (failing.sum(axis=0) >= rules.isp_offices)
        & (_kinds(failing, province) >= rules.isp_provinces),
        np.bool_,
    )


def _province_minutes(
    failing: NDArray[np.bool_], witness: NDArray[np.bool_], isp: NDArray[np.str_], rules: Rules
) -> NDArray[np.bool_]:
    return np.asarray(
        (_share(failing, witness) >= rules.province_share)
        & (failing.sum(axis=0) >= rules.province_offices)
        & (_kinds(failing, isp) >= rules.province_isps),
        np.bool_,
    )


def _share(failing: NDArray[np.bool_], witness: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Failing ÷ observed in each minute; 0 where nobody observed."""
    return np.asarray(failing.sum(axis=0) / np.maximum(1, witness.sum(axis=0)), np.float64)


def _kinds(failing: NDArray[np.bool_], label: NDArray[np.str_]) -> NDArray[np.int64]:
    """How many different labels the failing offices of a minute carry."""
    return np.asarray(
        sum(
            failing[label == name].any(axis=0).astype(np.int64)
            for name in sorted(set(label.tolist()))
        ),
        np.int64,
    )


def _smoothed(hit: NDArray[np.bool_], observed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Damped like any outage; minutes that nobody observed are unknown and only bridged."""
    row = np.where(hit, BAD, np.where(observed, GOOD, UNKNOWN)).astype(np.uint8)
    down, _ = painted(row, OFFICE)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], down, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _straighten_edges(scope: NDArray[np.uint8], down: NDArray[np.bool_], most: int) -> None:
    """Give short office pieces that touch a wider outage, within one down stretch, to the wider one."""
    office = CODE[Scope.OFFICE]
    for row, flags in zip(scope, (scope == office) & down, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if b - a > most:
                continue
            before = row[a - 1] if a > 0 else 0
            after = row[b] if b < len(row) else 0
            wider = [int(x) for x in (before, after) if x not in (0, office)]
            if wider:
                row[a:b] = wider[0]
