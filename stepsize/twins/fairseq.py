"""The schedulers of fairseq, by the names of ``--lr-scheduler``: set again after each update, the first at index 0.

The optimizer is replaced by ``lr``, the rate of ``--lr``; theirs gives all parameter groups the same rate.
"""

from itertools import count
from typing import Any, NoReturn

from stepsize import _accept, tails
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, decay, exponential, hold, linear
from stepsize.schedule import cosine as _half_cosine
from stepsize.twins._cycles import laid as _laid
from stepsize.twins._fairseq_epochs import fixed as fixed
from stepsize.twins._fairseq_epochs import manual as manual
from stepsize.twins._fairseq_epochs import polynomial_decay as polynomial_decay
from stepsize.twins._fairseq_triangles import shrinks as _shrink
from stepsize.twins._fairseq_triangles import triangular as triangular
from stepsize.twins._metric import refuse as _refuse
from stepsize.twins._names import suggesting
from stepsize.twins._powers import powers as _powers

__getattr__ = suggesting(__name__)


def cosine(
    lr: Any, warmup_updates: Any = 0, warmup_init_lr: Any = -1, min_lr: Any = 0.0, t_mult: Any = 1.0,
    lr_period_updates: Any = -1, lr_shrink: Any = 0.1, max_update: Any = 0,
) -> Schedule:  # fmt: skip
    """Up in a straight line, then half a cosine wave down, and again in each period, lower each time.

    With W = warmup_updates, P = lr_period_updates, in period i of P t_mult^i updates, u its progress:
        t < W     warmup_init_lr + (lr - warmup_init_lr) t / W
        W <= t    lr_shrink^i (min_lr + (lr - min_lr) (1 + cos(pi u)) / 2)

    First update min_lr or warmup_init_lr; peak at W; last update just above min_lr; after the end held at it where no
    period is given, else it goes on.

    Args:
        lr: the peak; > min_lr.
        warmup_updates: updates of the warmup; whole, >= 0.
        warmup_init_lr: the rate of the first update of the warmup; below 0 it is min_lr.
        min_lr: the minimum of the first period; >= 0.
        t_mult: ratio of each period to the one before; > 0.
        lr_period_updates: updates of the first period; 0 or less makes it the run without its warmup.
        lr_shrink: factor of peak and minimum from period to period; >= 0, at most 1.
        max_update: updates of the run; whole. Needed without lr_period_updates, or where periods are not whole.

    Raises:
        ScheduleError: a number is out of its range, or max_update is needed and not given. Theirs takes an lr_shrink
            above 1. Periods that shrink to nothing within the run raise, as theirs does.

    Theirs:
        Without a period a new one begins after the run, at lr_shrink of the peak; ours is held. Where the warmup
        takes the whole run, theirs divides by zero after it. The period is found by a logarithm, whose rounding makes
        some restarts one update late (t_mult=3, the fifth); ours restart on time.

    Source:
        fairseq/optim/lr_scheduler/cosine_lr_scheduler.py, CosineLRSchedule ("cosine"); release 0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.fairseq.cosine(0.5, warmup_updates=10, max_update=100))
    0 -> 0.5 in 10; -> 0 cosine in 90
    """
    where = "twins.fairseq.cosine"
    peak = _accept.rate(f"{where}.lr", lr, above=0.0)
    low = _accept.rate(f"{where}.min_lr", min_lr, least=0.0)
    if low >= peak:
        raise ScheduleError(message(f"{where}.min_lr", f"must be less than lr ({peak:g})", min_lr))
    shrink = _shrink(where, lr_shrink)
    total, warmup = _run(where, max_update), _accept.count(f"{where}.warmup_updates", warmup_updates, least=0)
    rise = linear(_start(where, warmup_init_lr, low), peak, warmup)
    period = _accept.whole(_accept.rate(f"{where}.lr_period_updates", lr_period_updates))
    if period > 0:
        return rise >> _periods(where, peak, low, period, t_mult, shrink, total - warmup)
    if total <= 0:
        raise ScheduleError(
            message(f"{where}.max_update", "must be given without lr_period_updates", max_update)
        )
    return rise >> _half_cosine(peak, low, total - warmup) if total > warmup else rise


def _periods(
    where: str, peak: float, low: float, period: Number, t_mult: Any, shrink: float, steps: Number
) -> Schedule:
    """Period after period: a repetition where their lengths are whole, else one after another to the end of the run."""
    growth = _accept.rate(f"{where}.t_mult", t_mult, above=0.0)
    first = _half_cosine(peak, low, period)
    if shrink == 0.0:
        return first >> hold(0.0)
    if growth == 1.0 or (growth > 1.0 and growth.is_integer() and isinstance(period, int)):
        return first.repeat(growth=growth, decay=shrink, floor=0.0)
    if steps <= 0:
        remedy = "Give it, or whole periods with a whole t_mult."
        raise ScheduleError(
            message(f"{where}.max_update", "must exceed the warmup where periods are not whole", None, remedy)
        )
    if growth < 1.0 and steps > period / (1.0 - growth):
        raise ScheduleError(
            message(f"{where}.t_mult", "makes periods shrink to nothing before the run ends", t_mult)
        )
    return _laid(
        (_half_cosine(peak * shrink**i, low * shrink**i, period * growth**i) for i in count()), steps
    )


def _run(where: str, max_update: Any) -> Number:
    return _accept.whole(_accept.rate(f"{where}.max_update", max_update))


def _start(where: str, warmup_init_lr: Any, otherwise: float) -> float:
    start = _accept.rate(f"{where}.warmup_init_lr", warmup_init_lr)
    return otherwise if start < 0.0 else start


def inverse_sqrt(lr: Any, warmup_updates: Any = 4000, warmup_init_lr: Any = -1) -> Schedule:
    """Up in a straight line, and down as the inverse square root of the updates, for ever.

    With W = warmup_updates:
        t < W     warmup_init_lr + (lr - warmup_init_lr) t / W
        W <= t    lr sqrt(W / t)

    First update 0 or warmup_init_lr; peak at W; last update lr sqrt(W / t); after the end there is none, it goes on.

    Args:
        lr: the peak; > 0.
        warmup_updates: updates of the warmup; whole, >= 1.
        warmup_init_lr: the rate of the first update; below 0 it is 0.

    Raises:
        ScheduleError: a number is out of its range. Theirs divides by zero without a warmup.

    Source:
        fairseq/optim/lr_scheduler/inverse_square_root_schedule.py, InverseSquareRootSchedule ("inverse_sqrt"); release
        0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.fairseq.inverse_sqrt(0.5, warmup_updates=100)
    >>> s(0), s(100), s(400)
    (0.0, 0.5, 0.25)
    """
    where = "twins.fairseq.inverse_sqrt"
    peak = _accept.rate(f"{where}.lr", lr, above=0.0)
    warmup = _accept.count(f"{where}.warmup_updates", warmup_updates)
    start = _start(where, warmup_init_lr, 0.0)
    return linear(start, peak, warmup) >> decay(peak, tails.power_law(warmup, 0.5))


def tri_stage(
    lr: Any, warmup_steps: Any = 0, hold_steps: Any = 0, decay_steps: Any = 0, phase_ratio: Any = None,
    init_lr_scale: Any = 0.01, final_lr_scale: Any = 0.01, max_update: Any = 0,
) -> Schedule:  # fmt: skip
    """Up in a straight line, stay, and down by equal ratios.

    With W = warmup_steps, H = hold_steps, D = decay_steps:
        t < W                      lr (init_lr_scale + (1 - init_lr_scale) t / W)
        W <= t < W + H             lr
        W + H <= t <= W + H + D    lr final_lr_scale^((t - W - H) / D)
        W + H + D < t              lr final_lr_scale

    First update lr init_lr_scale; peak at W; last update just above lr final_lr_scale; after the end held at that.

    Args:
        lr: the peak; > 0.
        warmup_steps: updates of the warmup; whole, >= 0.
        hold_steps: updates at the peak; whole, >= 0.
        decay_steps: updates of the fall; whole, >= 1.
        phase_ratio: the three as shares of max_update, each rounded down; three numbers that add up to 1 exactly.
        init_lr_scale: the first rate, as a share of lr; >= 0.
        final_lr_scale: the last rate, as a share of lr; > 0.
        max_update: updates of the run; needed with phase_ratio.

    Raises:
        ScheduleError: a number is out of its range, there is no fall, or the shares do not add up to 1. As theirs, it
            refuses (0.7, 0.2, 0.1), whose sum in floats is below 1.

    Source:
        fairseq/optim/lr_scheduler/tri_stage_lr_scheduler.py, TriStageLRSchedule ("tri_stage"); release 0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.fairseq.tri_stage(1.0, phase_ratio=(0.25, 0.25, 0.5), max_update=100))
    0.01 -> 1 in 25; hold for 25; -> 0.01 geometric in 50
    """
    where = "twins.fairseq.tri_stage"
    peak = _accept.rate(f"{where}.lr", lr, above=0.0)
    given = zip(
        ("warmup_steps", "hold_steps", "decay_steps"), (warmup_steps, hold_steps, decay_steps), strict=True
    )
    warmup, stay, fall = (_accept.count(f"{where}.{name}", value, least=0) for name, value in given)
    if phase_ratio is not None:
        warmup, stay, fall = _shares(where, phase_ratio, _run(where, max_update))
    if fall == 0:
        raise ScheduleError(message(f"{where}.decay_steps", "must be at least 1 update", fall))
    first = _accept.rate(f"{where}.init_lr_scale", init_lr_scale, least=0.0)
    last = _accept.rate(f"{where}.final_lr_scale", final_lr_scale, above=0.0)
    return linear(first * peak, peak, warmup) >> hold(peak, stay) >> exponential(peak, last * peak, fall)


def _shares(where: str, phase_ratio: Any, total: Number) -> list[int]:
    """Three shares of the run."""
    rule = "must be three numbers that add up to 1"
    if not isinstance(phase_ratio, (list, tuple)) or len(phase_ratio) != 3:
        raise ScheduleError(message(f"{where}.phase_ratio", rule, phase_ratio))
    shares = [_accept.rate(f"{where}.phase_ratio", share, least=0.0) for share in phase_ratio]
    if sum(shares) != 1:
        remedy = "Sums of floats are rounded; give warmup_steps, hold_steps and decay_steps."
        raise ScheduleError(message(f"{where}.phase_ratio", rule, phase_ratio, remedy))
    if total <= 0:
        raise ScheduleError(message(f"{where}.max_update", "must be given with phase_ratio", total))
    return [int(total * share) for share in shares]


def step(
    lr: Any, warmup_updates: Any = 0, warmup_init_lr: Any = -1, min_lr: Any = 0.0,
    lr_deacy_period: Any = 25000, lr_decay: Any = 0.5,
) -> Schedule:  # fmt: skip
    """Up in a straight line, and down in stairs.

    With W = warmup_updates, P = lr_deacy_period:
        t < W     warmup_init_lr + (lr - warmup_init_lr) t / W
        W <= t    max(min_lr, lr lr_decay^floor((t - W) / P))

    First update min_lr or warmup_init_lr; peak at W; last update that of its stair; after the end it goes on.

    Args:
        lr: the peak; > min_lr.
        warmup_updates: updates of the warmup; whole, >= 0.
        warmup_init_lr: the rate of the first update of the warmup; below 0 it is min_lr.
        min_lr: the rate that it does not fall below; >= 0.
        lr_deacy_period: updates of a stair; whole, >= 1. The option is spelled so.
        lr_decay: factor from stair to stair; >= 0, at most 1.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes a negative lr_decay.

    Source:
        fairseq/optim/lr_scheduler/step_lr_scheduler.py, StepLRSchedule ("step"); release 0.12.2.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.fairseq.step(1.0, warmup_updates=10, lr_deacy_period=100)
    >>> s(0), s(10), s(109), s(110)
    (0.0, 1.0, 1.0, 0.5)
    """
    where = "twins.fairseq.step"
    peak = _accept.rate(f"{where}.lr", lr, above=0.0)
    low = _accept.rate(f"{where}.min_lr", min_lr, least=0.0)
    if low >= peak:
        raise ScheduleError(message(f"{where}.min_lr", f"must be less than lr ({peak:g})", min_lr))
    every = _accept.count(f"{where}.lr_deacy_period", lr_deacy_period)
    factor = _accept.rate(f"{where}.lr_decay", lr_decay, least=0.0)
    if factor > 1.0:
        raise ScheduleError(message(f"{where}.lr_decay", "must be in [0, 1]", lr_decay))
    warmup = _accept.count(f"{where}.warmup_updates", warmup_updates, least=0)
    stairs = _powers(peak, factor, every, stairs=True)
    return linear(_start(where, warmup_init_lr, low), peak, warmup) >> (stairs.clip(low) if low else stairs)


def pass_through(*_given: Any, **_named: Any) -> NoReturn:
    """No rates of its own: theirs hands the work to the optimizer's schedule.

    First update, peak, last update and after the end: those of that schedule.

    Raises:
        ScheduleError: always. Take the twin of the optimizer's schedule.

    Source:
        fairseq/optim/lr_scheduler/pass_through.py, PassThroughScheduleSchedule ("pass_through"); release 0.12.2.

    Checked:
        from the formula
    """
    remedy = "Take the twin of the schedule that the optimizer brings."
    raise ScheduleError(message("twins.fairseq.pass_through", "has no rates of its own", (), remedy))


def reduce_lr_on_plateau(*_given: Any, **_named: Any) -> NoReturn:
    """Rates that answer to a metric, which no schedule knows.

    First update, peak, last update and after the end: as the metric has it.

    Raises:
        ScheduleError: always. Take ``stepsize.adaptive.plateau``.

    Source:
        fairseq/optim/lr_scheduler/reduce_lr_on_plateau.py, ReduceLROnPlateauLRSchedule; release 0.12.2.

    Checked:
        from the formula
    """
    _refuse("twins.fairseq.reduce_lr_on_plateau", ())
