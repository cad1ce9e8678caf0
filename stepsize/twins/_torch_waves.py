"""PyTorch's schedulers that go up and down: cosines, cycles, and the one cycle."""

from collections.abc import Callable
from itertools import pairwise
from math import floor
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, cosine, hold, linear, table
from stepsize.schedule.chain import chain
from stepsize.twins import _powers
from stepsize.twins._tables import listed
from stepsize.twins._torch_steps import _base


def CosineAnnealingLR(lr: Any, T_max: Any, eta_min: Any = 0.0) -> Schedule:
    """Half a cosine wave from the base rate to ``eta_min``.

        t < T_max     eta_min + (lr - eta_min) (1 + cos(pi t / T_max)) / 2
        T_max <= t    eta_min

    First update lr; peak at 0; last update just above eta_min; after the end held at eta_min (theirs rises again).

    Args:
        lr: the base rate of the group; >= 0.
        T_max: updates to the minimum; whole, >= 1.
        eta_min: the minimum, absolute, the same for all groups; >= 0.

    Raises:
        ScheduleError: a number is out of its range. Theirs divides by zero where ``T_max`` is 0.

    Theirs:
        After T_max it rises again, back to lr at 2 T_max; ours is held.

    Source:
        torch/optim/lr_scheduler.py, CosineAnnealingLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.torch.CosineAnnealingLR(1.0, T_max=100, eta_min=0.1)
    >>> s(0), round(s(99), 6), s(110)
    (1.0, 0.100222, 0.1)
    """
    where = "twins.torch.CosineAnnealingLR"
    steps = _accept.count(f"{where}.T_max", T_max)
    return cosine(_base(where, lr), _accept.rate(f"{where}.eta_min", eta_min, least=0.0), steps)


def CosineAnnealingWarmRestarts(lr: Any, T_0: Any, T_mult: Any = 1, eta_min: Any = 0.0) -> Schedule:
    """Half a cosine wave again and again, each ``T_mult`` times as long as the one before.

    With e updates since the start of cycle k, which lasts n = T_0 T_mult^k:

        0 <= e < n    eta_min + (lr - eta_min) (1 + cos(pi e / n)) / 2

    First update lr; peak at the start of each cycle; last update of a cycle just above eta_min, which no update uses;
    after the end it goes on, for there is none.

    Args:
        lr: the base rate of the group; >= 0.
        T_0: updates of the first cycle; an int >= 1.
        T_mult: how many times as long each cycle is as the one before; an int >= 1.
        eta_min: where each wave goes to, absolute; >= 0.

    Raises:
        ScheduleError: a number is out of its range, or ``T_0`` or ``T_mult`` is no int.

    Theirs:
        ``step(epoch)`` finds the cycle by a rounded logarithm, and at some restarts (121 with T_0=1, T_mult=3) gives
        eta_min; ``step()``, as loops call it, is right, and so is ours.

    Source:
        torch/optim/lr_scheduler.py, CosineAnnealingWarmRestarts; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.torch.CosineAnnealingWarmRestarts(1.0, T_0=10, T_mult=2)
    >>> s(0), round(s(5), 6), s(10), s(30)
    (1.0, 0.5, 1.0, 1.0)
    """
    where = "twins.torch.CosineAnnealingWarmRestarts"
    first, growth = _integer(f"{where}.T_0", T_0), _integer(f"{where}.T_mult", T_mult)
    low = _accept.rate(f"{where}.eta_min", eta_min, least=0.0)
    return cosine(_base(where, lr), low, first).repeat(growth=growth)


def CyclicLR(
    lr: Any,
    base_lr: Any,
    max_lr: Any,
    step_size_up: Any = 2000,
    step_size_down: Any = None,
    mode: Any = "triangular",
    gamma: Any = 1.0,
    scale_fn: Callable[[int], Any] | None = None,
    scale_mode: Any = "cycle",
    cycle_momentum: Any = True,
    base_momentum: Any = 0.8,
    max_momentum: Any = 0.9,
    *,
    steps: Any = None,
) -> Schedule:
    """Up and down in straight lines, again and again; the height may shrink with each cycle, or each update.

    With h going from 0 to 1 in step_size_up updates, and back to 0 in step_size_down, in cycle k = 1, 2, ...:

        triangular     base_lr + (max_lr - base_lr) h
        triangular2    base_lr + (max_lr - base_lr) h / 2^(k - 1)
        exp_range      base_lr + (max_lr - base_lr) h gamma^t
        scale_fn       base_lr + (max_lr - base_lr) h scale_fn(k), or scale_fn(t) unless scale_mode is "cycle"

    First update base_lr; peak at step_size_up; last update wherever the cycle is; after the end it goes on, but a
    table of ``scale_fn`` is held.

    Args:
        lr: the base rate of the group, which theirs overwrites with base_lr; >= 0.
        base_lr: the rate at both ends of a cycle; >= 0.
        max_lr: the rate at the top of the first; >= 0.
        step_size_up: updates of the rise; > 0.
        step_size_down: updates of the fall; >= 0, by default as many as of the rise.
        mode: "triangular", "triangular2" or "exp_range"; not looked at where there is a scale_fn.
        gamma: the factor of an update in "exp_range"; >= 0.
        scale_fn: a function of the cycle, counted from 1, or of the update.
        scale_mode: what scale_fn is given; "cycle", or anything else for the update.
        cycle_momentum: not of the rate, and not looked at; so are base_momentum and max_momentum.
        base_momentum: see there.
        max_momentum: see there.
        steps: updates of the run; whole, >= 1; needed with scale_fn, and with nothing else.

    Raises:
        ScheduleError: a number is out of its range, the mode is unknown, or scale_fn comes without steps.

    Theirs:
        Takes a negative ``gamma``, which throws rates to and fro over base_lr; ours refuses it.

    Source:
        torch/optim/lr_scheduler.py, CyclicLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.torch.CyclicLR(0.1, base_lr=0.0, max_lr=1.0, step_size_up=4, mode="triangular2")
    >>> [s(t) for t in (0, 2, 4, 8, 12)]
    [0.0, 0.5, 1.0, 0.0, 0.5]
    """
    where = "twins.torch.CyclicLR"
    _base(where, lr)
    low, high = (
        _accept.rate(f"{where}.{name}", rate, least=0.0)
        for name, rate in (("base_lr", base_lr), ("max_lr", max_lr))
    )
    up = _accept.length(f"{where}.step_size_up", step_size_up)
    down = up if step_size_down is None else _accept.length(f"{where}.step_size_down", step_size_down)
    if up <= 0:
        raise ScheduleError(message(f"{where}.step_size_up", "must be > 0", step_size_up))
    if scale_fn is not None:
        return _scaled(
            where, low, high - low, linear(0, 1, up) >> linear(1, 0, down), scale_fn, scale_mode, steps
        )
    factor = _accept.rate(f"{where}.gamma", gamma, least=0.0)
    _one_of(f"{where}.mode", mode, ("triangular", "triangular2", "exp_range"))
    if mode == "exp_range" and factor != 1.0:
        return hold(low) + _cycle(0.0, high - low, up, down).repeat() * _powers.powers(1.0, factor, 1)
    return _cycle(low, high, up, down).repeat(decay=0.5 if mode == "triangular2" else 1.0)


def OneCycleLR(
    lr: Any,
    max_lr: Any,
    total_steps: Any = None,
    epochs: Any = None,
    steps_per_epoch: Any = None,
    pct_start: Any = 0.3,
    anneal_strategy: Any = "cos",
    cycle_momentum: Any = True,
    base_momentum: Any = 0.85,
    max_momentum: Any = 0.95,
    div_factor: Any = 25.0,
    final_div_factor: Any = 1e4,
    three_phase: Any = False,
) -> Schedule:
    """Up once and down once, far below the start; along half cosine waves or straight lines.

    With T updates, start = max_lr / div_factor, low = start / final_div_factor and a = pct_start T - 1:

        0 <= t <= a              from start to max_lr
        a <= t <= T - 1          from max_lr to low
        three_phase: a to 2a     from max_lr to start
        and from 2a to T - 1     from start to low
        T - 1 <= t               low

    First update start; peak at a, which need not be whole; last update low; after the end held at low (theirs rises
    again, or turns negative).

    Args:
        lr: the base rate of the group, which theirs overwrites with the start; >= 0.
        max_lr: the highest rate; >= 0.
        total_steps: updates of the run, T; an int >= 1. It goes before the two that follow.
        epochs: epochs of the run; an int >= 1.
        steps_per_epoch: updates of an epoch; an int >= 1.
        pct_start: the share of T that rises; a float in [0, 1], and not 1 / T.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: not of the rate, and not looked at; so are base_momentum and max_momentum.
        base_momentum: see there.
        max_momentum: see there.
        div_factor: how much lower the start is than the peak; > 0.
        final_div_factor: how much lower the last update is than the start; > 0.
        three_phase: fall back to the start in as many updates as it rose, and only then to the end.

    Raises:
        ScheduleError: a number is out of its range, ``pct_start`` is no float, or nothing says how long the run is.
            Theirs divides by zero where pct_start T is 1.

    Theirs:
        At T it has gone beyond its end, upwards or (linear) to a negative rate, and at T + 1 it raises; ours is held.
        It overwrites the group's ``initial_lr``, from which another scheduler of the same optimizer then starts.

    Source:
        torch/optim/lr_scheduler.py, OneCycleLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.torch.OneCycleLR(0.1, max_lr=1.0, total_steps=100)
    >>> s(0), s(29), s(99), s(100)
    (0.04, 1.0, 4e-06, 4e-06)
    """
    where = "twins.torch.OneCycleLR"
    _base(where, lr)
    last = _all_steps(where, total_steps, epochs, steps_per_epoch) - 1
    rise = _rise(where, pct_start, last + 1)
    shape = {"cos": cosine, "linear": linear}[
        _one_of(f"{where}.anneal_strategy", anneal_strategy, ("cos", "linear"))
    ]
    high = _accept.rate(f"{where}.max_lr", max_lr, least=0.0)
    start = high / _accept.rate(f"{where}.div_factor", div_factor, above=0.0)
    low = start / _accept.rate(f"{where}.final_div_factor", final_div_factor, above=0.0)
    if three_phase:
        return _phased(shape, [start, high, start, low], [0.0, rise, 2 * rise, last])
    return _phased(shape, [start, high, low], [0.0, rise, last])


def _phased(shape: Callable[[float, float, Any], Schedule], rates: list[float], ends: list[Any]) -> Schedule:
    """From rate to rate, each reached at its end; what lies before 0 or after the last update is cut off."""
    last = ends[-1]
    if ends[-2] < 0:  # the run is too short to rise: it starts within its last phase
        return shape(rates[-2], rates[-1], last - ends[-2])[-ends[-2] :]
    steps = zip(pairwise(rates), pairwise(ends), strict=True)
    return chain(*(shape(a, b, stop - start) for (a, b), (start, stop) in steps if start < last))[:last]


def _all_steps(where: str, total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    if total_steps is not None:
        return _integer(f"{where}.total_steps", total_steps)
    if epochs is None or steps_per_epoch is None:
        rule = "must be given, or both epochs and steps_per_epoch"
        raise ScheduleError(message(f"{where}.total_steps", rule, total_steps))
    return _integer(f"{where}.epochs", epochs) * _integer(f"{where}.steps_per_epoch", steps_per_epoch)


def _rise(where: str, pct_start: Any, steps: int) -> float:
    """The position of the peak; negative where the run is too short to have one."""
    if not isinstance(pct_start, float) or not 0.0 <= pct_start <= 1.0:
        remedy = "Theirs takes no int here: write 1.0." if pct_start in (0, 1) else ""
        raise ScheduleError(message(f"{where}.pct_start", "must be a float in [0, 1]", pct_start, remedy))
    rise = float(pct_start) * steps - 1.0
    if rise == 0.0:
        remedy = "Theirs divides by zero there: take another share, or another length."
        raise ScheduleError(message(f"{where}.pct_start", f"must not be 1 / {steps}", pct_start, remedy))
    return rise


def _cycle(low: float, high: float, up: Any, down: Any) -> Schedule:
    return linear(low, high, up) >> linear(high, low, down)


def _scaled(
    where: str, low: float, height: float, h: Schedule, scale_fn: Any, scale_mode: Any, steps: Any
) -> Schedule:
    """Cycles whose height is a function of the user's, as a table."""
    if not callable(scale_fn):
        raise ScheduleTypeError(message(f"{where}.scale_fn", "must be a function", scale_fn))
    if steps is None:
        remedy = "What a function gives is kept as a table: say for how many updates."
        raise ScheduleError(message(f"{where}.steps", "must be given with scale_fn", steps, remedy))
    rates = []
    for t in range(listed(f"{where}.steps", _accept.count(f"{where}.steps", steps))):
        cycle = floor(1 + t / h.length)
        scale = scale_fn(cycle if scale_mode == "cycle" else t)
        rates.append(low + height * h(t - (cycle - 1) * h.length) * _accept.rate(f"{where}.scale_fn", scale))
    return table(rates)


def _integer(where: str, value: Any) -> int:
    if isinstance(value, float):
        raise ScheduleError(message(where, "must be an int >= 1", value, "Theirs takes no float here."))
    return _accept.count(where, value)


def _one_of(where: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ScheduleError(message(where, f"must be one of {', '.join(map(repr, known))}", value))
    return str(value)
