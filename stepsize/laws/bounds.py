"""What needs no fit: the convex bound of any schedule, the weight of each update, and the refined schedule."""

from typing import Any, NamedTuple

import numpy as np
from scipy.ndimage import median_filter

from stepsize.errors import ScheduleError, message
from stepsize.laws.convex import terms
from stepsize.laws.curve import rates_of
from stepsize.schedule import Schedule, table


class Bound(NamedTuple):
    """The bound on the last iterate, at the best scale of a schedule.

    Attributes:
        omega: the bound, in units of D G: distance to the solution times largest gradient.
        scale: the best factor of the rates, in units of D / G.
        peak: the best peak, which is the factor times the schedule's own.
    """

    omega: float
    scale: float
    peak: float


def omega(rates: Any, steps: int | None = None) -> Bound:
    """Omega_T of a schedule: how far from the optimum its last iterate can be, for convex losses.

    With S the sums of the rates and Q those of their squares, D = G = 1, and the rates times g:
        Omega = T1 / g + g T2,    best g = sqrt(T1 / T2),    Omega = 2 sqrt(T1 T2)

    Args:
        rates: of every update, an array or a schedule; those of 0 at the end move nothing and are left out.
        steps: updates, where the schedule has no end.

    Raises:
        ScheduleError: the rates are none.

    >>> import stepsize as ss
    >>> bound = omega(ss.linear(1.0, 0.0, 100))
    >>> round(bound.omega, 5), round(bound.scale, 5)
    (0.20361, 0.09726)

    Source: 2310.07831 Theorem 10; 2501.18965 Theorem 1.
    """
    known = rates_of("omega", rates, steps)
    first, second = (float(one[0]) for one in terms(known, np.array([len(known) - 1]), exact=True))
    scale = (first / second) ** 0.5
    return Bound(2 * (first * second) ** 0.5, scale, scale * float(known.max()))


def update_weights(rates: Any, weight_decay: float, steps: int | None = None) -> Any:
    """The share of each update in the final weights, under AdamW: the moving average that a schedule is.

    With a_k = eta_k * weight_decay: c_k = a_k * prod_{j>k} (1 - a_j). What is missing to 1 is the share of the initial
    weights.

    Args:
        rates: of every update, an array or a schedule.
        weight_decay: of AdamW, > 0.
        steps: updates, where the schedule has no end.

    Returns:
        c_0 .. c_{T-1}, each in [0, 1].

    Raises:
        ScheduleError: a rate times the weight decay is more than 1.

    >>> update_weights(np.array([0.5, 0.5]), 1.0).tolist()
    [0.25, 0.5]

    Source: 2502.15938 section 3.
    """
    known = rates_of("update_weights", rates, steps)
    a = known * weight_decay
    if not weight_decay > 0 or a.max() > 1:
        rule = "the weight decay must be above 0, and times a rate at most 1"
        raise ScheduleError(message("update_weights", rule, (weight_decay, float(known.max()))))
    left = np.concatenate([np.cumprod((1 - a)[::-1])[::-1][1:], [1.0]])
    return a * left


def refined(norms: Any, optimizer: str = "sgd", *, peak: float = 1.0, width: float = 0.05) -> Schedule:
    """The schedule that the gradient norms of a finished run ask for.

        G_t     median of the norms within ``width`` of the run around t, mirrored at its ends
        w_t     G_t^-2 for SGD, of 2-norms; G_t^-1 for Adam, of 1-norms
        eta_t   peak * w_t sum_{p>t} w_p, divided by its maximum

    Constant norms give a line to 0.

    Args:
        norms: of the gradient at every update of the run, > 0.
        optimizer: "sgd" or "adam".
        peak: highest rate; > 0.
        width: of the median filter, as a share of the run, in [0, 1].

    Raises:
        ScheduleError: a norm is not a finite number above 0, or an argument is out of its range.

    >>> refined(np.ones(5))(np.arange(5)).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0]

    Source: 2310.07831 Algorithm 1 and section 5, from the formula.
    """
    g = np.asarray(norms, float)
    if g.ndim != 1 or len(g) < 2 or not np.isfinite(g).all() or (g <= 0).any():
        raise ScheduleError(
            message("refined.norms", "must be two finite numbers above 0, at least", "others")
        )
    if optimizer not in ("sgd", "adam") or not 0 <= width <= 1:
        rule = "must be for sgd or adam, with a width in [0, 1]"
        raise ScheduleError(message("refined", rule, (optimizer, width)))
    size = 2 * int(width * len(g) / 2) + 1
    smooth = median_filter(g, size=size, mode="reflect") if size > 1 else g
    w = (smooth / smooth.max()) ** (-2.0 if optimizer == "sgd" else -1.0)
    after = np.cumsum(w[::-1])[::-1] - w
    rates = w * np.maximum(after, 0.0)
    return table((peak * rates / rates.max()).tolist())
