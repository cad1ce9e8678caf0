"""Early stopping: who is stopped, who is not, and what is said of it."""

from dataclasses import replace

import numpy as np
import pytest

import stepsize as ss
from stepsize.lab.halving import Halving, at, fallen, rungs
from stepsize.lab.plan import plan
from stepsize.lab.race import race
from stepsize.records import Run


def finished(name, losses, validated=()):
    n = len(losses)
    evaluations = (*validated, (n, losses[-1]))
    return Run("quadratic", name, {}, 100, n, (0.1,) * n, tuple(losses), evaluations, 1.0, "", {})


def falling(start, end, steps=100):
    return list(np.geomspace(start, end, steps))


@pytest.fixture
def planned(tmp_path):
    return plan("quadratic", {"x": ss.hold(0.1)}, seeds=1, steps=100, out=tmp_path, rungs=rungs(100))[0]


def taught(*runs, **how):
    halving = Halving(**how)
    for run in runs:
        halving.learn(run)
    return halving


def test_rungs_are_a_quarter_and_a_half():
    assert (rungs(100), rungs(3), rungs(1)) == ((25, 50), (1,), (1,))


def test_the_loss_at_a_moment_is_the_mean_of_a_twentieth():
    run = finished("a", list(map(float, range(100))))
    assert at(run, 50) == pytest.approx((45 + 46 + 47 + 48 + 49) / 5)
    assert at(run, 100) == 99  # which was validated


def test_the_loss_at_a_moment_is_the_last_one_that_was_validated():
    run = finished("a", falling(3.0, 1.0), validated=((20, 7.0), (40, 6.0), (60, 5.0)))
    assert [at(run, step) for step in (20, 39, 40, 59, 100)] == [7.0, 7.0, 6.0, 6.0, pytest.approx(1.0)]


def test_the_largest_fall_counts_half_as_much_again():
    runs = [finished("a", falling(4.0, 1.0), ((50, 2.0),)), finished("b", falling(4.0, 1.0), ((50, 4.0),))]
    assert fallen(runs, 50, 8.0) == pytest.approx(8.0 / 4.0**1.5)
    assert fallen(runs[:1], 50, 8.0) == pytest.approx(8.0 / 2.0**1.5)


def test_losses_below_zero_fall_by_differences():
    run = finished("a", list(np.linspace(1.0, -3.0, 100)), ((50, -1.0),))
    assert fallen([run], 50, 2.0) == pytest.approx(2.0 - 1.5 * 2.0)
    assert fallen([finished("a", falling(3.0, 1.0), ((50, 2.0),))], 50, -2.0) == pytest.approx(-3.5)


def test_what_has_only_risen_promises_no_fall():
    run = finished("a", falling(1.0, 3.0), ((50, 1.5),))
    assert fallen([run], 50, 2.0) == 2.0
    assert fallen([run], 50, -2.0) == -2.0


def test_nobody_is_stopped_before_four_have_finished(planned):
    runs = [finished(f"a{k}", falling(3.0, 1.0)) for k in range(4)]
    assert taught(*runs[:3]).decide(planned, 50, 1e9) == ""
    assert (
        taught(*runs)
        .decide(planned, 50, 1e9)
        .startswith(
            "stopped at update 50: the loss is 1e+09, and the largest fall of one that has finished, and half as much "
            "again, leaves it at "
        )
    )


def test_a_run_that_a_late_fall_could_save_goes_on(planned):
    """One finished run was high until its decay: so another one that is high may still come down."""
    runs = [finished(f"a{k}", falling(1.5, 1.0)) for k in range(3)]
    late = finished("late", [3.0] * 90 + falling(3.0, 0.9, 10))
    early = finished("early", falling(1.5, 0.9))
    assert taught(*runs, late).decide(planned, 50, 2.5) == ""
    assert taught(*runs, early).decide(planned, 50, 2.5) != ""
    assert taught(*runs, late).decide(planned, 50, 9.0) != ""


def test_a_run_is_held_against_its_own_schedule_where_that_has_finished(planned):
    late = finished("late", [3.0] * 90 + falling(3.0, 0.9, 10))
    own = finished("x", falling(2.5, 2.0))
    why = taught(*(finished(f"a{k}", falling(1.5, 1.0)) for k in range(2)), late, own).decide(
        planned, 50, 2.6
    )
    assert "the largest fall of this schedule, and half as much again, leaves it at " in why
    assert why.endswith("where three quarters of 4 finished runs ended lower")


def test_a_run_beside_the_better_half_goes_on(planned):
    """It takes three quarters of the finished runs, and not half of them, to beat it."""
    ends = (1.0, 1.1, 1.2, 1.3, 1.9, 1.95, 2.0, 2.05)
    runs = [finished(f"a{k}", [end] * 100) for k, end in enumerate(ends)]
    assert taught(*runs).decide(planned, 50, 1.99) == ""
    assert taught(*runs).decide(planned, 50, 2.01) != ""


class TestAnotherPeak:
    """A schedule counts at its best peak: the others need not be made to the end, once they have shown to be worse."""

    @pytest.fixture
    def at_high(self, tmp_path):
        kind = {"x": ss.hold(0.3)}
        return plan("quadratic", kind, seeds=1, steps=100, out=tmp_path, rungs=rungs(100), peak=0.3)[0]

    def runs(self, low=(1.0, 1.1), high=(2.0,)):
        others = [replace(finished(f"a{k}", falling(9.0, 8.0)), peak=0.1) for k in range(4)]
        x = [replace(finished("x", falling(2 * end, end)), peak=0.1) for end in low]
        return [*others, *x, *(replace(finished("x", falling(2 * end, end)), peak=0.3) for end in high)]

    def test_a_run_that_cannot_come_below_the_better_peak_is_stopped(self, at_high):
        why = taught(*self.runs()).decide(at_high, 50, 2.9)
        assert why.endswith(", above 1.1, the highest of 2 finished runs of this schedule at the peak 0.1")
        assert taught(*self.runs()).decide(at_high, 50, 1.3) == ""

    def test_one_run_at_the_other_peak_is_too_few(self, at_high):
        assert taught(*self.runs(low=(1.0,))).decide(at_high, 50, 2.9) == ""

    def test_a_peak_of_which_no_run_has_finished_may_be_better(self, at_high):
        assert taught(*self.runs(high=())).decide(at_high, 50, 2.9) == ""

    def test_a_peak_that_was_better_on_one_seed_is_made_to_the_end(self, at_high):
        assert taught(*self.runs(high=(2.0, 1.05))).decide(at_high, 50, 2.9) == ""


def test_diverged_and_stopped_runs_teach_nothing(planned):
    runs = [finished(f"a{k}", [*falling(3.0, 1.0), float("nan")]) for k in range(9)]
    assert taught(*runs).decide(planned, 50, 1e9) == ""


def test_a_forecast_decides_where_there_is_one(planned):
    runs = [finished(f"a{k}", falling(3.0, 1.0)) for k in range(4)]
    asked = []

    def forecast(*given):
        asked.append(given)
        return 0.1

    assert taught(*runs, forecast=forecast).decide(planned, 50, 1e9) == ""
    assert asked == [(runs, planned.rates(100), 50, 1e9)]
    why = taught(*runs, forecast=lambda *given: 5.0).decide(planned, 50, 1.0)
    assert why.startswith(
        "stopped at update 50: the loss is 1, and the lower end of its forecast leaves it at 5"
    )
    unknown = taught(*runs, forecast=lambda *given: None).decide(planned, 50, 1e9)
    assert unknown == taught(*runs).decide(planned, 50, 1e9)


def test_a_race_stops_the_hopeless_and_saves_their_updates(tmp_path):
    schedules = {f"good{k}": ss.linear(1.0, 0.0, 60) for k in range(4)} | {"hopeless": ss.hold(1e-6)}
    planned = plan("quadratic", schedules, seeds=1, steps=60, out=tmp_path, rungs=rungs(60))
    runs = {run.name: run for run in race(planned, jobs=1, halving=Halving())}
    assert runs["hopeless"].steps in rungs(60)
    assert runs["hopeless"].stopped
    assert not runs["hopeless"].diverged
    assert f"stopped at update {runs['hopeless'].steps}" in runs["hopeless"].ended
    assert all(runs[f"good{k}"].steps == 60 for k in range(4))
    kept = []
    race(planned, kept.append, jobs=1, halving=Halving())
    assert {event.what for event in kept} == {"kept"}
    whole = plan("quadratic", {"hopeless": ss.hold(1e-6)}, seeds=1, steps=60, out=tmp_path)
    (run,) = race(whole)  # a race that stops none makes it anew
    assert run.steps == 60
