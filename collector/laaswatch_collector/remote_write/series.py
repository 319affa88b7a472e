"""Rounds as series: what each round of an office says, at the moment when it was made. Pure.

One series a measure and office, over all its PCs: a sample is a fact that no later report revises, so that
a receiver that cannot forget never holds a wrong one. Of two PCs in the same millisecond one is kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from laaswatch_agent.report.vocabulary import FAULTS, Layer, State, state_of
from laaswatch_collector.timeline.packed import NOT_TRIED, WORKED

Labels = tuple[tuple[str, str], ...]
"""Names and values, sorted by name as receivers ask for, with the metric's name as `__name__`."""
LAYERS = (Layer.LINK, Layer.GATEWAY, Layer.REFERENCE, Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP)
HELP = {
    "laaswatch_round_usable": "Whether a round of one of the office's PCs could use the site.",
    "laaswatch_round_connect_seconds": "Time of the connection to the site in that round.",
    "laaswatch_round_page_seconds": "Time of the whole page in that round.",
    "laaswatch_round_layer_worked": "Whether the layer worked in that round, where it was tried.",
    "laaswatch_round_site_up": "Whether the site worked in a round of our own control probe.",
}
"""Every metric that is written, all of them gauges."""
_USABLE = np.array([
    {State.UP: 1.0, State.DEGRADED: 1.0, State.DOWN: 0.0}.get(state_of(fault), np.nan) for fault in FAULTS
])  # fmt: skip
_WORKS = np.array([0.0, 1.0, np.nan])  # FAILED, WORKED, NOT_TRIED


@dataclass(frozen=True, slots=True)
class Rounds:
    """Rounds of one PC, placed: `at` in milliseconds on the collector's clock, `columns` as `timeline.packed`."""

    office: str
    control: bool
    at: NDArray[np.int64]
    columns: NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one series in the order of time, no two at the same moment."""

    labels: Labels
    at: NDArray[np.int64]
    values: NDArray[np.float64]


def series_of(rounds: Iterable[Rounds], places: Mapping[str, tuple[str, str]]) -> list[Series]:
    """All series of these rounds. `places`: (province, ISP's label) of each office."""
    found: dict[Labels, list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = {}
    for one in rounds:
        for labels, values in _measures(one, places):
            told = ~np.isnan(values)
            if told.any():
                found.setdefault(labels, []).append((one.at[told], values[told]))
    return [_joined(labels, parts) for labels, parts in sorted(found.items())]


def split_by_age(series: Iterable[Series], oldest: int) -> tuple[list[Series], list[Series]]:
    """The samples from the millisecond `oldest` on, and those before it."""
    fresh, late = [], []
    for one in series:
        first = int(np.searchsorted(one.at, oldest))
        if first < len(one.at):
            fresh.append(Series(one.labels, one.at[first:], one.values[first:]))
        if first:
            late.append(Series(one.labels, one.at[:first], one.values[:first]))
    return fresh, late


def in_parts(series: Iterable[Series], most: int) -> Iterator[list[Series]]:
    """The same in lists of at most `most` samples; a series is cut where it has to be."""
    part: list[Series] = []
    room = most
    for one in series:
        first = 0
        while first < len(one.at):
            last = min(len(one.at), first + room)
            part.append(Series(one.labels, one.at[first:last], one.values[first:last]))
            room -= last - first
            first = last
            if room == 0:
                yield part
                part, room = [], most
    if part:
        yield part


def count(series: Iterable[Series]) -> int:
    """How many samples these are."""
    return sum(len(one.at) for one in series)


def _measures(
    one: Rounds, places: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[Labels, NDArray[np.float64]]]:
    columns = one.columns
    page = columns["http"]
    if one.control:
        # Its own troubles say nothing about the site: only rounds that found a way out count.
        out = (page == WORKED) | (columns["reference"] == WORKED)
        yield (("__name__", "laaswatch_round_site_up"),), np.where(out, _WORKS[page], np.nan)
        return
    province, isp = places.get(one.office, ("", "UNKNOWN"))
    place = (("isp", isp), ("office", one.office), ("province", province))
    usable = _USABLE[columns["fault"]]
    # A round that found nothing wrong and did not ask for the page says nothing of the site.
    silent = (usable == 1.0) & (page == NOT_TRIED)
    yield _named("usable", place), np.where(silent, np.nan, usable)
    yield _named("connect_seconds", place), columns["rtt"].astype(np.float64) / 1000
    yield _named("page_seconds", place), columns["http_ms"].astype(np.float64) / 1000
    for layer in LAYERS:
        labels = _named("layer_worked", (place[0], ("layer", str(layer)), *place[1:]))
        yield labels, _WORKS[columns[str(layer)]]


def _named(name: str, place: Labels) -> Labels:
    return (("__name__", f"laaswatch_round_{name}"), *place)


def _joined(labels: Labels, parts: list[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> Series:
    at, first = np.unique(np.concatenate([x for x, _ in parts]), return_index=True)
    return Series(labels, at, np.concatenate([x for _, x in parts])[first])
