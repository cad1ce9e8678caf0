"""How timm steps its schedulers: once an epoch or once an update, behind a warmup, with noise where it is asked for."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import MissingExtra, ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Chain, Hold, Schedule, Slice, Staircase, Table, hold, linear, table
from stepsize.schedule.chain import chain

LISTED = 10_000_000  # the longest table


class Noise(NamedTuple):
    """Where noise begins and ends, how large it may be, and for how many steps it is listed."""

    first: float
    last: float
    limit: float
    deviation: float
    seed: int
    listed: int


class Driving(NamedTuple):
    """What all of timm's schedulers share: the base rate, the warmup, the clock and the noise."""

    where: str
    lr: float
    warmup: Number
    init: float
    prefix: bool
    each: int
    noise: Noise | None

    @property
    def offset(self) -> float:
        """Where the first step after the warmup stands, counted as what follows the warmup counts."""
        return float(math.ceil(self.warmup) - self.warmup) if self.prefix else 0.0

    def drive(self, rest: Schedule, top: float | None = None) -> Schedule:
        """The warmup up to ``top``, then the rest, which counts from the warmup's end only where that is a prefix."""
        body = rest if self.prefix else rest[self.warmup :]
        if self.warmup:
            s = linear(self.init, self.lr if top is None else top, self.warmup) >> body
        elif abs(body(0) - self.lr) <= 1e-15 * self.lr:
            s = body
        else:  # theirs leaves the base rate alone until it is stepped for the first time
            s = hold(self.lr, 1) >> body[1:]
        return in_updates(s if self.noise is None else noisy(s, self.noise), self.each)


def driving(
    where: str, lr: Any, warmup: tuple[Any, Any, Any], epochs: tuple[Any, Any], noise: tuple[Any, ...]
) -> Driving:
    """Check it: (length, first rate, prefix), (in epochs, updates of one), (range, limit, deviation, seed, steps)."""
    each = _each(where, *epochs)
    return Driving(
        where=where,
        lr=_accept.rate(f"{where}.lr", lr, least=0.0),
        warmup=_accept.length(f"{where}.warmup_t", warmup[0]),
        init=_accept.rate(f"{where}.warmup_lr_init", warmup[1], least=0.0),
        prefix=bool(warmup[2]),
        each=each,
        noise=_noise(where, noise, each) if noise[0] is not None else None,
    )


def _each(where: str, t_in_epochs: Any, updates_per_epoch: Any) -> int:
    if not t_in_epochs:
        return 1
    if updates_per_epoch is None:
        remedy = "Give the updates of an epoch, or t_in_epochs=False to count updates."
        raise ScheduleError(
            message(f"{where}.updates_per_epoch", "must be given with t_in_epochs", None, remedy)
        )
    return _accept.count(f"{where}.updates_per_epoch", updates_per_epoch)


def _noise(where: str, given: tuple[Any, ...], each: int) -> Noise:
    between, limit, deviation, seed, steps = given
    if steps is None:
        remedy = "Noise is kept as a table: say for how many updates."
        raise ScheduleError(message(f"{where}.steps", "must be given with noise_range_t", steps, remedy))
    pair = list(between) if isinstance(between, (list, tuple)) else [between, math.inf]
    if len(pair) < 2:
        rule = "must be two steps, or one from which on"
        raise ScheduleError(message(f"{where}.noise_range_t", rule, between))
    first, last = (float(_accept.number(f"{where}.noise_range_t", end)) for end in pair[:2])
    most = _accept.rate(f"{where}.noise_pct", limit, above=0.0)
    if most > 1.0:
        raise ScheduleError(message(f"{where}.noise_pct", "must be in (0, 1]", limit, "No rate is negative."))
    count = math.ceil(_accept.count(f"{where}.steps", steps) / each)
    if count > LISTED:
        raise ScheduleError(message(f"{where}.steps", f"must not exceed {LISTED} with noise", steps))
    wide = _accept.rate(f"{where}.noise_std", deviation)
    seeded = 42 if seed is None else int(_accept.number(f"{where}.noise_seed", seed))
    return Noise(first, last, most, wide, seeded, count)


def noisy(s: Schedule, noise: Noise) -> Schedule:
    """The rates as a table, each with its noise; the first, which no step sets, has none."""
    try:
        import torch
    except ImportError:
        rule = "the noise is drawn by torch, which is not installed"
        raise MissingExtra(message("twins.timm: noise_range_t", rule, None, "Install torch.")) from None
    rates = [float(s(t)) for t in range(noise.listed)]
    for t in range(max(1, math.ceil(noise.first)), math.ceil(min(noise.last, noise.listed))):
        rates[t] += rates[t] * _draw(torch, noise, t)
    return table(rates)


def _draw(torch: Any, noise: Noise, t: int) -> float:
    """The first normal number below the limit; every step has a generator of its own."""
    generator = torch.Generator()
    generator.manual_seed(noise.seed + t)
    while True:
        drawn = float(torch.randn(1, generator=generator).item()) * noise.deviation
        if abs(drawn) < noise.limit:
            return drawn


def in_updates(s: Schedule, each: int) -> Schedule:
    """What is stepped once an epoch: each rate for all updates of its epoch; after the end as before."""
    if each == 1:
        return s
    endless = math.isinf(s.length)
    end = 0.0 if endless else s(s.length)
    padded = s if endless else s >> hold(end, math.ceil(s.length) - s.length)
    parts = padded.joined if isinstance(padded, Chain) else (padded,)
    if all(isinstance(part.length, int) for part in parts[:-1]):
        stairs = chain(*(_stairs(chain(*some), still, each) for still, some in groupby(parts, _still)))
    else:
        stairs = _stairs(padded, False, each)
    return stairs if endless or stairs(stairs.length) == end else stairs >> hold(end, 0)


def _stairs(s: Schedule, still: bool, each: int) -> Schedule:
    stretched = s.stretch(each)
    return stretched if still else stretched.staircase(each)


def _still(s: Schedule) -> bool:
    """Whether it only moves at whole positions, so that stretching it is enough."""
    if isinstance(s, Slice):
        return isinstance(s.start, int) and _still(s.schedule)
    if isinstance(s, Staircase):
        return isinstance(s.every, int)
    return isinstance(s, Hold) or (isinstance(s, Table) and s.each == 1)


def rate(where: str, value: Any) -> float:
    """A rate, a ratio or a power: finite, >= 0."""
    return _accept.rate(where, value, least=0.0)


def span(where: str, value: Any) -> Number:
    """A length in steps, > 0."""
    length = _accept.length(where, value)
    if length <= 0:
        raise ScheduleError(message(where, "must be > 0", value))
    return length


def steady(length: Number, each: int) -> Number:
    """The length of a cycle, a hair off where stretching it to updates could round a cycle's start over a whole step.

    12 // 2.4 is 5, for the float 2.4 is too small; but 12 * 7 // (2.4 * 7) is 4.
    """
    if each == 1 or isinstance(length, int):
        return length
    exact = Fraction(length)
    return length * (1.0 - 1e-15 if exact.limit_denominator(1000) >= exact else 1.0 + 1e-15)


def steps_of(where: str, values: Any) -> Sequence[Number]:
    """Steps that do not fall."""
    if isinstance(values, (str, bytes, dict, Schedule)) or not hasattr(values, "__iter__"):
        raise ScheduleTypeError(message(where, "must be a sequence of steps", values))
    found = [_accept.length(f"{where}[{k}]", value) for k, value in enumerate(values)]
    if found != sorted(found):
        raise ScheduleError(message(where, "must not fall", values, "Sort it: theirs takes it for sorted."))
    return found
