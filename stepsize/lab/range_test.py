"""The learning-rate range test: rates that rise until the loss explodes, and what three rules make of the curve.

Source: Smith 2017, Cyclical Learning Rates, arXiv 1506.01186, section 3.3.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from stepsize.errors import ScheduleError, message
from stepsize.records import Run
from stepsize.schedule import Schedule, linear, ramp

SMOOTHING = 0.98  # of an exponential mean over 100 updates; fewer have less
_EXPLODED = 4.0  # times the lowest smoothed loss, at which the test ends
_LEAST = 10  # updates


class Suggestion(NamedTuple):
    """A peak that a rule reads off the curve; None where the rule finds nothing."""

    rule: str
    peak: float | None
    source: str


class Curve(NamedTuple):
    """Rates that were tried, and the losses at each; by seed where there were several.

    Attributes:
        rates: rising.
        losses: of shape (seeds, rates); nan after the end of a seed that exploded.
    """

    rates: Any
    losses: Any

    @property
    def smooth(self) -> Any:
        """The mean over seeds, as a bias-corrected exponential mean."""
        with np.errstate(invalid="ignore"):
            whole = np.isfinite(self.losses).all(axis=0)
        return smoothed(self.losses[:, whole].mean(axis=0))

    @property
    def tried(self) -> Any:
        """The rates that every seed has a loss at."""
        return self.rates[np.isfinite(self.losses).all(axis=0)]


def schedule(lowest: float, highest: float, steps: int, *, exponential: bool = True) -> Schedule:
    """Rates from the lowest to the highest, at equal ratios or at equal distances.

    Raises:
        ScheduleError: the rates do not rise from above 0, or there are fewer than 10 updates.
    """
    if not 0 < lowest < highest < float("inf"):
        raise ScheduleError(message("range_test", "rates must rise from above 0", (lowest, highest)))
    if steps < _LEAST:
        raise ScheduleError(message("range_test.steps", f"must be at least {_LEAST}", steps))
    return (
        ramp(lowest, highest, steps - 1, "geometric") if exponential else linear(lowest, highest, steps - 1)
    )


def range_test(
    update: Callable[[int, float], float],
    *,
    lowest: float = 1e-6,
    highest: float = 1.0,
    steps: int = 200,
    exponential: bool = True,
) -> Curve:
    """Try rising rates with a loop of your own.

    Args:
        update: makes one update, given its number and rate, and returns the loss that it was computed from.
        lowest: rate of the first update, > 0.
        highest: rate of the last one.
        steps: updates, at least 10; the test ends before them where the loss is no number, or four times its lowest.
        exponential: rates at equal ratios; else at equal distances.

    Returns:
        The rates and losses of one seed. :func:`restored` puts a torch model back as it was.

    Raises:
        ScheduleError: a number breaks its rule.

    >>> x = [1.0]
    >>> def update(step, rate):
    ...     loss = x[0] ** 2
    ...     x[0] -= rate * 2 * x[0]
    ...     return loss
    >>> curve = range_test(update, lowest=1e-3, highest=10, steps=100)
    >>> bool(curve.losses[0, 0] == 1.0), len(curve.tried) < 100
    (True, True)
    """
    rising = schedule(lowest, highest, steps, exponential=exponential)
    rates = np.array([rising(step) for step in range(steps)])
    losses = np.full((1, steps), np.nan)
    for step, rate in enumerate(rates.tolist()):
        loss = float(update(step, rate))
        if not np.isfinite(loss):
            break
        losses[0, step] = loss
        if step > _LEAST and loss > _EXPLODED * max(np.nanmin(smoothed(losses[0, : step + 1])), 1e-12):
            break
    return Curve(rates, losses)


def smoothed(losses: Any) -> Any:
    """An exponential mean without the bias of its beginning; the memory is a fiftieth of a hundred updates."""
    beta = SMOOTHING if len(losses) >= 100 else 1 - 2 / max(len(losses), 2)
    found, mean = np.empty(len(losses)), 0.0
    for k, loss in enumerate(losses):
        mean = beta * mean + (1 - beta) * loss
        found[k] = mean / (1 - beta ** (k + 1))
    return found


def suggestions(curve: Curve) -> tuple[Suggestion, ...]:
    """What each rule reads off the curve, side by side.

    Raises:
        ScheduleError: fewer than ten rates were tried before the loss exploded.
    """
    rates, raw = curve.tried, curve.losses[:, np.isfinite(curve.losses).all(axis=0)]
    if len(rates) < _LEAST:
        rule = f"must try {_LEAST} rates before the loss explodes"
        raise ScheduleError(message("range_test", rule, len(rates), "Begin at a lower rate."))
    smooth, logged = curve.smooth, np.log10(rates)
    lowest = int(smooth.argmin())
    begin = len(rates) // 10  # of the first rates, fastai leaves out a tenth
    falls = np.gradient(smooth, logged)[begin : lowest + 1]
    steepest = begin + int(falls.argmin()) if len(falls) else None
    return (
        Suggestion("lowest / 10", float(rates[lowest]) / 10, "fastai, lr_find: minimum"),
        Suggestion("steepest", _rate(rates, steepest), "fastai, lr_find: steep"),
        Suggestion("valley", _rate(rates, _valley(smooth)), "fastai, lr_find: valley, the longest fall"),
        Suggestion("Lightning", _rate(rates, _lightning(raw.mean(axis=0))), "Lightning, Tuner.lr_find: suggestion"),
        Suggestion("Smith", _rate(rates, _before_ragged(smooth)), "arXiv 1506.01186, section 3.3: where it slows"),
    )  # fmt: skip


def _rate(rates: Any, place: int | None) -> float | None:
    return None if place is None else float(rates[place])


def _valley(losses: Any) -> int | None:
    """Two thirds into the longest falling subsequence."""
    many, length, before = len(losses), np.ones(len(losses), int), np.full(len(losses), -1)
    for k in range(1, many):
        lower = np.flatnonzero(losses[:k] > losses[k])
        if len(lower):
            best = lower[length[lower].argmax()]
            length[k], before[k] = length[best] + 1, best
    end = int(length.argmax())
    if length[end] < 3:
        return None
    chain = [end]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    chain = chain[::-1]
    first, last = chain[0], chain[-1]
    return int(first + (last - first) * 2 / 3)


def _lightning(losses: Any) -> int | None:
    """The steepest fall of the raw losses between the first ten and the last one."""
    inner = losses[10:-1]
    return 10 + int(np.gradient(inner).argmin()) if len(inner) > 1 else None


def _before_ragged(smooth: Any) -> int | None:
    """Where 95% of the fall is behind: the loss slows, or turns ragged."""
    lowest = int(smooth.argmin())
    fallen = np.flatnonzero(smooth[0] - smooth[: lowest + 1] >= 0.95 * (smooth[0] - smooth[lowest]))
    return int(fallen[0]) if len(fallen) and smooth[lowest] < smooth[0] else None


@contextmanager
def restored(model: Any, optimizer: Any, *more: Any) -> Iterator[None]:
    """Put a torch model, its optimizer, what else has a state, and the random generators back as they were.

    Args:
        model: a module.
        optimizer: of its parameters.
        more: anything with ``state_dict`` and ``load_state_dict``, or a ``torch.Generator``; such as a stateful loader.

    Raises:
        RuntimeError: a checksum of all of it differs afterwards.
    """
    import copy

    import torch

    kept = [copy.deepcopy(one.state_dict()) for one in _stateful(model, optimizer, *more)]
    generators = [one for one in more if isinstance(one, torch.Generator)]
    own = [one.get_state() for one in generators]
    numbers = random.getstate(), np.random.get_state(), torch.get_rng_state()
    before = checksum(model, optimizer, *more)
    try:
        yield
    finally:
        for one, state in zip(_stateful(model, optimizer, *more), kept, strict=True):
            one.load_state_dict(state)
        for one, state in zip(generators, own, strict=True):
            one.set_state(state)
        if not kept[1]["state"]:
            optimizer.state.clear()
        optimizer.zero_grad(set_to_none=True)
        random.setstate(numbers[0])
        np.random.set_state(numbers[1])
        torch.set_rng_state(numbers[2])
    if checksum(model, optimizer, *more) != before:
        raise RuntimeError(
            "range_test: the state after the test is not that before it: something keeps one of its own"
        )


def _stateful(*all_of_it: Any) -> list[Any]:
    return [one for one in all_of_it if hasattr(one, "state_dict")]


def checksum(*all_of_it: Any) -> str:
    """Of every state, and of the random generators of Python, NumPy and torch."""
    import torch

    digest = hashlib.sha256()
    for one in all_of_it:
        state = one.get_state() if isinstance(one, torch.Generator) else one.state_dict()
        _digested(digest, state)
    _digested(digest, [random.getstate(), np.random.get_state(), torch.get_rng_state()])
    return digest.hexdigest()


def _digested(digest: Any, value: Any) -> None:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        digest.update(str((value.dtype, value.shape)).encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, dict):
        for key in sorted(value, key=repr):
            digest.update(repr(key).encode())
            _digested(digest, value[key])
    elif isinstance(value, list | tuple):
        for one in value:
            _digested(digest, one)
    else:
        digest.update(repr(value).encode())


def of_runs(runs: Sequence[Run]) -> Curve:
    """The curve of runs under one :func:`schedule`, a seed each; cut where they explode."""
    longest = max(runs, key=lambda run: run.steps)
    losses = np.full((len(runs), longest.steps), np.nan)
    for k, run in enumerate(runs):
        own = np.interp(np.arange(run.steps), list(run.updates), run.losses)
        ends = np.flatnonzero(~np.isfinite(own))
        own = own[: ends[0]] if len(ends) else own
        lowest = np.minimum.accumulate(smoothed(own)) if len(own) else own
        above = np.flatnonzero((own > _EXPLODED * np.abs(lowest)) & (np.arange(len(own)) > _LEAST))
        own = own[: above[0]] if len(above) else own
        losses[k, : len(own)] = own
    return Curve(np.array(longest.rates), losses)
