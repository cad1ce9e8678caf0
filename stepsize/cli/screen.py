"""What a race shows: a line for each run as it finishes, a bar with what is left, a table at the end."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from stepsize.cli import terminal
from stepsize.lab.plan import Planned
from stepsize.lab.verdict import paired
from stepsize.lab.worker import Event
from stepsize.plots import wording
from stepsize.records import Race


class Screen:
    """The screen of one race; give ``tell`` to the race.

    Args:
        planned: all runs of the race, kept ones included.
    """

    def __init__(self, planned: Sequence[Planned]) -> None:
        # Into a file or a pipe there is no bar, and lines may be long.
        self._console = Console(width=None if sys.stdout.isatty() else 120)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("updates")
        self._progress = Progress(
            *columns, TimeRemainingColumn(), console=self._console, disable=not self._console.is_terminal
        )
        totals = Counter[str]()
        for one in planned:
            totals[one.task] += one.steps
        self._odd: set[str] = set()  # what has been said once
        self._bars = {task: self._progress.add_task(task, total=total) for task, total in totals.items()}
        self._applied: dict[Path, int] = {}
        self.done = 0  # runs that are finished, kept ones included

    def __enter__(self) -> "Screen":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away; may be called twice."""
        self._progress.stop()

    def say(self, line: str) -> None:
        """Print one line, whatever its width and whatever it contains."""
        with terminal.told():
            self._console.print(Text(line), soft_wrap=True)

    def tell(self, event: Event) -> None:
        """Show what happened."""
        planned, run = event.planned, event.run
        peak = "" if planned.peak is None else f"peak {planned.peak:<8g} "
        who = f"{planned.task:<8} {planned.name:<16} {peak}seed {planned.seed}"
        if run is not None:
            self.done += 1
            how = "kept" if event.what == "kept" else f"{run.seconds:.1f} s"
            told = f"   {run.ended}" if run.ended else "   diverged" if run.diverged else ""
            loss = " stopped" if run.stopped else f"{run.final:8.4f}"
            self.say(f"{who}   {loss}   {how}{told}")
            if event.text and event.text not in self._odd:
                self._odd.add(event.text)
                self.say(f"{planned.task}: {event.text}")
        elif event.what == "refused":
            self.say(f"{who}   made anew: {event.text}")
        elif event.what == "again":
            self.say(f"{who}   made again, {event.text}")
        elif event.what == "failed":
            self.say(f"{who}   FAILED: {event.text}")
        self._advance(planned, planned.steps if run is not None else event.step)

    def _advance(self, planned: Planned, applied: int) -> None:
        before = self._applied.get(planned.path, 0)
        self._applied[planned.path] = applied
        self._progress.advance(self._bars[planned.task], applied - before)

    def table(self, race: Race) -> None:
        """Print the comparison of one task."""
        title = Text(f"\n{race.task}: {wording.loss(race.runs)}")  # no markup: ":train:" would be a picture
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column("schedule", no_wrap=True)
        for heading in ("mean", "95% interval", "difference", "95% interval"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("verdict")
        for row in race.rows:
            table.add_row(
                Text(f"{row.name}{wording.peaks(row)}"),
                _number(row.mean),
                _interval(row.low, row.high),
                _number(row.difference, "+"),
                _interval(row.difference_low, row.difference_high, "+"),
                wording.verdict(row),
            )
        with terminal.told():
            self._console.print(table)
        seeds = paired(race.runs)
        self.say(
            f"Differences are to the best, on {len(seeds)} paired seed{'s' * (len(seeds) != 1)}. {_MEANING}"
        )
        if left := sorted({run.seed for run in race.runs} - set(seeds)):
            who = f"Seed {left[0]} is" if len(left) == 1 else f"Seeds {', '.join(map(str, left))} are"
            self.say(f"{who} left out: not every schedule has finished there, at each of its peaks.")


_MEANING = "Cannot tell: P, corrected for all comparisons, is 0.05 or more."


def _number(value: float | None, sign: str = "") -> str:
    return "" if value is None else f"{value:{sign}.4f}"


def _interval(low: float | None, high: float | None, sign: str = "") -> str:
    return "" if low is None or high is None else f"{low:{sign}.3f} to {high:{sign}.3f}"
