"""Tuned peaks: equal budgets, found where they are, kept, and continued."""

import pytest

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.lab import tuning
from stepsize.lab.plan import plan
from stepsize.lab.race import race

MAKES = {"linear": lambda peak: ss.linear(peak, 0.0, 20), "hold": lambda peak: ss.hold(peak)}
TASK = "tests.lab.work:good"


def tuned(tmp_path, trials=8, seen=None, race=race, between=(1e-3, 2.0)):
    def counted(planned):
        if seen is not None:
            seen.extend(planned)
        return race(planned)

    return tuning.tuned(TASK, MAKES, between, trials, counted, steps=20, out=tmp_path)


def test_each_schedule_gets_as_many_trials_and_its_best_peak(tmp_path):
    seen = []
    found = tuned(tmp_path, seen=seen)
    assert {name: sum(one.name == name for one in seen) for name in MAKES} == {"linear": 8, "hold": 8}
    assert {one.seed for one in seen} == {tuning.SEED}
    finals = {}
    for one in seen:
        (run,) = race([one])
        finals.setdefault(run.name, {})[run.peak] = run.final
    assert found == {name: min(own, key=own.get) for name, own in finals.items()}
    again = []
    assert tuned(tmp_path, seen=again) == found
    assert not again  # nothing is left to do
    more = []
    tuned(tmp_path, trials=9, seen=more)
    assert len(more) == 2


def test_an_interrupted_trial_is_asked_for_again(tmp_path):
    def stop(planned):
        raise KeyboardInterrupt

    seen, again = [], []
    with pytest.raises(KeyboardInterrupt):
        tuned(tmp_path, seen=seen, race=stop)
    tuned(tmp_path, trials=1, seen=again)
    assert [one.peak for one in again] == pytest.approx([one.peak for one in seen])


def test_peaks_that_diverge_are_worse_than_any(tmp_path):
    found = tuned(tmp_path, trials=6, between=(0.5, 1e300))
    assert all(peak < 1e20 for peak in found.values()) or pytest.fail(str(found))


def test_bad_input(tmp_path):
    with pytest.raises(ScheduleError, match=r"^--between: must be two rates above 0, rising; got "):
        tuned(tmp_path, between=(1.0, 0.1))
    with pytest.raises(ScheduleError, match=r"^--tune: must be at least 1; got 0"):
        tuned(tmp_path, trials=0)
    with pytest.raises(ScheduleError, match="a trial of linear must end with a finite loss"):
        tuned(tmp_path, trials=1, race=lambda planned: [])
    assert plan(TASK, {"x": ss.hold(0.1)}, seeds=1, steps=1, out=tmp_path)
