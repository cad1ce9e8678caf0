"""Rates that answer to a metric: pure functions (state, metric) -> (state, multiplier), joined to any fixed schedule.

    rule = ss.adaptive.plateau(patience=2)
    state = rule.start()
    state, multiplier = rule(state, loss)          # after each evaluation
    rate = s(t) * multiplier                       # whatever the schedule is: a warmup, a cosine, a constant

A state is plain JSON values, ``state._asdict()``, and ``State(**document)`` reads it again. What a run did is an
ordinary schedule: :func:`applied`. Where several processes train one model, all must see the same metric: average it
over the ranks first.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize._value import Value
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, hold

MODES, THRESHOLDS = ("min", "max"), ("rel", "abs")


class State(NamedTuple):
    """What a rule remembers, in plain JSON values."""

    multiplier: float = 1.0
    best: float | None = None  # none before the first metric
    bad: int = 0  # metrics in a row that were not better
    good: int = 0  # metrics in a row that were
    cooldown: int = 0  # metrics still to be waited after a reduction
    warmup: int = 0  # and after an increase
    low: int = 0  # reductions in a row that found the multiplier at its floor
    recent: tuple[float, ...] = ()  # metrics that are averaged


class _Rule(Value):
    """What both rules share: which metric is better, and by how much."""

    factor: float
    patience: int
    mode: str
    threshold: float
    relative: str
    cooldown: int
    floor: float
    least: float

    def _check(self, name: str) -> None:
        """Check the fields, and put plain numbers in their places."""
        factor = _accept.rate(f"{name}.factor", self.factor, above=0.0)
        if factor >= 1.0:
            raise ScheduleError(message(f"{name}.factor", "must be in (0, 1)", self.factor))
        for field, known in (("mode", MODES), ("relative", THRESHOLDS)):
            if getattr(self, field) not in known:
                rule = f"must be one of {', '.join(known)}"
                raise ScheduleError(message(f"{name}.{field}", rule, getattr(self, field)))
        checked: dict[str, Any] = {"factor": factor}
        for field in ("patience", "cooldown"):
            checked[field] = _accept.count(f"{name}.{field}", getattr(self, field), least=0)
        for field in ("threshold", "floor", "least"):
            checked[field] = _accept.rate(f"{name}.{field}", getattr(self, field), least=0.0)
        self.__dict__.update(checked)

    def start(self) -> State:
        """The state before the first metric."""
        return State()

    def _better(self, metric: float, best: float | None) -> bool:
        """Whether a metric is better than the best; nan never is."""
        if best is None:
            best = math.inf if self.mode == "min" else -math.inf
        margin = self.threshold if self.mode == "max" else -self.threshold
        bound = best * (1.0 + margin) if self.relative == "rel" else best + margin
        return metric > bound if self.mode == "max" else metric < bound

    def _reduced(self, multiplier: float) -> float:
        lower = max(multiplier * self.factor, self.floor)
        return lower if multiplier - lower > self.least else multiplier


class plateau(_Rule):
    """Reduce the rate when a metric has stopped getting better.

    After more than ``patience`` metrics in a row that are not better than the best by ``threshold``, the multiplier is
    max(multiplier * factor, floor), and the next ``cooldown`` metrics are not counted.

    Args:
        factor: of each reduction; in (0, 1).
        patience: metrics in a row that may fail to be better; whole, >= 0.
        mode: "min" where lower is better, "max" where higher is.
        threshold: what counts as better; >= 0.
        relative: "rel": better than best * (1 - threshold); "abs": than best - threshold; plus for "max".
        cooldown: metrics after a reduction that are not counted; whole, >= 0.
        floor: the lowest multiplier; >= 0.
        least: changes of the multiplier up to this are left out; >= 0.

    Raises:
        ScheduleError: a parameter is out of its range.

    Source:
        PyTorch's ReduceLROnPlateau, which it equals; its ``min_lr`` and ``eps``, divided by the rate, are our ``floor``
        and ``least``.

    >>> import stepsize as ss
    >>> rule = ss.adaptive.plateau(patience=1, factor=0.5)
    >>> state = rule.start()
    >>> for loss in (2.0, 1.0, 1.0, 1.0, 1.0):
    ...     state, multiplier = rule(state, loss)
    >>> multiplier
    0.5
    """

    factor: float = 0.1
    patience: int = 10
    mode: str = "min"
    threshold: float = 1e-4
    relative: str = "rel"
    cooldown: int = 0
    floor: float = 0.0
    least: float = 0.0

    def __post_init__(self) -> None:
        self._check("plateau")

    def __call__(self, state: State, metric: Any) -> tuple[State, float]:
        """The next state, and the multiplier from now on.

        Args:
            state: what :meth:`start` or the last call gave.
            metric: a number; nan is never better.

        Raises:
            ScheduleError: the state is not ours, or the metric is no number.
        """
        state, found = _read("plateau", state, metric)
        better = self._better(found, state.best)
        best, bad = (found, 0) if better else (state.best, state.bad + 1)
        waiting = state.cooldown
        if waiting > 0:
            waiting, bad = waiting - 1, 0
        multiplier = state.multiplier
        if bad > self.patience:
            multiplier, waiting, bad = self._reduced(multiplier), self.cooldown, 0
        return State(multiplier, best, bad, cooldown=waiting), multiplier


class greedy(_Rule):
    """Raise the rate while a metric gets better, reduce it when it does not.

    After more than ``patience`` better metrics in a row the multiplier is min(multiplier / factor, ceiling), after more
    than ``patience`` that are not, max(multiplier * factor, floor). After ``reset_after`` reductions at the floor
    everything starts anew.

    Args:
        factor, patience, mode, threshold, relative, cooldown, floor, least: as in :class:`plateau`.
        ceiling: the highest multiplier; >= 1.
        warmup: metrics after an increase that are not counted; whole, >= 0.
        reset_after: reductions that find the multiplier at its floor, until everything starts anew; whole, >= 1.
        window: metrics that are averaged before they are judged; whole, >= 1.

    Raises:
        ScheduleError: a parameter is out of its range.

    Source:
        The GreedyLR of transformers, which it equals; its ``min_lr``, ``max_lr`` and ``eps`` are divided by the rate.

    >>> import stepsize as ss
    >>> rule = ss.adaptive.greedy(patience=1, factor=0.5, ceiling=4.0)
    >>> state = rule.start()
    >>> for loss in (3.0, 2.0, 1.0):
    ...     state, multiplier = rule(state, loss)
    >>> multiplier
    2.0
    """

    factor: float = 0.95
    patience: int = 10
    mode: str = "min"
    threshold: float = 1e-6
    relative: str = "abs"
    cooldown: int = 0
    floor: float = 0.0
    least: float = 0.0
    ceiling: float = 10.0
    warmup: int = 0
    reset_after: int = 500
    window: int = 1

    def __post_init__(self) -> None:
        self._check("greedy")
        self.__dict__["ceiling"] = _accept.rate("greedy.ceiling", self.ceiling, least=1.0)
        for field, least in (("warmup", 0), ("reset_after", 1), ("window", 1)):
            self.__dict__[field] = _accept.count(f"greedy.{field}", getattr(self, field), least=least)

    def __call__(self, state: State, metric: Any) -> tuple[State, float]:
        """The next state, and the multiplier from now on; see :meth:`plateau.__call__`."""
        state, found = _read("greedy", state, metric)
        recent = (*state.recent, found)[-self.window :]
        state = state._replace(recent=recent if self.window > 1 else ())
        if state.cooldown > 0 or state.warmup > 0:
            after = state.cooldown > 0
            state = state._replace(
                bad=0, good=0, cooldown=state.cooldown - after, warmup=state.warmup - (not after)
            )
        else:
            state = self._judged(state, sum(recent) / len(recent))
        return state, state.multiplier

    def _judged(self, state: State, metric: float) -> State:
        if self._better(metric, state.best):
            state = state._replace(best=metric, bad=0, good=state.good + 1)
        else:
            state = state._replace(bad=state.bad + 1, good=0)
        if state.good > self.patience:
            return self._raised(state)
        return self._lowered(state) if state.bad > self.patience else state

    def _raised(self, state: State) -> State:
        higher = min(state.multiplier / self.factor, self.ceiling)
        multiplier = higher if higher - state.multiplier > self.least else state.multiplier
        return state._replace(multiplier=multiplier, warmup=self.warmup, good=0, low=0)

    def _lowered(self, state: State) -> State:
        multiplier = self._reduced(state.multiplier)
        low = state.low + (multiplier <= self.floor)
        if low >= self.reset_after:
            return State(cooldown=self.cooldown)
        return state._replace(multiplier=multiplier, cooldown=self.cooldown, bad=0, low=low)


def applied(s: Schedule, changes: Sequence[tuple[Any, Any]]) -> Schedule:
    """What an adaptive run did, as an ordinary schedule: s(t) times the multiplier that held at t.

    Args:
        s: the fixed schedule.
        changes: pairs (position, multiplier from there on), in rising positions >= 0.

    Raises:
        ScheduleError: the positions do not rise, or a number is out of its range.

    >>> import stepsize as ss
    >>> s = ss.adaptive.applied(ss.linear_warmup(1.0, 10), [(50, 0.1), (80, 0.01)])
    >>> s(5), s(49), s(50), s(80)
    (0.5, 1.0, 0.1, 0.01)
    """
    if not isinstance(s, Schedule):
        raise ScheduleTypeError(message("adaptive.applied", "changes a schedule", s))
    starts: list[Number] = [0]
    multipliers = [1.0]
    for k, (position, multiplier) in enumerate(changes):
        starts.append(_accept.length(f"adaptive.applied.changes[{k}]", position))
        multipliers.append(_accept.rate(f"adaptive.applied.changes[{k}]", multiplier, least=0.0))
    if any(b < a for a, b in pairwise(starts)):
        raise ScheduleError(message("adaptive.applied.changes", "positions must rise", starts[1:]))
    stairs = hold(multipliers[-1])
    for (start, stop), multiplier in reversed(list(zip(pairwise(starts), multipliers, strict=False))):
        stairs = hold(multiplier, _accept.whole(stop - start)) >> stairs
    return s * stairs.on(s.clock) if changes else s


def _read(name: str, state: Any, metric: Any) -> tuple[State, float]:
    if not isinstance(state, State):
        raise ScheduleTypeError(message(f"{name}(state, metric)", "the state is what start() gives", state))
    value = _accept.number(f"{name}(state, metric)", metric, "the metric must be a number")
    return state, float(value)
