"""Every phase and recipe again, by hand from its source: exact rational positions, 120 digits, no code of ours.

``reference.name(t, ...)`` takes what ``stepsize.name(...)`` takes, with the position first, and gives an mpmath
number. Positions and parameters are the exact values of the floats that they are given as, so that what is rational
(every straight line, every edge, the length of every cycle) is computed without any rounding; the rest is
rounded at 120 digits, for 1 + cos loses half of them beside the end of a phase. :func:`ulps` measures a rate
against it. ``CASES``, and ``LONG_CASES`` in 32 bits, are what the tests and ``bench.accuracy`` measure.
"""

import math
import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache, wraps
from typing import Any, NamedTuple

from mpmath import mp

DIGITS = 120
INF = math.inf


def exact(x: Any) -> Any:
    """A number as the fraction that it is; infinity and text stay."""
    return x if isinstance(x, (str, Fraction)) or x is None or x == INF else Fraction(x)


def formula(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a formula compute exactly: before 0 is 0, numbers are fractions, the answer an mpmath number."""

    @wraps(function)
    def at(t: Any, *args: Any, **kwargs: Any) -> Any:
        given = [exact(a) if not isinstance(a, (list, tuple)) else [exact(x) for x in a] for a in args]
        named = {key: exact(value) for key, value in kwargs.items()}
        with mp.workdps(DIGITS):
            return mp.mpmathify(function(max(exact(t), Fraction(0)), *given, **named))

    return at


def ulps(rate: float, reference: Any) -> float:
    """How far a rate is from the reference, in units in the last place of the reference."""
    with mp.workdps(DIGITS):
        return float(abs(mp.mpf(rate) - reference) / mp.mpf(math.ulp(float(reference))))


def float32_ulps(rate: float, reference: Any) -> float:
    """The same in float32 units; below its smallest normal number, XLA gives 0, and anything up to that will do."""
    expected = float(reference)
    if expected < 2**-126:
        return 0.0 if 0.0 <= rate <= 2**-126 else INF
    return abs(rate - expected) / 2.0 ** (math.frexp(expected)[1] - 24)


def share(part: Any, steps: Fraction) -> Fraction:
    return Fraction(part.rstrip("% ")) * steps / 100 if isinstance(part, str) else part


# Phases: u is the progress, from 0 at the start to 1 at the end


def weight_of_start(shape: str, u: Fraction) -> Any:
    name, _, rest = shape.partition("(")
    arguments = [Fraction(float(x)) for x in rest.rstrip(")").split(",")] if rest else []
    return _WEIGHTS[name](u, *arguments)


def _tanh(u: Fraction, lower: Fraction = Fraction(-6), upper: Fraction = Fraction(3)) -> Any:
    low, high = (mp.tanh(mp.mpmathify(x)) for x in (lower, upper))
    return 1 - (mp.tanh(mp.mpmathify(lower + (upper - lower) * u)) - low) / (high - low)


_WEIGHTS: dict[str, Callable[..., Any]] = {
    "linear": lambda u: 1 - u,
    "cosine": lambda u: (1 + mp.cospi(u)) / 2,
    "power": lambda u, p: mp.mpmathify(1 - u) ** p,
    "one_minus_sqrt": lambda u: 1 - mp.sqrt(u),
    "square": lambda u: 1 - u**2,
    "smoothstep": lambda u: 1 - u**2 * (3 - 2 * u),
    "tanh": _tanh,
}


@formula
def hold(t, value, steps=INF):
    return value


@formula
def ramp(t, start, end, steps, shape="linear"):
    if t >= steps:
        return end
    if shape == "geometric":
        return start * mp.mpmathify(end / start) ** (t / steps)
    if shape == "harmonic":
        return 1 / ((1 - t / steps) / start + t / steps / end)
    return end + (start - end) * weight_of_start(shape, t / steps)


def linear(t, start, end, steps):
    return ramp(t, start, end, steps)


@formula
def cosine(t, start, end, steps):
    return end + (start - end) * (1 + mp.cospi(t / steps)) / 2 if t < steps else end


@formula
def polynomial(t, start, end, steps, power=1):
    return end + (start - end) * mp.mpmathify(1 - t / steps) ** power if t < steps else end


@formula
def exponential(t, start, end, steps):
    return start * mp.mpmathify(end / start) ** (t / steps) if t < steps else end


@formula
def decay(t, start, tail, steps=INF):
    name, _, rest = tail.partition("(")
    first, second = (Fraction(float(x)) for x in rest.rstrip(")").split(","))
    e = min(t, steps)
    if e == INF:
        return 0
    if name == "power_law":  # (1 + e / timescale)^-exponent
        return start * mp.mpmathify(1 + e / first) ** -second
    return start * mp.mpmathify(first) ** (e / second)  # factor^(e / every)


@formula
def table(t, values, each=1):
    return values[min(t // each, len(values) - 1)] if t < INF else values[-1]


# Recipes: W = warmup, N = steps


@formula
def linear_warmup(t, peak, steps, start=0):
    return start + (peak - start) * t / steps if t < steps else peak


@formula
def cosine_annealing(t, peak, steps, end=0):
    return end + (peak - end) * (1 + mp.cospi(t / steps)) / 2 if t < steps else end


@formula
def warmup_cosine(t, peak, steps, warmup=0, end=0, start=0):
    w, n = share(warmup, steps), steps
    if t < w:
        return start + (peak - start) * t / w
    return end + (peak - end) * (1 + mp.cospi((t - w) / (n - w))) / 2 if t < n else end


@formula
def warmup_linear(t, peak, steps, warmup=0, end=0, start=0):
    w, n = share(warmup, steps), steps
    if t < w:
        return start + (peak - start) * t / w
    return end + (peak - end) * (n - t) / (n - w) if t < n else end


def d2z(t, peak, steps, warmup="10%"):
    return warmup_linear(t, peak, steps, warmup)


@formula
def polynomial_decay(t, peak, steps, end=0, power=1, warmup=0):
    w, n = share(warmup, steps), steps
    if t < w:
        return peak * t / w
    return end + (peak - end) * mp.mpmathify((n - t) / (n - w)) ** power if t < n else end


def power_decay(t, peak, steps, beta, warmup=0):
    return polynomial_decay(t, peak, steps, 0, 2 * Fraction(beta) - 1, warmup)


@cache
def cycles_of(first: Fraction, growth: Fraction) -> list[tuple[int, int]]:
    """Start and length of each cycle up to position 2^62: round(first * growth^k), in exact arithmetic."""
    found, start, length = [], 0, first
    while start < 2**62:
        found.append((start, round(length)))  # of a fraction: exact, ties to even
        start, length = start + round(length), length * growth
    return found


@formula
def sgdr(t, peak, first, growth=1, cycles=None, end=0, peak_decay=1):
    if growth == 1:
        n = round(first)
        k = t // n if t < INF else INF
        start = k * n
    else:
        k, (start, n) = max((k, c) for k, c in enumerate(cycles_of(first, growth)) if c[0] <= t and c[1])
    if t == INF or (cycles is not None and (k >= cycles or (k == cycles - 1 and t >= start + n))):
        return end
    return end + (peak - end) * mp.mpmathify(peak_decay) ** k * (1 + mp.cospi((t - start) / n)) / 2


@formula
def wsd(t, peak, steps, warmup=0, decay=0, end=0, shape="linear"):
    w, d, n = share(warmup, steps), share(decay, steps), steps
    if t < w:
        return peak * t / w
    if d == 0 or t < n - d:
        return peak
    return end + (peak - end) * weight_of_start(shape, (t - n + d) / d) if t < n else end


@formula
def minicpm(t, peak, steps, warmup, decay, half_life=5000):
    w, d, n = share(warmup, steps), share(decay, steps), steps
    if t < w:
        return peak * t / w
    if t < n - d:
        return peak
    return peak * mp.mpf(0.5) ** ((t - n + d) / half_life if t < n else d / half_life)


@formula
def wsd_s(t, peak, ends, warmup=0, decay="10%", end=None):
    w, before = share(warmup, ends[0]), Fraction(0)
    if t < w:
        return peak * t / w
    for n in ends:
        d = share(decay, n - before)
        if t < n - d:
            return peak
        if t < n:
            x = (t - n + d) / d
            return 1 / ((1 - x) / peak + x / end)
        before = n
    return end


@formula
def infinite(t, peak, steps, constant, end, warmup, cooldown, decay):
    w, c, d, n = share(warmup, steps), share(cooldown, steps), share(decay, steps), steps
    if t < w:
        return peak * t / w
    if t < w + c:
        return constant + (peak - constant) * (1 + mp.cospi((t - w) / c)) / 2
    if d == 0 or t < n - d:
        return constant
    return constant * mp.mpmathify(end / constant) ** ((t - n + d) / d) if t < n else end


@formula
def one_cycle(t, peak, steps, rise="30%", start=None, end=None):
    r, n = share(rise, steps), steps
    start = peak / 25 if start is None else start
    end = peak / 250_000 if end is None else end
    if t < r:
        return start + (peak - start) * (1 - mp.cospi(t / r)) / 2
    return end + (peak - end) * (1 + mp.cospi((t - r) / (n - r))) / 2 if t < n else end


@formula
def triangular(t, low, high, half, cycles=None, decay=1):
    if t == INF:
        return low
    k = t // (2 * half)
    e = t - k * 2 * half
    if cycles is not None and k >= cycles:
        return low
    height = (high - low) * mp.mpmathify(decay) ** k
    return low + height * (e / half if e < half else (2 * half - e) / half)


@formula
def step_decay(t, peak, every, factor=Fraction(0.1)):
    return peak * mp.mpmathify(factor) ** (t // every) if t < INF else 0


@formula
def multi_step(t, peak, milestones, factor=Fraction(0.1)):
    return peak * mp.mpmathify(factor) ** sum(m <= t for m in milestones)


@formula
def inverse_sqrt(t, peak, warmup, start=0):
    if t < warmup:
        return start + (peak - start) * t / warmup
    return peak * mp.sqrt(warmup / t) if t < INF else 0


@formula
def power(t, peak, steps, warmup, exponent=Fraction(0.51), decay=0, end=0):
    w, d, n = share(warmup, steps), share(decay, steps), steps
    if t < w:
        return peak * t / w
    if t == INF and n == INF:
        return 0
    top = n - d if d < n < INF else n
    law = mp.mpmathify(min(t, top) / w) ** -exponent
    return peak * law if d == 0 or t < n - d else end + (peak * law - end) * (n - min(t, n)) / d


# What is measured: each phase, shape and recipe, rising and falling


class Case(NamedTuple):
    """One call, ``function(*args, **kwargs)``, and the positions at which its formula changes."""

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    edges: tuple[float, ...]

    @property
    def text(self) -> str:
        return f"{self.function}({', '.join([*map(repr, self.args), *(f'{k}={v!r}' for k, v in self.kwargs.items())])})"

    def at(self, t: Any) -> Any:
        return globals()[self.function](t, *self.args, **self.kwargs)

    def built(self, library: Any) -> Any:
        return getattr(library, self.function)(*self.args, **self.kwargs)

    @property
    def shape(self) -> str:
        """The shape, or the power, where one is named."""
        named = [a for a in (*self.args, self.kwargs.get("shape")) if isinstance(a, str)]
        return named[0] if named else f"power({self.kwargs['power']})" if "power" in self.kwargs else ""

    def budget(self, t: float) -> float:
        """Units in the last place of a float64 that a rate may be off: 6, with two exceptions.

        The tanh shape, made of exponentials, has 32. A power p above 2 has 2.2 p where the position is not whole: the
        rounding of t - a and of its quotient is raised to that power.
        """
        name, _, rest = self.shape.partition("(")
        if name == "tanh":
            return 32.0
        power = float(rest.rstrip(")")) if name == "power" else 1.0
        return 6.0 if power <= 2 or t == int(t) else 2.2 * power

    @property
    def budget_in_32_bits(self) -> float:
        return 48.0 if self.shape.startswith("tanh") else 16.0

    def positions(self, count: int, seed: int = 0) -> list[float]:
        """Each edge, one update and one float beside it, before 0, far beyond, and ``count`` in between."""
        last, draw = max(self.edges) or 10_000, random.Random(seed)
        near = {t for e in self.edges for t in (e - 1, e, e + 1)}
        beside = {math.nextafter(e, side) for e in self.edges if e for side in (-INF, INF)}
        inside = {draw.uniform(0, last) for _ in range(count)} | {
            draw.randint(0, int(last)) for _ in range(count)
        }
        return sorted(near | beside | inside | {-5, -0.5, 1e-9, 1.5 * last, last + 7.25, 10**9, 1e15})

    def whole_positions(self, count: int, seed: int = 0) -> list[int]:
        """The same in whole updates that 32 bits can count."""
        held = {int(t) for t in self.positions(count, seed) if 0 <= t < 2**31}
        return sorted(held | {2**31 - 1} if max(self.edges) >= 2**30 else held)


def case(function: str, *args: Any, edges: tuple[float, ...] = (), **kwargs: Any) -> Case:
    return Case(function, args, kwargs, tuple(sorted({0, *edges})))


_SHAPES = (
    "linear", "cosine", "power(0.5)", "power(2.0)", "power(3.7)", "one_minus_sqrt", "square", "smoothstep", "tanh",
    "tanh(-3.0, 3.0)", "tanh(-10.0, 2.0)", "tanh(0.0, 5.0)",
)  # fmt: skip
CASES = [
    *(case("ramp", a, b, n, s, edges=(n,)) for s in _SHAPES for a, b in (
        (1.0, 0.0), (0.0, 1.0), (3e-4, 3e-5), (3e-5, 3e-4)) for n in (7, 1000, 3702.5)),
    *(case("ramp", a, b, n, s, edges=(n,)) for s in ("geometric", "harmonic") for a, b in (
        (1.0, 1e-5), (1e-5, 1.0), (3e-4, 3e-5), (3e-5, 3e-4)) for n in (7, 1000, 3702.5)),
    case("hold", 0.1), case("hold", 3e-4, 10, edges=(10,)),
    *(case("linear", a, b, n, edges=(n,)) for a, b in ((0.0, 0.1), (0.1, 1e-7)) for n in (3, 10_000)),
    *(case("cosine", a, b, n, edges=(n,)) for a, b in ((0.0, 0.1), (0.1, 1e-7)) for n in (3, 10_000)),
    *(case("polynomial", a, b, 1000, p, edges=(1000,)) for a, b in ((0.0, 0.1), (0.1, 1e-7)) for p in (1, 0.3, 2)),
    *(case("exponential", a, b, 1000, edges=(1000,)) for a, b in ((1e-4, 0.1), (0.1, 1e-4))),
    case("decay", 0.1, "power_law(100, 0.5)"), case("decay", 0.1, "power_law(7.5, 2)", 50, edges=(50,)),
    case("decay", 0.1, "exponential(0.5, 100)"), case("decay", 0.1, "exponential(0.9, 2.5)", 60, edges=(60,)),
    case("table", (0.3, 0.1, 0.2), edges=(1, 2, 3)), case("table", (0.3, 0.1), each=2.5, edges=(2.5, 5)),
    case("linear_warmup", 3e-4, 1000, edges=(1000,)), case("linear_warmup", 1.0, 7, start=0.1, edges=(7,)),
    case("cosine_annealing", 0.1, 1000, edges=(1000,)), case("cosine_annealing", 0.1, 999.5, end=1e-3, edges=(999.5,)),
    case("warmup_cosine", 3e-4, 10_000, warmup=1000, end=3e-5, edges=(1000, 10_000)),
    case("warmup_cosine", 1.0, 1_000_000, warmup="5%", edges=(50_000, 1_000_000)),
    case("warmup_cosine", 0.1, 3, warmup=1, start=1e-3, edges=(1, 3)),
    case("warmup_linear", 3e-4, 10_000, warmup=1000, end=3e-5, edges=(1000, 10_000)),
    case("warmup_linear", 0.1, 100, warmup="7.5%", start=0.01, edges=(7.5, 100)),
    case("d2z", 3e-4, 1000, edges=(100, 1000)),
    *(case("polynomial_decay", 0.1, 1000, power=p, warmup=100, end=e, edges=(100, 1000)) for p in (
        0.5, 1.0, 2.0, 3.0) for e in (0.0, 1e-3)),
    case("power_decay", 0.1, 1000, beta=1.2, warmup=50, edges=(50, 1000)),
    case("sgdr", 0.1, 10, edges=(10, 20, 70, 10_000)),
    case("sgdr", 0.1, 10, growth=2, end=1e-3, peak_decay=0.8, edges=(10, 30, 70, 150, 10 * (2**20 - 1))),
    case("sgdr", 0.1, 10, growth=1.5, cycles=4, edges=(10, 25, 47, 81)),
    case("sgdr", 0.1, 7, cycles=3, end=1e-3, peak_decay=0.5, edges=(7, 14, 21)),
    case("sgdr", 0.1, 10, growth=3, edges=(10, 40, 130, 400, 1210)),
    case("wsd", 0.1, 1000, warmup=100, decay="20%", edges=(100, 800, 1000)),
    case("wsd", 0.1, 1000, warmup=100, decay=200, end=1e-3, shape="one_minus_sqrt", edges=(100, 800, 1000)),
    case("wsd", 0.1, 64.5, warmup=2.25, decay=8.5, end=1e-3, shape="cosine", edges=(2.25, 56, 64.5)),
    case("wsd", 0.1, INF, warmup=100, edges=(100,)),
    case("minicpm", 0.01, 60_000, warmup=1000, decay="20%", edges=(1000, 48_000, 53_000, 60_000)),
    case("wsd_s", 0.1, (100, 200, 400), warmup=10, end=1e-2, edges=(10, 90, 100, 190, 200, 380, 400)),
    case("infinite", 0.1, 1000, constant=0.05, end=1e-3, warmup=100, cooldown=200, decay=400,
         edges=(100, 300, 600, 1000)),
    case("one_cycle", 0.1, 1000, edges=(300, 1000)), case("one_cycle", 0.1, 12_344, rise=3702.5, edges=(3702.5, 12_344)),
    case("one_cycle", 0.1, 10, start=0.0, end=0.0, rise=4, edges=(4, 10)),
    case("triangular", 0.0, 0.1, 4, edges=(4, 8, 12, 4000)),
    case("triangular", 1e-3, 0.1, 2.25, cycles=3, edges=(2.25, 4.5, 13.5)),
    case("triangular", 1e-3, 0.1, 100, decay=0.5, edges=(100, 200, 300, 1000)),
    case("step_decay", 0.1, 30, edges=(30, 60, 90)), case("step_decay", 0.1, 2.5, factor=0.97, edges=(2.5, 5, 250)),
    case("multi_step", 0.1, (30, 80), edges=(30, 80)), case("multi_step", 0.1, (32_000, 48_000.5), factor=0.3,
                                                            edges=(32_000, 48_000.5)),
    case("inverse_sqrt", 0.1, 100, edges=(100,)), case("inverse_sqrt", 3e-4, 4000, start=1e-6, edges=(4000,)),
    case("power", 0.02, 1000, warmup=100, decay=200, end=1e-5, edges=(100, 800, 1000)),
    case("power", 0.02, INF, warmup=100, edges=(100,)), case("power", 0.02, 1000, warmup="10%", edges=(100, 1000)),
]  # fmt: skip

REAL_PERIODS = [  # not in 32 bits, where a cycle must be a multiple of 1/1024 of an update
    case("step_decay", 0.1, 0.1, factor=0.97, edges=(0.1, 0.2, 0.3, 0.7, 25)),
    case("step_decay", 0.1, 3.3, factor=0.5, edges=(3.3, 6.6, 9.9, 33)),
    case("triangular", 1e-3, 0.1, 1.7, decay=0.9, edges=(1.7, 3.4, 5.1, 6.8, 34)),
    case("table", (0.3, 0.1, 0.2, 0.4), each=0.1, edges=(0.1, 0.2, 0.3, 0.4)),
    case("decay", 0.1, "exponential(0.5, 0.7)", 30, edges=(0.7, 1.4, 2.1, 30)),
]

LONG = 2**31 - 1  # the last position that 32 bits can count
LONG_CASES = [
    *(case("ramp", 1.0, 0.0, LONG, shape, edges=(LONG,)) for shape in (
        "cosine", "power(0.5)", "power(2.0)", "one_minus_sqrt", "square", "smoothstep", "tanh")),
    *(case("ramp", 0.0, 1.0, LONG, shape, edges=(LONG,)) for shape in ("linear", "cosine", "power(2.0)", "tanh")),
    *(case("exponential", a, b, LONG, edges=(LONG,)) for a, b in ((1e-5, 0.1), (0.1, 1e-5))),
    case("ramp", 3e-4, 3e-5, 10**6, "harmonic", edges=(10**6,)),
    case("cosine_annealing", 3e-4, 10**6, edges=(10**6,)),
    case("warmup_cosine", 3e-4, LONG, warmup=12_345_678, end=3e-5, edges=(12_345_678, LONG)),
    case("warmup_cosine", 3e-4, 10, warmup=3.25, edges=(3.25, 10)),
    case("warmup_linear", 3e-4, LONG, warmup="5%", edges=(LONG,)),
    case("polynomial_decay", 0.1, 10**6, power=2.0, warmup=1000, end=1e-3, edges=(1000, 10**6)),
    case("sgdr", 0.1, 10_000_001, growth=2, end=1e-3, edges=(10_000_001, 30_000_003, LONG)),
    case("sgdr", 0.1, 1_000_003, peak_decay=0.999, edges=(1_000_003, 10**9, LONG)),
    case("sgdr", 0.1, 10, growth=1.5, edges=(10, 25, 10**9)),
    case("sgdr", 0.1, 10, growth=3, edges=(10, 40, 645_700_810, 1_937_102_440, LONG)),  # in a cycle beyond 32 bits
    case("wsd", 0.1, LONG, warmup="1%", decay=2**30, shape="one_minus_sqrt", edges=(2**30, LONG)),
    case("minicpm", 0.01, 2**30, warmup=1000, decay=2**29, half_life=10_000_019, edges=(1000, 2**29, 2**30)),
    case("infinite", 0.1, LONG, constant=0.05, end=1e-3, warmup=10**6, cooldown=10**8, decay=10**9,
         edges=(10**6, 101 * 10**6, LONG - 10**9, LONG)),
    case("one_cycle", 0.1, LONG, rise=10**9, edges=(10**9, LONG)), case("one_cycle", 0.1, 123, rise=36.5, edges=(36.5, 123)),
    case("triangular", 1e-3, 0.1, 1_000_003, decay=0.99, edges=(1_000_003, 2_000_006, LONG)),
    case("triangular", 0.0, 0.1, 2.25, edges=(2.25, 4.5, 90, LONG)),
    case("step_decay", 0.1, 100_003, factor=0.999, edges=(100_003, 200_006, 10**9)),
    case("multi_step", 0.1, (32_000, 48_000.5, 2**30 + 1), edges=(32_000, 48_000.5, 2**30 + 1)),
    case("inverse_sqrt", 0.1, 10_000, edges=(10_000, LONG)),
    case("power", 0.02, LONG, warmup=10**6, decay=10**8, edges=(10**6, LONG - 10**8, LONG)),
    case("wsd_s", 0.1, (2**29, 2**30, LONG), warmup=1000, decay=2**20, end=0.01, edges=(2**29, 2**30, LONG)),
]  # fmt: skip
