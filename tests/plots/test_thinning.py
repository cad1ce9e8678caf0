from math import inf, nan, pi

import numpy as np
import pytest

from stepsize.plots.thinning import POINTS, Line, means, stretch, thin

MILLION = 1_000_000


def test_a_short_curve_keeps_every_point():
    assert thin((0.0, 0.5, 1.0)) == Line((0.0, 1.0, 2.0), (0.0, 0.5, 1.0))
    assert len(thin(tuple(range(POINTS))).x) == POINTS


@pytest.mark.parametrize(("values", "line"), [((), Line((), ())), ((7.0,), Line((0.0,), (7.0,)))])
def test_the_shortest_curves(values, line):
    assert thin(values) == line


def test_what_is_not_finite_is_left_out():
    assert thin((1.0, nan, inf, 4.0, -inf)) == Line((0.0, 3.0), (1.0, 4.0))


def test_a_long_curve_keeps_its_ends_and_stays_short():
    line = thin(np.cos(np.linspace(0, 3 * pi, MILLION)))
    assert len(line.x) <= POINTS + 2
    assert (line.x[0], line.x[-1]) == (0.0, MILLION - 1)
    assert (line.y[0], line.y[-1]) == (1.0, -1.0)


def test_a_long_curve_keeps_both_sides_of_a_jump():
    values = np.where(np.arange(MILLION) < 123_457, 3e-4, 3e-5)
    points = dict(zip(*(lambda line: (line.x, line.y))(thin(values)), strict=True))
    assert points[123_456.0] == 3e-4
    assert points[123_457.0] == 3e-5


def test_a_long_curve_keeps_a_spike_of_one_update():
    values = np.zeros(MILLION)
    values[654_321] = 1.0
    line = thin(values)
    assert {(654_320.0, 0.0), (654_321.0, 1.0), (654_322.0, 0.0)} <= set(zip(line.x, line.y, strict=True))


def test_a_long_curve_keeps_every_crest_and_every_trough():
    line = thin(np.sin(np.linspace(0, 50 * pi, MILLION)))
    assert sum(value > 0.999999 for value in line.y) == 25
    assert sum(value < -0.999999 for value in line.y) == 25


@pytest.mark.parametrize("cycles", [3, 40])
def test_a_thinned_curve_lies_on_the_curve(cycles):
    """Between its points a sawtooth is straight: what is drawn is off by less than one bucket's rise."""
    position = np.arange(100_000)
    values = (position * cycles / 100_000) % 1.0
    line = thin(values)
    drawn = np.interp(position, line.x, line.y)
    assert np.abs(drawn - values).max() < cycles / 150


def test_positions_rise():
    rng = np.random.default_rng(0)
    line = thin(rng.normal(size=50_000))
    assert all(a < b for a, b in zip(line.x, line.x[1:], strict=False))


def test_means_of_stretches():
    assert means((1.0, 3.0, 5.0, 7.0, 10.0), 2) == Line((0.5, 2.5, 4.0), (2.0, 6.0, 10.0))


def test_means_of_single_updates_are_the_values():
    assert means((1.0, 3.0), 1) == Line((0.0, 1.0), (1.0, 3.0))


def test_means_that_are_not_finite_are_left_out():
    assert means((1.0, 3.0, nan, 7.0, 1e308, 1e308, 2.0), 2) == Line((0.5, 6.0), (2.0, 2.0))
    assert means((), 4) == Line((), ())


@pytest.mark.parametrize(("steps", "width"), [(0, 1), (1, 1), (80, 1), (81, 2), (300, 4), (MILLION, 12_500)])
def test_stretch(steps, width):
    assert stretch(steps) == width
