"""Planned against logged: whether a run followed its schedule, where it first departed from it, and how."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from stepsize._accept import Number
from stepsize._value import Value
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.logs.identifying.round import roundest, whole
from stepsize.logs.identifying.series import Series, series
from stepsize.records import Trace
from stepsize.schedule import Schedule

KINDS = ("as planned", "lag", "doubled", "scaled", "reset at resume", "other horizon", "another schedule")
_NEAR = 1.5  # units of the rounding, within which a row is as planned
_OFFSETS = (0, -1)  # of an honest log: step n is update n, or the n-th one
_LAGS = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
_TIMES = (2, 3, 4, 8, 16, 1 / 2, 1 / 3, 1 / 4, 1 / 8, 1 / 16)
_MOST_OF_THEM = 0.98  # of the rows that an explanation must explain
_GRID = 400


class Audit(Value):
    """What a log says of the schedule that was planned.

    Args:
        kind: one of ``KINDS``.
        what: the same in a sentence, with its numbers.
        departure: the first logged step that is not as planned; None where all are.
        planned: the rate that was planned there.
        logged: the rate that was logged there.
        share: how much of the logged run is not as planned; in [0, 1].
        offset: step n of the log was held against update n + offset of the plan.
        amount: updates of a lag, how often it was stepped, the factor of the rates, the step of a reset, or the
            factor of the horizon; None where the kind has none.
    """

    kind: str
    what: str
    departure: Number | None = None
    planned: float | None = None
    logged: float | None = None
    share: float = 0.0
    offset: int = 0
    amount: float | None = None

    @property
    def as_planned(self) -> bool:
        """Whether every row is."""
        return self.departure is None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: self.__dict__[name] for name in self._fields}


class _Told(NamedTuple):
    """An explanation: its kind, its sentence and amount, and how many of the departed rows it explains."""

    kind: str
    what: str
    amount: float
    explains: float


_UNEXPLAINED = _Told(
    KINDS[-1],
    "The rates are not those of this schedule, nor of one that was shifted, stretched or scaled.",
    math.nan,
    0,
)


def audit(trace: Trace, schedule: Schedule) -> Audit:
    """Hold a log against the schedule that was meant.

    A row is as planned where its rate differs by no more than its rounding. The log's steps may count from 0 or from 1:
    whichever fits better is taken. What departs is explained, if one of these explains 98% of it:

        lag               rate of step n = s(n + k), k other than 0
        doubled           rate of step n = s(m n), stepped m times an update, or once in 1/m of them
        scaled            rate of step n = c s(n)
        reset at resume   rate of step n = s(n - n0) from step n0 on
        other horizon     all that follows the warmup takes f times as long

    Args:
        trace: the log, as :func:`stepsize.logs.read` gives it.
        schedule: the plan, in updates.

    Raises:
        ScheduleError: the log has fewer than three rates, or the schedule counts something else than updates.

    >>> import numpy as np, stepsize as ss
    >>> from stepsize.records import Trace
    >>> plan, steps = ss.warmup_cosine(3e-4, 10_000, warmup=1_000), np.arange(0, 10_000, 50)
    >>> found = audit(Trace("run", steps, plan(np.minimum(2 * steps, 10_000)), np.full(200, np.nan)), plan)
    >>> found.kind, found.departure, round(found.share, 3)
    ('doubled', 50, 0.997)
    """
    if not isinstance(schedule, Schedule):
        raise ScheduleTypeError(message("audit.schedule", "must be a schedule", schedule))
    if schedule.clock not in ("steps", trace.counts):
        rule = f"a schedule on {schedule.clock} cannot be held against a log that counts {trace.counts}"
        raise ScheduleError(message("audit.schedule", rule, str(schedule), "Give it in updates."))
    seen = series(trace)
    plan = _plan(schedule)
    departed = {o: _off(seen, plan(seen.t + o)) for o in _OFFSETS if seen.t[0] + o >= 0}
    usual = -1 if trace.format == "trainer" else 0
    likely = sorted(departed, key=lambda o: (int(departed[o].sum()), o != usual))
    if not departed[likely[0]].any():
        return Audit(KINDS[0], f"All {len(seen.t):,} rates are as planned.", offset=likely[0])
    told, offset = _best(seen, schedule, plan, {o: departed[o] for o in likely})
    off = departed[offset]
    first = int(off.argmax())
    amount = None if math.isnan(told.amount) else told.amount
    step = float(seen.t[first])
    return Audit(
        told.kind, told.what, int(step) if step.is_integer() else step, float(plan(seen.t[first] + offset)),
        float(seen.r[first]), _share(seen, off), offset, amount,
    )  # fmt: skip


def _best(
    seen: Series, schedule: Schedule, plan: Callable[[Any], Any], departed: dict[int, Any]
) -> tuple[_Told, int]:
    """What explains the departed rows, and under which offset; the likelier offset comes first."""
    for o, off in departed.items():
        told = max(
            _explained(seen, schedule, plan, o, off), key=lambda one: one.explains, default=_UNEXPLAINED
        )
        if told.explains >= _MOST_OF_THEM:
            return told, o
    return _UNEXPLAINED, next(iter(departed))


def _plan(schedule: Schedule) -> Callable[[Any], Any]:
    """The rates of a schedule, whatever it counts."""
    bare = schedule if schedule.clock == "steps" else schedule._bare
    return lambda t: np.asarray(bare(np.asarray(t, dtype=float)), dtype=float)


def _off(seen: Series, rates: Any) -> Any:
    """Which rows differ by more than their rounding."""
    return np.abs(rates - seen.r) > _NEAR * seen.q


def _share(seen: Series, off: Any) -> float:
    """How much of the logged run the departed rows stand for: each as far as half way to its neighbours."""
    if len(off) < 2:
        return float(off.mean())
    edges = np.concatenate([[seen.t[0]], (seen.t[1:] + seen.t[:-1]) / 2, [seen.t[-1]]])
    return float((np.diff(edges) * off).sum() / (edges[-1] - edges[0]))


def _explained(
    seen: Series, schedule: Schedule, plan: Callable[[Any], Any], o: int, off: Any
) -> Iterator[_Told]:
    """Every explanation that is tried, the plainest first: of two that are as good, that one is taken."""
    t = seen.t + o

    def explains(rates: Any, rows: Any = off) -> float:
        return 1.0 - float(_off(seen, rates)[rows].mean())

    for lag in _LAGS:
        many, side = "update" if abs(lag) == 1 else "updates", "ahead of" if lag > 0 else "behind"
        what = f"The rates run {abs(lag)} {many} {side} the plan."
        yield _Told(
            "lag", what, lag, explains(plan(t + lag)) if not _off(seen, plan(t + lag))[~off].any() else 0.0
        )
    for times in _TIMES:
        often = f"{times:g} times an update" if times > 1 else f"once in {1 / times:.0f} updates"
        yield _Told(
            "doubled",
            f"The schedule was stepped {often}.",
            times,
            _both(explains, seen, plan(times * t)),
        )
    yield from _scaled(seen, plan(t), off, explains)
    yield from _reset(seen, plan, o, off)
    yield from _stretched(seen, schedule, t, off, explains)


def _both(explains: Callable[[Any], float], seen: Series, rates: Any) -> float:
    """How much rates explain of what departed, and of all rows: those that are as planned must stay so."""
    return min(explains(rates), 1.0 - float(_off(seen, rates).mean()))


def _scaled(seen: Series, planned: Any, off: Any, explains: Callable[[Any], float]) -> Iterator[_Told]:
    known = np.abs(planned) > 10 * seen.q
    if known.any():
        weight = np.abs(planned[known]) >= np.abs(planned[known]).max() / 2
        ratios = (seen.r[known] / planned[known])[weight]
        slack = float((seen.q[known] / np.abs(planned[known]))[weight].min())
        ratio = float(np.median(ratios))
        factor = roundest((ratio - slack, ratio + slack), ratio).value
        if factor > 0 and abs(factor - 1) > slack:
            what = f"The rates are {factor:g} of the planned ones."
            yield _Told("scaled", what, factor, _both(explains, seen, factor * planned))


def _reset(seen: Series, plan: Callable[[Any], Any], o: int, off: Any) -> Iterator[_Told]:
    """The schedule began anew about where the rates first depart."""
    first = int(off.argmax())
    rows = np.zeros_like(off)
    rows[first:] = True
    low = float(seen.t[first - 1]) if first else float(seen.t[0]) - seen.gap
    high = math.floor(float(seen.t[first])) + 1
    grid = np.linspace(math.floor(low), high, min(high - math.floor(low), _GRID) + 1)
    if not first:
        return
    told = [1.0 - float(_off(seen, plan(np.maximum(seen.t + o - here, 0)))[rows].mean()) for here in grid]
    best = int(np.argmax(told))
    good = grid[np.asarray(told) >= told[best]]
    here = whole((float(good[0]), float(good[-1])), float(grid[best])).value
    what = f"From step {here:,.0f} on the schedule ran again from its first update."
    yield _Told("reset at resume", what, here, told[best])


def _stretched(
    seen: Series, schedule: Schedule, t: Any, off: Any, explains: Callable[[Any], float]
) -> Iterator[_Told]:
    """Another horizon: the phases after the warmup take longer or shorter, by one factor, which is searched for."""
    bare = schedule if schedule.clock == "steps" else schedule._bare
    phases = [phase for phase in bare.phases() if phase.stop > phase.start]
    if not math.isfinite(bare.length) or not phases:
        return
    rising = phases[0].last > phases[0].first and len(phases) > 1
    for warmup in {phases[0].stop if rising else 0, 0}:
        rest = bare[warmup:] if warmup else bare

        def rates(factor: float, warmup: Any = warmup, rest: Schedule = rest) -> Any:
            return np.where(t < warmup, bare(t), rest((t - warmup) / factor))

        def apart(factor: float, rates: Callable[[float], Any] = rates) -> float:
            return float(np.log1p(np.abs(rates(factor) - seen.r)[off] / seen.q[off]).mean())

        grid = np.geomspace(1 / 20, 20, 600)
        best = float(grid[int(np.argmin([apart(factor) for factor in grid]))])
        for _ in range(6):
            grid = (
                np.linspace(best * (1 - 0.012), best * (1 + 0.012), 25)
                if _ == 0
                else np.linspace(grid[0], grid[-1], 25)
            )
            told = [apart(factor) for factor in grid]
            k = int(np.argmin(told))
            best = float(grid[k])
            grid = grid[[max(k - 1, 0), min(k + 1, len(grid) - 1)]]
        exact = (round(warmup + best * float(rest.length)) - warmup) / float(rest.length)
        best = max((exact, best), key=lambda factor: explains(rates(factor)))
        length = warmup + best * float(rest.length)
        what = (
            f"The horizon is another one: {length:,.0f} updates, and {float(bare.length):,.0f} were planned."
        )
        yield _Told("other horizon", what, length / float(bare.length), _both(explains, seen, rates(best)))
