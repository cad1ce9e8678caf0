"""How accurate a rate is between the edges: scalars, NumPy, Torch, and JAX in 32 bits, against 120-digit formulas.

The budget is 6 units in the last place of the rate itself, also where the rate is near zero, and 16 float32 units
under JAX. The tanh shape is looser, as documented: 32 and 48. So is a power above 2, at positions that are not
whole (:meth:`tests.reference.Case.budget`). ``python -m bench.accuracy`` measures many more positions.
"""

import math

import jax
import numpy as np
import optax
import pytest
import torch

import stepsize as ss
from tests import reference
from tests.reference import CASES, LONG_CASES, REAL_PERIODS, case


def measure(c, positions, rates, expected):
    for t, rate, e in zip(positions, rates, expected, strict=True):
        off = reference.ulps(rate, e)
        assert off <= c.budget(t), (
            f"{c.text} at {t!r}: expected {float(e)!r}, got {rate!r}, {off:.1f} ulp off"
        )


@pytest.mark.parametrize("c", [*CASES, *REAL_PERIODS], ids=lambda c: c.text)
def test_float64(c):
    """Scalars, NumPy and Torch, at random and edge positions, whole and real."""
    s, positions = c.built(ss), c.positions(40)
    expected = [c.at(t) for t in positions]
    t = np.array([float(t) for t in positions])
    measure(c, positions, [s(p) for p in positions], expected)
    measure(c, positions, s(t).tolist(), expected)
    measure(c, positions, s(torch.from_numpy(t)).tolist(), expected)


@pytest.mark.parametrize("c", LONG_CASES, ids=lambda c: c.text)
def test_jax_in_32_bits(c):
    """Under jit, at whole positions up to 2^31 - 1, where a float32 counts in steps of 128. Tanh has 48 units."""
    positions = c.whole_positions(60)
    rates = jax.jit(c.built(ss))(np.array(positions, dtype=np.int32))
    assert rates.dtype == np.float32
    for t, rate in zip(positions, np.asarray(rates).tolist(), strict=True):
        expected = c.at(t)
        off = reference.float32_ulps(rate, expected)
        assert off <= c.budget_in_32_bits, (
            f"{c.text} at {t}: expected {float(expected)!r}, got {rate!r}, {off:.1f} float32 ulp off"
        )


@pytest.mark.parametrize("c", [
    *(case("sgdr", 0.1, 10, growth=g, peak_decay=0.9, edges=(10, 1210, 2**31 + 5)) for g in (1, 1.1, 1.5, 2, 3, 10)),
    case("warmup_cosine", 3e-4, 10_000, warmup=1000, end=3e-5, edges=(1000, 10_000)),
    case("triangular", 1e-3, 0.1, 2.25, decay=0.99, edges=(2.25, 4.5, 450)),
    case("inverse_sqrt", 0.1, 10_000, edges=(10_000, 2**40)),
], ids=lambda c: c.text)  # fmt: skip
def test_jax_in_64_bits(c):
    """With ``jax.enable_x64(True)`` around the call: float64, like all others, far beyond 2^31."""
    positions = c.positions(40)
    with jax.enable_x64(True):
        rates = jax.jit(c.built(ss))(np.array(positions, dtype=np.float64))
        assert rates.dtype == np.float64
    measure(c, positions, np.asarray(rates).tolist(), [c.at(t) for t in positions])


@pytest.mark.parametrize("n", [1, 2, 3, 1000, 3702.5, 10**6, 2**31 - 1])
@pytest.mark.parametrize("shape", ["linear", "cosine", "power(0.5)", "power(2.0)", "one_minus_sqrt", "square",
                                   "smoothstep", "tanh", "geometric", "harmonic"])  # fmt: skip
def test_the_ends_are_exact(shape, n):
    """At the start and from the end on, the rate is the number that was given, and not one beside it."""
    for start, end in ((3e-4, 3e-5), (3e-5, 3e-4), (0.1, 0.7)):
        s = ss.ramp(start, end, n, shape)
        t = np.array([0.0, n, n + 1.0])
        assert [s(0), s(n), s(n + 1)] == [start, end, end]
        assert s(t).tolist() == s(torch.from_numpy(t)).tolist() == [start, end, end]
        assert math.isclose(s(math.nextafter(n, 0.0)), end, rel_tol=1e-6)


def test_optax_is_off_where_we_are_not():
    """Near the end of a million updates in 32 bits, optax's own cosine is several percent off; ours is not."""
    steps = np.arange(999_000, 1_000_000, dtype=np.int32)
    expected = np.array([float(reference.cosine_annealing(int(t), 1.0, 1_000_000)) for t in steps])
    theirs = np.asarray(jax.jit(optax.cosine_decay_schedule(1.0, 1_000_000))(steps))
    ours = np.asarray(jax.jit(ss.cosine_annealing(1.0, 1_000_000))(steps))
    assert np.max(np.abs(theirs / expected - 1)) > 0.05
    assert np.max(np.abs(ours / expected - 1)) < 1e-6
