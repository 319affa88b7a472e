"""Families of series as Prometheus text and as OpenMetrics; pure.

The client library makes an object of each sample, which a nation's figures have no time for: here a sample
is its labels as text and a number. What it costs is in docs/performance.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

Key = TypeVar("Key", bound=tuple[str, ...])
Sample = tuple[str, float]
"""What follows the family's name (suffix and labels), and the value."""


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One case behind a bucket: labels, the value observed, when (seconds since 1970)."""

    labels: Mapping[str, str]
    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Family:
    """`kind`: gauge, counter (samples end in `_total`), histogram, gaugehistogram (counts that may fall)."""

    name: str
    kind: str
    help: str
    samples: Sequence[Sample]
    exemplars: Mapping[str, Exemplar] = field(default_factory=dict)
    """By the first part of a sample."""


def labelled(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    """`{a="x",b="y"}`; nothing without names."""
    pairs = (f'{n}="{escaped(v)}"' for n, v in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}" if names else ""


def escaped(value: str) -> str:
    """A label's value as it may stand between quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def gauge(name: str, text: str, names: Sequence[str], values: Mapping[Key, float]) -> Family:
    """A gauge of one sample for each tuple of label values."""
    keys = tuple(names)
    samples = [(labelled(keys, key), value) for key, value in sorted(values.items())]
    return Family(f"laaswatch_{name}", "gauge", text, samples)


def counter(name: str, text: str, names: Sequence[str], values: Mapping[Key, float]) -> Family:
    """A counter, `name` without its `_total`."""
    keys = tuple(names)
    samples = [("_total" + labelled(keys, key), value) for key, value in sorted(values.items())]
    return Family(f"laaswatch_{name}", "counter", text, samples)


def bucketed(
    names: Sequence[str],
    values: tuple[str, ...],
    bounds: Sequence[str],
    counts: Sequence[float],
    total: float,
) -> list[Sample]:
    """The samples of one histogram: `counts` per bucket (not yet cumulated, the last is +Inf), `total` the sum."""
    within = labelled((*names, "le"), (*values, "\0"))
    before, _, after = within.partition("\0")
    found: list[Sample] = []
    up_to: float = 0
    for bound, count in zip(bounds, counts, strict=True):
        up_to += count
        found.append((f"_bucket{before}{bound}{after}", up_to))
    own = labelled(tuple(names), values)
    return [*found, (f"_sum{own}", total), (f"_count{own}", up_to)]


def render(families: Iterable[Family], *, openmetrics: bool) -> str:
    """The text; an OpenMetrics one still lacks its last line, so that others may add theirs."""
    return "".join(_family(x, openmetrics=openmetrics) for x in families if x.samples)


def _family(family: Family, *, openmetrics: bool) -> str:
    name, kind = family.name, family.kind
    shown, samples = name, family.samples
    if kind == "counter" and not openmetrics:
        shown = f"{name}_total"
    elif kind == "gaugehistogram" and not openmetrics:
        kind = "histogram"
    elif kind == "gaugehistogram":
        samples = [(_of_gauge(key), value) for key, value in samples]
    help_text = family.help.replace("\\", "\\\\").replace("\n", "\\n")
    head = f"# HELP {shown} {help_text}\n# TYPE {shown} {kind}\n"
    if not (openmetrics and family.exemplars):
        return head + "".join([f"{name}{key} {value}\n" for key, value in samples])
    lines = (
        f"{name}{key} {value}{_exemplar(family.exemplars.get(key))}\n" for key, value in samples
    )
    return head + "".join(lines)


def _of_gauge(key: str) -> str:
    """OpenMetrics names the sum and count of a histogram that may fall differently."""
    for suffix in ("_sum", "_count"):
        if key.startswith(suffix):
            return f"_g{key[1:]}"
    return key


def _exemplar(found: Exemplar | None) -> str:
    if found is None:
        return ""
    own = labelled(tuple(found.labels), tuple(found.labels.values()))
    return f" # {own} {found.value} {found.at:.3f}"
