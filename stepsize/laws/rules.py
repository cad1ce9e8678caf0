"""Rules of thumb, where there are no curves: every published one, side by side."""

import math
from typing import NamedTuple

from stepsize.errors import ScheduleError, message

_LARGE = 1_000_000_000  # parameters, from which on a model is called large


class Rule(NamedTuple):
    """What one publication says.

    Attributes:
        name: of the rule, with its formula.
        low: the least updates that it asks for.
        high: the most.
        source: where it is from.
    """

    name: str
    low: float
    high: float
    source: str


def warmup_steps(beta2: float, steps: int, parameters: float | None = None) -> tuple[Rule, ...]:
    """How long to warm up, by every published rule.

        untuned linear        2 / (1 - beta2)
        rectification         where RAdam's r_t first is 90%
        share                 5% to 10% of the run
        large models          at least 1,000, mostly 2,000 updates
        together              from 2 / (1 - beta2) to max(2,000, 1% of the run)

    Args:
        beta2: of Adam, in (0, 1).
        steps: updates of the run, >= 1.
        parameters: of the model, if known.

    Raises:
        ScheduleError: a number is out of its range.

    >>> [(rule.name, round(rule.low), round(rule.high)) for rule in warmup_steps(0.95, 10_000)][:2]
    [('2 / (1 - beta2)', 40, 40), ('RAdam: r_t reaches 90%', 58, 58)]

    Source: 1910.04209 section 4 (untuned); 1908.03265 equation 6 (r_t); Goyal et al. 1706.02677 (5 of 90 epochs); the
        recipes in docs/published.md (2,000).
    """
    if not 0 < beta2 < 1:
        raise ScheduleError(message("warmup_steps.beta2", "must be in (0, 1)", beta2))
    if steps < 1:
        raise ScheduleError(message("warmup_steps.steps", "must be at least 1", steps))
    adam = 2 / (1 - beta2)
    found = [
        Rule("2 / (1 - beta2)", adam, adam, "Ma and Yarats 2019, arXiv 1910.04209, section 4"),
        Rule(
            "RAdam: r_t reaches 90%",
            *(2 * (rectified(beta2, 0.9),)),
            "Liu et al. 2019, arXiv 1908.03265, equation 6",
        ),
        Rule(
            "5% to 10% of the run",
            0.05 * steps,
            0.1 * steps,
            "Goyal et al. 2017, arXiv 1706.02677: 5 of 90 epochs",
        ),
    ]
    if parameters is None or parameters >= _LARGE:
        found.append(Rule("large language models", 1000, 2000, "published recipes: docs/published.md"))
    high = max(2000.0, 0.01 * steps)
    found.append(
        Rule(
            "all together",
            min(adam, steps),
            min(max(adam, high), steps),
            "from the first rule to 2,000 or 1%",
        )
    )
    return tuple(found)


def rectified(beta2: float, share: float) -> float:
    """The first update at which RAdam's r_t is at least a share.

    With rho = 2 / (1 - beta2) - 1 and rho_t = rho - 2 t beta2^t / (1 - beta2^t), where rho_t > 4:
        r_t = sqrt((rho_t - 4) (rho_t - 2) rho / ((rho - 4) (rho - 2) rho_t))

    Source: 1908.03265 equations 5 and 6. Where rho <= 4 there is none, and the answer is infinity.
    """
    rho = 2 / (1 - beta2) - 1
    if rho <= 4:
        return math.inf

    def r(t: int) -> float:
        rho_t = rho - 2 * t * beta2**t / -math.expm1(t * math.log(beta2))
        return (
            math.sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)) if rho_t > 4 else 0.0
        )

    low, high = 0, 1
    while r(high) < share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if r(middle) < share else (low, middle)
    return float(high)


def peak_for_horizon(peak: float, steps: int, new_steps: int) -> Rule:
    """The peak for another horizon, from one that was tuned: between T^-0.5 and T^-0.32, at one batch.

    >>> rule = peak_for_horizon(3e-4, 10_000, 40_000)
    >>> round(rule.low, 6), round(rule.high, 6)
    (0.00015, 0.000193)

    Source: T^-0.32 for AdamW, 2409.19913; 1 / sqrt(T) of the convex bound, 2501.18965.
    """
    if not peak > 0 or steps < 1 or new_steps < 1:
        raise ScheduleError(message("peak_for_horizon", "numbers must be above 0", (peak, steps, new_steps)))
    both = [peak * (new_steps / steps) ** -power for power in (0.5, 0.32)]
    return Rule("T^-0.5 to T^-0.32", min(both), max(both), "arXiv 2409.19913; 2501.18965")
