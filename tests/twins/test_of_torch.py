"""A scheduler that runs is read, and the rest of its run is what its twin says: live, torch's and transformers'."""

import math

import pytest
import torch
from torch.optim import lr_scheduler as peer

import stepsize as ss
from stepsize.twins._of_torch import read
from tests.twins.driving import RATES, same

hf = pytest.importorskip("transformers.optimization")


def started(build, updates):
    """A scheduler after so many updates."""
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in RATES]
    optimizer = torch.optim.SGD(groups, lr=RATES[0], momentum=0.9)
    scheduler = build(optimizer)
    optimizer.step()
    for _ in range(updates):
        scheduler.step()
    return scheduler


def rest(scheduler, updates):
    """The rates of the updates that follow, one list a group."""
    rates = []
    for k in range(updates):
        rates.append([float(group["lr"]) for group in scheduler.optimizer.param_groups])
        if k < updates - 1:
            scheduler.step()
    return list(zip(*rates, strict=True))


def warmed(o):
    return peer.SequentialLR(
        o, [peer.LinearLR(o, 0.1, total_iters=10), peer.CosineAnnealingLR(o, 90, 0.01)], [10]
    )


def chained(o):
    inner = peer.ChainedScheduler([peer.LinearLR(o, 0.1, total_iters=20), peer.StepLR(o, 30, 0.5)])
    return peer.ChainedScheduler([inner, peer.CosineAnnealingLR(o, 120)])


def cyclic_in_a_sequence(o):
    return peer.SequentialLR(
        o,
        [peer.ConstantLR(o, 0.5, 20), peer.CyclicLR(o, 0.01, 0.1, 7, 13), peer.ExponentialLR(o, 0.9)],
        [5, 60],
    )


LIVE = {
    "step": lambda o: peer.StepLR(o, 7, 0.5),
    "rising steps": lambda o: peer.StepLR(o, 7, 1.5),
    "milestones": lambda o: peer.MultiStepLR(o, [30, 9, 30], 0.5),
    "constant": lambda o: peer.ConstantLR(o, 0.5, 20),
    "linear": lambda o: peer.LinearLR(o, 0.1, 0.9, 60),
    "exponential": lambda o: peer.ExponentialLR(o, 0.97),
    "polynomial": lambda o: peer.PolynomialLR(o, 80, 2.0),
    "cosine": lambda o: peer.CosineAnnealingLR(o, 100, 0.01),
    "restarts": lambda o: peer.CosineAnnealingWarmRestarts(o, 7, 2, 0.01),
    "cyclic": lambda o: peer.CyclicLR(o, [0.01, 0.02], [0.1, 0.2], 7, 22),
    "cyclic 2": lambda o: peer.CyclicLR(o, 0.01, 0.1, 7, mode="triangular2"),
    "cyclic 3": lambda o: peer.CyclicLR(o, 0.01, 0.1, 7, 13, mode="exp_range", gamma=0.99),
    "one cycle": lambda o: peer.OneCycleLR(o, [0.3, 0.04], 100),
    "one cycle, three phases": lambda o: peer.OneCycleLR(o, [0.3, 0.04], 100, pct_start=0.23, anneal_strategy="linear", three_phase=True, div_factor=7),
    "one cycle, short": lambda o: peer.OneCycleLR(o, 0.3, 3, final_div_factor=10),
    "one cycle, all up": lambda o: peer.OneCycleLR(o, 0.3, 100, pct_start=1.0),
    "sequential": warmed,
    "sequential with a cycle": cyclic_in_a_sequence,
    "chained": chained,
    "chained, of one": lambda o: peer.ChainedScheduler([peer.CosineAnnealingWarmRestarts(o, 7, 2)]),
    "hf constant": lambda o: hf.get_constant_schedule(o),
    "hf constant_with_warmup": lambda o: hf.get_constant_schedule_with_warmup(o, 20),
    "hf linear": lambda o: hf.get_linear_schedule_with_warmup(o, 20, 100),
    "hf cosine": lambda o: hf.get_cosine_schedule_with_warmup(o, 20, 100, 1.5),
    "hf restarts": lambda o: hf.get_cosine_with_hard_restarts_schedule_with_warmup(o, 20, 100, 3),
    "hf polynomial": lambda o: hf.get_polynomial_decay_schedule_with_warmup(o, 20, 100, 0.02, 2.0),
    "hf inverse_sqrt": lambda o: hf.get_inverse_sqrt_schedule(o, 20, 40),
    "hf minimum": lambda o: hf.get_cosine_with_min_lr_schedule_with_warmup(o, 20, 100, min_lr=0.03),
    "hf minimum of 0": lambda o: hf.get_cosine_with_min_lr_schedule_with_warmup(o, 20, 100, min_lr=0),
    "hf warmup with minimum": lambda o: hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate(o, 20, 100, min_lr_rate=0.1, warmup_lr_rate=0.2),
    "hf wsd": lambda o: hf.get_wsd_schedule(o, 20, 30, 100, decay_type="1-sqrt", min_lr_ratio=0.1),
    "hf wsd that does not fit": lambda o: hf.get_wsd_schedule(o, 60, 70, 100, decay_type="linear"),
    "hf in a sequence": lambda o: peer.SequentialLR(o, [peer.LinearLR(o, total_iters=5), hf.get_cosine_schedule_with_warmup(o, 10, 95)], [5]),
}  # fmt: skip


def length_of(build):
    return getattr(started(build, 0), "total_steps", 100)


RUNS = {
    f"{name}, {done}": (build, done)
    for name, build in LIVE.items()
    for done in (0, 1, 13, 50, 99)
    if done < length_of(build)
}


@pytest.mark.parametrize(("build", "done"), RUNS.values(), ids=RUNS.keys())
def test_the_rest_of_the_run(build, done):
    length = length_of(build)
    scheduler = started(build, done)
    schedules, position = read(scheduler)
    assert position == done
    whole = rest(started(build, 0), length)
    for s, rates, all_rates in zip(schedules, rest(scheduler, length - done), whole, strict=True):
        error = max(abs(s(done + k) - rate) for k, rate in enumerate(rates))
        assert error <= 1e-12 * max(all_rates)
        if length > 3:
            same(s, all_rates)


def test_twins_are_those_that_one_would_write():
    assert [str(s) for s in read(started(warmed, 30))[0]] == [
        "0.03 -> 0.3 in 10; -> 0.01 cosine in 90",
        "4e-3 -> 0.04 in 10; -> 0.01 cosine in 90",
    ]
    linear = read(started(lambda o: hf.get_linear_schedule_with_warmup(o, 20, 100), 30))
    assert linear == ([ss.twins.transformers.linear(lr, 20, 100) for lr in RATES], 30)


class Own(peer.StepLR):
    pass


def edited(o):
    scheduler = peer.CosineAnnealingLR(o, 100)
    o.param_groups[1]["lr"] = 0.07
    return scheduler


def front(o):
    return peer.SequentialLR(o, [warmed(o), peer.StepLR(o, 3)], [50])


REFUSED = {
    "a function": (lambda o: peer.LambdaLR(o, lambda t: 0.5**t), r"keeps a function that only calls can tell; got .*twins\.torch\.LambdaLR"),
    "one like theirs": (lambda o: peer.LambdaLR(o, math.exp), r"keeps a function that only calls can tell"),
    "a factor": (lambda o: peer.MultiplicativeLR(o, lambda t: 0.9), r"keeps a function .*twins\.torch\.MultiplicativeLR"),
    "a scale": (lambda o: peer.CyclicLR(o, 0.1, 1.0, scale_fn=lambda x: 1.0), r"keeps a function .*scale_fn=function"),
    "a class of one's own": (lambda o: Own(o, 3), r"must be a scheduler of torch or transformers"),
    "a set rate": (edited, r"stands at 0\.07 after 0 updates, where its twin gives 0\.04"),
    "a nest": (front, r"a SequentialLR must not hold a SequentialLR"),
    "one cycle in a sequence": (lambda o: peer.SequentialLR(o, [peer.LinearLR(o), peer.OneCycleLR(o, 0.3, 100)], [5]), r"a SequentialLR must not hold a OneCycleLR"),
    "restarts chained": (lambda o: peer.ChainedScheduler([peer.LinearLR(o), peer.CosineAnnealingWarmRestarts(o, 9)]), r"a ChainedScheduler must not hold a Cos"),
    "functions chained": (lambda o: peer.ChainedScheduler([hf.get_constant_schedule(o), peer.StepLR(o, 9)]), r"a ChainedScheduler must not hold a LambdaLR"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Detected call")
@pytest.mark.parametrize(("build", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(build, said):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.of: {said}"):
        read(started(build, 0))


def test_refuses_what_is_over():
    with pytest.raises(
        ss.ScheduleError, match=r"^twins\.of: stands at .* after 120 updates, where its twin gives 0\.0"
    ):
        read(started(lambda o: peer.CosineAnnealingLR(o, 100), 120))


@pytest.mark.parametrize(
    "build", [peer.ReduceLROnPlateau, hf.get_greedy_schedule, hf.get_reduce_on_plateau_schedule]
)
def test_points_to_policies(build):
    with pytest.raises(ss.ScheduleError, match=r"stepsize\.adaptive\.plateau"):
        read(started(build, 0))


def test_refuses_what_is_no_scheduler():
    with pytest.raises(
        ss.ScheduleError, match=r"^twins\.of: must be a scheduler of torch or transformers; got 3"
    ):
        read(3)
