"""Outages as objects, read off the painted minutes: wide ones, offices' own, PCs', and unstable stretches."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Fault, Layer
from laaswatch_collector.localization.blame import CODE, CONTROL_FAILS, CONTROL_WORKS, WideSpan
from laaswatch_collector.timeline.conclusions import Grade, Outage, Scope
from laaswatch_collector.timeline.painted import PcSpan, main_fault, stretches
from laaswatch_collector.timeline.states import OfficeMinutes

_LAYER = {
    Fault.PC_LINK: Layer.LINK,
    Fault.GATEWAY: Layer.GATEWAY,
    Fault.UPLINK: Layer.REFERENCE,
    Fault.BEYOND_GATEWAY: Layer.REFERENCE,
    Fault.DNS: Layer.DNS,
    Fault.SITE_TCP: Layer.TCP,
    Fault.PC_BLOCKED: Layer.TCP,
    Fault.PC_CLOCK: Layer.TLS,
    Fault.INTERCEPTION: Layer.TLS,
    Fault.SITE_TLS: Layer.TLS,
}
UNSTABLE_STARTS = 6
UNSTABLE_SECONDS = 60 * 60
"""So many outages that begin within an hour are one incident of an unstable line (methods.md §5)."""


@dataclass(frozen=True, slots=True)
class Painted:
    """What outages are read from. Arrays are (offices, minutes) from `start`; `control` is (minutes,)."""

    offices: tuple[str, ...]
    start: int
    minutes: OfficeMinutes
    fault: NDArray[np.uint8]
    control: NDArray[np.uint8]

    def at(self, minute: int) -> int:
        """A minute of the axis in seconds."""
        return self.start + 60 * minute


def wide_outage(w: WideSpan, p: Painted) -> Outage:
    """A group's outage with the evidence of its offices and of our own probes."""
    part = slice(w.first, w.end)
    down = p.minutes.down[w.members, part]
    hit = w.members[down.any(axis=1)]
    # An office that a power cut silenced was not heard, but it is one that the outage is known to have hit.
    seen = int(((p.minutes.observed[w.members, part] > 0) | down).any(axis=1).sum())
    measured = (down & ~p.minutes.inferred[w.members, part]).any(axis=0)
    inferred = int((down.any(axis=0) & ~measured).sum())
    fault = main_fault(p.fault[w.members, part][down])
    return Outage(
        id=_id(w.scope, w.key, p.at(w.first)),
        scope=w.scope,
        key=w.key,
        fault=fault,
        start=p.at(w.first),
        end=p.at(w.end),
        offices=tuple(p.offices[i] for i in hit),
        observed=seen,
        inferred_minutes=inferred,
        grade=Grade.INFERRED if 2 * inferred > w.end - w.first else Grade.CORROBORATED,
        settled=False,
        evidence={
            "layer": _layer(fault),
            "control_failed_minutes": int((p.control[part] == CONTROL_FAILS).sum()),
            "control_worked_minutes": int((p.control[part] == CONTROL_WORKS).sum()),
            "control_minutes": int((p.control[part] > 0).sum()),
            "offices_failing": len(hit),
            "offices_observed": seen,
            "power_minutes": int(p.minutes.power[w.members, part].any(axis=0).sum()),
        },
    )


def office_outages(scope: NDArray[np.uint8], p: Painted) -> list[Outage]:
    """The stretches that no wider scope explains, office by office. `scope` as `Blame.scope`."""
    outages = []
    for i, name in enumerate(p.offices):
        for a, b in stretches(scope[i] == CODE[Scope.OFFICE]):
            inferred = int(p.minutes.inferred[i, a:b].sum())
            pcs = int(p.minutes.observed[i, a:b].max())
            fault = main_fault(p.fault[i, a:b])
            outages.append(
                Outage(
                    id=_id(Scope.OFFICE, name, p.at(a)),
                    scope=Scope.OFFICE,
                    key=name,
                    fault=fault,
                    start=p.at(a),
                    end=p.at(b),
                    offices=(name,),
                    observed=1,
                    inferred_minutes=inferred,
                    grade=Grade.INFERRED if 2 * inferred > b - a else _grade(pcs),
                    settled=False,
                    evidence={
                        "layer": _layer(fault),
                        "pcs": pcs,
                        "power_minutes": int(p.minutes.power[i, a:b].sum()),
                    },
                )
            )
    return outages


def pc_outage(x: PcSpan, office: str, p: Painted) -> Outage:
    """A stretch in which one PC of `office` alone failed."""
    fault = FAULTS[x.fault]
    return Outage(
        id=_id(Scope.PC, x.agent, p.at(x.first)),
        scope=Scope.PC,
        key=x.agent,
        fault=fault,
        start=p.at(x.first),
        end=p.at(x.end),
        offices=(office,),
        observed=1,
        inferred_minutes=0,
        grade=_grade(x.pcs),
        settled=False,
        evidence={"layer": _layer(fault), "pcs": x.pcs},
    )


def with_unstable(outages: Sequence[Outage]) -> list[Outage]:
    """The same outages; those that came thick and fast carry the id of the first one as `unstable`.

    They stay apart, so that the minutes between them, in which work was possible, are not called down.
    """
    lines: dict[tuple[Scope, str], list[Outage]] = defaultdict(list)
    for x in outages:
        lines[x.scope, x.key].append(x)
    episode: dict[str, str] = {}
    for line in lines.values():
        for i in range(len(line) - UNSTABLE_STARTS + 1):
            group = line[i : i + UNSTABLE_STARTS]
            if group[-1].start - group[0].start <= UNSTABLE_SECONDS:
                first = episode.get(group[0].id, group[0].id)
                episode.update((x.id, first) for x in group)
    return [
        replace(x, evidence=x.evidence | {"unstable": episode[x.id]}) if x.id in episode else x
        for x in outages
    ]


def _grade(pcs: int) -> Grade:
    return Grade.MEASURED if pcs > 1 else Grade.SINGLE_PC


def _layer(fault: Fault) -> str:
    """Where the way broke; nothing where nobody saw it (a power cut)."""
    return "" if fault is Fault.UNKNOWN else str(_LAYER.get(fault, Layer.HTTP))


def _id(scope: Scope, key: str, start: int) -> str:
    """Readable, and the same whoever computes it: scope, key, first minute."""
    return "-".join(x for x in (scope, key.replace("/", "."), str(start // 60)) if x)
