"""``make bench``: start-up, speed, hosts and accuracy, measured side by side in one run, with their budgets.

    python -m bench.startup     python -m bench.speed     python -m bench.hosts     python -m bench.accuracy

Run from the checkout; each prints a table and ends with exit code 1 where a budget is missed.
"""

import gc
import sys
from collections.abc import Callable
from time import perf_counter


def fastest(*jobs: Callable[[], object], rounds: int) -> list[float]:
    """Seconds that each job takes: the best of many rounds, the jobs taken in turn, so that noise hits all alike."""
    best = [float("inf")] * len(jobs)
    gc.disable()
    try:
        for _ in range(rounds):
            for k, job in enumerate(jobs):
                start = perf_counter()
                job()
                best[k] = min(best[k], perf_counter() - start)
    finally:
        gc.enable()
    return best


class Report:
    """Prints measurements as they come, and remembers whether a budget was missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def row(self, what: str, value: float, budget: float | None, detail: str, unit: str = "x") -> None:
        """One line: the value, the budget (None: for information), reached or not, and what was compared."""
        verdict, allowed = "for information", ""
        if budget is not None:
            allowed = f"<= {budget:g}{unit}"
            verdict = "reached" if value <= budget else "MISSED"
        if verdict == "MISSED":
            self.missed.append(what)
        print(f"{what:46}{value:9.3f}{unit:<3}{allowed:12}{verdict:17}{detail}", flush=True)

    def end(self) -> None:
        """Exit, with code 1 where a budget was missed."""
        if self.missed:
            sys.exit(f"missed: {', '.join(self.missed)}")
