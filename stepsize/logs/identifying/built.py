"""A schedule of ours from the phases that were found in a log."""

import math
from collections.abc import Callable

from stepsize import shapes, tails
from stepsize.logs.identified import Part
from stepsize.logs.identifying.round import roundest
from stepsize.schedule import Schedule, decay, hold, ramp, table

_EXACT = 1e-8  # of a number: how well a log in 64 bits tells one that stands for a whole curve
_TINY = 1e-150  # a rate whose inverse square is a number
_STEEPEST = 20  # the farthest end of a tanh that a shape may have
_FEW = 4  # digits of a number that somebody wrote


def built(parts: tuple[Part, ...]) -> Schedule:
    """The phases in a row; what the log does not show before the first one is taken for a linear warmup from 0."""
    made: Schedule | None = None
    first = parts[0]
    if first.start > 0:
        made = ramp(0.0, first.first, first.start, shapes.linear)
    for k, part in enumerate(parts):
        phase = _phase(part, last=k + 1 == len(parts))
        begun = part.start if part.begun is None else part.begun
        if part.begun is not None or part.cut is not None:
            phase = phase[part.start - begun : (part.stop if part.cut is None else part.cut) - begun]
        made = phase if made is None else made >> phase
    assert made is not None
    return made


def _phase(part: Part, *, last: bool) -> Schedule:
    steps = part.stop - (part.start if part.begun is None else part.begun)
    if part.kind == "hold":
        return hold(part.first) if last else hold(part.first, steps)
    if part.kind == "inverse_sqrt" and not part.first > part.last > 0:
        ends = [max(rate, _TINY) ** -2 for rate in (part.first, part.last)]
        return _table(lambda u: (ends[0] + (ends[1] - ends[0]) * u) ** -0.5, steps)
    if part.kind == "inverse_sqrt":
        timescale = steps / ((part.first / part.last) ** 2 - 1)
        return decay(part.first, tails.power_law(_short(timescale), 0.5), steps)
    if part.kind == "faded":
        return _faded(part, steps)
    if part.kind.startswith("tanh("):
        low, high = map(float, part.kind[5:-1].split(","))
        bent = -_STEEPEST <= low < high <= _STEEPEST
        return ramp(part.first, part.last, steps, shapes.tanh(low, high) if bent else shapes.linear)
    if part.kind.startswith("power("):
        return ramp(part.first, part.last, steps, shapes.power(float(part.kind[6:-1])))
    first = part.first if part.begun is None else part.origin
    bent = part.kind not in ("geometric", "harmonic") or min(first, part.last) > 0
    return ramp(first, part.last, steps, getattr(shapes, part.kind) if bent else shapes.linear)


def _faded(part: Part, steps: float) -> Schedule:
    """A + b exp(-w t) as a sum where it slows down, else as a table of its rates."""
    p = _plain(part.p, part.p)
    if p > 1e-6:
        floor = _plain(part.first + (part.last - part.first) / -math.expm1(-p), part.first)
        tail = tails.exponential(math.exp(-p), steps)
        return hold(floor, steps) + decay(float(f"{part.first - floor:.12g}"), tail, steps)
    return _table(
        lambda u: part.first + (part.last - part.first) * math.expm1(-p * u) / math.expm1(-p), steps
    )


def _table(rate: Callable[[float], float], steps: float) -> Schedule:
    """A curve for which there is no shape: its rates at so many places."""
    many = min(max(int(steps), 1), 1000)
    return table([rate(k / many) for k in range(many)], each=steps / many)


def _plain(value: float, of: float) -> float:
    """The same, or a number of few digits that is as near as the best log tells."""
    near = roundest((value - _EXACT * of, value + _EXACT * of), value)
    return near.value if near.digits <= _FEW else value


def _short(value: float) -> float:
    """A timescale as a whole number of updates, where it is nearly one."""
    return round(value) if abs(value - round(value)) <= 2e-3 * value and value > 1 else value
