"""The laws on public curves, where ``STEPSIZE_CURVES`` names their folder; the whole table is ``make laws``."""

import os

import pytest

from bench.laws import across, published
from bench.laws.advised import cooldowns, fitted, held_and_cosine, judged
from bench.laws.curves import TRAINED, WHERE, folder, mpl
from stepsize.laws import Together, fit

needs_curves = pytest.mark.skipif(
    not os.environ.get("STEPSIZE_CURVES"), reason=f"needs STEPSIZE_CURVES: {WHERE}"
)


@needs_curves
def test_the_curves_are_there():
    assert folder() is not None, os.environ["STEPSIZE_CURVES"]


@needs_curves
def test_published_parameters_give_the_published_table():
    """To what the rounding of the parameters leaves open."""
    assert all(row.reached for row in published.v1())


@needs_curves
def test_three_curves_predict_the_other_six():
    r2, mae, rmse, _, worst, _ = published.metrics(fit([mpl(100, name) for name in TRAINED]), 100)
    assert r2 > 0.997
    assert mae < 0.0053
    assert rmse < 0.0065
    assert worst < 0.006


@needs_curves
def test_two_curves_choose_the_cooldown():
    trained = held_and_cosine(1e-3)
    law = Together(tuple(fitted(trained, name) for name in across.LAWS))
    found = judged(law, trained, cooldowns(1e-3))
    assert found.error <= 0.011
    assert found.regret <= 0.001 < found.usual
    assert found.covered >= 0.9


def test_the_bound_is_that_of_the_table():
    assert all(row.reached for row in across.v8())
