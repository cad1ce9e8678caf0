from math import inf, nan

import pytest

from stepsize.plots.spans import Span, loss_span, rate_span


@pytest.mark.parametrize(
    ("values", "span"),
    [
        ((0.5, 2.0), Span(0.0, 2.1)),
        ((-1.0, 1.0), Span(-1.1, 1.1)),
        ((0.0, 0.0), Span(0.0, 0.5)),
        ((), Span(0.0, 0.5)),
        ((nan, inf, 2.0), Span(0.0, 2.1)),
    ],
)
def test_rates_stand_on_zero(values, span):
    assert rate_span(values) == span


def test_losses_of_the_first_fifth_do_not_count():
    assert loss_span([((10, 20, 100), (90.0, 3.0, 2.0))], 100) == Span(1.95, 3.05)


def test_losses_that_are_all_early_count():
    assert loss_span([((1,), (2.0,))], 100) == Span(1.9, 2.1)


def test_a_wide_range_is_logarithmic():
    assert loss_span([((50, 100), (2.2, 0.11))], 100) == Span(
        pytest.approx(0.1), pytest.approx(2.42), log=True
    )


def test_an_exploding_run_leaves_the_picture():
    sane, huge = ((50, 100), (2.0, 2.0)), ((50, 100), (1e20, 1e28))
    assert loss_span([sane, sane, huge], 100) == Span(pytest.approx(2 / 1.1), pytest.approx(66.0), log=True)


def test_a_run_that_learned_nothing_stays_in_the_picture():
    learned, stuck = ((0, 50, 100), (2.3, 0.01, 0.01)), ((0, 50, 100), (2.3, 2.4, 2.4))
    assert loss_span([learned] * 5 + [stuck], 100).high == pytest.approx(2.64)


def test_a_stuck_run_stays_in_the_picture():
    flat, stuck = ((50, 100), (2.0, 2.0)), ((50, 100), (9.0, 9.0))
    assert loss_span([flat] * 5 + [stuck], 100).high > 9.0


def test_a_logarithmic_axis_does_not_go_down_for_ever():
    assert loss_span([((50, 100), (1.0, 1e-12))], 100).low == pytest.approx(1e-4 / 1.1)


def test_losses_at_or_below_zero_stay_linear():
    assert loss_span([((50, 100), (0.0, 2.0))], 100) == Span(0.0, 2.1)
    assert loss_span([((50, 100), (-3.0, -1.0))], 100) == Span(-3.1, -0.9)


@pytest.mark.parametrize("curves", [[], [((), ())], [((5,), (nan,))]])
def test_no_losses_give_some_axis(curves):
    assert loss_span(curves, 10) == Span(0.0, 1.0)
