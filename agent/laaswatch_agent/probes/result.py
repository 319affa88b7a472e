"""What all probes share: how a result is written down, and how time is limited."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from laaswatch_agent.diagnosis.detail import facts
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason, Result

_Value = TypeVar("_Value")


class Deadline:
    """A moment by which to be done; `remaining` never goes below zero."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = time.perf_counter() + seconds

    def remaining(self) -> float:
        """Seconds left."""
        return max(self._at - time.perf_counter(), 0.0)

    def within(self, seconds: float) -> "Deadline":
        """A deadline in so many seconds, but not after this one."""
        return Deadline(min(seconds, self.remaining()))


class Stopwatch:
    """Counts from its making."""

    __slots__ = ("_start",)

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def ms(self) -> float:
        """Milliseconds so far, to a hundredth."""
        return round((time.perf_counter() - self._start) * 1000, 2)


def ok(
    layer: Layer, target: str, ms: float | None, *words: str, **numbers: float | None
) -> LayerResult:
    """A layer that worked."""
    return LayerResult(layer, target, Result.OK, Reason.NONE, ms, facts(*words, **numbers))


def fail(
    layer: Layer,
    target: str,
    reason: Reason,
    ms: float | None,
    *words: str,
    **numbers: float | None,
) -> LayerResult:
    """A layer that failed; `ms` is the time until that showed."""
    return LayerResult(layer, target, Result.FAIL, reason, ms, facts(*words, **numbers))


def skip(layer: Layer, target: str, reason: Reason) -> LayerResult:
    """A layer that was not tried."""
    return LayerResult(layer, target, Result.SKIPPED, reason)


class Task(threading.Thread):
    """Work on a thread of its own, which a stuck system call cannot turn into a stuck program."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do the work; what it raises is kept for whoever waits."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - re-raised by `within` or by the ladder
            self.failure = error


def within(deadline: Deadline, work: Callable[[], _Value]) -> _Value:
    """`work()`, or TimeoutError when it is not done in time; it may then go on in the background."""
    values: list[_Value] = []
    task = Task(lambda: values.append(work()))
    task.join(deadline.remaining())
    if task.failure is not None:
        raise task.failure
    if not values:
        raise TimeoutError
    return values[0]
