"""Metrics for Prometheus as a file: node_exporter's (or windows_exporter's) textfile collector reads it.

The agent listens on no port. Labels are closed lists: state, fault, layer, role; never a name.
"""

from collections.abc import Sequence

from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import FAULTS, Layer, Result, Role, State, state_of
from laaswatch_agent.spool_tables import SpoolCounts

_Sample = tuple[str, float]


def textfile(
    one: ProbeRound, spool: SpoolCounts, contact_at: int | None, rounds_unsaved: int = 0
) -> str:
    """The whole `.prom` file: the last round, the spool, and the last contact with the collector.

    `contact_at` is in ms, None where the collector never answered: then the sample is absent, not zero.
    """
    state = state_of(one.fault)
    seconds = [(_labels(x), x.ms / 1000) for x in one.layers if x.ms is not None]
    worked = [(_labels(x), float(x.result is Result.OK)) for x in one.layers if _tried(x)]
    families: list[tuple[str, str, Sequence[_Sample]]] = [
        (
            "state",
            "What the last round showed; exactly one is 1.",
            [(f'{{state="{s}"}}', float(s is state)) for s in State],
        ),
        (
            "fault",
            "The verdict of the last round; exactly one is 1.",
            [(f'{{fault="{f}"}}', float(f is one.fault)) for f in FAULTS],
        ),
        (
            "layer_ok",
            "1 = the layer worked in the last round, 0 = it failed; absent = not tried.",
            _best(worked),
        ),
        (
            "layer_seconds",
            "Time of the layer in the last round, until success or until the failure showed.",
            _best(seconds),
        ),
        ("round_timestamp_seconds", "When the last round was made.", [("", one.at / 1000)]),
        ("spool_reports", "Reports not yet acknowledged.", [("", spool.reports)]),
        ("spool_size_bytes", "Size of these reports on the disk.", [("", spool.bytes)]),
        ("spool_rounds", "Rounds not yet in a report.", [("", spool.rounds)]),
        ("unsaved_rounds", "Rounds that the disk refused since the start.", [("", rounds_unsaved)]),
    ]
    if contact_at is not None:
        families.append(
            (
                "contact_timestamp_seconds",
                "When the collector last acknowledged a report.",
                [("", contact_at / 1000)],
            )
        )
    return "".join(_family(*family) for family in families)


def _tried(x: LayerResult) -> bool:
    return x.result is not Result.SKIPPED


def _labels(x: LayerResult) -> str:
    if x.layer is Layer.REFERENCE:
        role = "reference"  # references have names of their own; a label must not grow with them
    else:
        role = x.target if x.target in set(Role) or x.target == "second_resolver" else ""
    return f'{{layer="{x.layer}",role="{role}"}}'


def _best(samples: Sequence[_Sample]) -> list[_Sample]:
    """One sample a label set (several references share one): the highest."""
    best: dict[str, float] = {}
    for labels, value in samples:
        best[labels] = max(value, best.get(labels, value))
    return sorted(best.items())


def _family(name: str, text: str, samples: Sequence[_Sample]) -> str:
    full = f"laaswatch_agent_{name}"
    lines = [f"{full}{labels} {value:.12g}\n" for labels, value in samples]
    return f"# HELP {full} {text}\n# TYPE {full} gauge\n{''.join(lines)}" if lines else ""
