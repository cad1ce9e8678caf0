"""MaxText's schedule, ``create_learning_rate_schedule`` of its configuration, on optax: the first update at count 0.

What theirs reads from the configuration is given by keyword, under the same names. Theirs computes in float32.
"""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear
from stepsize.schedule.chain import chain
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)

_WHERE = "twins.maxtext.create_learning_rate_schedule"


def create_learning_rate_schedule(
    learning_rate: Any = 3e-5, *, steps: Any = 150_001, learning_rate_schedule_steps: Any = -1,
    warmup_steps_fraction: Any = 0.1, learning_rate_final_fraction: Any = 0.1,
    lr_schedule_type: Any = "cosine", wsd_decay_steps_fraction: Any = 0.1, wsd_decay_style: Any = "linear",
) -> Schedule:  # fmt: skip
    """Up in a straight line, perhaps stay, down so that the last update is at the minimum, and zero until the run ends.

    With T = learning_rate_schedule_steps, B = learning_rate, F its final share, W and D shares of T, rounded down:
        t < W                        B t / W
        cosine, W <= t < T           F + (B - F) (1 + cos(pi (t - W) / (T - W - 1))) / 2
        wsd, W <= t < T - D          B
        wsd linear, T - D <= t < T   B - (B - F) (t - T + D) / (D - 1)
        wsd cosine, T - D <= t < T   F + (B - F) (1 + cos(pi (t - T + D) / (D - 1))) / 2
        T <= t < steps               0

    First update 0; peak at W; last update F, or 0 where steps > T; after the end held at it.

    Args:
        learning_rate: the peak; >= 0.
        steps: updates of the run; whole, >= 1, or -1 for T.
        learning_rate_schedule_steps: updates of the schedule; whole, >= 1, or -1 for steps.
        warmup_steps_fraction: the warmup, as a share of T; from 0 to 1.
        learning_rate_final_fraction: the last rate, as a share of the peak; >= 0.
        lr_schedule_type: "cosine" or "wsd".
        wsd_decay_steps_fraction: the last fall of "wsd", as a share of T; from 0 to 1, at most 1 with the warmup.
        wsd_decay_style: "linear" or "cosine".

    Raises:
        ScheduleError: a number is out of its range, or a type or style is none of these.

    Theirs:
        Where steps = T the cosine rises again after the run; ours is held. A linear fall of one update does not fall;
        ours does not, either.

    Source:
        src/maxtext/utils/maxtext_utils.py, create_learning_rate_schedule, and configs/types.py; release 0.2.5.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.maxtext.create_learning_rate_schedule(1.0, steps=100))
    0 -> 1 in 10; -> 0.1 cosine in 89; hold for 1
    """
    peak = _accept.rate(f"{_WHERE}.learning_rate", learning_rate, least=0.0)
    last = peak * _accept.rate(
        f"{_WHERE}.learning_rate_final_fraction", learning_rate_final_fraction, least=0.0
    )
    run, total = _lengths(steps, learning_rate_schedule_steps)
    share = _share("warmup_steps_fraction", warmup_steps_fraction)
    warmup = int(total * share)
    kind = _choice("lr_schedule_type", lr_schedule_type, ("cosine", "wsd"))
    style = _choice("wsd_decay_style", wsd_decay_style, ("linear", "cosine"))
    parts = [linear(0.0, peak, warmup)] if warmup else []
    if kind == "cosine":
        parts += _fall(peak, last, total - warmup, "cosine")
    else:
        fall = _share("wsd_decay_steps_fraction", wsd_decay_steps_fraction)
        if share + fall > 1.0:
            rule = "must not exceed 1 together with warmup_steps_fraction"
            raise ScheduleError(message(f"{_WHERE}.wsd_decay_steps_fraction", rule, wsd_decay_steps_fraction))
        decay = int(total * fall)
        parts += [hold(peak, total - warmup - decay), *_fall(peak, last, decay, style)]
    return chain(*parts, hold(0.0, run - total)) if run > total else chain(*parts)


def _fall(peak: float, last: float, steps: int, style: str) -> list[Schedule]:
    """Down so that the last of ``steps`` updates is at ``last``; a single linear one stays at the peak."""
    if steps == 0:
        return []
    if steps == 1:
        return [hold(peak if style == "linear" else last, 1)]
    return [(linear if style == "linear" else cosine)(peak, last, steps - 1), hold(last, 1)]


def _lengths(steps: Any, schedule_steps: Any) -> tuple[int, int]:
    """Updates of the run and of the schedule, each of which may be left to the other by -1."""
    given = {"steps": steps, "learning_rate_schedule_steps": schedule_steps}
    run, total = (None if n == -1 else _accept.count(f"{_WHERE}.{name}", n) for name, n in given.items())
    if run is None and total is None:
        raise ScheduleError(message(f"{_WHERE}.steps", "must be given", steps))
    return run or total or 0, total or run or 0


def _share(name: str, given: Any) -> float:
    share = _accept.rate(f"{_WHERE}.{name}", given, least=0.0)
    if share > 1.0:
        raise ScheduleError(message(f"{_WHERE}.{name}", "must be in [0, 1]", given))
    return share


def _choice(name: str, given: Any, known: tuple[str, ...]) -> str:
    if given not in known:
        raise ScheduleError(message(f"{_WHERE}.{name}", f"must be one of {', '.join(known)}", given))
    return str(given)
