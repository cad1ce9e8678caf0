"""A schedule taken apart on [a, b): stretches on each of which one formula speaks.

Cycles are not walked one by one. Cycle k has the rates floor + (s - floor) decay^k, so of many whole cycles the
first and the last hold the lowest and the highest rate, and stand for all; what they sum up to is a geometric
series. So a picture of ten million cycles costs what one of ten costs, and is as right.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from stepsize._accept import Number, whole
from stepsize.schedule.chain import Chain
from stepsize.schedule.cut import Slice
from stepsize.schedule.phases import Hold, Table
from stepsize.schedule.pointwise import Clip, Product, Sum
from stepsize.schedule.repeat import Repeat, Staircase
from stepsize.schedule.value import Schedule

_MOST_KINDS = 64  # of cycles, by where their updates fall
_MOST_TREADS = 64  # of a table inside of a sum, a product or a staircase
_MOST_GROWN = 300  # cycles of growing length that are told apart where sums over updates are asked


class Stretch(NamedTuple):
    """A leaf on [a, b) of its own positions. Its rate is shift + scale * leaf, at start + ratio * position.

    It may stand for more cycles than its own: for ``times`` stretches, in sums. Then their scales and shifts sum up
    to ``scales`` and ``shifts``. One that stands for none, 0 times, is shown but not summed.
    """

    leaf: Schedule
    a: Number
    b: Number
    start: Number = 0
    ratio: Number = 1
    scale: float = 1.0
    shift: float = 0.0
    times: float = 1
    scales: float = 1.0
    shifts: float = 0.0
    pieces: int = 1  # how many phases it stands for
    monotone: bool = True  # the leaf rises or falls all the way, or is a table
    loose: bool = False  # updates fall differently into the cycles it stands for
    rough: bool = False  # its leaf hides more edges than can be told apart: sample it

    @property
    def tread(self) -> Number | None:
        """How long its treads are, where the leaf is a table or a staircase."""
        leaf = _unclipped(self.leaf)
        return leaf.each if isinstance(leaf, Table) else leaf.every if isinstance(leaf, Staircase) else None

    @property
    def treads(self) -> range:
        """Its treads, by number, the parts of treads at both ends included."""
        width = self.tread
        return range(0) if width is None else range(int(self.a // width), math.ceil(self.b / width))

    def at(self, position: Number) -> Number:
        """Where a position of the leaf lies on the line."""
        own = self.ratio * position
        near = round(self.start + own)
        return (
            near if abs(self.start + own - near) <= 1e-12 * (abs(self.start) + abs(own)) else self.start + own
        )

    def back(self, place: Number) -> Number:
        """The position of the leaf that lies at a place on the line."""
        return (place - self.start) / self.ratio if self.ratio != 1 else place - self.start

    def rate(self, position: Number) -> float:
        """The rate at a position of the leaf."""
        return self.shift + self.scale * float(self.leaf(position))

    def limit(self, position: Number) -> float:
        """The limit of the rate from the left, at a position of the leaf."""
        return self.shift + self.scale * self.leaf._limit(position)


def stretches(s: Schedule, a: Number, b: Number, update: float = 0.0, apart: int = 4) -> Iterator[Stretch]:
    """The stretches of s on [a, b), 0 <= a < b, in order; after its end it is held.

    Args:
        s: any schedule.
        a, b: positions.
        update: how long an update is, where sums over updates are asked; 0 where they are not.
        apart: so many cycles of a repetition are told apart; of more, two at each end.
    """
    if a < s.length:
        yield from _inside(s._bare, a, min(b, s.length), update, apart)
    if b > s.length:
        yield Stretch(Hold(s._final), max(a - s.length, 0), b - s.length, s.length)


def _inside(s: Schedule, a: Number, b: Number, update: float, apart: int) -> Iterator[Stretch]:
    match s:
        case Chain():
            yield from _chained(s, a, b, update, apart)
        case Slice():
            inner = _inside(s.schedule, a + s.start, min(b + s.start, s.stop), update, apart)
            yield from (stretch._replace(start=stretch.start - s.start) for stretch in inner)
        case Repeat():
            yield from _repeated(s, a, b, update, apart)
        case Sum() | Product():
            yield from _combined(s, a, b, update, apart)
        case Clip():
            yield from _clipped(s, a, b, apart)
        case Staircase():
            yield from _cut(s, (s.schedule,), a, b, apart)
        case _:
            yield Stretch(s, a, b)


def cuts(stretch: Stretch, most: int = 8) -> list[Number]:
    """Positions of its leaf, from a to b, between which no extreme of the rate lies: where to look at it.

    A table or staircase of more treads than ``most`` shows some, its lowest and highest among them; a sum or a
    product, which need not rise or fall all the way, is looked at in ``most`` places; what is rough, in three
    times as many.
    """
    a, b, width = stretch.a, stretch.b, stretch.tread
    if stretch.rough:
        return [a, *(a + (b - a) * (k + scattered(k)) / (3 * most) for k in range(3 * most)), b]
    if width is not None:
        shown = _shown(_unclipped(stretch.leaf), stretch.treads, most)
        return sorted({min(max(edge * width, a), b) for tread in shown for edge in (tread, tread + 1)})
    if not stretch.monotone:
        return [*(a + (b - a) * (k / most) for k in range(most)), b]
    return [a, b]


def _shown(leaf: Schedule, treads: range, most: int) -> set[int]:
    """Some of the treads: a few, the first two, of which the second is a whole one, the last, lowest and highest."""
    if len(treads) <= most:
        return set(treads)
    shown = {treads[1], treads[-1], *(treads[len(treads) * k // most] for k in range(most))}
    if isinstance(leaf, Table):
        treads = treads[: len(leaf.values) - treads[0]]
        shown |= {min(treads, key=leaf.values.__getitem__), max(treads, key=leaf.values.__getitem__)}
    return shown


def _unclipped(s: Schedule) -> Schedule:
    while isinstance(s, Clip):
        s = s.schedule
    return s


def scattered(k: int) -> float:
    """A number in [0, 1), without a pattern that cycles could fall into step with."""
    return (k * k * 0.6180339887498949 + k * 0.4142135623730951) % 1.0


def _chained(s: Chain, a: Number, b: Number, update: float, apart: int) -> Iterator[Stretch]:
    ends = s._ends
    for k in range(bisect_right(ends, a), len(ends)):
        start, phase = ends[k - 1] if k else 0, s.joined[k]
        if start >= b or phase.length == 0:
            return
        stop = phase.length if b >= ends[k] else b - start
        for stretch in _inside(phase, max(a - start, 0), stop, update, apart):
            yield stretch._replace(start=start + stretch.start)


def _repeated(s: Repeat, a: Number, b: Number, update: float, apart: int) -> Iterator[Stretch]:
    """The cycles one by one where they are few; else the first, those that stand for the whole ones, the last."""
    first, last = _owner(s, a), _owner_before(s, b)
    kinds, loose = _kinds(s, update)
    lay = partial(_cycle, s, a, b, update, apart)
    if last - first < (_MOST_GROWN if loose and s.growth != 1.0 else max(apart, 2 * kinds + 2)):
        for k in range(first, last + 1):
            yield from lay(k, (1, 1, math.pow(s.decay, k)))
        return
    yield from lay(first, (1, 1, math.pow(s.decay, first)))
    for k in range(first + 1, first + 1 + kinds):
        for stretch in lay(k, _sums(s, k, last, kinds)):
            yield stretch._replace(loose=stretch.loose or loose)
    for k in range(last - kinds, last):
        yield from lay(k, (0, 0, 0.0))
    yield from lay(last, (1, 1, math.pow(s.decay, last)))


def _kinds(s: Repeat, update: float) -> tuple[int, bool]:
    """After how many cycles updates fall into a cycle as before; and whether they never do."""
    if not update:
        return 1, False
    kinds = Fraction(s.schedule.length / update).denominator
    return (1, True) if s.growth != 1.0 or kinds > _MOST_KINDS else (kinds, False)


def _cycle(
    s: Repeat, a: Number, b: Number, update: float, apart: int, k: int, sums: tuple[int, float, float]
) -> Iterator[Stretch]:
    """What of cycle k lies in [a, b), standing for ``sums``: cycles, their lengths in its own, and their decays."""
    start, length = _span(s, k)
    ratio = length / s.schedule.length if s.growth != 1.0 else 1
    left, (cycles, times, scales) = math.pow(s.decay, k), sums
    low = max(a - start, 0) / ratio
    high = s.schedule.length if b >= start + length else (b - start) / ratio
    for inner in _inside(s.schedule, low, high, update / ratio, apart) if low < high else ():
        yield inner._replace(
            start=start + ratio * inner.start,
            ratio=ratio * inner.ratio,
            scale=left * inner.scale,
            shift=s.floor * (1.0 - left) + left * inner.shift,
            times=times * inner.times,
            scales=scales * inner.scales,
            shifts=s.floor * (times - scales) * inner.times + scales * inner.shifts,
            pieces=cycles * inner.pieces,
        )


def _owner(s: Repeat, t: Number) -> int:
    """The cycle that owns position t."""
    return int(t // s.schedule.length) if s.growth == 1.0 else bisect_right(s._starts, t) - 1


def _owner_before(s: Repeat, t: Number) -> int:
    """The last cycle that begins before position t."""
    if s.growth != 1.0:
        return bisect_left(s._starts, t) - 1
    k = int(t // s.schedule.length)
    return k if s._start(k) < t else k - 1


def _span(s: Repeat, k: int) -> tuple[Number, Number]:
    return (s._start(k), s.schedule.length) if s.growth == 1.0 else (s._starts[k], s._lengths[k])


def _sums(s: Repeat, first: int, last: int, each: int) -> tuple[int, float, float]:
    """Every ``each``-th cycle from first to before last: how many, their lengths and decays in lengths of the first."""
    count = len(range(first, last, each))
    if s.growth != 1.0:
        lengths = s._lengths[first:last]
        decayed = math.fsum(n * math.pow(s.decay, k) for k, n in enumerate(lengths, first))
        return count, sum(lengths) / lengths[0], decayed / lengths[0]
    if s.decay == 1.0:
        return count, count, count
    fading = each * math.log(s.decay)
    return count, count, math.pow(s.decay, first) * math.expm1(count * fading) / math.expm1(fading)


def _combined(s: Sum | Product, a: Number, b: Number, update: float, apart: int) -> Iterator[Stretch]:
    """A sum or product: it goes as one of its terms does while the others stand still; else it is a leaf itself."""
    for low, high in pairwise(sorted({a, b, *(t.length for t in s.terms if a < t.length < b)})):
        moving = [t for t in s.terms if low < t.length and not isinstance(t, Hold)]
        if len(moving) != 1:
            yield from _cut(s, moving, low, high, apart)
            continue
        still = s._fold([t._final for t in s.terms if t is not moving[0]])
        for inner in _inside(moving[0], low, high, update, apart):
            if isinstance(s, Sum):
                yield inner._replace(shift=still + inner.shift, shifts=still * inner.times + inner.shifts)
            else:
                names = ("scale", "shift", "scales", "shifts")
                yield inner._replace(**{name: still * getattr(inner, name) for name in names})


def _clipped(s: Clip, a: Number, b: Number, apart: int) -> Iterator[Stretch]:
    """Clipping bends a curve and keeps its order: each stretch is clipped, unless cycles shrink."""
    found = list(_inside(s.schedule, a, b, 0.0, apart))
    if any(
        (inner.scale, inner.shift, inner.shifts, inner.scales) != (1, 0, 0, inner.times) for inner in found
    ):
        yield from _cut(s, (s.schedule,), a, b, apart)
        return
    yield from (inner._replace(leaf=Clip(inner.leaf, s.low, s.high)) for inner in found)


def _cut(s: Schedule, inside: Sequence[Schedule], a: Number, b: Number, apart: int) -> Iterator[Stretch]:
    """A leaf of our own making, s, cut where the formulas of the schedules inside change."""
    found = [stretch for part in inside for stretch in _inside(part, a, min(b, part.length), 0.0, apart)]
    if any(stretch.rough or stretch.times != 1 or len(stretch.treads) > _MOST_TREADS for stretch in found):
        yield Stretch(s, a, b, rough=True)
        return
    monotone = not isinstance(s, (Sum, Product)) and all(stretch.monotone for stretch in found)
    within = ((stretch, cuts(stretch, _MOST_TREADS) if stretch.treads else stretch[1:3]) for stretch in found)
    edges = {a, b, *(whole(stretch.at(edge)) for stretch, own in within for edge in own)}
    for low, high in pairwise(sorted(edge for edge in edges if a <= edge <= b)):
        yield Stretch(s, low, high, monotone=monotone)
