"""Advice, the optimum, and what needs no fit, against searches and loops of our own."""

import numpy as np
import pytest

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.laws import (
    Curve,
    Law,
    compare,
    cooldown_fraction,
    extend_or_restart,
    fit,
    omega,
    optimise,
    peak_for_horizon,
    refined,
    rules,
    update_weights,
)
from stepsize.laws.fitting import FORMS
from stepsize.laws.forms import Options
from tests.laws.plainly import bound, rates

PUBLISHED = {
    "L0": 2.6514,
    "A": 0.6012,
    "B": 437.95,
    "alpha": 0.4530,
    "C": 2.1325,
    "beta": 0.5979,
    "gamma": 0.6552,
}
LAW = Law(FORMS["multi_power"], PUBLISHED, Options(counts_warmup=True))


def test_the_fraction_is_the_best_of_all():
    told = cooldown_fraction(LAW, 3e-4, 24_000, warmup=2000)
    losses = {c.name: c.final.loss for c in told.choices}
    assert told.best.name == min(losses, key=losses.get)
    assert [c.final.loss for c in told.choices] == sorted(losses.values())
    assert (told.over.name, told.gain.gain) == ("20%", pytest.approx(losses["20%"] - losses[told.best.name]))
    assert "100%" not in losses  # there is a warmup


def test_what_makes_no_difference_is_said():
    law = Law(FORMS["multi_power"], PUBLISHED, Options(counts_warmup=True), error=0.004, apart=0.003)
    told = compare(law, {"a": ss.wsd(3e-4, 24_000, decay="20%"), "b": ss.wsd(3e-4, 24_000, decay="21%")})
    assert told.said.startswith("No meaningful difference: ")
    assert not told.gain.meaningful
    held = compare(law, {"a": ss.wsd(3e-4, 24_000, decay="20%"), "held": ss.hold(3e-4, 24_000)})
    assert held.said.startswith("Take a: it is predicted 0.")
    with pytest.raises(ScheduleError, match=r"^compare: needs two schedules, at least; got 1"):
        compare(law, {"a": ss.hold(3e-4, 10)})


def test_ways_to_go_on():
    done = ss.wsd(3e-4, 20_000, warmup=1000, decay=4000)
    told = extend_or_restart(LAW, done, 20_000, 20_000, peak=3e-4, cooldown_from=16_000, warmup=1000)
    by_name = {c.name: c for c in told.choices}
    assert set(by_name) == {
        "go on at the last rate",
        "warm up again",
        "begin anew",
        "back before the cooldown",
    }
    assert by_name["begin anew"].steps == 40_000
    assert by_name["back before the cooldown"].steps == 24_000
    assert by_name["back before the cooldown"].final.loss < by_name["go on at the last rate"].final.loss
    for choice in told.choices:
        assert choice.schedule.length == 40_000
    with pytest.raises(ScheduleError, match=r"^extend_or_restart: steps and more must be at least 1"):
        extend_or_restart(LAW, done, 20_000, 0, peak=3e-4)


def test_a_peak_needs_a_law_across_peaks():
    with pytest.raises(ScheduleError, match=r"^peak_for_horizon: needs a law on the effective rate"):
        peak_for_horizon(LAW, 10_000)


def test_the_peak_is_the_best_of_all():
    def run(peak, kind):
        eta = rates(kind=kind, peak=peak)
        at = np.arange(60, 600, 10)
        return Curve(eta, at, 2.5 + 0.02 / np.cumsum(eta)[at] ** 0.5 + 20 * eta[at], 50)

    law = fit(
        [run(p, k) for p in (1e-3, 4e-3) for k in ("held", "cosine")],
        "annealing",
        effective_rate=0.1,
        memory=100,
    )
    told = peak_for_horizon(law, 2000, warmup=100)
    assert told.best.final.loss == min(c.final.loss for c in told.choices)
    assert len(told.choices) == 13


def test_the_optimum_is_no_worse_than_its_family_and_simple_ones():
    plain, free = (optimise(LAW, 3e-4, 5000, warmup=300, family=f) for f in ("wsd", "free"))
    assert free.loss <= plain.loss + 1e-6 < plain.simple[1] + 1e-6
    assert plain.gain.gain == pytest.approx(plain.simple[1] - plain.loss, abs=1e-9)
    assert ss.parse(str(free.schedule)) == free.schedule
    eta = free.schedule(np.arange(300, 5000))
    assert (np.diff(eta) <= 1e-15).all()
    with pytest.raises(ScheduleError, match=r"^optimise\.family: must be one of wsd, free; got 'any'"):
        optimise(LAW, 3e-4, 5000, family="any")


@pytest.mark.parametrize("kind", ["held", "linear", "cosine", "cooled"])
def test_the_bound_is_the_theorem(kind):
    eta = rates(300, 20, peak=1.0, kind=kind)
    t1, t2 = bound(eta)
    found = omega(eta)
    assert (found.omega, found.scale) == (
        pytest.approx(2 * (t1 * t2) ** 0.5),
        pytest.approx((t1 / t2) ** 0.5),
    )


@pytest.mark.parametrize(("schedule", "scale", "value"), [
    (ss.hold(1.0, 400), 0.01818, 0.13754), (ss.cosine(1.0, 0.0, 400), 0.04824, 0.10339), (ss.linear(1.0, 0.0, 400), 0.04956, 0.10063),
])  # fmt: skip
def test_the_bound_of_known_schedules(schedule, scale, value):
    found = omega(schedule)
    assert (round(found.scale, 5), round(found.omega, 5)) == (scale, value)


def test_weights_are_the_moving_average_that_adamw_is():
    """x follows its targets by a_k; the weight of the k-th target is found by sending a single 1."""
    eta, decay = rates(40, 5, peak=0.5), 0.9
    for k in range(40):
        x = 0.0
        for j, one in enumerate(eta):
            x = (1 - one * decay) * x + one * decay * (j == k)
        assert update_weights(eta, decay)[k] == pytest.approx(x, rel=1e-12)
    with pytest.raises(ScheduleError, match=r"^update_weights: the weight decay must be above 0"):
        update_weights(eta, 3.0)


def test_the_refined_schedule_is_the_formula():
    g = np.linspace(2.0, 1.0, 50)
    w = g**-2.0
    plain = np.array([w[t] * sum(w[t + 1 :]) for t in range(50)])
    assert refined(g, width=0.0, peak=3.0)(np.arange(50)) == pytest.approx(
        3.0 * plain / plain.max(), abs=1e-12
    )
    spiky = np.ones(101)
    spiky[50] = 1e6  # which a median does not see
    assert refined(spiky, "adam")(np.arange(101)) == pytest.approx(1 - np.arange(101) / 100, abs=1e-12)
    with pytest.raises(ScheduleError, match=r"^refined\.norms: must be two finite numbers above 0"):
        refined([1.0, -1.0])


def test_rules_for_the_warmup():
    found = {rule.name: (rule.low, rule.high) for rule in rules.warmup_steps(0.999, 100_000, 7e9)}
    assert found["2 / (1 - beta2)"] == pytest.approx((2000, 2000))
    assert found["5% to 10% of the run"] == (5000, 10_000)
    assert found["large language models"] == (1000, 2000)
    assert "large language models" not in {rule.name for rule in rules.warmup_steps(0.999, 1000, 1e6)}
    with pytest.raises(ScheduleError, match=r"^warmup_steps\.beta2: must be in \(0, 1\)"):
        rules.warmup_steps(1.0, 100)


@pytest.mark.parametrize("beta2", [0.95, 0.99, 0.999])
def test_the_rectification_is_that_of_radam(beta2):
    """torch.optim.RAdam's own step is r_t times Adam's: its first 5 steps are not rectified."""
    rho = 2 / (1 - beta2) - 1
    t, r = 0, 0.0
    while r < 0.9:
        t += 1
        rho_t = rho - 2 * t * beta2**t / (1 - beta2**t)
        r = 0.0 if rho_t <= 4 else ((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)) ** 0.5
    assert rules.rectified(beta2, 0.9) == t
