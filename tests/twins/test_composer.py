"""Composer: its trainer told batch by batch, which steps a scheduler before its time advances, and rates that were measured of it.

The twins were held against the file itself, composer/optim/scheduler.py, too, loaded with stubs of its package.
"""

import math
import re

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same
from tests.twins.whole import agree


def batches(time, run, epoch, ratio=1.0):
    """A time in batches, as its _convert_time has it; the run is already scaled, and so are its shares."""
    value, unit = re.fullmatch(r"(.+?)(ba|ep|dur)", time).groups()
    if unit == "dur":
        return int(float(value) * run)
    return int(int(float(value)) * (epoch if unit == "ep" else 1) * ratio)


def trained(lr, factor, updates, epoch=None):
    """The trainer: batch by batch, or, with an epoch, by epochs, when the batches are counted already."""
    now, rates = factor(0), []
    for batch in range(updates):
        rates.append(lr * now)
        if epoch is None:
            now = factor(batch)
        elif (batch + 1) % epoch == 0:
            now = factor(batch + 1)
    return rates


def wave(x, low):
    return low + (1.0 - low) * (1 + math.cos(min(max(x, 0.0), 1.0) * math.pi)) / 2


def restarts(t, first, growth, low):
    length = end = first
    while end <= t:
        if length == 0:
            raise ValueError
        length = int(growth * length)
        end += length
    return wave((t - (end - length)) / length, low)


def dropped(t, milestones, gamma):
    factor = 1.0
    for milestone in milestones:
        if t >= milestone:
            factor *= gamma
    return factor


def warmed(t, warmup, slope, top, rest):
    """A warmup of so many batches along a slope of so many, and what is left of the factor behind it."""
    if t < warmup:
        return top * min(1.0, t / slope)
    return rest(t)


def remaining(t, warmup, until):
    return min(1.0, (t - warmup) / (until - warmup)) if until > warmup else 0.0


def room(**run):
    """The twins for one run."""
    return lambda name, *given, **more: getattr(twins.composer, name)(*given, **more, **run)


def plain_laws(make, lr, time, t_max):
    """Each twin that is given a length, and its factor."""
    return {
        make("StepScheduler", lr, time, 0.7): lambda t: 0.7 ** (t // t_max),
        make("StepScheduler", lr, time, 1.0): lambda t: 1.0,
        make("LinearScheduler", lr, 0.1, 1.5, time): lambda t: 0.1 + min(1.0, t / t_max) * 1.4,
        make("LinearScheduler", lr, t_max=time): lambda t: 1.0 - min(1.0, t / t_max),
        make("ExponentialScheduler", lr, 0.5, time): lambda t: 0.5 ** (t / t_max),
        make("CosineAnnealingScheduler", lr, time, 0.1): lambda t: wave(t / t_max, 0.1),
        make("PolynomialScheduler", lr, 1.7, time, 0.1): lambda t: (
            0.1 + 0.9 * (1 - min(1.0, t / t_max)) ** 1.7
        ),
        make("ConstantScheduler", lr, 0.5, time): lambda t: 0.5 if t < t_max else 1.0,
    }


@pytest.mark.parametrize("epoch", [None, 5])
@pytest.mark.parametrize("n", LENGTHS)
def test_without_a_warmup(n, epoch):
    """By batches and by epochs; lengths within the run and beyond it."""
    make = room(max_duration=f"{n}ba", updates_per_epoch=5, step_schedulers_every_batch=epoch is None)
    times = ["0ba", "0.3dur", "1ep", "1ep", "7ba"]
    where = [batches(time, n, 5) for time in times]
    for lr in RATES:
        for time in {"1ba", f"{max(1, n // 2)}ba", "1ep", "1dur", f"{n + 7}ba"}:
            for s, factor in plain_laws(make, lr, time, batches(time, n, 5)).items():
                agree(s, trained(lr, factor, n, epoch))
        s = make("MultiStepScheduler", lr, times, 0.5)
        agree(s, trained(lr, lambda t: dropped(t, where, 0.5), n, epoch))


@pytest.mark.parametrize("growth", [1.0, 2.0, 1.5, 1.05, 3.0])
@pytest.mark.parametrize("n", [1, 3, 10, 100, 2345])
def test_restarts(n, growth):
    """Cycles are cut to whole lengths, so that 1.05 times 10 is 10 for ever; with a run that is known, and without."""
    for lr in RATES:
        for first in (1, 7, 10):
            theirs = trained(lr, lambda t: restarts(t, first, growth, 0.1), n)  # noqa: B023
            for run in ({}, {"max_duration": f"{n}ba"}):
                s = twins.composer.CosineAnnealingWarmRestartsScheduler(lr, f"{first}ba", growth, 0.1, **run)
                agree(s, theirs)


def test_restarts_that_shrink():
    """10, 5, 2, 1, and none: theirs raises when it gets there."""
    make = twins.composer.CosineAnnealingWarmRestartsScheduler
    agree(make(0.3, "10ba", 0.5, max_duration="18ba"), trained(0.3, lambda t: restarts(t, 10, 0.5, 0.0), 17))
    with pytest.raises(ValueError):
        trained(0.3, lambda t: restarts(t, 10, 0.5, 0.0), 19)
    for run in ({}, {"max_duration": "19ba"}):
        with pytest.raises(
            ss.ScheduleError, match=r"Scheduler.t_mult: makes no cycle after update 18; got 0.5"
        ):
            make(0.3, "10ba", 0.5, **run)


def warm_laws(make, lr, time, until, warmup, slope, t_max):
    """Each twin that warms up first, and its factor; the first milestones are in the warmup."""

    def law(rest, top=1.0):
        return lambda t: warmed(t, warmup, slope, top, rest)

    def gone(t):
        return remaining(t, warmup, t_max)

    return {
        make("ConstantWithWarmupScheduler", lr, time, 0.4, until): law(lambda t: 0.4, 0.4),
        make("LinearWithWarmupScheduler", lr, time, 0.8, 0.1, until): law(lambda t: 0.8 - gone(t) * 0.7, 0.8),
        make("CosineAnnealingWithWarmupScheduler", lr, time, until, 0.1): law(lambda t: wave(gone(t), 0.1)),
        make("PolynomialWithWarmupScheduler", lr, time, t_max=until, alpha_f=0.1): law(
            lambda t: 0.1 + 0.9 * (1 - gone(t)) ** 2.0
        ),
    }


@pytest.mark.parametrize("epoch", [None, 5])
@pytest.mark.parametrize(("ratio", "scaled"), [(1.0, False), (2.0, False), (2.0, True), (0.5, True)])
@pytest.mark.parametrize("n", [2, 10, 100, 12346])
def test_with_a_warmup(n, ratio, scaled, epoch):
    """Warmups from none to beyond the end, and the scaled run, in which the warmup is not, or only its slope."""
    run = int(n * ratio)
    make = room(
        max_duration=f"{n}ba",
        updates_per_epoch=5,
        scale_schedule_ratio=ratio,
        step_schedulers_every_batch=epoch is None,
        scale_warmup=scaled,
    )
    times = ["2ba", "0.4dur", "1ep"]
    where = [batches(time, run, 5, ratio) for time in times]
    for lr in RATES:
        for time in ("0ba", f"{max(2, n // 5)}ba", "0.5dur", "1ep", f"{3 * n}ba"):
            warmup, slope = batches(time, run, 5), batches(time, run, 5, ratio if scaled else 1.0)
            for until in ("1dur", f"{n + 6}ba"):
                laws = warm_laws(make, lr, time, until, warmup, slope, batches(until, run, 5, ratio))
                for s, factor in laws.items():
                    agree(s, trained(lr, factor, run, epoch))
            s = make("MultiStepWithWarmupScheduler", lr, time, times, 0.5)

            def factor(t, warmup=warmup, slope=slope):
                return warmed(t, warmup, slope, 1.0, lambda t: dropped(t, where, 0.5))

            agree(s, trained(lr, factor, run, epoch))


def test_the_table():
    """Rates that were measured of it."""
    s = twins.composer.CosineAnnealingWithWarmupScheduler(1.0, "10ba", alpha_f=0.1, max_duration="100ba")
    golden = {0: 0.0, 1: 0.0, 9: 0.8, 10: 0.9, 11: 1.0, 98: 0.1025, 99: 0.101096}
    for k, rate in golden.items():
        assert s(k) == pytest.approx(rate, abs=5e-5 if k == 98 else 5e-7)
    same(s, trained(1.0, lambda t: warmed(t, 10, 10, 1.0, lambda t: wave(remaining(t, 10, 100), 0.1)), 100))
    assert str(s) == "0 for 1; -> 1 in 10; -> 0.1 cosine in 90"
    line = twins.composer.LinearScheduler(1.0, max_duration="20ba")
    assert line(19) == pytest.approx(0.1)
    epochs = {"updates_per_epoch": 50, "max_duration": "2ep"}
    assert twins.composer.CosineAnnealingWithWarmupScheduler(1.0, "0.1dur", "2ep", 0.1, **epochs) == s
    assert twins.composer.ConstantScheduler(1.0, 0.5, max_duration="9ba") == ss.hold(0.5)


LONG = {"max_duration": "100ba"}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("StepScheduler", {"step_size": 10}, 'step_size: must be a time such as "10ba", .*; got 10'),
        ("StepScheduler", {"step_size": "1.5ba"}, "step_size: must be a time .*, whole and >= 0; got '1.5ba'"),
        ("StepScheduler", {"step_size": "1e3tok"}, "step_size: must be a time .*; got '1e3tok'. Say it in batches"),
        ("StepScheduler", {"step_size": "manyba"}, "step_size: must be a time .*; got 'manyba'"),
        ("StepScheduler", {"step_size": "0ba"}, "step_size: must be at least 1 update; got '0ba'. Theirs divides"),
        ("StepScheduler", {"step_size": "1ba", "gamma": -1.0}, "gamma: must be a finite number >= 0; got -1.0"),
        ("MultiStepScheduler", {"milestones": "1ba"}, "milestones: must be a list of times; got '1ba'"),
        ("MultiStepScheduler", {"milestones": [1]}, r"milestones\[0\]: must be a time .*; got 1"),
        ("ConstantScheduler", {}, "t_max: needs the length of the run; got None. Give max_duration="),
        ("ConstantScheduler", {"max_duration": "1dur"}, 'max_duration: must be a time such as "10ba" or "1ep"; got'),
        ("LinearScheduler", {"alpha_f": -0.1, **LONG}, "alpha_f: must be a finite number >= 0; got -0.1"),
        ("ExponentialScheduler", {"gamma": 0.5}, "decay_period: counts epochs, and nothing says how long they are"),
        ("CosineAnnealingScheduler", {"t_max": "0ba"}, "t_max: must be at least 1 update; got '0ba'"),
        ("PolynomialScheduler", {"power": 0, **LONG}, "power: must be a finite number > 0; got 0"),
        ("CosineAnnealingWithWarmupScheduler", {"t_warmup": "1ba", "t_max": "99ba", **LONG},
         r"t_max: must not be less than max_duration \(100 updates\); got '99ba'"),
        ("LinearWithWarmupScheduler", {"t_warmup": "1ba", "t_max": "9ba"}, "max_duration: must be known"),
        ("ConstantScheduler", {**LONG, "scale_schedule_ratio": 0.001}, "max_duration: must be at least 1, when scaled"),
        ("ConstantScheduler", {**LONG, "scale_schedule_ratio": 0}, "scale_schedule_ratio: must be a finite number > 0"),
        ("ConstantScheduler", {**LONG, "lr": -1}, "lr: must be a finite number >= 0; got -1"),
    ],
)  # fmt: skip
def test_they_refuse(name, given, said):
    with pytest.raises(ss.ScheduleError, match=f"^twins.composer.{name}.{said}"):
        getattr(twins.composer, name)(**{"lr": 0.1} | given)
