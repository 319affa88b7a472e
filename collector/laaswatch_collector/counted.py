"""What only this process knows, counted where it happens; `metrics` shows it. It starts anew with the process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

PROCESS = CollectorRegistry()
"""The registry of these counters; the client library's global one stays unused."""

INTAKE = Counter(
    "laaswatch_intake_reports",
    "Reports that came in since the collector started, by outcome: accepted, duplicate, rejected.",
    ["outcome"],
    registry=PROCESS,
)
RECOMPUTE = Histogram(
    "laaswatch_recompute_seconds",
    "Time of one pass of recomputation, from facts to stored conclusions.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=PROCESS,
)
ACKNOWLEDGED = Histogram(
    "laaswatch_acknowledgement_seconds",
    "Time from a delivery's first byte to its acknowledgement, which comes after commit.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=PROCESS,
)
LOOP_LAG = Histogram(
    "laaswatch_loop_lag_seconds",
    "How much later than asked the event loop woke a task that sleeps for a second.",
    buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
    registry=PROCESS,
)
ECHOES = Counter(
    "laaswatch_log_echoes",
    "Checkpoints of the evidence log that agents sent back: ours, or contradicted by what we keep.",
    ["outcome"],
    registry=PROCESS,
)
REMOTE_SAMPLES = Counter(
    "laaswatch_remote_write_samples",
    "Samples for remote write, by outcome: sent, refused, too_late (left to export --openmetrics).",
    ["destination", "outcome"],
    registry=PROCESS,
)
REMOTE_TRIES = Counter(
    "laaswatch_remote_write_requests",
    "Requests of remote write, by outcome: written, later (to be tried again), refused, otherversion.",
    ["destination", "outcome"],
    registry=PROCESS,
)
REMOTE_WAITING = Gauge(
    "laaswatch_remote_write_waiting_reports",
    "Reports whose samples a destination has not got yet, about.",
    ["destination"],
    registry=PROCESS,
)
ProcessCollector(registry=PROCESS)
# Made at the start: a series that begins at its first event would lose that event in rate().
for _outcome in ("ours", "contradicted"):
    ECHOES.labels(_outcome)
_ACCEPTED, _DUPLICATE, _REJECTED = map(INTAKE.labels, ("accepted", "duplicate", "rejected"))


def count_delivery(received: int, duplicates: int, rejected: int) -> None:
    """One delivery: `received` reports that were read, of which `duplicates` were held already."""
    _ACCEPTED.inc(received - duplicates)
    if duplicates:
        _DUPLICATE.inc(duplicates)
    if rejected:
        _REJECTED.inc(rejected)
