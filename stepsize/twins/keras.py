"""The schedules of Keras, ``keras.optimizers.schedules``: functions of the optimizer's count, the first update at 0.

The arguments are theirs; ``name`` is taken and left alone. Of a callback that asks for the optimizer's present rate,
``LearningRateScheduler``, it is the keyword ``lr``. Rates are finite and >= 0.
"""

from itertools import pairwise
from typing import Any

from stepsize import _accept, tails
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, decay, hold, linear
from stepsize.schedule.chain import chain
from stepsize.twins._cycles import laid
from stepsize.twins._keras_callbacks import LearningRateScheduler as LearningRateScheduler
from stepsize.twins._keras_callbacks import ReduceLROnPlateau as ReduceLROnPlateau
from stepsize.twins._keras_pieces import anew, fall, length, needed, rate, waves
from stepsize.twins._names import suggesting
from stepsize.twins._powers import powers

__getattr__ = suggesting(__name__)


def CosineDecay(
    initial_learning_rate: Any,
    decay_steps: Any,
    alpha: Any = 0.0,
    name: Any = "CosineDecay",
    warmup_target: Any = None,
    warmup_steps: Any = 0,
) -> Schedule:
    """Half a cosine wave down to a share of the rate, after a warmup that ``decay_steps`` leaves out.

    With i = initial_learning_rate, N = decay_steps; without a warmup_target P = i and W = 0, else P = warmup_target and
    W = warmup_steps:
        t < W             i + (P - i) t / W
        W <= t < W + N    P ((1 - alpha) (1 + cos(pi (t - W) / N)) / 2 + alpha)
        W + N <= t        P alpha

    First update i, or P where W = 0; peak at W; last update just above P alpha; after the end held at P alpha.

    Args:
        initial_learning_rate: the rate of the first update; >= 0.
        decay_steps: updates of the cosine, without the warmup; > 0.
        alpha: the end, as a share of the peak; >= 0.
        name: left alone.
        warmup_target: the peak; >= 0, or None for no warmup.
        warmup_steps: updates of the warmup; >= 0.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Without a warmup_target the warmup_steps are left out, and nothing is said; ours does the same. Where the rate
        is given as an int, theirs computes in whole numbers, with a pi of 3; ours does not.

    Source:
        keras/src/optimizers/schedules/learning_rate_schedule.py, CosineDecay; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.keras.CosineDecay(0.0, 9500, alpha=0.1, warmup_target=1e-3, warmup_steps=500))
    0 -> 1e-3 in 500; -> 1e-4 cosine in 9500
    """
    where = "CosineDecay"
    start, steps = rate(where, "initial_learning_rate", initial_learning_rate), length(where, decay_steps)
    share = rate(where, "alpha", alpha)
    if warmup_target is None:
        return cosine(start, start * share, steps)
    peak = rate(where, "warmup_target", warmup_target)
    warmup = _accept.length(f"twins.keras.{where}.warmup_steps", warmup_steps)
    return linear(start, peak, warmup) >> cosine(peak, peak * share, steps)


def CosineDecayRestarts(
    initial_learning_rate: Any,
    first_decay_steps: Any,
    t_mul: Any = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: Any = "SGDRDecay",
    *,
    steps: Any = None,
) -> Schedule:
    """Half cosine waves, each as long as the one before times ``t_mul``, for ever.

    With i = initial_learning_rate; cycle k lasts first_decay_steps t_mul^k updates, x is the part of it that is over:
        in cycle k    i ((1 - alpha) m_mul^k (1 + cos(pi x)) / 2 + alpha)

    First update i; peak at 0, and at restarts; last update hangs on the cycle; after the end there is none, it goes on.

    Args:
        initial_learning_rate: the rate of the first update; >= 0.
        first_decay_steps: updates of the first cycle; > 0.
        t_mul: ratio of each cycle's length to the one before; >= 1.
        m_mul: ratio of each cycle's height above the minimum to the one before; >= 0.
        alpha: the minimum, as a share of ``initial_learning_rate``; >= 0.
        name: left alone.
        steps: updates of the run, after which the rate is held. Needed where ``t_mul`` is not whole, or ``m_mul`` not
            in (0, 1]: such cycles are laid one by one.

    Raises:
        ScheduleError: a number is out of its range, or steps is needed. Theirs takes a t_mul below 1, and turns to nan.

    Theirs:
        In 32 bits, its default, the logarithm that finds the cycle is rounded down at some restarts (10 updates first,
        times 7: at 570), and that update has the minimum; ours has the restart.

    Source:
        keras/src/optimizers/schedules/learning_rate_schedule.py, CosineDecayRestarts; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.keras.CosineDecayRestarts(1.0, 100)
    cosine(1.0, 0.0, 100).repeat(growth=2.0)
    """
    where = "CosineDecayRestarts"
    start, share = rate(where, "initial_learning_rate", initial_learning_rate), rate(where, "alpha", alpha)
    first = length(where, first_decay_steps, "first_decay_steps")
    growth = _accept.rate(f"twins.keras.{where}.t_mul", t_mul, least=1.0)
    shrink = rate(where, "m_mul", m_mul)
    whole = growth == 1.0 or (growth.is_integer() and isinstance(first, int))
    if whole and 0.0 < shrink <= 1.0:
        return cosine(start, start * share, first).repeat(growth=growth, decay=shrink)
    run = needed(where, steps, "where t_mul is not whole, or m_mul not in (0, 1]")
    return laid(waves(start, share, first, growth, shrink), run)


def PolynomialDecay(
    initial_learning_rate: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: Any = False,
    name: Any = "PolynomialDecay",
    *,
    steps: Any = None,
) -> Schedule:
    """A power of what is left; with ``cycle`` it starts anew, each time from a lower rate.

    With i = initial_learning_rate, e = end_learning_rate, N = decay_steps, and D = N, or where ``cycle`` the first
    multiple of N, from N on, that is not below t:
        t < N, or cycle    e + (i - e) (1 - t / D)^power
        N <= t             e

    First update i; peak at 0; last update just above e; after the end held at e.

    Args:
        initial_learning_rate: the rate of the first update; >= 0.
        decay_steps: updates to the end; > 0, and whole where ``cycle``.
        end_learning_rate: the end, absolute; >= 0.
        power: the exponent; >= 0.
        cycle: whether it starts anew in the update after the one that has the end.
        name: left alone.
        steps: updates of the run, after which the rate is held; needed where ``cycle``.

    Raises:
        ScheduleError: a number is out of its range, or steps is needed. Theirs takes a negative power, and is infinite.

    Theirs:
        Where the rate is given as an int, theirs computes in whole numbers; ours does not.

    Source:
        keras/src/optimizers/schedules/learning_rate_schedule.py, PolynomialDecay; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> print(twins.keras.PolynomialDecay(1.0, 100))
    1 -> 1e-4 in 100
    """
    where = "PolynomialDecay"
    start, end = (
        rate(where, "initial_learning_rate", initial_learning_rate),
        rate(where, "end_learning_rate", end_learning_rate),
    )
    updates, exponent = length(where, decay_steps), rate(where, "power", power)
    if exponent == 0.0:
        return hold(start)
    if not cycle:
        return fall(start, end, updates, exponent)
    whole = _accept.count(f"twins.keras.{where}.decay_steps", decay_steps)
    return laid(anew(start, end, whole, exponent), needed(where, steps, "where cycle is set"))


def ExponentialDecay(
    initial_learning_rate: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: Any = False,
    name: Any = "ExponentialDecay",
) -> Schedule:
    """A power of time, for ever.

        0 <= t    initial_learning_rate decay_rate^(t / decay_steps), the quotient whole where ``staircase``

    First update initial_learning_rate; peak at 0; last update hangs on the run; after the end there is none.

    Args:
        initial_learning_rate: the rate of the first update; >= 0.
        decay_steps: updates in which the rate is multiplied by ``decay_rate`` once; > 0.
        decay_rate: the ratio; >= 0.
        staircase: whether the rate moves only every ``decay_steps`` updates.
        name: left alone.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes a negative ratio, and gives nan.

    Theirs:
        With a ratio above 1 it rises to infinity; ours is held at 1e300.

    Source:
        keras/src/optimizers/schedules/learning_rate_schedule.py, ExponentialDecay; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.keras.ExponentialDecay(1.0, 100, 0.5)(200)
    0.25
    """
    where = "ExponentialDecay"
    start, ratio = (
        rate(where, "initial_learning_rate", initial_learning_rate),
        rate(where, "decay_rate", decay_rate),
    )
    return powers(start, ratio, length(where, decay_steps), stairs=bool(staircase))


def InverseTimeDecay(
    initial_learning_rate: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: Any = False,
    name: Any = "InverseTimeDecay",
) -> Schedule:
    """One over time, for ever.

        0 <= t    initial_learning_rate / (1 + decay_rate t / decay_steps), the quotient whole where ``staircase``

    First update initial_learning_rate; peak at 0; last update hangs on the run; after the end there is none.

    Args:
        initial_learning_rate: the rate of the first update; >= 0.
        decay_steps: updates in which ``decay_rate`` is added to the divisor once; > 0.
        decay_rate: what is added; >= 0.
        staircase: whether the rate moves only every ``decay_steps`` updates.
        name: left alone.

    Raises:
        ScheduleError: a number is out of its range. Theirs takes a negative decay_rate, and passes through infinity.

    Source:
        keras/src/optimizers/schedules/learning_rate_schedule.py, InverseTimeDecay; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.keras.InverseTimeDecay(1.0, 100, 1.0)(300)
    0.25
    """
    where = "InverseTimeDecay"
    start, ratio = (
        rate(where, "initial_learning_rate", initial_learning_rate),
        rate(where, "decay_rate", decay_rate),
    )
    every = length(where, decay_steps)
    if ratio == 0.0:
        return hold(start)
    s = decay(start, tails.power_law(every / ratio, 1.0))
    return s.staircase(every) if staircase else s


def PiecewiseConstantDecay(boundaries: Any, values: Any, name: Any = "PiecewiseConstant") -> Schedule:
    """One rate after another; the update on a boundary still has the rate before it.

    With b_k the boundaries and v_k the values:
        t <= b_1               v_0
        b_k < t <= b_(k+1)     v_k

    First update v_0; peak at the highest value; last update the last value; after the end held at the last value.

    Args:
        boundaries: the last update of each value but the last, in order; at least one. What is not whole is cut off.
        values: the rates; >= 0, one more than boundaries.
        name: left alone.

    Raises:
        ScheduleError: a number is out of its range, or the lengths do not fit, or the boundaries are not in order.

    Theirs:
        Boundaries that are not in order add two values up; ours are refused.

    Source:
        keras/src/optimizers/schedules/learning_rate_schedule.py, PiecewiseConstantDecay; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.keras.PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1])
    >>> s(100), s(101), s(201)
    (1.0, 0.5, 0.1)
    """
    where = "twins.keras.PiecewiseConstantDecay"
    if (
        not hasattr(boundaries, "__len__")
        or not hasattr(values, "__len__")
        or not 1 <= len(boundaries) == len(values) - 1
    ):
        rule = "needs one value more than boundaries, and at least one boundary"
        raise ScheduleError(message(f"{where}.values", rule, values))
    rates = [_accept.rate(f"{where}.values[{k}]", value, least=0.0) for k, value in enumerate(values)]
    edges = [max(0, int(_accept.rate(f"{where}.boundaries[{k}]", b)) + 1) for k, b in enumerate(boundaries)]
    if edges != sorted(edges):
        raise ScheduleError(message(f"{where}.boundaries", "must be in order", boundaries))
    lengths = [stop - start for start, stop in pairwise([0, *edges])]
    return chain(
        *(hold(rate, length) for rate, length in zip(rates[:-1], lengths, strict=True)), hold(rates[-1])
    )
