"""From runs to a table: which differences between schedules are more than luck.

Runs of one seed share their initial weights and their batches, so schedules are compared seed by seed: what a
lucky start gives to both cancels. Intervals are Student's t at 95%, each for itself; verdicts are corrected for as many
comparisons as there are. The best is chosen on the same runs, which makes the others look a little worse than they are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf, sqrt
from statistics import fmean, stdev

from stepsize.errors import MissingExtra, message
from stepsize.records import Row, Run

try:
    from scipy.special import stdtrit

    from stepsize.lab.power import LEVEL, holm, p_value, settled_by
except ImportError as error:
    raise MissingExtra(
        message("stepsize.lab.verdict", "needs SciPy", str(error), 'Install "stepsize[lab]".')
    ) from None

CONFIDENCE = 0.95


def rows(runs: Iterable[Run]) -> tuple[Row, ...]:
    """Compare the schedules of one task's runs; best first, then those without a number.

    Only seeds that every schedule has finished, at each of its peaks, are counted: a missing run must not favour
    anyone, nor another peak. Of a schedule with several peaks, each seed counts at the peak that is best on the mean of
    the other seeds.

    The verdict is "best" (lowest mean), "worse" (P of the difference, corrected for all comparisons by Holm's method,
    is below 0.05), "cannot tell", "one seed: cannot tell", "diverged in 1 of 3", "stopped early" or "no seed in
    common".

    >>> made = [("a", 0, 1.0), ("b", 0, 1.5), ("a", 1, 1.1), ("b", 1, 1.61)]
    >>> runs = [Run("gpt", n, {}, k, 1, (0.1,), (2.0,), ((1, loss),), 1.0, "", {}) for n, k, loss in made]
    >>> [(row.name, row.verdict) for row in rows(runs)]
    [('a', 'best'), ('b', 'worse')]
    """
    runs = list(runs)
    found: dict[str, dict[int, dict[float | None, Run]]] = {}
    for run in runs:
        found.setdefault(run.name, {}).setdefault(run.seed, {})[run.peak] = run
    shared = paired(runs)
    chosen = {name: [_at_best_peak(of, seed, shared) for seed in shared] for name, of in found.items()}
    held = {name: own for name, own in chosen.items() if shared and not any(map(_odd, own))}
    finals = {name: [run.final for run in own] for name, own in held.items()}
    best = min(finals, key=lambda name: fmean(finals[name]), default=None)
    compared = [_row(name, finals[name], finals[best], held[name]) for name in held if best is not None]
    compared = _corrected(
        [row for row in compared if row.name != best], [row for row in compared if row.name == best]
    )
    return (*compared, *(_nothing(name, own) for name, own in chosen.items() if name not in held))


def paired(runs: Iterable[Run]) -> list[int]:
    """The seeds that every schedule has finished, at each of its peaks."""
    made: dict[int, set[tuple[str, float | None]]] = {}
    for run in runs:
        made.setdefault(run.seed, set()).add((run.name, run.peak))
    everything = set().union(*made.values())
    return sorted(seed for seed, own in made.items() if own == everything)


def comparable(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Stored runs of one task, apart where they must not be compared: by their lengths, data and software.

    A run that ended early is put to the shortest ones that it could have become. Runs that need not be parted have the
    name of the task alone; of others the name says all that differs.
    """
    whole = [run for run in runs if not run.ended]
    parts: dict[tuple[tuple[str, str], ...], list[Run]] = {}
    for run in runs:
        made = _made_by(run)
        could = [one.steps for one in whole if one.steps >= run.steps and _made_by(one) == made]
        key = (("updates", f"{min(could, default=run.steps):,}"), *made)
        parts.setdefault(key, []).append(run)
    same = set.intersection(*map(set, parts)) if len(parts) > 1 else set().union(*parts)
    return {
        ", ".join(
            [runs[0].task, *(f"{what} {value}" for what, value in key if (what, value) not in same)]
        ): own
        for key, own in parts.items()
    }


def _made_by(run: Run) -> tuple[tuple[str, str], ...]:
    return (("data", run.data), *sorted(run.versions.items()))


def _at_best_peak(of: Mapping[int, Mapping[float | None, Run]], seed: int, shared: Sequence[int]) -> Run:
    """The run of a seed at the peak that is best on the others."""
    others = [k for k in shared if k != seed] or [seed]
    runs = of[seed]

    def mean(peak: float | None) -> float:
        finals = [of[k][peak].final if peak in of[k] and not _odd(of[k][peak]) else inf for k in others]
        return fmean(finals)

    return runs[min(runs, key=mean)]


def _odd(run: Run) -> bool:
    return run.diverged or bool(run.ended)


def _corrected(others: list[Row], best: list[Row]) -> list[Row]:
    """The rows with P corrected for as many as they are, and their verdicts."""
    corrected = holm([1.0 if row.p is None else row.p for row in others])
    judged = [_judged(row, p, len(others)) for row, p in zip(others, corrected, strict=True)]
    return [*map(_best, best), *sorted(judged, key=lambda row: row.mean or 0.0)]


def _judged(row: Row, p: float, comparisons: int) -> Row:
    if row.difference_low is None or row.difference_high is None or row.difference is None:
        return replace(row, verdict="one seed: cannot tell", p=None)
    if p < LEVEL:
        return replace(row, verdict="worse", p=p)
    reach = (row.difference_high - row.difference_low) / 2
    deviation = reach * sqrt(row.seeds) / float(stdtrit(row.seeds - 1, (1 + CONFIDENCE) / 2))
    return replace(
        row, verdict="cannot tell", p=p, settled_by=settled_by(row.difference, deviation, comparisons)
    )


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's 95% interval of the mean; None for less than two values.

    >>> [round(end, 3) for end in interval([1.0, 2.0, 3.0])]
    [-0.484, 4.484]
    """
    if len(values) < 2:
        return None
    reach = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * stdev(values) / sqrt(len(values))
    return fmean(values) - reach, fmean(values) + reach


def _row(name: str, own: Sequence[float], best: Sequence[float], runs: Sequence[Run]) -> Row:
    differences = [mine - its for mine, its in zip(own, best, strict=True)]
    low, high = interval(own) or (None, None)
    least, most = interval(differences) or (None, None)
    p = p_value(fmean(differences), stdev(differences), len(differences)) if least is not None else None
    peaks = tuple(peak for peak, _ in Counter(run.peak for run in runs).most_common() if peak is not None)
    return Row(name, fmean(own), low, high, fmean(differences), least, most, "", len(own), 0, p, None, peaks)


def _best(row: Row) -> Row:
    verdict = "best" if row.seeds > 1 else "one seed: cannot tell"
    return replace(row, difference_low=None, difference_high=None, verdict=verdict, p=None)


def _nothing(name: str, own: Sequence[Run]) -> Row:
    diverged, stopped = sum(run.diverged for run in own), sum(run.stopped for run in own)
    verdict = (
        f"diverged in {diverged} of {len(own)}"
        if diverged
        else "stopped early"
        if stopped
        else "no seed in common"
    )
    return Row(name, None, None, None, None, None, None, verdict, len(own), diverged)
