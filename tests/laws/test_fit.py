"""Fits: what made the curves is found again, intervals hold it, and what cannot be told is refused."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

import stepsize as ss
from stepsize.errors import ScheduleError, ScheduleTypeError
from stepsize.laws import Curve, EffectiveRate, Together, fit
from stepsize.records import Run, Trace
from tests.laws.plainly import LAWS, VALUES, rates

STEPS = np.arange(60, 600, 10)
OPTIONS = {"warmup": 50, "memory": 100.0, "counted": False}


def curve(law, kind, noise=0.0, seed=0, peak=3e-4, factor=1.0, values=None):
    """A run of a law, with noise that is a share of the loss."""
    eta = rates(kind=kind, peak=peak)
    losses = np.array([LAWS[law](eta, t, **(values or VALUES[law]), **OPTIONS) for t in STEPS])
    losses *= 1 + noise * np.random.default_rng(seed).normal(size=len(STEPS))
    return Curve(eta, STEPS, factor * losses, 50, kind)


def fitted(law, curves, **more):
    return fit(curves, law, memory=100.0, counts_warmup=False, **more)


@pytest.mark.parametrize("law", LAWS)
def test_another_schedule_of_the_same_law_is_predicted(law):
    prior = {name: (value, 1.0) for name, value in VALUES[law].items()} if law == "functional" else False
    found = fitted(law, [curve(law, "held"), curve(law, "cosine")], prior=prior)
    other = curve(law, "cooled")
    assert found.predict(other.rates, at=STEPS) == pytest.approx(other.losses, rel=1e-3)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """Of noise alone: the law's own error is set to nothing."""
    inside = []
    for seed in range(40):
        found = fitted(
            "annealing", [curve("annealing", k, 2e-3, seed + j) for j, k in enumerate(["held", "cosine"])]
        )
        object.__setattr__(found, "error", 0.0)
        loss, low, high = found.final(rates(kind="cooled"))
        inside.append(
            low <= LAWS["annealing"](rates(kind="cooled"), 599, **VALUES["annealing"], **OPTIONS) <= high
        )
        assert low < loss < high
    assert 0.8 <= np.mean(inside) <= 1.0


def test_what_both_share_cancels_in_a_gain():
    found = fitted("annealing", [curve("annealing", "held", 1e-3), curve("annealing", "cosine", 1e-3, 1)])
    same = found.gain(rates(kind="cooled"), rates(kind="cooled"))
    assert (same.gain, same.meaningful) == (0.0, False)
    held = found.gain(rates(kind="cooled"), rates(kind="held"))
    assert held.meaningful
    assert held.gain == pytest.approx(
        found.final(rates(kind="held")).loss - found.final(rates(kind="cooled")).loss
    )


def test_curves_that_were_left_out_are_told():
    runs = [curve("annealing", kind, 1e-3, k) for k, kind in enumerate(["held", "cosine", "cooled"])]
    found = fitted("annealing", runs)
    assert [one.name for one in found.left_out] == ["held", "cosine", "cooled"]
    assert all(abs(one.error) < 0.02 * one.loss for one in found.left_out)
    assert not fitted("annealing", runs[:2]).left_out


def test_a_law_that_fits_badly_says_wider_intervals():
    """A wave in the losses that no law has: the interval is at least as wide as what is left of it."""
    good = [curve("annealing", kind, 1e-3, k) for k, kind in enumerate(["held", "cosine"])]
    wave = 1 + 0.02 * np.sin(np.arange(len(good[1].losses)) / len(good[1].losses) * 2 * np.pi)
    bad = fitted("annealing", [good[0], replace(good[1], losses=good[1].losses * wave)])
    assert fitted("annealing", good).own_error == 0.0039
    assert bad.own_error == bad.misfit > 0.008
    final = bad.final(rates(kind="cooled"))
    assert final.high - final.loss > 1.96 * bad.misfit * final.loss * 0.999


def test_the_scale_of_the_loss_does_not_matter():
    """Bits are nats over log 2, and predictions come out in bits."""
    nats = fitted("multi_power", [curve("multi_power", "held"), curve("multi_power", "cosine")])
    bits = fitted(
        "multi_power", [curve("multi_power", k, factor=1 / math.log(2)) for k in ("held", "cosine")]
    )
    one, other = (law.final(rates(kind="cooled")).loss for law in (nats, bits))
    assert other == pytest.approx(one / math.log(2), rel=1e-4)


def test_the_effective_rate_carries_over_to_another_peak():
    """Curves that are a law on the effective rate, at two peaks; the third one lies above both."""
    effective = EffectiveRate(0.1, 1e-3)

    def run(peak, kind):
        eta = rates(kind=kind, peak=peak)
        own = dict(VALUES["annealing"], A=2.0, C=0.01)
        return Curve(eta, STEPS, [LAWS["annealing"](effective(eta), t, **own, **OPTIONS) for t in STEPS], 50)

    runs = [run(peak, kind) for peak in (2e-3, 1e-2) for kind in ("held", "cosine")]
    found = fit(runs, "annealing", effective_rate=0.1, memory=100.0)
    assert found.effective.n0 == pytest.approx(1e-3, rel=0.3)
    other = run(2e-2, "cooled")
    assert found.predict(other.rates, at=STEPS) == pytest.approx(other.losses, rel=5e-3)
    with pytest.raises(
        ScheduleError, match=r"needs runs of one peak; got '0\.002, 0\.01'\. Give effective_rate="
    ):
        fit(runs, "annealing")


def test_together_is_the_mean_and_wider_where_laws_disagree():
    runs = [curve("annealing", "held", 1e-3), curve("annealing", "cosine", 1e-3, 1)]
    laws = (fitted("annealing", runs), fitted("area", runs))
    both, cooled = Together(laws), rates(kind="cooled")
    finals = [law.final(cooled) for law in laws]
    assert both.final(cooled).loss == pytest.approx(sum(one.loss for one in finals) / 2)
    assert both.predict(cooled, at=[599]) == pytest.approx([both.final(cooled).loss])
    assert both.final(cooled).high - both.final(cooled).loss > abs(finals[0].loss - finals[1].loss) / 2


# What is refused

LOSSES = 3 + 1 / np.sqrt(STEPS)


@pytest.mark.parametrize(("steps", "losses", "error"), [
    (STEPS[:9], LOSSES[:9], "a law needs 10 losses of a run, at least; got 9. Log more often."),
    (STEPS[::-1], LOSSES, "steps must rise; got '590, then 580'. Sort them, and keep one run."),
    (STEPS, np.where(STEPS == 200, np.nan, LOSSES), "losses must be finite numbers above 0; got nan. A diverged run follows no law."),
    (STEPS, -LOSSES, "losses must be finite numbers above 0; got -3."),
    (STEPS + 0.5, LOSSES, "steps must be whole numbers from 0; got 'others'. Count updates."),
    (STEPS[:5], LOSSES, "must have a loss a step; got (5, 54)."),
    (STEPS + 100, LOSSES, "must have a rate for each of 691 updates; got 600. The last loss is after the last rate."),
    (np.r_[np.arange(1, 45), 500, 550], 1 + LOSSES[:46], "a law needs 10 losses after the warmup, at least; got 2."),
])  # fmt: skip
def test_a_curve_that_is_none(steps, losses, error):
    with pytest.raises(ScheduleError, match=f"^a run: {re.escape(error)}"):
        Curve(rates(), steps, losses)


@pytest.mark.parametrize(("runs", "law", "error"), [
    (["held"], "multi_power", "fit: what a falling rate gives shows in a run whose rate falls; got 'held rates only'."),
    ([], "area", "fit: needs a curve, or better two; got 'none'."),
    (["cosine"], "mlp", 'law: must be one of area, annealing, multi_power, functional, convex; got \'mlp\'. Did you mean "mpl"?'),
])  # fmt: skip
def test_a_fit_that_is_none(runs, law, error):
    with pytest.raises(ScheduleError, match=f"^{re.escape(error)}"):
        fit([curve("annealing", kind) for kind in runs], law)


def test_bits_among_nats_are_noticed():
    runs = [curve("annealing", "held"), curve("annealing", "cosine", factor=1 / math.log(2))]
    with pytest.raises(ScheduleError, match=r"^fit: the runs must be of one model .* Nats and bits differ"):
        fitted("annealing", runs)


def test_another_peak_is_refused_on_plain_rates():
    found = fitted("annealing", [curve("annealing", "held"), curve("annealing", "cosine")])
    with pytest.raises(
        ScheduleError, match=r"^predict: this law knows peaks from 0\.0003 to 0\.0003, .*; got 0\.001\."
    ):
        found.final(rates(peak=1e-3))


def test_what_is_no_curve():
    with pytest.raises(ScheduleTypeError, match=r"^fit: must be given curves; got 'int'"):
        fit([3])
    with pytest.raises(
        ScheduleError, match=r"^prior: must give a centre and a deviation above 0 of L0, A, alpha"
    ):
        fit([curve("area", "cosine")], "area", prior={"beta": (1.0, 1.0)})


# Where curves come from


def test_a_run_of_the_race_is_a_curve():
    eta, losses = tuple(rates().tolist()), tuple((3 + 1 / np.sqrt(1 + np.arange(600))).tolist())
    evaluations = tuple((k, 3 + 1 / k) for k in range(10, 601, 10))
    run = Run("gpt", "cosine", {}, 0, 600, eta, losses, evaluations, 1.0, "", {})
    assert Curve.of_run(run).steps.tolist() == [k - 1 for k, _ in evaluations]
    assert Curve.of_run(run, training=True).losses.tolist() == list(losses)


def test_a_log_is_a_curve_with_lines_between_its_rows():
    eta = rates(kind="linear")
    trace = Trace("run.csv", STEPS, eta[STEPS], LOSSES)
    found = Curve.of_trace(trace)
    assert found.rates[60:] == pytest.approx(eta[60:591], rel=1e-9)
    assert found.rates[:60] == pytest.approx(eta[60] * np.arange(60) / 60)
    spelled = Curve.of_trace(trace, ss.hold(3e-4))
    assert set(spelled.rates) == {3e-4}
    with pytest.raises(ScheduleError, match=r"^run\.csv: must count updates; got 'epochs'"):
        Curve.of_trace(Trace("run.csv", STEPS, eta[STEPS], LOSSES, counts="epochs"))


def test_a_log_whose_losses_end_before_it_does_is_refused():
    """As that of a run that diverged, whose losses are no numbers from there on."""
    eta, losses = rates(kind="linear"), LOSSES.copy()
    losses[-20:] = np.nan
    with pytest.raises(
        ScheduleError, match=r"^run\.csv: losses must go to the end of the log; got 'the last one at "
    ):
        Curve.of_trace(Trace("run.csv", STEPS, eta[STEPS], losses))
    losses[:] = np.nan
    with pytest.raises(
        ScheduleError, match=r"^run\.csv: must have losses; got 'none in \d+ rows'\. A column of losses"
    ):
        Curve.of_trace(Trace("run.csv", STEPS, eta[STEPS], losses))


def test_of_a_step_that_was_made_again_the_last_loss_counts():
    steps, losses = [*STEPS[:30], *STEPS[20:]], [*LOSSES[:30] + 1, *LOSSES[20:]]
    found = Curve.of_trace(Trace("run.csv", steps, rates()[steps], losses))
    assert found.losses[20:].tolist() == LOSSES[20:].tolist()
