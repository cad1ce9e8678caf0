from math import inf, nan

import pytest

from stepsize.plots.numerals import fixed, number, places, signed, updates


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.003, "0.003"),
        (0.00034567, "0.000346"),
        (3e-5, "3e-5"),
        (3.14159e-5, "3.14e-5"),
        (-2.5e-7, "−2.5e-7"),
        (1.0, "1"),
        (10, "10"),
        (0.1 + 0.2, "0.3"),
        (12000, "12,000"),
        (999_999.0, "1e6"),
        (1e300, "1e300"),
        (-1.5, "−1.5"),
        (-0.0, "0"),
        (5e-324, "4.94e-324"),
        (nan, "–"),
        (None, "–"),
        (inf, "∞"),
        (-inf, "−∞"),
    ],
)
def test_number(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2, "2.000"), (-0.0004, "0.000"), (-0.5, "−0.500"), (1e9, "1e9"), (nan, "–"), (None, "–")],
)
def test_fixed(value, text):
    assert fixed(value, 3) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "+0.012"), (-0.0123, "−0.012"), (0.0, "0.000"), (None, "–")]
)
def test_signed(value, text):
    assert signed(value, 3) == text


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([2.345], 2), ([0.02, 0.03, 900.0], 4), ([123.0], 0), ([], 3), ([0.0, nan, inf], 3), ([1e-30], 8)],
)
def test_places(values, decimals):
    assert places(values) == decimals


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (300, "300"), (9999, "9999"), (20_000, "20k"), (1_500_000, "1.5M"), (2e9, "2G")],
)
def test_updates(count, text):
    assert updates(count) == text
