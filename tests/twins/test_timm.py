"""Timm, live: our twin gives the rate that timm's own scheduler applies, update for update, in each group."""

import importlib
import importlib.util
import math
import sys
import types
import warnings
from pathlib import Path

import pytest
import torch

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES
from tests.twins.whole import agree

ours = twins.timm


def theirs_alone():
    """The schedulers of timm without the rest, which wants torchvision."""
    spec = importlib.util.find_spec("timm")
    before = sys.modules.get("timm")
    stub = types.ModuleType("timm")
    stub.__path__ = [str(Path(spec.origin).parent)]
    sys.modules["timm"] = stub
    try:
        return importlib.import_module("timm.scheduler")
    finally:
        sys.modules.pop("timm")
        if before is not None:
            sys.modules["timm"] = before


peer = theirs_alone()
LONG = LENGTHS[-1]


def optimizer_of(*rates):
    return torch.optim.SGD(
        [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in rates], lr=0.1
    )


def applied(build, updates, each=None):
    """The rates of so many updates, one list a group, as train.py steps: each update, or once in ``each`` updates."""
    optimizer, rates = optimizer_of(*RATES), []
    scheduler = build(optimizer)
    for k in range(1, updates + 1):
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
        if scheduler is None:
            continue
        scheduler.step_update(k)
        if each and k % each == 0:
            scheduler.step(k // each)
    return list(zip(*rates, strict=True))


def check(name, *args, updates, each=None, steps=None, **kwargs):
    """One scheduler of timm and its twin, for as many updates, in two groups; the twins are returned."""
    kwargs["t_in_epochs"] = bool(each)
    theirs = applied(lambda o: getattr(peer, name)(o, *args, **kwargs), updates, each)
    found = [getattr(ours, name)(lr, *args, updates_per_epoch=each, steps=steps, **kwargs) for lr in RATES]
    for s, rates in zip(found, theirs, strict=True):
        agree(s, rates)
    return found


WARMUPS = {1: (0, 1, 2), 2: (0, 1, 3), 3: (0, 2), 10: (0, 3, 10, 12), 100: (0, 5, 100, 150), LONG: (500,)}
CASES = [(n, warmup, prefix) for n in LENGTHS for warmup in WARMUPS[n] for prefix in (False, True)]
KINDS = {
    "cosine": ("CosineLRScheduler", {"lr_min": 0.01}),
    "cosine that rises": ("CosineLRScheduler", {"lr_min": 0.1}),
    "tanh": ("TanhLRScheduler", {"lr_min": 0.01}),
    "tanh that is wide": ("TanhLRScheduler", {"lb": -30.0, "ub": 2.0}),
    "poly": ("PolyLRScheduler", {"lr_min": 0.01}),
    "linear": ("PolyLRScheduler", {"power": 1.0}),
    "poly that stays": ("PolyLRScheduler", {"power": 0.0, "lr_min": 0.01}),
}


@pytest.mark.parametrize(("name", "given"), KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize(("n", "warmup", "prefix"), CASES)
def test_one_cycle_by_updates(name, given, n, warmup, prefix):
    """And some updates beyond the end, where it is held."""
    if n == LONG and "wide" in str(given):
        return
    check(
        name, n, warmup_t=warmup, warmup_lr_init=0.001, warmup_prefix=prefix, updates=n + warmup + 3, **given
    )


@pytest.mark.parametrize(("name", "given"), KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize(
    ("n", "warmup", "each"), [(1, 0, 5), (10, 3, 7), (10, 2.5, 4), (12.5, 2.5, 4), (30, 40, 2), (90, 10, 17)]
)
def test_one_cycle_by_epochs(name, given, n, warmup, each):
    """The staircase that is really applied; lengths that are not whole epochs as well."""
    for prefix in (False, True):
        updates = math.ceil(n + warmup + 3) * each
        check(name, n, warmup_t=warmup, warmup_prefix=prefix, updates=updates, each=each, **given)


def restarts_wrongly(first, mul, t):
    """Where theirs takes a restart for the end of the cycle before: its logarithm is rounded down."""
    k = round(math.log(1 - t / first * (1 - mul), mul))
    exact = sum(first * mul**j for j in range(k)) == t
    return exact and math.floor(math.log(1 - t / first * (1 - mul), mul)) != k


@pytest.mark.parametrize("name", ["CosineLRScheduler", "TanhLRScheduler", "PolyLRScheduler"])
@pytest.mark.parametrize(("decay", "low"), [(1.0, 0.01), (0.5, 0.0), (0.5, 0.01), (0.0, 0.0), (1.5, 0.01)])
@pytest.mark.parametrize(("first", "mul", "limit"), [
    (10, 1, 4), (7.5, 1, 5), (10, 2, 4), (10, 3, 4), (10, 1.5, 5), (100, 0.5, 4), (1, 1, 30), (10, 2.0, 0),
])  # fmt: skip
def test_cycles(name, decay, low, first, mul, limit):
    length = sum(first * mul**k for k in range(min(limit, 4)))
    updates = math.ceil(length) + (3 if mul >= 1 else -1)
    given = {"lr_min": low, "cycle_mul": mul, "cycle_decay": decay, "cycle_limit": limit}
    wrong = [t for t in range(1, updates) if mul != 1 and restarts_wrongly(first, mul, t)]
    assert not wrong
    check(name, first, updates=updates, **given)
    check(name, first, warmup_t=4, warmup_prefix=True, updates=updates + 3, **given)
    check(name, first, warmup_t=12, updates=updates, **given)
    check(name, first, warmup_t=3, updates=3 * min(updates, 60), each=3, **given)


def test_many_cycles_and_cycles_of_fractions():
    for name in ("CosineLRScheduler", "TanhLRScheduler", "PolyLRScheduler"):
        given = {"lr_min": 0.01, "cycle_limit": 100_000, "updates": 300}
        check(name, 7, cycle_decay=0.9, warmup_t=5, **given)
        check(name, 7, cycle_decay=0.9, cycle_mul=2, **given)
        check(name, 7, cycle_decay=0.9, cycle_mul=1.3, **given)
    check("PolyLRScheduler", 7, 0.0, 0.01, cycle_decay=0.9, cycle_limit=100, updates=300)
    for first in (2.4, 0.1 * 24, 7.6):  # 12 // 2.4 is 5, and 12 // (0.1 * 24) is 4
        check("CosineLRScheduler", first, 0.01, cycle_limit=30, updates=500, each=7)
        check("StepLRScheduler", first, 0.9, updates=500, each=7)


def test_wrong_restarts():
    """Row 5 of the defects of peers: theirs gives the end of the cycle before at some restarts, ours the peak."""
    found = {}
    for first, mul in ((10, 3), (10, 10)):
        rates = applied(
            lambda o, first=first, mul=mul: peer.CosineLRScheduler(
                o, first, 0.01, mul, cycle_limit=9, t_in_epochs=False
            ),
            4000,
        )[0]
        s = ours.CosineLRScheduler(0.3, first, 0.01, mul, cycle_limit=9, t_in_epochs=False)
        differ = [t for t, rate in enumerate(rates) if abs(s(t) - rate) > 3e-13]
        assert all(s(t) == 0.3 and rates[t] == pytest.approx(0.01) for t in differ)
        found[mul] = differ
    assert found == {3: [1210], 10: [1110]}


@pytest.mark.parametrize(("name", "given"), [
    ("CosineLRScheduler", {"k_decay": 2.0}), ("CosineLRScheduler", {"k_decay": 0.7, "cycle_mul": 2, "cycle_limit": 3}),
    ("PolyLRScheduler", {"k_decay": 2.0}), ("PolyLRScheduler", {"k_decay": 2.0, "power": 1.0}),
    ("PolyLRScheduler", {"k_decay": 0.5, "power": 1}), ("PolyLRScheduler", {"k_decay": 1.5, "power": 0.9, "cycle_limit": 3, "cycle_decay": 0.3}),
])  # fmt: skip
@pytest.mark.parametrize("n", [1, 3, 100])
def test_k_decay(name, given, n):
    for warmup, prefix, each in (
        (0, False, None),
        (5, False, None),
        (5, True, None),
        (2.5, True, 3),
        (2.5, False, 3),
    ):
        long = math.ceil((7 * n + 5) * (each or 1))
        check(name, n, lr_min=0.001, warmup_t=warmup, warmup_prefix=prefix, updates=long, each=each, **given)


@pytest.mark.parametrize(("every", "rate"), [(30, 0.1), (1, 0.99), (2.4, 0.7), (5, 1.0), (5, 0.0), (40, 1.3)])
@pytest.mark.parametrize("each", [None, 7])
def test_step(every, rate, each):
    for warmup in (0, 3, 5.5, 70):
        for prefix in (True, False):
            check("StepLRScheduler", every, rate, warmup, 0.01, prefix, updates=800, each=each)


@pytest.mark.parametrize("stops", [[], [30], [10, 20, 20, 21], [0, 0, 5], [1, 2], [2.5, 7]])
@pytest.mark.parametrize("each", [None, 7])
def test_multi_step(stops, each):
    for warmup in (0, 3, 5.5, 70):
        for prefix in (True, False):
            check("MultiStepLRScheduler", stops, 0.3, warmup, 0.01, prefix, updates=600, each=each)


def test_many_steps_for_long():
    check("StepLRScheduler", 400, 0.9, 500, updates=LONG)
    check("MultiStepLRScheduler", list(range(100, LONG, 400)), 0.9, 500, updates=LONG)


DECAYS = [{"decay_fn": kind} for kind in ("linear", "1-sqrt", "cosine", "exp")] + [
    {"decay_fn": "power", "decay_power": p} for p in (0.5, 1, 2.0, 1.7)
] + [{"decay_fn": "exp", "decay_ratio": 0.01}, {"decay_fn": lambda f: (1 - f) ** 3}]  # fmt: skip


@pytest.mark.parametrize("falling", DECAYS, ids=lambda d: str(next(iter(d.values())))[:8])
@pytest.mark.parametrize("stable", ["constant", "rsqrt", "power"])
@pytest.mark.parametrize("low", [0.0, 0.1])
def test_wsd(falling, stable, low):
    """Of all kinds, one of them in a group whose rate is below its end."""
    given = {"lr_min": low, "stable_fn": stable, "stable_power": 0.8, **falling}
    for n, fall, warmup in ((1, 1, 1), (2, 1, 0), (3, 2, 2), (10, 10, 3), (100, 20, 10), (40, 1, 60)):
        scale = {"stable_timescale": 12.0} if warmup < 3 else {}
        check("WSDLRScheduler", n, fall, warmup_t=warmup, updates=n + warmup + 3, **given, **scale)
        check(
            "WSDLRScheduler", n, fall, warmup_t=warmup, updates=3 * (n + warmup + 2), each=3, **given, **scale
        )
    check("WSDLRScheduler", 20.5, 7.25, warmup_t=3.5, updates=90, each=3, **given)


def test_wsd_for_long():
    check("WSDLRScheduler", LONG, 2000, warmup_t=500, updates=LONG + 503)
    check("WSDLRScheduler", LONG, 2000, 0.001, "rsqrt", warmup_t=500, decay_fn="cosine", updates=LONG + 503)


@pytest.mark.parametrize("between", [5, (5, 20), [0, 400], (7.5, 9.5), (30, 10)])
@pytest.mark.parametrize("each", [None, 3])
def test_noise(between, each):
    given = {"noise_range_t": between, "noise_pct": 0.5, "noise_std": 0.4, "noise_seed": 3}
    for name, args in (("CosineLRScheduler", (40,)), ("TanhLRScheduler", (40,)), ("PolyLRScheduler", (40,)),
                       ("StepLRScheduler", (9, 0.5)), ("MultiStepLRScheduler", ([9, 30], 0.5)), ("WSDLRScheduler", (40, 9))):  # fmt: skip
        check(name, *args, warmup_t=2, updates=100, each=each, steps=100, **given)
    check("StepLRScheduler", 9, 0.5, noise_range_t=0, updates=50, steps=50, noise_seed=None)


FACTORY = [
    {}, {"warmup_epochs": 5}, {"warmup_epochs": 5, "warmup_prefix": True, "min_lr": 1e-3}, {"k_decay": 2.0},
    {"cycle_limit": 3, "cycle_mul": 2.0, "cycle_decay": 0.5}, {"sched": "tanh", "warmup_epochs": 3}, {"sched": "poly"},
    {"sched": "poly", "decay_rate": 0.9, "warmup_epochs": 3, "cycle_limit": 2}, {"sched": "step"}, {"sched": "step", "decay_epochs": 2.4},
    {"sched": "constant", "warmup_epochs": 4}, {"sched": "multistep", "decay_milestones": [3, 9]}, {"sched": "none"},
    {"sched": "wsd"}, {"sched": "wsd", "warmup_epochs": 4, "decay_epochs": 3}, {"sched": "wsd", "warmup_epochs": 4, "warmup_prefix": True},
    {"sched": "rsqrt", "warmup_epochs": 4, "decay_fn": "cosine"}, {"sched": "rsqrt", "stable_timescale": 6}, {"noise": [0.3, 0.8]},
    {"noise": 0.5, "sched": "step", "decay_epochs": 3}, {"noise": [0.4]},
]  # fmt: skip


@pytest.mark.parametrize("given", FACTORY, ids=str)
@pytest.mark.parametrize("by_epoch", [True, False])
def test_the_factory(given, by_epoch):
    each = 6
    more = {"num_epochs": 20, "step_on_epochs": by_epoch, "updates_per_epoch": each, **given}
    updates = 30 * each
    theirs = applied(lambda o: peer.create_scheduler_v2(o, **more)[0], updates, each)
    for lr, rates in zip(RATES, theirs, strict=True):
        agree(ours.create_scheduler_v2(lr, **more, steps=updates), rates)


def test_a_scaled_group():
    """Layer-wise decay: theirs multiplies by what the group says."""
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [parameter], "lr": 0.3, "lr_scale": 0.25}])
    scheduler = peer.CosineLRScheduler(optimizer, 50, t_in_epochs=False)
    rates = []
    for k in range(50):
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step_update(k + 1)
    agree(ours.CosineLRScheduler(0.3, 50, t_in_epochs=False) * 0.25, rates)


def test_the_table_of_peers():
    s = ours.CosineLRScheduler(1.0, 100, 0.1, warmup_t=10, t_in_epochs=False)
    golden = {0: 0.0, 1: 0.1, 9: 0.9, 10: 0.977975, 98: 0.100888, 99: 0.100222, 100: 0.1, 110: 0.1}
    assert {t: round(s(t), 6) for t in golden} == golden
    s = ours.CosineLRScheduler(1.0, 90, 0.1, warmup_t=10, warmup_prefix=True, t_in_epochs=False)
    golden = {0: 0.0, 1: 0.1, 9: 0.9, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.1, 110: 0.1}
    assert {t: round(s(t), 6) for t in golden} == golden
    assert s == ss.parse("0 -> 1 in 10; -> 0.1 cosine in 90")
    assert ours.PolyLRScheduler(1.0, 100, 0.5, 0.1, t_in_epochs=False)(99) == pytest.approx(0.19)
    assert ours.WSDLRScheduler(1.0, 100, 20, 0.1, decay_fn="linear", t_in_epochs=False)(99) == pytest.approx(
        0.145
    )
    s = ours.MultiStepLRScheduler(1.0, [10], 0.5, t_in_epochs=False)
    assert (s(8), s(9)) == (1.0, 0.5)


def test_after_the_end_it_is_held():
    each = {"updates_per_epoch": 4}
    for s in (ours.CosineLRScheduler(0.3, 10, 0.01, **each), ours.TanhLRScheduler(0.3, 10, lr_min=0.01, **each),
              ours.PolyLRScheduler(0.3, 10, lr_min=0.01, **each), ours.WSDLRScheduler(0.3, 10, 4, 0.01, "rsqrt", 3.0, **each),
              ours.CosineLRScheduler(0.3, 6, 0.01, cycle_mul=0.5, cycle_limit=2, **each)):  # fmt: skip
        assert [s(t) for t in (40, 41, 10**6, math.inf)] == [0.01] * 4


UPDATES = {"t_in_epochs": False}
REFUSED = [
    ("CosineLRScheduler", (0.1, 0), UPDATES, r"t_initial: must be > 0; got 0"),
    ("CosineLRScheduler", (0.1, 10, -0.1), UPDATES, r"lr_min: must be a finite number >= 0; got -0.1"),
    ("CosineLRScheduler", (-0.1, 10), UPDATES, r"lr: must be a finite number >= 0; got -0.1"),
    ("CosineLRScheduler", (0.1, 10), {}, r"updates_per_epoch: must be given with t_in_epochs; got None\. Give the updates"),
    ("CosineLRScheduler", (0.1, 10), {"updates_per_epoch": 0}, r"updates_per_epoch: must be a whole number >= 1; got 0"),
    ("CosineLRScheduler", (0.1, 10, 0, 0), UPDATES, r"cycle_mul: must be a finite number > 0; got 0"),
    ("CosineLRScheduler", (0.1, 10), {"k_decay": 0, **UPDATES}, r"k_decay: must be a finite number > 0; got 0"),
    ("CosineLRScheduler", (0.1, 10), {"noise_range_t": 3, **UPDATES}, r"steps: must be given with noise_range_t; got None"),
    ("CosineLRScheduler", (0.1, 10), {"noise_range_t": [3], "steps": 9, **UPDATES}, r"noise_range_t: must be two steps"),
    ("CosineLRScheduler", (0.1, 10), {"noise_range_t": 3, "steps": 9, "noise_pct": 2, **UPDATES}, r"noise_pct: must be in \(0, 1\]; got 2"),
    ("CosineLRScheduler", (0.1, 10, 0, 1, 1.5), {"cycle_limit": 5000, **UPDATES}, r"cycle_decay: must not raise a peak beyond 1e300"),
    ("CosineLRScheduler", (0.1, 10, 0, 1, 0.0), {"cycle_limit": 5000, **UPDATES}, r"cycle_limit: must be at most 3000 with such factors"),
    ("CosineLRScheduler", (0.1, 10**8), {"k_decay": 2.0, **UPDATES}, r"t_initial: must end by step 10000000, where it is a table"),
    ("TanhLRScheduler", (0.1, 0), UPDATES, r"t_initial: must be > 0; got 0"),
    ("TanhLRScheduler", (0.1, 10, 3, 3), UPDATES, r"ub: must be > lb \(3\); got 3"),
    ("TanhLRScheduler", (0.1, 10), {"cycle_limit": -1, **UPDATES}, r"cycle_limit: must be a whole number >= 0; got -1"),
    ("TanhLRScheduler", (0.1, 10), {"warmup_t": -1, **UPDATES}, r"warmup_t: must be a finite number of updates >= 0; got -1"),
    ("TanhLRScheduler", (0.1, 10), {"warmup_lr_init": -1, **UPDATES}, r"warmup_lr_init: must be a finite number >= 0; got -1"),
    ("PolyLRScheduler", (0.1, 10, -1), UPDATES, r"power: must be a finite number >= 0; got -1"),
    ("PolyLRScheduler", (0.1, -1), UPDATES, r"t_initial: must be a finite number of updates >= 0; got -1"),
    ("StepLRScheduler", (0.1, 0), UPDATES, r"decay_t: must be > 0; got 0"),
    ("StepLRScheduler", (0.1, 3, -1), UPDATES, r"decay_rate: must be a finite number >= 0; got -1"),
    ("MultiStepLRScheduler", (0.1, 30), UPDATES, r"decay_t: must be a sequence of steps; got 30"),
    ("MultiStepLRScheduler", (0.1, [3, 2]), UPDATES, r"decay_t: must not fall; got \[3, 2\]\. Sort it"),
    ("WSDLRScheduler", (0.1, 0, 1), UPDATES, r"t_initial: must be > 0; got 0"),
    ("WSDLRScheduler", (0.1, 10, 0), UPDATES, r"decay_t: must be > 0; got 0"),
    ("WSDLRScheduler", (0.1, 10, 11), UPDATES, r"decay_t: must not exceed t_initial \(10\); got 11"),
    ("WSDLRScheduler", (0.1, 10, 5, -1), UPDATES, r"lr_min: must be a finite number >= 0; got -1"),
    ("WSDLRScheduler", (0.1, 10, 5, 0, "flat"), UPDATES, r"stable_fn: must be one of 'constant', 'rsqrt', 'power'; got 'flat'"),
    ("WSDLRScheduler", (0.1, 10, 5, 0, "rsqrt"), UPDATES, r"stable_timescale: must be > 0; got None\. It is warmup_t"),
    ("WSDLRScheduler", (0.1, 10, 5), {"stable_power": 0, **UPDATES}, r"stable_power: must be a finite number > 0; got 0"),
    ("WSDLRScheduler", (0.1, 10, 5), {"decay_fn": "cubic", **UPDATES}, r"decay_fn: must be a function or one of 'linear'.*; got 'cubic'"),
    ("WSDLRScheduler", (0.1, 10, 5), {"decay_ratio": 1, **UPDATES}, r"decay_ratio: must be in \(0, 1\); got 1"),
    ("WSDLRScheduler", (0.1, 10, 5), {"decay_power": 0, **UPDATES}, r"decay_power: must be a finite number > 0; got 0"),
    ("create_scheduler_v2", (0.1, "cosin"), {}, r"sched: must name a schedule; got 'cosin'\. Did you mean \"cosine\"\?"),
    ("create_scheduler_v2", (0.1, "cosine"), {"step_on_epochs": False}, r"updates_per_epoch: must be a whole number >= 1; got 0"),
    ("create_scheduler_v2", (0.1, "wsd", 10, 12), {"updates_per_epoch": 5}, r"decay_epochs: must leave a decay of 1 to 10 steps"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "kwargs", "said"), REFUSED)
def test_refuses(name, args, kwargs, said):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.timm\.{name}\.{said}"):
        getattr(ours, name)(*args, **kwargs)


OURS_ALONE = ("lr: ", "k_decay: ", "updates_per_epoch", "steps: ", "noise_pct", "warmup_lr_init", "power: ", "decay_rate: ", "decay_t: must not fall",
              "cycle_decay", "cycle_limit: must be at", "t_initial: must end")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "said"), [case for case in REFUSED if not case[3].startswith(OURS_ALONE)]
)
def test_what_theirs_refuses_too(name, args, kwargs, said):
    kwargs = {key: value for key, value in kwargs.items() if key != "steps"}
    with pytest.raises((AssertionError, ValueError, TypeError, ZeroDivisionError, IndexError)):
        made = getattr(peer, name)(optimizer_of(args[0]), *args[1:], **kwargs)
        for k in range(12):
            made.step_update(k)


def test_what_answers_to_a_metric():
    with pytest.raises(
        ss.ScheduleError, match=r"^twins\.timm\.PlateauLRScheduler: .*stepsize\.adaptive\.plateau"
    ):
        ours.PlateauLRScheduler(0.1, patience_t=3)
    with pytest.raises(ss.ScheduleError, match=r"^twins\.timm\.PlateauLRScheduler: "):
        ours.create_scheduler_v2(0.1, "plateau")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert applied(lambda o: peer.PlateauLRScheduler(o, warmup_t=2), 3, 1)[0] == (0.0, 0.15, 0.3)


def test_a_function_that_does_not_end_at_zero():
    """Ours is held where theirs would fade on."""
    given = {"stable_timescale": 5.0, "decay_fn": lambda f: 1.0 - 0.5 * f}
    twin = check("WSDLRScheduler", 30, 10, 0.0, "rsqrt", updates=31, **given)[0]
    assert twin(30) == twin(90)
