"""Runs side by side are the runs that are made one by one."""

import pytest

import stepsize as ss
from stepsize.errors import ScheduleError
from stepsize.lab.make import make
from stepsize.lab.plan import plan
from stepsize.lab.vectorised import race

STEPS = 16
SCHEDULES = {"cosine": ss.warmup_cosine(4e-3, STEPS, warmup=4), "hold": ss.hold(1e-3)}


def test_side_by_side_they_are_what_they_are_alone(tmp_path):
    """Sums are taken in another order, which is all that differs; two seeds and two schedules, in groups of three."""
    planned = plan("gpt", SCHEDULES, seeds=2, steps=STEPS, out=tmp_path)
    events = []
    for one, run in zip(planned, race(planned, events.append, at_once=3), strict=True):
        alone = make(one)
        assert one.fault(run) == ""
        assert run.rates == alone.rates
        assert run.losses == pytest.approx(alone.losses, rel=2e-4)
        assert [at for at, _ in run.evaluations] == [at for at, _ in alone.evaluations]
        assert run.final == pytest.approx(alone.final, rel=2e-4)
    assert race(planned) == [one.run for one in events if one.what == "finished"]


def test_one_that_diverges_costs_no_other(tmp_path):
    planned = plan("gpt", {"wild": ss.hold(1e30), "calm": ss.hold(1e-3)}, seeds=1, steps=8, out=tmp_path)
    wild, calm = race(planned)
    assert wild.diverged
    assert wild.steps < 8
    assert wild.ended.startswith("diverged: the loss of update ")
    assert not calm.diverged
    assert calm.losses == pytest.approx(make(planned[1]).losses, rel=2e-4)


def test_it_is_for_the_gpt(tmp_path):
    with pytest.raises(ScheduleError, match=r"^--engine vectorised: is for the task gpt; got 'quadratic'\.$"):
        race(plan("quadratic", SCHEDULES, seeds=1, steps=8, out=tmp_path))
