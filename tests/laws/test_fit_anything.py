"""Curves that no law describes are fitted or refused: nothing overflows, and what comes is a number."""

import numpy as np
import pytest

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.laws import Curve, fit
from stepsize.laws.fitting import FORMS
from stepsize.laws.forms import DEFAULT
from stepsize.laws.problem import problem


def curves(seed):
    """Of one to three schedules: losses that fall, stay, rise or fade away, under noise of up to a factor of two."""
    r = np.random.default_rng(seed)
    n = int(r.integers(20, 1500))
    rate, power, scale = r.uniform(0, 5), r.uniform(0, 2), 10 ** r.uniform(-3, 3)
    t = np.arange(1, n + 1)
    kinds = (2 + 3 * t**-0.3, np.exp(-t / n * rate), 1.0 + t / n, scale * t**-power)
    peak = 10 ** r.uniform(-5, 0)
    schedules = (
        ss.hold(peak), ss.linear(peak, 0.0, n), ss.cosine(peak, 0.0, n), ss.warmup_cosine(peak, n, warmup="10%"),
        ss.wsd(peak, n, warmup="5%", decay="20%"), ss.sgdr(peak, max(2, n // 3)), ss.step_decay(peak, max(1, n // 3)),
    )  # fmt: skip
    for k in r.choice(len(schedules), int(r.integers(1, 4)), replace=False):
        losses = kinds[seed % 4] * np.exp(r.normal(0, 10 ** r.uniform(-4, -0.3), n))
        yield Curve(schedules[k], np.arange(n), losses)


@pytest.mark.parametrize("seed", range(4))
def test_a_fit_is_a_law_or_one_error(seed):
    try:
        made = fit(list(curves(seed)), "multi_power", prior=seed % 2 == 0)
    except ScheduleError:
        return
    assert np.isfinite(made.final(made.curves[0].rates)).all()


@pytest.mark.parametrize("law", FORMS)
def test_a_parameter_that_the_losses_do_not_tell_may_go_any_far(law):
    """The search was seen at 3e20 for the logarithm of one, where the losses were of a task that overfits."""
    form = FORMS[law]
    asked = problem(list(curves(2)), form, DEFAULT, None, {})
    start = asked.start(form.starts[0])
    for far in (-6.6e12, 3e20):
        for k in range(len(form.linear)):
            x = np.where(np.arange(len(start)) == k, far, start)
            assert np.isfinite(asked.residuals(x)).all()
            assert np.isfinite(asked.jacobian(x)).all()
