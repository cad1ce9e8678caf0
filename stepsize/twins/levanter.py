"""Levanter's schedule, ``OptimizerConfig.lr_scheduler(num_train_steps)``: built on optax, the first update at count 0.

Its fields are given by keyword, under the same names. Theirs computes in float32.
"""

import math
from itertools import accumulate, pairwise
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, hold, linear
from stepsize.twins._levanter_falls import Fall as _Fall
from stepsize.twins._levanter_falls import fall as _fall
from stepsize.twins._names import suggesting

_MOST = 3000  # cycles; more make too large a tree

__getattr__ = suggesting(__name__)

_WHERE = "twins.levanter.lr_scheduler"


def lr_scheduler(
    learning_rate: Any = 6e-4, num_train_steps: Any = None, *, min_lr_ratio: Any = 0.1, warmup: Any = 0.01,
    decay: Any = None, rewarmup: Any = 0.0, cooldown: Any = None, cycle_length: Any = None, cycles: Any = None,
    lr_schedule: Any = "cosine", haps: Any = None,
) -> Schedule:  # fmt: skip
    """In each cycle up in a straight line, stay, and fall along ``lr_schedule``; at the end perhaps a cooldown.

    With B = learning_rate, m = min_lr_ratio B, in a cycle of L: W of warmup (rewarmup after the first), D of decay, or
    L - W, t and s counted from the beginning of the cycle and of its decay:
        t < W              p + (B - p) t / W, p being where the cycle before ended, 0 in the first
        W <= t < L - D     B
        constant           B
        cosine             B (r + (1 - r) ((1 + cos(pi s / D)) / 2)^exponent), r = min_lr_ratio
        linear             B + (m - B) s / D
        inv_sqrt           max(m, B min(1, sqrt(timescale / (s + W)))), timescale 10000
        inv                max(m, B / (1 + (B / m - 1) max(s, 1) / D))
        power              min(B, a batch_size (s batch_size seq_length)^b)

    First update 0; peak at W; last update just above m, as lr_schedule has it; after the end held.

    Args:
        learning_rate: the peak; > 0.
        num_train_steps: updates of the run; whole, >= 1.
        min_lr_ratio: the minimum, as a share of the peak; >= 0, and > 0 for "inv".
        warmup: updates, whole, or up to 1 a share of the first cycle, rounded down. So 1 is the whole cycle, not one
            update.
        decay: updates or a share of the cycle, as warmup; None for all of it after the warmup.
        rewarmup: updates or a share of each later cycle, as warmup.
        cooldown: updates or a share of the run, at its end, in a straight line to the minimum; less than the run.
            Deprecated.
        cycle_length: updates of a cycle, or up to 1 a share of the run, or a list of lengths.
        cycles: how many cycles, or a list of where they end.
        lr_schedule: "constant", "cosine", "linear", "inv_sqrt" or "inv"; or a dict with type, one of these or
            "power", and exponent (cosine), timescale (inv_sqrt), or batch_size, seq_length, a = 4.6, b = -0.51
            (power).
        haps: the old name of a list of ``cycles``, before which it goes.

    Raises:
        ScheduleError: a number is out of its range, cycles are given twice, or a cosine has no update left for it.
            Theirs takes cycles of no length, out of order or beyond the run where lr_schedule does.

    Theirs:
        Where the last cycle_length does not fit it is longer, not shorter as the warning says; ours does the same.
        "inv_sqrt" and "power" go on falling after the run; ours is held. The tokens of "power" overflow int32 beyond
        2^31, and the rate is not a number; ours goes on. After a cycle that is all warmup, a rewarmup with "power"
        begins there at no real rate, here at the peak.

    Source:
        levanter/optim/config.py, OptimizerConfig.lr_scheduler, LrSchedule; release 1.2.dev1644 (1.1 has no cycles).

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> print(twins.levanter.lr_scheduler(1.0, 100, warmup=0.1))
    0 -> 1 in 10; -> 0.1 cosine in 90
    """
    peak = _accept.rate(f"{_WHERE}.learning_rate", learning_rate, above=0.0)
    ratio = _accept.rate(f"{_WHERE}.min_lr_ratio", min_lr_ratio, least=0.0)
    total = _accept.count(f"{_WHERE}.num_train_steps", num_train_steps)
    cooled = 0 if cooldown is None else _part("cooldown", cooldown, total)
    if cooled >= total:
        raise ScheduleError(message(f"{_WHERE}.cooldown", f"must be less than the run ({total})", cooldown))
    form = _fall(f"{_WHERE}.lr_schedule", lr_schedule)
    stops = _stops(total - cooled, cycle_length, cycles, haps)
    pieces: list[tuple[int, Schedule]] = []
    before, end = 0.0, total
    for k, (start, end) in enumerate(pairwise(stops)):
        name, given = ("rewarmup", rewarmup) if k else ("warmup", warmup)
        rise = _part(name, given, end - start)
        left = end - start - rise if decay is None else _part("decay", decay, end - start)
        if rise:
            pieces.append((start, linear(before, peak, rise)))
        if left != end - start - rise:
            pieces.append((start + rise, hold(peak)))
        main = form(f"{_WHERE}.lr_schedule", _Fall(peak, ratio * peak, left, rise))
        pieces.append((end - left, main))
        before = main(left)
    if cooled:
        pieces.append((end, linear(before, ratio * peak, cooled)))
    return _joined(pieces)[:total]


def _joined(pieces: list[tuple[int, Schedule]]) -> Schedule:
    """Each from its position on, as optax joins them: a later one speaks even where an earlier one is not over."""
    s = pieces[0][1]
    for start, piece in pieces[1:]:
        s = s[:start] >> piece if start >= 0 else piece[-start:]
    return s


def _part(name: str, given: Any, of: int) -> int:
    """Whole updates, or up to 1 a share, rounded down."""
    part = _accept.rate(f"{_WHERE}.{name}", given, least=0.0)
    if part > 1.0 and not part.is_integer():
        raise ScheduleError(message(f"{_WHERE}.{name}", "must be a share up to 1, or whole updates", given))
    return int(part * of) if part <= 1.0 else int(part)


def _stops(total: int, cycle_length: Any, cycles: Any, haps: Any) -> list[int]:
    """Where cycles begin and end."""
    if cycle_length is not None and (cycles is not None or haps is not None):
        raise ScheduleError(message(f"{_WHERE}.cycles", "must be None beside cycle_length or haps", cycles))
    stops = _inner(total, cycle_length, cycles if haps is None else haps)
    for start, stop in pairwise([0, *stops, math.inf]):
        if not start < stop and (start, stop) != (0, 0):
            raise ScheduleError(message(f"{_WHERE}.cycles", "must end one after another", stops))
    if stops and stops[-1] > total:
        raise ScheduleError(message(f"{_WHERE}.cycles", f"must end within the run ({total})", stops))
    return [0, *stops] if stops and stops[-1] == total else [0, *stops, total]


def _few(cycles: int) -> int:
    if cycles > _MOST:
        raise ScheduleError(message(f"{_WHERE}.cycles", f"there may be {_MOST} at most", cycles))
    return cycles


def _inner(total: int, cycle_length: Any, cycles: Any) -> list[int]:
    """Where cycles end, but perhaps for the last."""
    if isinstance(cycle_length, (list, tuple)):
        if not cycle_length:
            raise ScheduleError(message(f"{_WHERE}.cycle_length", "must hold at least one", cycle_length))
        return list(accumulate(_accept.count(f"{_WHERE}.cycle_length", length) for length in cycle_length))
    if cycle_length is not None:
        length = _part("cycle_length", cycle_length, total)
        if length == 0:
            raise ScheduleError(
                message(f"{_WHERE}.cycle_length", "must come to at least 1 update", cycle_length)
            )
        return [k * length for k in range(1, _few(total // length))]
    if isinstance(cycles, (list, tuple)):
        return [_accept.count(f"{_WHERE}.cycles", stop) for stop in cycles]
    if cycles is None:
        return []
    number = _few(_accept.count(f"{_WHERE}.cycles", cycles))
    return [int(total / number * (k + 1)) for k in range(number - 1)]
