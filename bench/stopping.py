"""What ``--stop-hopeless`` would have saved, and what it would have cost: python -m bench.stopping FOLDER.

Replays whole races, such as those of ``make findings``, run by run in the order in which they are made, and stops what
each way of forecasting would have stopped. The table of the stopped race is then held against that of the whole one.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stepsize import records
from stepsize.lab.halving import Halving, at, rungs
from stepsize.lab.plan import Planned
from stepsize.lab.verdict import rows
from stepsize.laws import Forecast
from stepsize.records import Run

WAYS = ("falls", "area", "annealing", "multi_power")


def main() -> None:
    """Print a row for each task and each way."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/findings")
    print(f"{'task':10} {'forecast':12} {'saved':>6} {'means as before':>16}   the best, its mean")
    for task in sorted(one for one in folder.iterdir() if one.is_dir()):
        runs = sorted((records.load(path) for path in task.glob("*.json")), key=_order)
        _print(task.name, "none", runs, runs)
        for way in WAYS:
            _print(task.name, way, runs, list(_stopped(runs, way)))


def _order(run: Run) -> tuple[int, float, str]:
    return run.seed, run.peak or 0.0, run.name


def _stopped(runs: Sequence[Run], way: str) -> Iterator[Run]:
    """The runs that a race would have kept, some of them shorter."""
    halving = Halving() if way == "falls" else Halving(Forecast(way))
    for run in runs:
        kept = _held(run, halving)
        halving.learn(kept)
        yield kept


def _held(run: Run, halving: Halving) -> Run:
    planned = Planned(
        run.task, run.name, run.schedule, run.seed, run.steps, run.data, run.versions, None, Path(), run.peak
    )
    for rung in rungs(run.steps):
        if rung <= run.steps and (why := halving.decide(planned, rung, at(run, rung))):
            return _until(run, rung, why)
    return run


def _until(run: Run, step: int, why: str) -> Run:
    seen = sum(update < step for update in run.updates)
    return replace(
        run, steps=step, rates=run.rates[:step], losses=run.losses[:seen], at=run.at[:seen], ended=why,
        evaluations=tuple(one for one in run.evaluations if one[0] <= step), metrics={},
    )  # fmt: skip


def _print(task: str, way: str, whole: Sequence[Run], kept: Sequence[Run]) -> None:
    saved = 1 - sum(run.steps for run in kept) / sum(run.steps for run in whole)
    before, now = ({row.name: row for row in rows(tuple(some))} for some in (whole, kept))
    same = sum(before[name].mean == now[name].mean for name in before)
    best = next(name for name, row in now.items() if row.verdict == "best")
    told = f"{same} of {len(before)}"
    print(f"{task:10} {way:12} {saved:6.1%} {told:>16}   {best}, {now[best].mean:.4f}", flush=True)


if __name__ == "__main__":
    main()
