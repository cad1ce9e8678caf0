"""What a law forecasts of a run in mid-flight: against the law itself, and asked by an early stop."""

import numpy as np
import pytest

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.lab.halving import Halving
from stepsize.lab.plan import plan
from stepsize.laws import Forecast, Law, forecast
from stepsize.laws.fitting import FORMS
from stepsize.laws.forms import Options
from stepsize.records import Run

STEPS = 600
PUBLISHED = {
    "L0": 2.6514, "A": 0.6012, "B": 437.95, "alpha": 0.4530, "C": 2.1325, "beta": 0.5979, "gamma": 0.6552,
}  # fmt: skip
TRUTH = Law(FORMS["multi_power"], PUBLISHED, Options(counts_warmup=True))
"""The published Multi-Power Law of a 25M model: losses of runs that follow it are known without noise."""
SHAPES = {
    "hold": ss.hold(1e-3),
    "linear": ss.linear(1e-3, 0.0, STEPS),
    "cosine": ss.cosine(1e-3, 0.0, STEPS),
    "wsd": ss.wsd(1e-3, STEPS, decay="20%"),
}


def rates(schedule):
    return tuple(float(rate) for rate in schedule(np.arange(STEPS)))


def run(name, seed=0):
    own = rates(SHAPES[name])
    losses = tuple(float(loss) for loss in TRUTH.predict(np.array(own)))
    return Run("gpt", name, {}, seed, STEPS, own, losses, ((STEPS, losses[-1]),), 1.0, "", {})


FINISHED = [run(name) for name in ("hold", "linear", "wsd")]


@pytest.mark.parametrize("law", FORMS)
@pytest.mark.parametrize("step", [150, 300])
def test_the_forecast_is_below_where_the_run_will_end(law, step):
    own = run("cosine")
    now = float(np.mean(own.losses[step - 30 : step]))
    lowest = Forecast(law)(FINISHED, own.rates, step, now)
    assert 0.8 * own.final < lowest < own.final


def test_what_a_run_is_above_the_law_now_it_is_at_its_end():
    asked = Forecast()
    base = asked(FINISHED, rates(SHAPES["cosine"]), 300, 4.0)
    assert asked(FINISHED, rates(SHAPES["cosine"]), 300, 4.5) == pytest.approx(base + 0.5, rel=1e-12)


def test_nothing_is_forecast_from_runs_of_other_peaks():
    higher = tuple(1.1 * rate for rate in FINISHED[0].rates)
    assert Forecast()(FINISHED, higher, 300, 4.0) is None
    assert Forecast()([], FINISHED[0].rates, 300, 4.0) is None


def test_nothing_is_forecast_where_no_rate_has_fallen():
    assert Forecast()(FINISHED[:1], FINISHED[1].rates, 300, 4.0) is None


def test_a_law_is_fitted_once_to_the_first_run_of_four_schedules(monkeypatch):
    fitted, fit = [], forecast.fit

    def counted(curves, law, memory):
        fitted.append([curve.name for curve in curves])
        return fit(curves, law, memory=memory)

    monkeypatch.setattr(forecast, "fit", counted)
    asked = Forecast("area")
    for runs in (
        FINISHED,
        [*FINISHED, run("hold", seed=1)],
        [*FINISHED, run("cosine"), run("linear", seed=2)],
    ):
        asked(runs, FINISHED[0].rates, 300, 4.0)
    assert fitted == [["hold", "linear", "wsd"], ["hold", "linear", "wsd", "cosine"]]


def test_an_unknown_law_is_named():
    with pytest.raises(ScheduleError, match=r"^law: must be one of area, annealing, .*; got 'moore'"):
        Forecast("moore")


def test_a_race_is_stopped_by_it(tmp_path):
    (planned,) = plan(
        "quadratic", {"late": SHAPES["cosine"]}, seeds=1, steps=STEPS, out=tmp_path, rungs=(300,)
    )
    halving = Halving(forecast=Forecast())
    for name in SHAPES:
        known = run(name)
        halving.learn(
            Run("quadratic", name, {}, 0, STEPS, known.rates, known.losses, known.evaluations, 1.0, "", {})
        )
    assert halving.decide(planned, 300, run("cosine").losses[299]) == ""
    why = halving.decide(planned, 300, 6.0)
    assert why.startswith(
        "stopped at update 300: the loss is 6, and the lower end of its forecast leaves it at "
    )
