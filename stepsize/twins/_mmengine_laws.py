"""The laws of MMEngine's schedulers: what each does to the rate that it finds."""

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, cosine, hold, linear, polynomial
from stepsize.schedule.chain import chain
from stepsize.twins import _powers
from stepsize.twins._mmengine_line import Law, Place
from stepsize.twins._torch_steps import MultiStepLR, _share, _whole_ones
from stepsize.twins._torch_waves import _integer, _one_of, _phased, _rise


def constant(where: str, base: float, place: Place, factor: Any) -> Law:
    """A share of the rate until the last step, at which all of it is back."""
    share, steps = _share(f"{where}.factor", factor), place.steps
    if place.endless or steps == 1:
        return Law(lambda rate, low: hold(rate * share))
    if share == 0.0:
        remedy = "Theirs divides by it at its last step: take a small one."
        raise ScheduleError(message(f"{where}.factor", "must be > 0 where it ends", factor, remedy))
    return Law(lambda rate, low: hold(rate * share, steps - 1) >> hold(rate))


def exponential(where: str, base: float, place: Place, gamma: Any) -> Law:
    """Times gamma at each step but the first."""
    factor = _accept.rate(f"{where}.gamma", gamma, least=0.0)
    return Law(lambda rate, low: _powers.powers(rate, factor, 1))


def line(where: str, base: float, place: Place, start_factor: Any, end_factor: Any) -> Law:
    """A straight line from share to share, there at its last step."""
    start, end = _share(f"{where}.start_factor", start_factor), _share(f"{where}.end_factor", end_factor)
    if place.steps == 1:
        return Law(lambda rate, low: hold(rate * start))
    if start == 0.0:
        remedy = "Theirs divides by it at its second step: start at a small share."
        raise ScheduleError(message(f"{where}.start_factor", "must be > 0", start_factor, remedy))
    return Law(lambda rate, low: linear(rate * start, rate * end, place.steps - 1))


def multi_step(where: str, base: float, place: Place, milestones: Iterable[Any], gamma: Any) -> Law:
    """Times gamma at each milestone, counted from the beginning of the window."""
    factor = _accept.rate(f"{where}.gamma", gamma, least=0.0)
    stops = [stop * place.unit for stop in _whole_ones(f"{where}.milestones", milestones)]
    return Law(lambda rate, low: MultiStepLR(rate, stops, factor))


def poly(where: str, base: float, place: Place, eta_min: Any, power: Any) -> Law:
    """A power of what is left, at the minimum at its last step."""
    end = _accept.rate(f"{where}.eta_min", eta_min, least=0.0)
    exponent = _accept.rate(f"{where}.power", power, least=0.0)
    if place.steps == 1 or exponent == 0.0:
        return Law(lambda rate, low: hold(rate), end)
    return Law(lambda rate, low: polynomial(rate, low, place.steps - 1, exponent), end)


def steps(where: str, base: float, place: Place, step_size: Any, gamma: Any) -> Law:
    """Times gamma every so many steps."""
    every = _accept.count(f"{where}.step_size", step_size) * place.unit
    factor = _accept.rate(f"{where}.gamma", gamma, least=0.0)

    def curve(rate: float, low: float) -> Schedule:
        if 0.0 < factor < 1.0:
            return hold(rate, every).repeat(decay=factor, floor=0.0)
        return _powers.powers(rate, factor, every, stairs=True)

    return Law(curve)


def annealing(where: str, base: float, place: Place, T_max: Any, eta_min: Any, eta_min_ratio: Any) -> Law:
    """Half a cosine wave from the rate that it finds; theirs comes up again after T_max, ours stays."""
    end = _lowest(where, base, 0.0 if eta_min is eta_min_ratio is None else eta_min, eta_min_ratio)
    wave = _accept.count(f"{where}.T_max", T_max) * place.unit if T_max else place.steps
    return Law(lambda rate, low: cosine(rate, low, wave), end)


def restart(
    where: str, base: float, place: Place,
    periods: Any, restart_weights: Any, eta_min: Any, eta_min_ratio: Any,
) -> Law:  # fmt: skip
    """Half a cosine wave in each period, from a share of the base rate; after them it stays where it has come to."""
    end = _lowest(where, base, eta_min, eta_min_ratio)
    lengths = [period * place.unit for period in _whole_ones(f"{where}.periods", periods)]
    weights = _weights(f"{where}.restart_weights", restart_weights)
    if not lengths or len(lengths) != len(weights):
        rule = "must hold one weight for each period, and at least one"
        raise ScheduleError(message(f"{where}.restart_weights", rule, restart_weights))
    kept = [(length, base * weight) for length, weight in zip(lengths, weights, strict=True) if length]
    if not kept:
        raise ScheduleError(message(f"{where}.periods", "must hold one >= 1", periods))
    waves = [cosine(top, end, length) for length, top in kept]
    last, top = kept[-1]
    waves[-1] = waves[-1][: last - 1] if last > 1 else hold(top, 1)
    starts = (0, *accumulate(length for length, _ in kept))
    return Law(lambda rate, low: chain(*waves), end, starts[:-1], starts[-1])


def one_cycle(
    where: str, base: float, place: Place,
    eta_max: Any, total_steps: Any, pct_start: Any, anneal_strategy: Any,
    div_factor: Any, final_div_factor: Any, three_phase: Any,
) -> Law:  # fmt: skip
    """Up, and down to far below the start, whatever the rate was."""
    given = None if total_steps is None else _integer(f"{where}.total_steps", total_steps) * place.unit
    last = (given or place.steps) - 1
    rise = _rise(where, pct_start, last + 1)
    _one_of(f"{where}.anneal_strategy", anneal_strategy, ("cos", "linear"))
    shape: Callable[..., Schedule] = cosine if anneal_strategy == "cos" else linear
    high = _accept.rate(f"{where}.eta_max", eta_max, least=0.0)
    start, end = started(where, high, div_factor, final_div_factor)
    rates = [start, high, start, end] if three_phase else [start, high, end]
    ends = [0.0, rise, 2 * rise, last] if three_phase else [0.0, rise, last]
    cycle = _phased(shape, rates, ends)
    return Law(lambda rate, low: cycle, 0.0, ())


def started(where: str, high: float, div_factor: Any, final_div_factor: Any) -> tuple[float, float]:
    """Where a cycle starts, and where it ends."""
    start = high / _accept.rate(f"{where}.div_factor", div_factor, above=0.0)
    return start, start / _accept.rate(f"{where}.final_div_factor", final_div_factor, above=0.0)


def _lowest(where: str, base: float, eta_min: Any, eta_min_ratio: Any) -> float:
    """The minimum, absolute or as a share of the base rate: exactly one of the two is given."""
    if (eta_min is None) == (eta_min_ratio is None):
        rule = "give either eta_min or eta_min_ratio"
        raise ScheduleError(message(f"{where}.eta_min", rule, (eta_min, eta_min_ratio)))
    if eta_min is not None:
        return _accept.rate(f"{where}.eta_min", eta_min, least=0.0)
    return base * _accept.rate(f"{where}.eta_min_ratio", eta_min_ratio, least=0.0)


def _weights(where: str, values: Any) -> list[float]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise ScheduleTypeError(message(where, "must be a sequence of factors", values))
    return [_accept.rate(f"{where}[{k}]", value, least=0.0) for k, value in enumerate(values)]
