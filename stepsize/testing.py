"""The conformance kit: what every schedule promises, as small named checks for your own recipes, too.

    import pytest, stepsize.testing

    @pytest.mark.parametrize(("s", "check"), stepsize.testing.grid([my_recipe(1e-3, 1000)]))
    def test_my_recipe(s, check):
        check(s)

Each check raises ``AssertionError`` with what was expected, at which position, and what came instead. Checks on
arrays run for NumPy; those on JAX and Torch are in ``KINDS``, for who has them installed.
"""

import copy
import itertools
import json
import math
import pickle
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import stepsize
from stepsize.schedule import Schedule

Check = Callable[[Schedule], None]


def positions(s: Schedule) -> list[int | float]:
    """Where schedules break: at each edge, one update and one float beside it, in between, outside, far away."""
    edges = [edge for edge in s.edges if edge < math.inf]
    near = [
        t for e in edges for t in (e - 1, e, e + 1, math.nextafter(e, math.inf), math.nextafter(e, -math.inf))
    ]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(edges)]
    return sorted({*near, *middles, -5, 0, 1, 0.5, edges[-1] + 1000, 10**7, 2**40 + 1})


def _expect(expected: Any, got: Any, what: str, at: Any, tolerance: float = 0.0) -> None:
    close = expected == got or (tolerance > 0.0 and abs(expected - got) <= tolerance)
    assert close, f"{what} at {at!r}: expected {expected!r}, got {got!r}"


def _peak(s: Schedule) -> float:
    return max((abs(s(t)) for t in positions(s)), default=1.0) or 1.0


def gives_finite_floats(s: Schedule) -> None:
    """A real position gives a finite float, whatever it is; nan gives nan."""
    for t in [*positions(s), math.inf, -math.inf, 10**400, True]:
        rate = s(t)
        assert type(rate) is float, f"rate at {t!r}: expected a float, got {type(rate).__name__}"
        assert math.isfinite(rate), f"rate at {t!r}: expected a finite number, got {rate!r}"
    assert math.isnan(s(math.nan)), "rate at nan: expected nan"


def answers_the_same_twice(s: Schedule) -> None:
    """Reading a rate changes nothing, in any order."""
    before = [s(t) for t in positions(s)]
    after = [s(t) for t in reversed(positions(s))][::-1]
    for t, first, second in zip(positions(s), before, after, strict=True):
        _expect(first, second, "second answer", t)


def is_held_outside(s: Schedule) -> None:
    """Before 0 the rate is s(0); from the length on it never changes again."""
    for t in (-0.5, -1, -(10**9), -math.inf):
        _expect(s(0), s(t), "rate before the start", t)
    if s.length < math.inf:
        for t in (s.length + 0.5, s.length + 1, 2 * s.length + 10, 10**15, math.inf):
            _expect(s(s.length), s(t), "rate after the end", t)


def has_edges_inside(s: Schedule) -> None:
    """Edges rise from 0 to the length."""
    edges = s.edges
    assert list(edges) == sorted(set(edges)), f"edges: expected rising positions, got {edges}"
    assert edges[0] == 0, f"first edge: expected 0, got {edges[0]}"
    if s.length < math.inf:
        _expect(s.length, edges[-1], "last edge", "the end")


def owns_its_edges(s: Schedule) -> None:
    """On an edge the later phase speaks, and each phase comes from the left to its own last rate."""
    for phase in s.phases():
        _expect(phase.first, s(phase.start), "first rate of a phase", phase.start)
        if (phase.start * 1024) % 1 == (phase.stop * 1024) % 1 == 0:  # edges that a float holds
            little = 1e-6 * (phase.stop - phase.start)
            steep = 3e-3 * _peak(s)  # a square root has gone a thousandth by then
            _expect(phase.first, s(phase.start + little), "rate just after an edge", phase.start, steep)
            _expect(phase.last, s(phase.stop - little), "rate just before an edge", phase.stop, steep)


def hits_its_ends(s: Schedule) -> None:
    """After the end the rate is the last phase's own last rate, exactly."""
    instant = '"steps": 0' in json.dumps(s.to_dict())  # a last phase of no length sets its own rate
    if s.length < math.inf:
        if not instant:
            _expect(s._left(s.length), s(s.length), "rate after the end", s.length, 1e-15 * _peak(s))
        _expect(s(s.length), s[s.length :](0), "what is left after the end", s.length)


def maps_numpy_arrays(s: Schedule) -> None:
    """An array of positions gives the rates one by one, in float64 and in its own shape."""
    np = import_module("numpy")
    t = np.array([float(p) for p in positions(s)])
    _compare_arrays(s, np.asarray(s(t)), t, 1e-14)
    assert s(t.reshape(1, -1)).shape == (1, len(t)), "shape of the rates: expected the shape of the positions"
    assert s(np.arange(0)).shape == (0,), "no positions: expected no rates"
    assert isinstance(s(np.float64(1.5)), np.float64), "a NumPy scalar: expected a NumPy scalar"
    assert s(np.array(3)).shape == (), "a 0-dimensional array: expected the same"
    assert np.isnan(s(np.array([math.nan, 1.0]))[0]), "rate at nan: expected nan"


def _compare_arrays(s: Schedule, rates: Any, t: Any, tolerance: float) -> None:
    for position, rate in zip(t.tolist(), rates.tolist(), strict=True):
        _expect(s(position), rate, "rate in an array", position, tolerance * _peak(s))


def maps_jax_values(s: Schedule) -> None:
    """Under jit and vmap, with whole positions, to 32 units in the last place of float32 of the peak."""
    jax, np = import_module("jax"), import_module("numpy")
    whole = np.array(
        sorted({int(p) for p in positions(s) if 0 <= p < 2**31 - 1 and p == int(p)}), dtype=np.int32
    )
    rates = jax.jit(s)(whole)
    assert rates.shape == whole.shape, f"shape under jit: expected {whole.shape}, got {rates.shape}"
    _compare_arrays(s, np.asarray(rates, dtype=np.float64), whole, 2.0**-19)
    _compare_arrays(s, np.asarray(jax.vmap(s)(whole), dtype=np.float64), whole, 2.0**-19)
    slope = float(jax.grad(lambda t: s(t))(1.5))
    assert math.isfinite(slope), f"gradient at 1.5: expected a finite number, got {slope}"


def maps_torch_tensors(s: Schedule) -> None:
    """A tensor of positions gives the rates in float64, in its own shape."""
    torch, np = import_module("torch"), import_module("numpy")
    t = np.array([float(p) for p in positions(s)])
    rates = s(torch.from_numpy(t))
    assert rates.dtype == torch.float64, f"dtype: expected float64, got {rates.dtype}"
    _compare_arrays(s, rates.numpy(), t, 1e-14)
    assert s(torch.arange(6).reshape(2, 3)).shape == (2, 3), (
        "shape of the rates: expected that of the positions"
    )
    assert s(torch.tensor(3)).shape == (), "a 0-dimensional tensor: expected the same"


def is_a_value(s: Schedule) -> None:
    """Frozen, hashable, equal to its copies; repr builds it again; JSON carries it."""
    copies = {
        "pickle": pickle.loads(pickle.dumps(s)),
        "deepcopy": copy.deepcopy(s),
        "repr": eval(repr(s), dict(vars(stepsize))),  # our own repr, in a test
        "JSON": stepsize.from_dict(json.loads(json.dumps(s.to_dict(), allow_nan=False))),
    }
    for way, other in copies.items():
        assert other == s, f"{way}: expected an equal schedule, got {other!r}"
        assert hash(other) == hash(s), f"{way}: expected an equal hash"
        for t in positions(s):
            _expect(s(t), other(t), f"rate after {way}", t)
    try:
        s.anything = 1
    except AttributeError:
        return
    raise AssertionError("a schedule must be frozen")


def scales_with_its_rates(s: Schedule) -> None:
    """``s * 2`` doubles every rate, and ``s / peak`` is a multiplier."""
    doubled, peak = s * 2.0, _peak(s)
    for t in positions(s):
        _expect(2.0 * s(t), doubled(t), "twice the rate", t, 1e-14 * peak)
        _expect(s(t) / peak, (s / peak)(t), "rate over the peak", t, 1e-14)


def can_be_cut(s: Schedule) -> None:
    """``s[a:b]`` is b - a long, is s shifted, and is held at the limit of s from the left."""
    end = s.length if s.length < math.inf else s.edges[-1] if s.edges[-1] < math.inf else 50
    for a, b in ((1, end + 2), (0.5, end + 0.5), (0, end / 2 + 1), (end / 3, end / 2 + 1), (end, end + 1)):
        part = s[a:b]
        _expect(float(b - a), float(part.length), "length of a cut", (a, b), 1e-9)
        for t in (0, (b - a) / 3, (b - a) / 2):
            _expect(s(a + t), part(t), f"rate in s[{a}:{b}]", t, 1e-9 * _peak(s))


def can_be_stretched(s: Schedule) -> None:
    """``s.stretch(2)`` takes twice as long; cycles whose lengths are rounded, and stairs, keep their own count."""
    if "growth" in repr(s):
        return
    double = s.stretch(2)
    _expect(float(2 * s.length), float(double.length), "length of a stretched schedule", "the end")
    for t in positions(s):
        _expect(s(t), double(2 * t), "rate of a stretched schedule", t, 1e-9 * _peak(s))


CHECKS: tuple[Check, ...] = (
    gives_finite_floats,
    answers_the_same_twice,
    is_held_outside,
    has_edges_inside,
    owns_its_edges,
    hits_its_ends,
    maps_numpy_arrays,
    is_a_value,
    scales_with_its_rates,
    can_be_cut,
    can_be_stretched,
)

KINDS: tuple[Check, ...] = (maps_jax_values, maps_torch_tensors)


def check_schedule(s: Schedule, checks: Iterable[Check] = CHECKS) -> None:
    """Run every check on one schedule; the first that fails raises ``AssertionError``."""
    for check in checks:
        check(s)


def grid(schedules: Iterable[Schedule], checks: Iterable[Check] = CHECKS) -> list[tuple[Schedule, Check]]:
    """Every schedule with every check, for ``pytest.mark.parametrize``."""
    chosen = tuple(checks)
    return [(s, check) for s in schedules for check in chosen]
