"""The schedules of optax that are joined from pieces."""

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, cosine, hold, linear
from stepsize.schedule.chain import chain
from stepsize.twins._optax_numbers import plain, updates

_WAYS: dict[str, Callable[[Any, Any, Any], Schedule]] = {"linear": linear, "cosine": cosine}


def piecewise_constant_schedule(init_value: Any, boundaries_and_scales: Any = None) -> Schedule:
    """A rate that is multiplied at each boundary.

    With b_k the boundaries in order, and f_k their scales:
        t < b_1               init_value
        b_k <= t < b_(k+1)    init_value f_1 ... f_k

    First update init_value; peak at 0, where scales are below 1; last update the last rate; after the end held at it.

    Args:
        init_value: the rate before the first boundary; >= 0.
        boundaries_and_scales: a dict from boundary, in updates, to scale, >= 0; None for none.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        optax/schedules/_schedule.py, piecewise_constant_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.optax.piecewise_constant_schedule(1.0, {100: 0.5, 200: 0.5}))
    1 for 100; 0.5 for 100; 0.25
    """
    where = "piecewise_constant_schedule"
    rate, start, pieces = plain(f"{where}.init_value", init_value), 0, []  # type: float, Number, list[Schedule]
    for boundary, scale in _steps(where, boundaries_and_scales):
        edge = max(boundary, 0)
        pieces.append(hold(rate, edge - start))
        rate, start = scale * rate, edge
    return chain(*pieces, hold(rate))


def piecewise_interpolate_schedule(
    interpolate_type: Any, init_value: Any, boundaries_and_scales: Any = None
) -> Schedule:
    """From boundary to boundary in a straight line or half a cosine wave; at each, the rate is multiplied once more.

    With b_0 = 0, b_k the boundaries in order, v_0 = init_value, v_k = v_(k-1) times the k-th scale, x the share of the
    way from b_k to b_(k+1):
        b_k <= t < b_(k+1)    v_k + (v_(k+1) - v_k) x, or v_(k+1) + (v_k - v_(k+1)) (1 + cos(pi x)) / 2
        last b <= t           last v

    First update init_value; peak at a boundary; last update just before the last value; after the end held at it.

    Args:
        interpolate_type: "linear" or "cosine".
        init_value: the rate of the first update; >= 0.
        boundaries_and_scales: a dict from boundary, in updates >= 0, to scale, >= 0; None for none.

    Raises:
        ScheduleError: a number is out of its range, or the type is another.

    Source:
        optax/schedules/_schedule.py, piecewise_interpolate_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.optax.piecewise_interpolate_schedule("cosine", 1.0, {100: 0.5, 200: 0.0}))
    1 -> 0.5 cosine in 100; -> 0 cosine in 100
    """
    where = "piecewise_interpolate_schedule"
    if interpolate_type not in _WAYS:
        rule = 'must be "linear" or "cosine"'
        raise ScheduleError(message(f"twins.optax.{where}.interpolate_type", rule, interpolate_type))
    start = plain(f"{where}.init_value", init_value)
    return _between(_WAYS[interpolate_type], start, _steps(where, boundaries_and_scales, least=0))


def linear_onecycle_schedule(
    transition_steps: Any,
    peak_value: Any,
    pct_start: Any = 0.3,
    pct_final: Any = 0.85,
    div_factor: Any = 25.0,
    final_div_factor: Any = 1e4,
) -> Schedule:
    """Up, down to where it began, and further down: three straight lines.

    With N = transition_steps, P = int(pct_start N), Q = int(pct_final N), low = peak_value / div_factor:
        t < P         low + (peak_value - low) t / P
        P <= t < Q    peak_value + (low - peak_value) (t - P) / (Q - P)
        Q <= t < N    low + (low / final_div_factor - low) (t - Q) / (N - Q)
        N <= t        low / final_div_factor

    First update low; peak at P; last update just above the end; after the end held at low / final_div_factor.

    Args:
        transition_steps: all updates; > 0.
        peak_value: the peak; >= 0.
        pct_start: where the peak is, as a share of all updates; >= 0.
        pct_final: where the second line ends, as a share of all updates; >= 0.
        div_factor: the peak, as a multiple of the first rate; > 0.
        final_div_factor: the first rate, as a multiple of the last; > 0.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Edges that fall on the same update replace each other: of 1 update, with the
        defaults, there is no peak at all. Ours does the same.

    Source:
        optax/schedules/_schedule.py, linear_onecycle_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.optax.linear_onecycle_schedule(100, 1.0, div_factor=10, final_div_factor=10))
    0.1 -> 1 in 30; -> 0.1 in 55; -> 0.010000000000000002 in 15
    """
    where = "linear_onecycle_schedule"
    steps, div, final = _positive(where, transition_steps, div_factor, final_div_factor)
    up, down = (plain(f"{where}.{n}", v) for n, v in (("pct_start", pct_start), ("pct_final", pct_final)))
    scales = {int(up * steps): div, int(down * steps): 1.0 / div, steps: 1.0 / final}
    return _between(linear, plain(f"{where}.peak_value", peak_value) / div, sorted(scales.items()))


def cosine_onecycle_schedule(
    transition_steps: Any,
    peak_value: Any,
    pct_start: Any = 0.3,
    div_factor: Any = 25.0,
    final_div_factor: Any = 1e4,
) -> Schedule:
    """Up and down along half cosine waves.

    With N = transition_steps, P = int(pct_start N), low = peak_value / div_factor, end = low / final_div_factor:
        t < P         peak_value + (low - peak_value) (1 + cos(pi t / P)) / 2
        P <= t < N    end + (peak_value - end) (1 + cos(pi (t - P) / (N - P))) / 2
        N <= t        end

    First update low; peak at P; last update just above the end; after the end held at end.

    Args:
        transition_steps: all updates; > 0.
        peak_value: the peak; >= 0.
        pct_start: where the peak is, as a share of all updates; >= 0.
        div_factor: the peak, as a multiple of the first rate; > 0.
        final_div_factor: the first rate, as a multiple of the last; > 0.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Of 1 update to 3, with the default, there is no way up: the first rate is the peak. Ours does the same.

    Source:
        optax/schedules/_schedule.py, cosine_onecycle_schedule; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.optax.cosine_onecycle_schedule(100, 1.0, final_div_factor=4)
    >>> s(0), s(30), s(100)
    (0.04, 1.0, 0.01)
    """
    where = "cosine_onecycle_schedule"
    steps, div, final = _positive(where, transition_steps, div_factor, final_div_factor)
    scales = {int(plain(f"{where}.pct_start", pct_start) * steps): div, int(steps): 1.0 / (div * final)}
    return _between(cosine, plain(f"{where}.peak_value", peak_value) / div, sorted(scales.items()))


def join_schedules(schedules: Any, boundaries: Any) -> Schedule:
    """One schedule after another, each counting from its own boundary.

    With s_k the schedules and b_k the boundaries, b_0 = 0:
        b_k <= t < b_(k+1)    s_k(t - b_k)
        last b <= t           the last schedule, from its boundary on

    First update that of the first schedule; peak at one of theirs; last update that of the last; after the end held.

    Args:
        schedules: twins or other schedules; at least one.
        boundaries: the updates at which the next begins, >= 0, one less than schedules; of more, or fewer, the rest is
            left out.

    Raises:
        ScheduleError: there is no schedule, or something else than one, or a boundary is out of its range.

    Theirs:
        A boundary below the one before it ends all schedules between them: it takes their place. Ours does the same.

    Source:
        optax/schedules/_join.py, join_schedules; release 0.2.8.

    Checked:
        live

    >>> from stepsize import twins
    >>> up, down = twins.optax.linear_schedule(0.0, 1.0, 100), twins.optax.cosine_decay_schedule(1.0, 900)
    >>> print(twins.optax.join_schedules([up, down], [100]))
    0 -> 1 in 100; -> 0 cosine in 900
    """
    where, rule = "twins.optax.join_schedules", "must be a sequence of schedules, at least one"
    given = list(schedules) if isinstance(schedules, Iterable) else []
    if not given or not all(isinstance(s, Schedule) for s in given):
        raise ScheduleTypeError(message(f"{where}.schedules", rule, schedules, "Build each as a twin."))
    if not isinstance(boundaries, Iterable):
        raise ScheduleTypeError(message(f"{where}.boundaries", "must be a sequence of numbers", boundaries))
    laid: list[tuple[Number, Schedule]] = [(0, given[0])]
    for k, (boundary, s) in enumerate(zip(boundaries, given[1:], strict=False)):
        start = updates(f"join_schedules.boundaries[{k}]", boundary, least=0)
        laid = [*((b, before) for b, before in laid if b < start), (start, s)]
    cut = [s[: stop - start] for (start, s), (stop, _) in pairwise(laid)]
    return chain(*cut, laid[-1][1])


def _steps(where: str, scales: Any, least: float = float("-inf")) -> list[tuple[Number, float]]:
    """Boundaries in order, with their scales."""
    where = f"{where}.boundaries_and_scales"
    given = {} if scales is None else scales
    if not isinstance(given, Mapping):
        raise ScheduleTypeError(message(f"twins.optax.{where}", "must be a dict {boundary: scale}", scales))
    read = (
        (updates(f"{where}, boundary", b, least), plain(f"{where}[{b}]", scale)) for b, scale in given.items()
    )
    return sorted(read, key=lambda pair: pair[0])


def _between(
    way: Callable[[Any, Any, Any], Schedule], rate: float, scales: list[tuple[Number, float]]
) -> Schedule:
    """From one value to the next; what has no length is a jump."""
    pieces, start = [], 0  # type: list[Schedule], Number
    for boundary, scale in scales:
        pieces.append(way(rate, rate * scale, boundary - start))
        rate, start = rate * scale, boundary
    return chain(*pieces) if pieces else hold(rate)


def _positive(where: str, steps: Any, div: Any, final: Any) -> tuple[Number, float, float]:
    """The length and the two factors of a one-cycle; all above 0."""
    found = (updates(f"{where}.transition_steps", steps, least=0), plain(f"{where}.div_factor", div),
             plain(f"{where}.final_div_factor", final))  # fmt: skip
    for name, value in zip(("transition_steps", "div_factor", "final_div_factor"), found, strict=True):
        if not value > 0:
            raise ScheduleError(message(f"twins.optax.{where}.{name}", "must be > 0", value))
    return found
