"""What the demo prints: progress while it loads, then where to look and what to try."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from laaswatch_collector.cli.say import both
from laaswatch_collector.messages import word


class Progress:
    """One line a step, each with its own bar and time."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    @contextmanager
    def step(self, name: str, total: int = 1) -> Iterator["Step"]:
        """Show a step while it is under way; it is full when it ends well."""
        task = self._bars.add_task(both(word("demo.step", name)), total=total)
        yield Step(self._bars, task)
        self._bars.update(task, total=total, completed=total)


class Step:
    """A step under way."""

    def __init__(self, bars: Bars, task: Any) -> None:  # noqa: ANN401 - rich's own number of a task
        self._bars = bars
        self._task = task

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""
        self._bars.advance(self._task, amount)

    def at(self, done: int, total: int) -> None:
        """So much of so much is done."""
        self._bars.update(self._task, completed=done, total=max(total, 1))


def welcome(console: Console, facts: dict[str, Any]) -> None:
    """Where to look, who to be, what to try."""
    url, office, month = facts["url"], facts["office"], facts["month"]
    console.print()
    ready = both("demo.ready", seconds=facts["seconds"]["all"])
    console.print(f"[bold]{url}[/bold]   {ready}")
    console.print(both("demo.warning"), style="yellow")
    console.print()
    for login in facts["logins"]:
        console.print(
            f"  {login['name']:<10} {login['password']:<22} {login['what']}", highlight=False
        )
    console.print(f"  {both('demo.no_second_step')}", style="dim", highlight=False)
    console.print(f"\n  status.html {facts['status_page']}\n", highlight=False, soft_wrap=True)
    console.print(both("demo.tries"), style="bold")
    tries = {
        "site": f"{url}/  (province)",
        "late": f"{url}/offices/{office}/explanations?month={month}  (officer)",
        "break": "make demo-break FAULT=dns   make demo-heal",
        "graphs": f"{url}/metrics  (Authorization: Bearer {facts['scraper']})",
    }
    for number, (what, where) in enumerate(tries.items(), start=1):
        text = f"  {number}. {both(word('demo.try', what)):<45}  {where}"
        console.print(text, highlight=False, soft_wrap=True, markup=False)
    console.print(f"\n{both('demo.to_end')}", style="dim")


def farewell(console: Console) -> None:
    """Every process of the demo has ended."""
    console.print(both("demo.ended"))
