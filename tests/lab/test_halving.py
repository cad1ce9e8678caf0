"""Early stopping: who is stopped, who is not, and what is said of it."""

import pytest

import stepsize as ss
from stepsize.lab.halving import Halving, at, rungs
from stepsize.lab.plan import plan
from stepsize.lab.race import race
from stepsize.records import Run


def finished(name, losses, task="quadratic", seed=100):
    n = len(losses)
    return Run(task, name, {}, seed, n, (0.1,) * n, tuple(losses), ((n, losses[-1]),), 1.0, "", {})


def fallen(start, end, steps=100):
    return [start + (end - start) * k / (steps - 1) for k in range(steps)]


@pytest.fixture
def planned(tmp_path):
    return plan("quadratic", {"x": ss.hold(0.1)}, seeds=1, steps=100, out=tmp_path, rungs=rungs(100))[0]


def test_rungs_are_a_quarter_and_a_half():
    assert (rungs(100), rungs(3), rungs(1)) == ((25, 50), (1,), (1,))


def test_the_loss_at_a_moment_is_the_mean_of_a_twentieth():
    run = finished("a", list(map(float, range(100))))
    assert at(run, 50) == pytest.approx((45 + 46 + 47 + 48 + 49) / 5)
    assert at(run, 100) == pytest.approx(97)


def test_nobody_is_stopped_before_four_have_finished(planned):
    halving = Halving()
    for k in range(3):
        halving.learn(finished(f"a{k}", fallen(3.0, 1.0)))
    assert halving.decide(planned, 50, 1e9) == ""
    halving.learn(finished("b", fallen(3.0, 1.0)))
    assert halving.decide(planned, 50, 1e9).startswith(
        "stopped at update 50: the loss is 1e+09, and the largest fall of 4"
    )


def test_a_run_that_a_late_fall_could_save_goes_on(planned):
    """One finished run was high until its decay: so another one that is high may still come down."""
    halving = Halving()
    for k in range(3):
        halving.learn(finished(f"a{k}", fallen(2.0, 1.0)))
    assert halving.decide(planned, 50, 2.5) == ""  # three only
    halving.learn(finished("late", [3.0] * 90 + fallen(3.0, 0.9, 10)))
    assert halving.decide(planned, 50, 2.5) == ""
    assert halving.decide(planned, 50, 9.0) != ""


def test_diverged_and_stopped_runs_teach_nothing(planned):
    halving = Halving()
    for k in range(9):
        halving.learn(finished(f"a{k}", [*fallen(3.0, 1.0), float("nan")]))
    assert halving.decide(planned, 50, 1e9) == ""


def test_a_forecast_decides_where_there_is_one(planned):
    halving = Halving(forecast=lambda planned, step, loss: 0.1)
    for k in range(4):
        halving.learn(finished(f"a{k}", fallen(3.0, 1.0)))
    assert halving.decide(planned, 50, 1e9) == ""


def test_a_race_stops_the_hopeless_and_saves_their_updates(tmp_path):
    schedules = {f"good{k}": ss.linear(1.0, 0.0, 60) for k in range(4)} | {"hopeless": ss.hold(1e-6)}
    planned = plan("quadratic", schedules, seeds=1, steps=60, out=tmp_path, rungs=rungs(60))
    runs = {run.name: run for run in race(planned, jobs=1, halving=Halving())}
    assert runs["hopeless"].steps == 15
    assert runs["hopeless"].stopped
    assert not runs["hopeless"].diverged
    assert "stopped at update 15" in runs["hopeless"].ended
    assert all(runs[f"good{k}"].steps == 60 for k in range(4))
    kept = []
    race(planned, kept.append, jobs=1, halving=Halving())
    assert {event.what for event in kept} == {"kept"}
    whole = plan("quadratic", {"hopeless": ss.hold(1e-6)}, seeds=1, steps=60, out=tmp_path)
    (run,) = race(whole)  # a race that stops none makes it anew
    assert run.steps == 60
