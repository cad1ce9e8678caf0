"""From runs to a table: which differences between schedules are more than luck.

Runs of one seed share their initial weights and their batches, so schedules are compared seed by seed: what a
lucky start gives to both cancels. Intervals are Student's t at 95%, each for itself. The best is chosen on
the same runs, which makes the others look a little worse than they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev

from stepsize.errors import MissingExtra, message
from stepsize.records import Row, Run

try:
    from scipy.special import stdtrit
except ImportError as error:
    raise MissingExtra(
        message("stepsize.lab.verdict", "needs SciPy", str(error), 'Install "stepsize[lab]".')
    ) from None

CONFIDENCE = 0.95


def rows(runs: Iterable[Run]) -> tuple[Row, ...]:
    """Compare the schedules of one task's runs; best first, diverged ones last.

    Only seeds that every schedule has finished are counted: a missing run must not favour anyone.

    The verdict is "best" (lowest mean), "worse" (the interval of the difference lies above zero), "cannot
    tell" (it covers zero), "one seed: cannot tell", "diverged in 1 of 3" or "no seed in common".

    >>> made = [("a", 0, 1.0), ("b", 0, 1.5), ("a", 1, 1.1), ("b", 1, 1.61)]
    >>> runs = [Run("gpt", n, {}, k, 1, (0.1,), (2.0,), ((1, loss),), 1.0, "", {}) for n, k, loss in made]
    >>> [(row.name, row.verdict) for row in rows(runs)]
    [('a', 'best'), ('b', 'worse')]
    """
    found: dict[str, dict[int, Run]] = {}
    for run in runs:
        found.setdefault(run.name, {})[run.seed] = run
    shared = sorted(set.intersection(*(set(of) for of in found.values()))) if found else []
    finals = {name: [of[seed].final for seed in shared] for name, of in found.items()}
    lost = {name: sum(of[seed].diverged for seed in shared) for name, of in found.items()}
    held = [name for name in found if shared and not lost[name]]
    best = min(held, key=lambda name: fmean(finals[name]), default=None)
    compared = [_row(name, finals[name], finals[best]) for name in held if best is not None]
    compared = [_best(row) if row.name == best else row for row in compared]
    compared.sort(key=lambda row: (row.name != best, row.mean))
    return (*compared, *(_nothing(name, len(shared), lost[name]) for name in found if name not in held))


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's 95% interval of the mean; None for less than two values.

    >>> [round(end, 3) for end in interval([1.0, 2.0, 3.0])]
    [-0.484, 4.484]
    """
    if len(values) < 2:
        return None
    reach = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * stdev(values) / sqrt(len(values))
    return fmean(values) - reach, fmean(values) + reach


def _row(name: str, own: Sequence[float], best: Sequence[float]) -> Row:
    differences = [mine - its for mine, its in zip(own, best, strict=True)]
    low, high = interval(own) or (None, None)
    least, most = interval(differences) or (None, None)
    verdict = "one seed: cannot tell" if least is None else "worse" if least > 0 else "cannot tell"
    return Row(name, fmean(own), low, high, fmean(differences), least, most, verdict, len(own), diverged=0)


def _best(row: Row) -> Row:
    verdict = "best" if row.seeds > 1 else row.verdict
    return replace(row, difference_low=None, difference_high=None, verdict=verdict)


def _nothing(name: str, seeds: int, diverged: int) -> Row:
    verdict = f"diverged in {diverged} of {seeds}" if diverged else "no seed in common"
    return Row(name, None, None, None, None, None, None, verdict, seeds, diverged)
