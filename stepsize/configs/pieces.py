"""A schedule in the pieces of torch and of optax: each phase as the scheduler that has its shape, joined; and the
schedulers that are a whole curve by themselves.

A piece that a library does not have is a straight line between its ends, or some lines along it; how far those are
off is measured with all the rest.
"""

import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

from stepsize._accept import Number
from stepsize.configs.call import Call, call
from stepsize.configs.outline import MOST as MOST_UPDATES
from stepsize.configs.outline import Outline
from stepsize.configs.proposals import drops, powers
from stepsize.schedule.value import Phase

_LINES = 16  # that stand for a phase which a library cannot say
MOST = 60  # pieces: a longer call cannot be typed
TINY = 1e-10  # of the rate: where LinearLR starts, which refuses 0


class Piece(NamedTuple):
    """A phase of the run."""

    start: Number
    steps: Number
    kind: str
    first: float
    last: float


def pieces(o: Outline, whole: bool = True) -> list[Piece]:
    """The phases of the run, in whole updates or as they are; none where they are too many."""
    s = o.schedule
    phases: tuple[Phase, ...] = s.phases(o.steps) if math.isinf(s.length) else s.phases()
    own = [phase for phase in phases if phase.start < o.steps and phase.stop > phase.start]
    if not own or len(own) > MOST:
        return []
    edges = [*(phase.start for phase in own), min(own[-1].stop, 2**40)]
    edges = [round(edge) for edge in edges] if whole else edges
    found = [
        Piece(a, b - a, phase.kind, phase.first, phase.last)
        for phase, a, b in zip(own, edges, edges[1:], strict=False)
        if b > a
    ]
    if found and s.length < o.steps:
        found.append(Piece(edges[-1], o.steps - edges[-1], "hold", o.end, o.end))
    return found


def along(o: Outline, own: list[Piece], known: Callable[[Piece], bool]) -> Iterator[list[Piece]]:
    """The pieces as they are, and with some lines for each that is not known, between which it falls as far."""
    if not own:
        return
    yield own
    split = [part for piece in own for part in ([piece] if known(piece) else _lines(o, piece))]
    if len(own) < len(split) <= MOST:
        yield split


def _lines(o: Outline, piece: Piece) -> list[Piece]:
    """Lines along a phase, between which it rises or falls as far."""
    import numpy as np

    if piece.steps > MOST_UPDATES or not isinstance(piece.start, int):
        return [piece]
    sign = 1 if piece.last > piece.first else -1
    rates = o.schedule(np.arange(piece.start, min(piece.start + piece.steps, o.steps)))
    levels = np.linspace(piece.first * sign, piece.last * sign, _LINES + 1)[1:-1]
    stops = [int(stop) for stop in np.unique(np.searchsorted(rates * sign, levels)) if 0 < stop < len(rates)]
    edges, ends = [0, *stops, piece.steps], [piece.first, *(float(rates[stop]) for stop in stops), piece.last]
    found = zip(edges, edges[1:], ends, ends[1:], strict=False)
    return [Piece(piece.start + a, b - a, "linear", first, last) for a, b, first, last in found]


def torch(o: Outline) -> Iterator[Call]:
    """Native schedulers of torch; the optimizer has the peak as its rate."""
    lr, last = o.peak, float(o.rates[-1])
    for own in along(
        o, pieces(o), lambda piece: _torch_piece(lr, piece).name != "LinearLR" or piece.kind == "linear"
    ):
        yield _sequence(lr, [_torch_piece(lr, piece) for piece in own], [piece.start for piece in own[1:]])
    for w in o.warm:
        rest = max(1, o.steps - w)
        falls = [call("torch", "CosineAnnealingLR", lr, T_max=rest, eta_min=o.end)]
        falls += [
            call("torch", "LinearLR", lr, start_factor=1.0, end_factor=min(1.0, o.end / lr), total_iters=rest)
        ]
        falls += [call("torch", "PolynomialLR", lr, total_iters=rest, power=p) for p in powers(o, w, o.steps)]
        if o.cycles > 1:
            falls += [
                call(
                    "torch",
                    "CosineAnnealingWarmRestarts",
                    lr,
                    T_0=o.period + off,
                    T_mult=growth,
                    eta_min=float(low),
                )
                for off, growth, low in product((0, 1, -1), (1, 2, 3), {o.end, float(o.rates.min()), 0.0})
                if o.period + off > 0
            ]
        if (found := drops(o)) is not None and found[0][0] > w:
            falls.append(call("torch", "StepLR", lr, step_size=found[0][0] - w, gamma=found[1]))
            falls.append(
                call("torch", "MultiStepLR", lr, milestones=[stop - w for stop in found[0]], gamma=found[1])
            )
        for fall in falls:
            yield fall if w == 0 else _sequence(lr, [_line(lr, o.first, lr, w), fall], [w])
    if o.first > 0 and last > 0:
        for w, way in product(o.warm, ("cos", "linear")):
            if 1 < w + 1 < o.steps:
                yield call("torch", "OneCycleLR", lr, max_lr=lr, total_steps=o.steps, pct_start=(w + 1) / o.steps,
                           anneal_strategy=way, div_factor=lr / o.first, final_div_factor=o.first / last)  # fmt: skip
    yield from _triangles(o)


def _triangles(o: Outline) -> Iterator[Call]:
    """Up and down again, in cycles of one height, or of half of it each time."""
    for w, mode in product([w for w in o.warm if w > 0], ("triangular", "triangular2")):
        yield call("torch", "CyclicLR", o.peak, base_lr=o.first, max_lr=o.peak, step_size_up=w, mode=mode,
                   cycle_momentum=False)  # fmt: skip


def _sequence(lr: float, parts: list[Call], stops: list[Number]) -> Call:
    return (
        parts[0] if len(parts) == 1 else call("torch", "SequentialLR", lr, schedulers=parts, milestones=stops)
    )


def _line(lr: float, first: float, last: float, steps: Number) -> Call:
    ends = {"start_factor": min(1.0, max(first / lr, TINY)), "end_factor": min(1.0, last / lr)}
    return call("torch", "LinearLR", lr, **ends, total_iters=steps)


def _torch_piece(lr: float, piece: Piece) -> Call:
    from_the_top = math.isclose(piece.first, lr, rel_tol=1e-12)
    steps, low = piece.steps, piece.last
    if piece.kind == "hold":
        return call(
            "torch", "ConstantLR", lr, factor=min(1.0, max(piece.first / lr, TINY)), total_iters=steps + 1
        )
    if piece.kind == "cosine" and from_the_top:
        return call("torch", "CosineAnnealingLR", lr, T_max=steps, eta_min=low)
    if (power := _power(piece.kind)) and from_the_top and low == 0:
        return call("torch", "PolynomialLR", lr, total_iters=steps, power=power)
    if piece.kind == "geometric" and from_the_top and low > 0:
        return call("torch", "ExponentialLR", lr, gamma=(low / lr) ** (1 / steps))
    return _line(lr, piece.first, low, steps)


def optax(o: Outline) -> Iterator[Call]:
    """Schedules of optax, joined; and those with a warmup of their own."""
    for own in along(
        o, pieces(o, whole=False), lambda p: _optax_piece(p).name != "linear_schedule" or p.kind == "linear"
    ):
        yield _joined([_optax_piece(piece) for piece in own], [piece.start for piece in own[1:]])
    for w in o.warm:
        rest, rise = max(1, o.steps - w), call("optax", "linear_schedule", o.first, o.peak, w)
        falls = [call("optax", "cosine_decay_schedule", o.peak, rest, o.end / o.peak)]
        falls += [call("optax", "polynomial_schedule", o.peak, o.end, p, rest) for p in powers(o, w, o.steps)]
        if (found := drops(o)) is not None and found[1] > 0 and found[0][0] > w:
            falls.append(
                call("optax", "exponential_decay", o.peak, found[0][0] - w, found[1], staircase=True)
            )
        for fall in falls:
            yield fall if w == 0 else _joined([rise, fall], [w])


def _joined(parts: list[Call], stops: list[Number]) -> Call:
    return parts[0] if len(parts) == 1 else call("optax", "join_schedules", parts, stops)


def _optax_piece(piece: Piece) -> Call:
    first, last, steps = piece.first, piece.last, piece.steps
    if piece.kind == "hold":
        return call("optax", "constant_schedule", first)
    if piece.kind == "cosine" and first > 0:
        return call("optax", "cosine_decay_schedule", first, steps, last / first)
    if power := _power(piece.kind):
        return call("optax", "polynomial_schedule", first, last, power, steps)
    if piece.kind == "geometric" and first > 0 and last > 0:
        return call("optax", "exponential_decay", first, steps, last / first)
    return call("optax", "linear_schedule", first, last, steps)


def _power(kind: str) -> Any:
    """The exponent of a power shape; None of any other."""
    return float(kind[6:-1]) if kind.startswith("power(") else None
