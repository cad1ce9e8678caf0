"""How far a logged rate may be off: rates are drawn, written as logs write them, and the bound must hold, and be near."""

import json
import math

import numpy as np
import pytest

from stepsize.logs.identifying.rounding import half_units
from tests.logs.formulas import decimals, phases, significant, warmup_then

HAIR = 1.05  # bounds may be so much wider than half a unit


def bounds(rates):
    return half_units(np.array(rates, float)).tolist()


def drawn(seed, count=300):
    """Rates between 1e-6 and 1e-3, as a decay over three powers of ten has them."""
    return 10 ** np.random.default_rng(seed).uniform(-6, -3, count)


@pytest.mark.parametrize(("rates", "units"), [
    ([3.21e-4, 1.25e-4, 9.87e-5, 1.01e-6], [1e-6, 1e-6, 1e-7, 1e-8]),  # 3 significant digits
    ([3.214e-4, 1.253e-4, 9.876e-5, 1.015e-6], [1e-7, 1e-7, 1e-8, 1e-9]),  # 4
    ([3e-4, 1.25e-4, 9.87e-5], [1e-6, 1e-6, 1e-7]),  # 3.00e-4, of which the zeros are not seen
    ([0.000321, 0.000125, 0.000099, 0.000012], [1e-6] * 4),  # "%.6f"
    ([0.3214, 0.0125, 0.0099, 0.0001], [1e-4] * 4),  # "%.4f"
    ([0.1, 0.01, 0.001], [1e-3, 1e-4, 1e-5]),  # powers of ten, which have 3 digits at least
    ([0.5, 0.5, 0.5], [1e-3] * 3),
])  # fmt: skip
def test_half_a_unit_of_the_last_digit(rates, units):
    told = bounds(rates)
    for bound, unit in zip(told, units, strict=True):
        assert unit / 2 <= bound <= HAIR * unit / 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("digits", [3, 4, 5, 6])
def test_of_significant_digits_the_truth_is_within_and_near(digits, seed):
    true = drawn(seed)
    written = [significant(digits)(rate) for rate in true.tolist()]
    told = bounds(written)
    for rate, shown, bound in zip(true.tolist(), written, told, strict=True):
        unit = 10.0 ** (math.floor(math.log10(shown)) - digits + 1)
        assert abs(shown - rate) <= bound
        assert bound <= max(HAIR * unit / 2, 1.01e-6 * max(written))  # never nearer than 32 bits may hide


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("places", [6, 7, 8, 9])
def test_of_fixed_decimals_every_rate_has_one_bound(places, seed):
    true = drawn(seed)
    written = [decimals(places)(rate) for rate in true.tolist()]
    told = bounds(written)
    assert len(set(told)) == 1
    assert all(abs(shown - rate) <= told[0] for rate, shown in zip(true.tolist(), written, strict=True))
    assert told[0] == pytest.approx(0.5 * 10**-places, rel=0.03)


def test_a_zero_among_significant_digits_is_nearly_one():
    """A rate of 1e-9 would have been written so: what is written 0 is 0, up to what arithmetic is off."""
    told = bounds([0.0, 3.21e-4, 9.87e-5, 1.02e-6])
    assert told[0] <= 1e-6 * 3.21e-4


def test_a_zero_among_fixed_decimals_may_be_half_a_unit():
    assert bounds([0.0, 0.000321, 0.000125, 0.00001])[0] == pytest.approx(5e-7, rel=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_written_in_full_what_is_left_is_arithmetic(seed):
    true = drawn(seed)
    assert bounds(true) == pytest.approx([1e-9 * true.max()] * len(true))


@pytest.mark.parametrize("seed", range(3))
def test_32_bits_in_full(seed):
    """The nearest number of 32 bits is off by 2^-24 of itself at most; a formula in 32 bits by several of those."""
    true = drawn(seed)
    told = bounds(true.astype(np.float32).astype(float))
    assert told == pytest.approx([1e-6 * true.max()] * len(true), rel=1e-3)


def test_32_bits_written_shortest():
    """As numpy and JAX print them: up to 9 digits, such as 0.00029999999."""
    true = drawn(0)
    shown = [float(str(rate)) for rate in true.astype(np.float32)]
    told = bounds(shown)
    assert max(told) == pytest.approx(1e-6 * true.max(), rel=0.5)
    assert all(abs(a - b) <= q for a, b, q in zip(true.tolist(), shown, told, strict=True))


def test_one_long_number_makes_a_full_log():
    """Plain rates with one in full among them: it was not rounded."""
    told = bounds([0.1, 0.2, 0.3, 0.1 + 0.2])
    assert told == pytest.approx([1e-9 * 0.3] * 4, rel=1e-3)


@pytest.mark.parametrize("rates", [[0.0] * 5, [0.0]])
def test_all_zero_is_no_error(rates):
    told = bounds(rates)
    assert len(told) == len(rates)
    assert all(0 < bound < 1e-6 for bound in told)


def test_many_rates_are_bounded_as_few_are():
    """Only some thousands are looked at: of 100,000 rates each still has its bound."""
    rate = phases(*warmup_then("cosine", steps=100_000))
    true = [rate(step) for step in range(0, 100_000)]
    written = [significant(4)(one) for one in true]
    told = np.array(bounds(written))
    assert (np.abs(np.array(true) - written) <= told).all()
    assert told.max() <= HAIR * 0.5e-7


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e4])
def test_it_does_not_matter_how_high_rates_are(scale):
    rates = [3.21e-4, 1.25e-4, 9.87e-5, 1.01e-6]
    scaled = [float(f"{rate * scale:.2e}") for rate in rates]
    assert bounds(scaled) == pytest.approx([scale * bound for bound in bounds(rates)], rel=1e-6)


def test_through_json_it_is_the_same():
    """As W&B's history and Trainer's state hold them."""
    true = drawn(1).tolist()
    assert bounds(json.loads(json.dumps(true))) == bounds(true)
