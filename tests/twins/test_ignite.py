"""Ignite, live: our twin gives the rate that an Engine's update finds, update for update, in each group."""

import math
import re
import warnings

import pytest
import torch
from torch.optim import lr_scheduler

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES
from tests.twins.whole import agree

peer = pytest.importorskip("ignite.handlers")
engine = pytest.importorskip("ignite.engine")

ours = twins.ignite
LONG = LENGTHS[-1]


def optimizer_of(*rates):
    return torch.optim.SGD(
        [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in rates], lr=0.1
    )


def applied(build, updates, rates=(0.3,), event="ITERATION_STARTED"):
    """The rates of so many updates, one list a group, as an Engine runs them."""
    optimizer, seen = optimizer_of(*rates), []
    trainer = engine.Engine(
        lambda _, __: seen.append([float(group["lr"]) for group in optimizer.param_groups])
    )
    trainer.add_event_handler(engine.Events[event], build(optimizer))
    trainer.run([0] * updates, max_epochs=1)
    return list(zip(*seen, strict=True))


def check(name, *args, updates, steps=None, **kwargs):
    """A scheduler of ignite, which sets all groups alike, and its twin."""
    theirs = applied(lambda o: getattr(peer, name)(o, "lr", *args, **kwargs), updates, RATES)
    more = {"steps": steps} if steps else {}
    s = getattr(ours, name)(0.3, "lr", *args, **kwargs, **more)
    for rates in theirs:
        agree(s, rates)
    return s


CYCLES = [
    ("CosineAnnealingScheduler", {}),
    ("LinearCyclicalScheduler", {}),
    ("LinearCyclicalScheduler", {"monotonic": True}),
]


@pytest.mark.parametrize(("name", "more"), CYCLES, ids=lambda x: str(x))
@pytest.mark.parametrize(("start", "end"), [(0.3, 0.0), (0.3, 0.04), (0.04, 0.3), (0.0, 0.3), (0.1, 0.1)])
def test_cycles(name, more, start, end):
    for size in (2, 3, 10, 100):
        check(name, start, end, size, updates=250, **more)
        check(name, start, end, size, 2, 0.5, 0.5, updates=250, **more)


@pytest.mark.parametrize(("name", "more"), CYCLES, ids=lambda x: str(x))
@pytest.mark.parametrize(
    "mults", [(1.0, 0.5, 1.0), (1.0, 0.9, 0.3), (3, 0.5, 0.5), (2, 1.0, 0.5), (1, 1, 0.7)]
)
def test_cycles_that_change(name, more, mults):
    check(name, 0.3, 0.04, 10, *mults, updates=300, **more)
    check(name, 0.3, 0.0, 7, *mults, updates=300, **more)


@pytest.mark.parametrize(("name", "more"), CYCLES, ids=lambda x: str(x))
@pytest.mark.parametrize(
    "mults", [(1.5, 1.0, 1.0), (0.7, 0.9, 0.9), (1.0, 1.1, 0.5), (1.0, 0.0, 1.0), (2.5, 1.0, 0.0)]
)
def test_cycles_that_need_a_length(name, more, mults):
    updates = 23 if mults[0] < 1 else 300
    s = check(name, 0.3, 0.04, 10, *mults, updates=updates, steps=updates, **more)
    assert s.length == updates


@pytest.mark.parametrize(("name", "more"), [CYCLES[0], CYCLES[2]], ids=lambda x: str(x))
@pytest.mark.parametrize("warmup", [1, 2, 5, 40])
def test_a_warmup_between_cycles(name, more, warmup):
    for mults in ((), (2, 1.0, 1.0), (1.0, 0.5, 0.5), (1.0, 0.5, 1.0), (1.0, 0.8, 0.3), (1.5, 1.2, 0.9)):
        steps = {"steps": 200} if mults and mults[0] == 1.5 else {}
        check(name, 0.3, 0.04, 10, *mults, warmup_duration=warmup, updates=200, **steps, **more)


def test_long_cycles():
    check("CosineAnnealingScheduler", 0.3, 0.01, 5000, warmup_duration=500, updates=LONG)
    check("LinearCyclicalScheduler", 0.01, 0.3, LONG, updates=LONG)


LINES = [
    [(0, 0.1)], [(5, 0.2)], [(0, 0.0), (10, 0.3), (100, 0.0)], [(10, 0.5), (20, 0.45), (21, 0.3), (30, 0.1), (40, 0.1)],
    [(0, 0.3), (10, 0.2), (10, 0.1), (20, 0.05)], [(0, 0.3), (10, 0.2), (10, 0.1)], [(3, 0.1), (3, 0.2)], [(-5, 0.0), (5, 0.3)],
    [(-5, 0.1), (-2, 0.3)], [(1, 0.3), (LONG, 0.0)],
]  # fmt: skip


@pytest.mark.parametrize("pairs", LINES, ids=str)
def test_piecewise_linear(pairs):
    s = check("PiecewiseLinear", pairs, updates=LONG if pairs[-1][0] == LONG else 120)
    assert s == ours.PiecewiseLinear(0.3, "lr", [list(pair) for pair in pairs])


@pytest.mark.parametrize("n", LENGTHS)
def test_piecewise_linear_by_length(n):
    check("PiecewiseLinear", [(0, 0.0), (n // 10, 0.3), (n, 0.03)], updates=n + 3)


def three(o):
    return [peer.PiecewiseLinear(o, "lr", [(0, 0.0), (10, 0.3)]), peer.CosineAnnealingScheduler(o, "lr", 0.3, 0.01, 9),
            peer.LinearCyclicalScheduler(o, "lr", 0.01, 0.1, 4)]  # fmt: skip


def our_three():
    return [ours.PiecewiseLinear(0.3, "lr", [(0, 0.0), (10, 0.3)]), ours.CosineAnnealingScheduler(0.3, "lr", 0.3, 0.01, 9),
            ours.LinearCyclicalScheduler(0.3, "lr", 0.01, 0.1, 4)]  # fmt: skip


@pytest.mark.parametrize(
    "durations", [[10, 30], [1, 1], [0, 5], [0, 0], [5, 0], [5, -1], [-3, 5], [100, 100]]
)
def test_concat(durations):
    theirs = applied(lambda o: peer.ConcatScheduler(three(o), durations), 120)
    s = ours.ConcatScheduler(our_three(), durations)
    agree(s, theirs[0])


def test_a_concat_in_a_concat():
    theirs = applied(
        lambda o: peer.ConcatScheduler([peer.ConcatScheduler(three(o)[:2], [10]), three(o)[2]], [40]), 120
    )
    agree(
        ours.ConcatScheduler([ours.ConcatScheduler(our_three()[:2], [10]), our_three()[2]], [40]), theirs[0]
    )


@pytest.mark.parametrize("warmup", [2, 3, 10, 150])
@pytest.mark.parametrize("end", [None, 0.3, 0.1])
@pytest.mark.parametrize("start", [0.3, 0.2])
def test_a_warmup_before_one_of_ignite(warmup, end, start):
    def build(o):
        return peer.create_lr_scheduler_with_warmup(
            peer.CosineAnnealingScheduler(o, "lr", start, 0.01, 90), 0.001, warmup, end
        )

    down = ours.CosineAnnealingScheduler(0.3, "lr", start, 0.01, 90)
    s = ours.create_lr_scheduler_with_warmup(down, 0.001, warmup, end, lr=0.3)
    agree(s, applied(build, 300)[0])


TORCH = [
    ("StepLR", (7, 0.5)), ("MultiStepLR", ([5, 20], 0.5)), ("ExponentialLR", (0.9,)), ("CosineAnnealingLR", (60, 0.01)),
    ("LinearLR", (0.1, 0.7, 30)), ("ConstantLR", (0.25, 12)), ("PolynomialLR", (40, 2.0)), ("PolynomialLR", (40,)),
    ("PolynomialLR", (40, 0.0)), ("CosineAnnealingWarmRestarts", (10, 2, 0.01)), ("CosineAnnealingWarmRestarts", (7,)),
    ("CyclicLR", (0.01, 0.2, 16, 48)), ("OneCycleLR", (0.5, 60)), ("LambdaLR", (lambda t: 1.0 / (1 + t),)),
    ("CosineAnnealingLR", (2,)), ("CosineAnnealingLR", (100,)), ("LinearLR", (0.5, 1.0, 0)), ("ConstantLR", (0.5, 0)),
]  # fmt: skip


def torch_twin(name, args, lr, updates=60):
    more = {"steps": updates + 1} if name == "LambdaLR" else {}
    return getattr(twins.torch, name)(lr, *args, **more)


def named(value):
    """The same in every process: a function has an address in its own name."""
    return re.sub(r" at 0x\w+", "", str(value))


def length(name, args):
    """No further than its end: where a cosine would rise again."""
    return args[0] if name == "CosineAnnealingLR" else 60


@pytest.mark.parametrize(("name", "args"), TORCH, ids=named)
def test_a_wrapped_scheduler_of_torch(name, args):
    n = length(name, args)
    for legacy in (False, True):
        event = "ITERATION_COMPLETED" if legacy else "ITERATION_STARTED"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = applied(
                lambda o, legacy=legacy: peer.LRScheduler(
                    getattr(lr_scheduler, name)(o, *args), use_legacy=legacy
                ),
                n,
                RATES,
                event,
            )
        if name in ("CyclicLR", "OneCycleLR"):
            theirs = theirs[:1]  # they overwrite the rates of groups
        for lr, rates in zip(RATES, theirs, strict=False):
            agree(ours.LRScheduler(torch_twin(name, args, lr), use_legacy=legacy, kind=name, lr=lr), rates)


def test_quirks_of_wrapped_ones():
    def first(name, *args):
        return ours.LRScheduler(getattr(twins.torch, name)(1.0, *args), kind=name, lr=1.0)

    assert first("ExponentialLR", 0.9)(0) == 0.9
    assert first("LinearLR", 0.1, 1.0, 10)(0) == pytest.approx(0.01)
    assert first("LinearLR", 0.1, 1.0, 10)(99) == pytest.approx(0.1)
    assert round(first("CosineAnnealingLR", 10, 0.0)(0), 4) == 1.0251
    assert first("CosineAnnealingLR", 1, 0.1)(0) == 1.9
    theirs = applied(lambda o: peer.LRScheduler(lr_scheduler.CosineAnnealingLR(o, 1, 0.1)), 2)[0]
    agree(ours.LRScheduler(twins.torch.CosineAnnealingLR(0.3, 1, 0.1), kind="CosineAnnealingLR"), theirs)


@pytest.mark.parametrize(
    ("name", "args"), [case for case in TORCH if case[0] not in ("CyclicLR", "OneCycleLR")], ids=named
)
@pytest.mark.parametrize("end", [None, 0.5])
def test_a_warmup_before_one_of_torch(name, args, end):
    """One group by itself; from its second update on theirs multiplies what the warmup left."""
    n = length(name, args)

    def build(o):
        return peer.create_lr_scheduler_with_warmup(getattr(lr_scheduler, name)(o, *args), 0.001, 10, end)

    s = ours.create_lr_scheduler_with_warmup(torch_twin(name, args, 0.3), 0.001, 10, end)
    agree(s, applied(build, n + 10)[0])


def test_two_groups_behind_a_warmup():
    """All of theirs end at their own rates, as those of torch do: a twin each."""
    theirs = applied(
        lambda o: peer.create_lr_scheduler_with_warmup(lr_scheduler.ExponentialLR(o, 0.9), 0.0, 10), 60, RATES
    )
    for lr, rates in zip(RATES, theirs, strict=True):
        agree(ours.create_lr_scheduler_with_warmup(twins.torch.ExponentialLR(lr, 0.9), 0.0, 10), rates)


def test_the_table_of_peers():
    down = ours.CosineAnnealingScheduler(1.0, "lr", 1.0, 0.1, 90)
    s = ours.create_lr_scheduler_with_warmup(down, 0.0, 10)
    golden = {0: 0.0, 1: 0.1111, 9: 1.0, 10: 0.999726, 98: 0.100274, 99: 1.0, 100: 0.999726}
    assert {t: round(s(t), 4 if t == 1 else 6) for t in golden} == golden
    assert round(ours.CosineAnnealingScheduler(1.0, "lr", 1.0, 0.1, 100)(99), 6) == 0.100222
    assert ours.LinearCyclicalScheduler(1.0, "lr", 1.0, 0.1, 100)(99) == pytest.approx(0.982)


def test_attached_to_epochs():
    """As the page of the module says it."""
    optimizer, seen = optimizer_of(0.3), []
    trainer = engine.Engine(lambda _, __: seen.append(optimizer.param_groups[0]["lr"]))
    trainer.add_event_handler(
        engine.Events.EPOCH_STARTED, peer.CosineAnnealingScheduler(optimizer, "lr", 0.3, 0.01, 10)
    )
    trainer.run([0] * 7, max_epochs=12)
    agree(ours.CosineAnnealingScheduler(0.3, "lr", 0.3, 0.01, 10).stretch(7).staircase(7), seen)


S = ours.CosineAnnealingScheduler(0.1, "lr", 0.3, 0.01, 90)
REFUSED = [
    ("CosineAnnealingScheduler", (0.1, "lr", 0.3, 0.0, 1), {}, r"cycle_size: must be a whole number >= 2; got 1"),
    ("CosineAnnealingScheduler", (-0.1, "lr", 0.3, 0.0, 9), {}, r"lr: must be a finite number >= 0; got -0.1"),
    ("CosineAnnealingScheduler", (0.1, "lr", -0.3, 0.0, 9), {}, r"start_value: must be a finite number >= 0; got -0.3"),
    ("CosineAnnealingScheduler", (0.1, "lr", 0.3, 0.0, 9, 1.5), {}, r"steps: must be given with such factors; got None\. These cycles"),
    ("CosineAnnealingScheduler", (0.1, "lr", 0.3, 0.0, 9, 0.1), {"steps": 99}, r"cycle_mult: must not cut a cycle to nothing within 99 updates; got 0.1"),
    ("CosineAnnealingScheduler", (0.1, "lr", 0.3, 0.0, 9), {"warmup_duration": -1}, r"warmup_duration: must be a whole number >= 0; got -1"),
    ("LinearCyclicalScheduler", (0.1, "lr", 0.3, 0.0, 1), {}, r"cycle_size: must be a whole number >= 2; got 1"),
    ("LinearCyclicalScheduler", (0.1, "lr", 0.3, 0.0, 9), {"warmup_duration": 3}, r"warmup_duration: must be 0 unless monotonic; got 3"),
    ("PiecewiseLinear", (0.1, "lr", {1: 0.1}), {}, r"milestones_values: must be a list of pairs \(milestone, value\); got"),
    ("PiecewiseLinear", (0.1, "lr", []), {}, r"milestones_values: must hold at least one pair; got \[\]"),
    ("PiecewiseLinear", (0.1, "lr", [3]), {}, r"milestones_values\[0\]: must be a pair \(milestone, value\); got 3"),
    ("PiecewiseLinear", (0.1, "lr", [(0.5, 1.0)]), {}, r"milestones_values\[0\]: its milestone must be an int; got 0.5"),
    ("PiecewiseLinear", (0.1, "lr", [(5, 1.0), (3, 0.5)]), {}, r"milestones_values\[1\]: its milestone must not be below .* \(5\); got 3"),
    ("ConcatScheduler", ([S], []), {}, r"schedulers: must hold at least two schedules; got"),
    ("ConcatScheduler", (S, [3]), {}, r"schedulers: must be a list of schedules; got cosine"),
    ("ConcatScheduler", ([S, 3], [3]), {}, r"schedulers\[1\]: must be a schedule; got 3\. Build its twin"),
    ("ConcatScheduler", ([S, S], 3), {}, r"durations: must be a list of whole numbers; got 3"),
    ("ConcatScheduler", ([S, S], [3.0]), {}, r"durations\[0\]: must be an int; got 3.0"),
    ("ConcatScheduler", ([S, S], [3, 4]), {}, r"durations: must be 1, one fewer than schedulers; got \[3, 4\]"),
    ("create_lr_scheduler_with_warmup", (3, 0.0, 10), {}, r"lr_scheduler: must be a schedule; got 3"),
    ("create_lr_scheduler_with_warmup", (S, 0.0, 1), {}, r"warmup_duration: must be an int >= 2; got 1"),
    ("create_lr_scheduler_with_warmup", (S, 0.0, 5.0), {}, r"warmup_duration: must be an int >= 2; got 5.0"),
    ("LRScheduler", (3,), {"kind": "StepLR"}, r"lr_scheduler: must be a schedule; got 3"),
    ("LRScheduler", (S,), {"kind": "SequentialLR"}, r"kind: must be one of LambdaLR.*; got 'SequentialLR'\. Theirs cannot ask"),
    ("LRScheduler", (S,), {"kind": "ReduceLROnPlateau"}, r"kind: must be one of LambdaLR.*; got 'ReduceLROnPlateau'"),
    ("LRScheduler", (S,), {"kind": "MultiplicativeLR"}, r"kind: must not be MultiplicativeLR without use_legacy"),
    ("LRScheduler", (S,), {"kind": "LinearLR"}, r"lr: must be given for this kind; got None"),
    ("LRScheduler", (S,), {"kind": "CosineAnnealingLR"}, r"lr_scheduler: must be the twin of its kind; got"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "kwargs", "said"), REFUSED)
def test_refuses(name, args, kwargs, said):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.ignite\.{name}\.{said}"):
        getattr(ours, name)(*args, **kwargs)


def test_what_theirs_refuses_too():
    def cosine(o, *args, **kwargs):
        return peer.CosineAnnealingScheduler(o, "lr", *args, **kwargs)

    cases = [
        lambda o: cosine(o, 0.3, 0.0, 1), lambda o: cosine(o, 0.3, 0.0, 9, 0.1),
        lambda o: peer.LinearCyclicalScheduler(o, "lr", 0.3, 0.0, 9, warmup_duration=3),
        lambda o: peer.PiecewiseLinear(o, "lr", {1: 0.1}), lambda o: peer.PiecewiseLinear(o, "lr", []),
        lambda o: peer.PiecewiseLinear(o, "lr", [3]), lambda o: peer.PiecewiseLinear(o, "lr", [(0.5, 1.0)]),
        lambda o: peer.PiecewiseLinear(o, "lr", [(5, 1.0), (3, 0.5)]), lambda o: peer.ConcatScheduler(three(o)[:1], []),
        lambda o: peer.ConcatScheduler(three(o)[0], [3]), lambda o: peer.ConcatScheduler([three(o)[0], 3], [3]),
        lambda o: peer.ConcatScheduler(three(o)[:2], 3), lambda o: peer.ConcatScheduler(three(o)[:2], [3.0]),
        lambda o: peer.ConcatScheduler(three(o)[:2], [3, 4]), lambda o: peer.create_lr_scheduler_with_warmup(3, 0.0, 10),
        lambda o: peer.create_lr_scheduler_with_warmup(three(o)[1], 0.0, 1),
        lambda o: peer.create_lr_scheduler_with_warmup(three(o)[1], 0.0, 5.0), lambda o: peer.LRScheduler(3),
        lambda o: peer.LRScheduler(lr_scheduler.SequentialLR(o, [lr_scheduler.StepLR(o, 3), lr_scheduler.StepLR(o, 3)], [3])),
        lambda o: peer.LRScheduler(lr_scheduler.ReduceLROnPlateau(o)),
    ]  # fmt: skip
    for build in cases:
        with pytest.raises((ValueError, TypeError, ZeroDivisionError, NotImplementedError)):
            applied(build, 99)


def test_what_answers_to_a_metric():
    with pytest.raises(
        ss.ScheduleError, match=r"^twins\.ignite\.ReduceLROnPlateauScheduler: .*stepsize\.adaptive\.plateau"
    ):
        ours.ReduceLROnPlateauScheduler(0.1, "loss", min_lr=0.5)
    assert math.isinf(S.length)
