"""fastai's annealers, from a start to an end over the share of the training, and how they are put together."""

from collections.abc import Sequence
from math import inf
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Product, Schedule, Table, cosine, exponential, hold, linear, ramp, table
from stepsize.schedule.chain import chain


def SchedLin(start: Any, end: Any, *, steps: Any = 1) -> Schedule:
    """A straight line over the share of the training.

        t < steps     start + (end - start) t / steps
        steps <= t    end

    First update start; peak at the end that is higher; last update one step before end; after the end held at end.

    Args:
        start: the rate at the beginning; >= 0.
        end: where it goes to; >= 0.
        steps: updates of the training; > 0. With 1 positions are shares of it, as theirs are.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Goes on in the same direction for shares above 1, which no training has; ours is held.

    Source:
        fastai/callback/schedule.py, SchedLin; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.fastai.SchedLin(0.0, 1.0, steps=100)
    linear(0.0, 1.0, 100)
    """
    return linear(*_given("SchedLin", start, end, steps))


def SchedCos(start: Any, end: Any, *, steps: Any = 1) -> Schedule:
    """Half a cosine wave over the share of the training.

        t < steps     end + (start - end) (1 + cos(pi t / steps)) / 2
        steps <= t    end

    First update start; peak at the end that is higher; last update one step before end; after the end held at end.

    Args:
        start: the rate at the beginning; >= 0.
        end: where it goes to; >= 0.
        steps: updates of the training; > 0. With 1 positions are shares of it, as theirs are.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Comes back for shares above 1, which no training has; ours is held.

    Source:
        fastai/callback/schedule.py, SchedCos; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.fastai.SchedCos(1.0, 0.0)
    >>> s(0), round(s(0.5), 6), s(1)
    (1.0, 0.5, 0.0)
    """
    return cosine(*_given("SchedCos", start, end, steps))


def SchedNo(start: Any, end: Any, *, steps: Any = 1) -> Schedule:
    """The start, all the time.

        0 <= t    start

    First update start; peak everywhere; last update start; after the end held at start.

    Args:
        start: the rate; >= 0.
        end: not looked at, as in theirs.
        steps: updates of the training; > 0. With 1 positions are shares of it, as theirs are.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        fastai/callback/schedule.py, SchedNo; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.fastai.SchedNo(1.0, 0.5, steps=100)
    hold(1.0, 100)
    """
    rate, _, length = _given("SchedNo", start, start, steps)
    return hold(rate, length)


def SchedExp(start: Any, end: Any, *, steps: Any = 1) -> Schedule:
    """Equal ratios in equal shares of the training.

        t < steps     start (end / start)^(t / steps)
        steps <= t    end

    First update start; peak at the end that is higher; last update one step before end; after the end held at end.

    Args:
        start: the rate at the beginning; > 0.
        end: where it goes to; > 0.
        steps: updates of the training; > 0. With 1 positions are shares of it, as theirs are.

    Raises:
        ScheduleError: a number is out of its range. Theirs divides by zero where ``start`` is 0.

    Theirs:
        Takes ``end=0``, and is 0 at all updates but the first; ours refuses it. Goes on for shares above 1; ours
        is held.

    Source:
        fastai/callback/schedule.py, SchedExp; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.fastai.SchedExp(1.0, 0.25)(0.5)
    0.5
    """
    _, _, length = _given("SchedExp", start, end, steps)
    first, last = (
        _accept.rate(f"twins.fastai.SchedExp.{name}", rate, above=0.0)
        for name, rate in (("start", start), ("end", end))
    )
    return exponential(first, last, length)


def SchedPoly(start: Any, end: Any, power: Any, *, steps: Any = 1) -> Schedule:
    """A power of the share of the training: above 1 slow first, where other libraries are fast first.

        t < steps     start + (end - start) (t / steps)^power
        steps <= t    end

    First update start; peak at the end that is higher; last update one step before end; after the end held at end.

    Args:
        start: the rate at the beginning; >= 0.
        end: where it goes to; >= 0.
        power: the exponent; >= 0, and up to 8 a multiple of 1/2, unless steps are given: then it may be any, and what
            is no such multiple is a table, held after the end at its last rate. With 0 the rate is end.
        steps: updates of the training; > 0. With 1 positions are shares of it, as theirs are.

    Raises:
        ScheduleError: a number is out of its range, or power needs a table and steps are not whole and > 1. Theirs
            divides by zero where ``power`` is negative.

    Theirs:
        Goes on for shares above 1, which no training has; ours is held.

    Source:
        fastai/callback/schedule.py, SchedPoly; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.fastai.SchedPoly(1.0, 0.5, 2)(0.5)
    0.875
    """
    where = "twins.fastai.SchedPoly"
    first, last, length = _given("SchedPoly", start, end, steps)
    exponent = _accept.rate(f"{where}.power", power, least=0.0)
    if exponent == 0.0 or first == last:
        return hold(last, length)
    if exponent in (0.5, 1.0, 2.0):
        return ramp(first, last, length, _SHAPES[exponent])
    if exponent > 8.0 or not (2.0 * exponent).is_integer():
        return _tabled(where, first, last, exponent, length)
    risen = Product(tuple(_factors(last - first, exponent, length)))
    return hold(first, length) + risen if first else risen


def combine_scheds(pcts: Sequence[Any], scheds: Sequence[Schedule], *, steps: Any = 1) -> Schedule:
    """One schedule after another, each over its own share of the training.

        in share k    scheds[k], stretched or shrunk to pcts[k] steps

    First update that of the first one; peak where one of them has it; last update that of the last one; after the end
    held at the end of the last one.

    Args:
        pcts: the shares; each >= 0, and their floating-point sum, in their order, exactly 1.
        scheds: the twins of theirs, as many as shares, of any length; the shape counts.
        steps: updates of the training; > 0. With 1 positions are shares of it, as theirs are.

    Raises:
        ScheduleError: the shares do not add up, for floats exactly, as in theirs: before Python 3.12 [0.7, 0.2, 0.1] do
            not; there are not as many schedules; or a table is not as long as its share.

    Theirs:
        Counts shares in float32: rates differ by up to about 1e-7 of the peak, more in small shares. Where a share
        begins, that may make the one before speak for one update more; ours begins in time. It takes more schedules
        than shares, and leaves them out; ours refuses them.

    Source:
        fastai/callback/schedule.py, combine_scheds; release 2.8.12.

    Checked:
        live

    >>> from stepsize.twins import fastai
    >>> fastai.combine_scheds([0.25, 0.75], [fastai.SchedLin(0.0, 1.0), fastai.SchedCos(1.0, 0.0)], steps=100)
    linear(0.0, 1.0, 25) >> cosine(1.0, 0.0, 75)
    """
    where = "twins.fastai.combine_scheds"
    total = _steps(where, steps)
    shares = checked(f"{where}.pcts", pcts)
    if isinstance(scheds, (str, bytes, dict, Schedule)) or not hasattr(scheds, "__iter__"):
        raise ScheduleTypeError(message(f"{where}.scheds", "must be a sequence of schedules", scheds))
    children = list(scheds)
    if len(children) != len(shares):
        raise ScheduleError(message(f"{where}.scheds", f"must be {len(shares)}, as many as pcts", scheds))
    parts = [_fitted(f"{where}.scheds[{k}]", *one) for k, one in
             enumerate(zip(children, (_accept.whole(share * total) for share in shares), strict=True))]  # fmt: skip
    return chain(*parts)


def combined_cos(pct: Any, start: Any, middle: Any, end: Any, *, steps: Any = 1) -> Schedule:
    """Two half cosine waves, from the start to the middle and on to the end.

        t < pct steps              from start to middle
        pct steps <= t < steps     from middle to end
        steps <= t                 end

    First update start; peak where pct steps are over, which need not be whole; last update one step before end; after
    the end held at end.

    Args:
        pct: the share of the first wave; in [0, 1].
        start: the rate at the beginning; >= 0.
        middle: where the first goes to; >= 0.
        end: where the second goes to; >= 0.
        steps: updates of the training; > 0. With 1 positions are shares of it, as theirs are.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Counts shares in float32: rates differ by up to about 1e-7 of the peak, more where a share is small.

    Source:
        fastai/callback/schedule.py, combined_cos; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.fastai.combined_cos(0.25, 0.5, 1.0, 0.0, steps=100)
    cosine(0.5, 1.0, 25) >> cosine(1.0, 0.0, 75)
    """
    where = "twins.fastai.combined_cos"
    return waves(where, pct, [start, middle, end], ("start", "middle", "end"), _steps(where, steps))


def waves(
    where: str, pct: Any, rates: Sequence[Any], called: Sequence[str], steps: Number, share: str = "pct"
) -> Schedule:
    """Two half cosine waves, the first over a share of the steps."""
    first = _accept.rate(f"{where}.{share}", pct)
    if not 0.0 <= first <= 1.0:
        raise ScheduleError(message(f"{where}.{share}", "must be in [0, 1]", pct))
    start, middle, end = (
        _accept.rate(f"{where}.{name}", rate, least=0.0) for name, rate in zip(called, rates, strict=True)
    )
    rise = hold(middle, first * steps) if start == middle else cosine(start, middle, first * steps)
    return rise >> cosine(middle, end, (1.0 - first) * steps)


def checked(where: str, pcts: Any) -> list[float]:
    """Shares, which must add up as theirs must."""
    if isinstance(pcts, (str, bytes, dict, Schedule)) or not hasattr(pcts, "__iter__"):
        raise ScheduleTypeError(message(where, "must be a sequence of shares", pcts))
    shares = [_accept.rate(f"{where}[{k}]", pct, least=0.0) for k, pct in enumerate(pcts)]
    if sum(shares) != 1.0:
        remedy = f"They give {sum(shares)!r}: the order matters, for floats."
        raise ScheduleError(message(where, "must add up to 1 exactly", pcts, remedy))
    return shares


_SHAPES = {0.5: "one_minus_sqrt", 1.0: "linear", 2.0: "square"}


def _given(name: str, start: Any, end: Any, steps: Any) -> tuple[float, float, Number]:
    where = f"twins.fastai.{name}"
    first, last = (
        _accept.rate(f"{where}.{which}", rate, least=0.0) for which, rate in (("start", start), ("end", end))
    )
    return first, last, _steps(where, steps)


def _steps(where: str, steps: Any) -> Number:
    length = _accept.length(f"{where}.steps", steps)
    if length <= 0:
        raise ScheduleError(message(f"{where}.steps", "must be > 0", steps))
    return length


def _factors(height: float, exponent: float, length: Number) -> list[Schedule]:
    """(t / steps)^exponent as a product of squares, a line and a root; the first is as high as the whole."""
    powers = [2.0] * int(exponent // 2) + [part for part in (1.0, 0.5) if exponent % 2 in (part, 1.5)]
    heights = [height] + [1.0] * (len(powers) - 1)
    return [ramp(0.0, top, length, _SHAPES[power]) for top, power in zip(heights, powers, strict=True)]


def _tabled(where: str, start: float, end: float, exponent: float, length: Number) -> Schedule:
    if length == 1 or not isinstance(length, int):
        rule = "must be a multiple of 1/2 up to 8, or come with steps, whole and > 1"
        raise ScheduleError(message(f"{where}.power", rule, exponent, "What it gives then is a table."))
    return table([start + (end - start) * (t / length) ** exponent for t in range(length)])


def _fitted(where: str, sched: Any, length: Number) -> Schedule:
    """A schedule in another length; one of no length is where the one after it begins."""
    if not isinstance(sched, Schedule):
        raise ScheduleTypeError(message(where, "must be a schedule", sched, "Build its twin."))
    if not 0 < sched.length < inf:
        raise ScheduleError(message(where, "must have a finite length > 0", sched))
    if length == 0:
        return hold(sched(sched.length), 0)
    if isinstance(sched, Table) and sched.length != length:
        raise ScheduleError(
            message(where, f"is a table, and must have the length of its share, {length}", sched)
        )
    return sched.stretch(steps=length)
