"""fastai, live: its file of schedules alone, over stand-ins for what else it imports, driven as its Learner drives it.

fastai rounds shares to float32. Each way to fit is driven twice: as it is, where ours must be near, and with the same
code in float64, where ours must be the same.
"""

import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from fastcore import all as fastcore

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same

found = importlib.util.find_spec("fastai")
ours = twins.fastai
LONG = LENGTHS[-1]


class Learner:
    """What a Learner does to the rate: its loop over epochs and batches, the callbacks of theirs, and the optimizer's."""

    def __init__(self, rates, each):
        self.each, self.lr, self.moms, self.opt = each, list(rates), (0.95, 0.85, 0.95), self
        self.hypers, self.applied = [{"lr": rate, "mom": 0.9} for rate in rates], []

    def set_hyper(self, key, value):  # as Optimizer.set_hyper
        many = len(self.hypers)
        if isinstance(value, slice):
            even = fastcore.even_mults(value.start, value.stop, many) if value.start else None
            value = even or [value.stop / 10] * (many - 1) + [value.stop]
        value = list(np.atleast_1d(value))
        for hyper, one in zip(self.hypers, value * many if len(value) == 1 else value, strict=True):
            hyper[key] = float(one)

    freeze = unfreeze = lambda self: None

    def fit(self, n_epoch, cbs=(), start_epoch=0, **_):
        self.pct_train = self.train_iter = 0
        callbacks = [cb for cb in cbs if cb is not None]
        for callback in callbacks:
            callback.learn = self
            callback.before_fit()
        for epoch in range(start_epoch, n_epoch):  # those before are cancelled before any batch
            self.pct_train = epoch / n_epoch
            for _ in range(self.each):
                for callback in callbacks:
                    callback.before_batch()
                self.applied.append([hyper["lr"] for hyper in self.hypers])
                self.pct_train += 1.0 / (self.each * n_epoch)
                self.train_iter += 1


class Callback:
    def __getattr__(self, name):
        return getattr(self.__dict__["learn"], name)

    def __add__(self, other):
        return [self, *other]


def loaded(dtype):
    """Their file, with what it imports from its own package replaced; shares in float32, as theirs, or in float64."""
    package = f"fastai_alone_{dtype.itemsize}"
    learner = type("Learner", (Learner,), {"fit_one_cycle": None})
    basics = types.ModuleType(f"{package}.basics")
    vars(basics).update({k: v for k, v in vars(fastcore).items() if not k.startswith("__")})
    vars(basics).update(
        np=np, torch=torch, math=__import__("math"), functools=__import__("functools"), Callback=Callback,
        Learner=learner, Recorder=type("Recorder", (), {}), docs=lambda kind: kind,
        tensor=lambda values: torch.tensor(list(map(float, values)), dtype=torch.float64).to(dtype),
    )  # fmt: skip
    basics.__all__ = [name for name in vars(basics) if not name.startswith("_")]
    tracker = types.ModuleType(f"{package}.callback.tracker")
    tracker.SaveModelCallback = None
    for module in (types.ModuleType(package), types.ModuleType(f"{package}.callback"), basics, tracker):
        module.__path__ = []
        sys.modules[module.__name__] = module
    file = Path(next(iter(found.submodule_search_locations))) / "callback" / "schedule.py"
    spec = importlib.util.spec_from_file_location(f"{package}.callback.schedule", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, learner


THEIRS, EXACT = loaded(torch.float32), loaded(torch.float64)
peer = THEIRS[0]


def applied(way, each, *args, module=EXACT, rates=RATES, **kwargs):
    """The rates of all updates, one list a group, of one way to fit."""
    learner = module[1](rates, each)
    learner.lr = np.array(rates)
    getattr(learner, way)(*args, **kwargs)
    return list(zip(*learner.applied, strict=True))


class Quoted:  # its text written once
    def __init__(self, schedule):
        self.rate, self.text = schedule, repr(schedule)[:200]

    def __call__(self, t):
        return self.rate(t)

    def __repr__(self):
        return self.text


def near(twin, rates, share):
    """Theirs in float32: the least share of the training is rounded to so much of itself."""
    error = max(abs(twin(k) - rate) for k, rate in enumerate(rates)) / max(rates)
    assert error <= 3e-7 / share


RUNS = [
    (1, 1),
    (2, 1),
    (1, 3),
    (5, 2),
    (10, 10),
    (1, 100),
    (5, 2469),
]  # epochs and updates of each: all lengths


@pytest.mark.parametrize("pct", [0.0, 0.05, 0.25, 0.3, 1 / 3, 0.99, 1.0])
@pytest.mark.parametrize(("epochs", "each"), RUNS)
class TestByRun:
    def test_one_cycle(self, epochs, each, pct):
        if epochs * each > 9999 and pct != 0.3:
            return
        given = {"pct_start": pct, "div": 10.0}
        exact, rough = (
            applied("fit_one_cycle", each, epochs, module=module, **given) for module in (EXACT, THEIRS)
        )
        for k, lr in enumerate(RATES if epochs * each < 9999 else RATES[:1]):
            twin = Quoted(ours.fit_one_cycle(lr, epochs, updates_per_epoch=each, **given))
            same(twin, exact[k])
            near(twin, rough[k], min(pct or 1, 1 - pct or 1))
            assert [twin(epochs * each + more) for more in (0, 1, 99)] == [lr / 1e5] * 3

    def test_flat_cos(self, epochs, each, pct):
        if epochs * each > 9999:
            return
        exact, rough = (
            applied("fit_flat_cos", each, epochs, module=module, pct_start=pct, start_epoch=1)
            for module in (EXACT, THEIRS)
        )
        for k, lr in enumerate(RATES):
            twin = Quoted(ours.fit_flat_cos(lr, epochs, pct_start=pct, updates_per_epoch=each, start_epoch=1))
            same(twin, exact[k])
            near(twin, rough[k], 1 - pct or 1)


def test_one_cycle_with_its_own_rates_and_a_start():
    for k in range(2):
        s = ours.fit_one_cycle(9.0, 10, (0.5, 0.02)[k], 5.0, 100.0, updates_per_epoch=7, start_epoch=4)
        same(s, applied("fit_one_cycle", 7, 10, np.array([0.5, 0.02]), 5.0, 100.0, start_epoch=4)[k])
    assert s.length == 42


def test_as_in_the_table_of_peers():
    s = ours.fit_one_cycle(1.0, 1, updates_per_epoch=100)
    assert [float(f"{s(t):.2g}") for t in (0, 25, 99, 100)] == [0.04, 1.0, 4.5e-4, 1e-5]
    assert [round(ours.SchedPoly(*ends, 2)(0.5), 6) for ends in ((0.1, 1.0), (1.0, 0.1))] == [0.325, 0.775]


LATE = ((3, 1, 2), (4, 1, 2), (6, 1, 2))  # theirs come to a cycle one update late, in float32


@pytest.mark.parametrize("each", [1, 3, 100])
@pytest.mark.parametrize(
    "run", [*LATE, (1, 1, 2), (2, 1, 2), (3, 2, 3), (2, 3, 5), (5, 1, 2), (3, 1, 3), (4, 1, 3)]
)
def test_sgdr(run, each):
    """The same in float64; in float32, near, but where a cycle of theirs is late: that update is lost, at a rate of 0."""
    exact, rough = (
        applied("fit_sgdr", each, *run[:2], cycle_mult=run[2], module=module) for module in (EXACT, THEIRS)
    )
    for lr, most, least in zip(RATES, exact, rough, strict=True):
        s = ours.fit_sgdr(lr, *run[:2], cycle_mult=run[2], updates_per_epoch=each)
        same(s, most)
        off = [k for k, rate in enumerate(least) if abs(s(k) - rate) > 1e-5 * lr]
        assert all(k in s.edges and s(k) == lr and abs(least[k]) < 1e-9 for k in off)
        assert bool(off) == (run in LATE)
    later = applied("fit_sgdr", 9, 2, 1, 0.5, start_epoch=2)[0]
    same(ours.fit_sgdr(0.3, 2, 1, 0.5, updates_per_epoch=9, start_epoch=2), later)


@pytest.mark.parametrize("groups", [1, 2, 3, 5])
@pytest.mark.parametrize(("epochs", "frozen", "each"), [(1, 1, 1), (3, 1, 10), (10, 2, 33)])
def test_fine_tune(groups, epochs, frozen, each):
    theirs = applied("fine_tune", each, epochs, 0.2, frozen, rates=[0.1] * groups)
    for k, rates in enumerate(theirs):
        given = {"groups": groups, "group": k, "updates_per_epoch": each}
        same(ours.fine_tune(epochs, 0.2, frozen, **given), rates)
    assert ours.fine_tune(epochs, 0.2, frozen, updates_per_epoch=each, groups=groups) == ours.fine_tune(
        epochs, 0.2, frozen, **given
    )


def trained(sched, steps, module=EXACT):
    """The rates of a training under ``ParamScheduler``."""
    epochs = 5 if steps > 9999 else 1  # within an epoch theirs adds its position up, with ever more rounding
    learner = module[1]([1.0], steps // epochs)
    learner.fit(epochs, [module[0].ParamScheduler({"lr": sched})])
    return [rates[0] for rates in learner.applied]


ANNEALERS = [
    ("SchedLin", (0.1, 1.0)), ("SchedLin", (1.0, 0.0)), ("SchedCos", (0.1, 1.0)), ("SchedCos", (1.0, 0.01)), ("SchedNo", (0.3, 7.0)),
    ("SchedExp", (1.0, 1e-3)), ("SchedExp", (1e-6, 10.0)), ("SchedExp", (0.2, 0.2)), *[
        ("SchedPoly", (start, end, power)) for start, end in ((0.1, 1.0), (1.0, 0.1), (0.0, 1.0), (1.0, 0.0))
        for power in (0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 7.5)
    ], ("SchedPoly", (0.3, 0.3, 3)),
]  # fmt: skip
TABLED = [("SchedPoly", (0.1, 1.0, 0.9)), ("SchedPoly", (1.0, 0.1, 0.3)), ("SchedPoly", (1.0, 0.1, 12))]


@pytest.mark.parametrize(("name", "args"), ANNEALERS)
def test_annealers(name, args):
    theirs, share = getattr(peer, name)(*args), getattr(ours, name)(*args)
    same(Quoted(lambda k: share(k / 64)), [theirs(k / 64) for k in range(65)])
    assert share(7) == share(1) or name == "SchedNo"
    assert "table" not in repr(share)
    for n in LENGTHS[: 6 if args[-1] == 2.5 or name == "SchedExp" else 5]:
        rates = trained(theirs, n)
        if max(rates) > 0:
            same(Quoted(getattr(ours, name)(*args, steps=n)), rates)


@pytest.mark.parametrize(("name", "args"), TABLED)
def test_powers_that_need_a_table(name, args):
    for n in (2, 10, 100):
        same(getattr(ours, name)(*args, steps=n), trained(getattr(peer, name)(*args), n))


@pytest.mark.parametrize("n", LENGTHS[:5])
@pytest.mark.parametrize(
    "pcts",
    [[1.0], [0.25, 0.75], [0.1, 0.2, 0.7], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0], [1 / 3, 2 / 3]],
)
def test_combined(pcts, n):
    kinds = [("SchedLin", (0.1, 1.0)), ("SchedCos", (1.0, 0.3)), ("SchedPoly", (0.3, 0.01, 3))][: len(pcts)]
    if pcts[1:2] == [0.0]:  # else the rate jumps where theirs may be one update late
        kinds[1], kinds[2] = ("SchedNo", (1.0, 1.0)), ("SchedExp", (1.0, 0.1))
    mine = ours.combine_scheds(pcts, [getattr(ours, name)(*args) for name, args in kinds], steps=n)
    for module, check in (
        (EXACT, same),
        (THEIRS, lambda s, rates: near(s, rates, min(p for p in pcts if p))),
    ):
        check(
            mine,
            trained(
                module[0].combine_scheds(pcts, [getattr(module[0], name)(*args) for name, args in kinds]),
                n,
                module,
            ),
        )


def test_combined_cos():
    for n in LENGTHS[:5]:
        for pct in (0.0, 0.1, 0.3, 0.5, 0.9, 1.0):
            same(
                ours.combined_cos(pct, 0.1, 1.0, 0.01, steps=n),
                trained(EXACT[0].combined_cos(pct, 0.1, 1.0, 0.01), n),
            )


@pytest.mark.parametrize("n", [1, 6, 100])
def test_finder(n):
    """Its own callback, for as many updates as it trains."""
    learner = EXACT[1]([1.0], max(n, 6))
    finder = EXACT[0].LRFinder(num_it=n)
    finder.before_fit = lambda: None  # which would save the model
    learner.fit(1, [finder])
    same(ours.LRFinder(num_it=n), [rates[0] for rates in learner.applied])


U = {"updates_per_epoch": 10}
REFUSED = [
    ("SchedLin", (-0.1, 1.0), {}, r"start: must be a finite number >= 0; got -0.1"),
    ("SchedCos", (0.1, 1.0), {"steps": 0}, r"steps: must be > 0; got 0"),
    ("SchedExp", (0.0, 1.0), {}, r"start: must be a finite number > 0; got 0.0"),
    ("SchedPoly", (0.1, 1.0, -1), {}, r"power: must be a finite number >= 0; got -1"),
    ("SchedPoly", (0.1, 1.0, 0.9), {}, r"power: must be a multiple of 1/2 up to 8, or come with steps, whole and > 1; got 0.9"),
    ("combine_scheds", ([0.7, 0.2], [ss.hold(1, 1)] * 2), {}, r"pcts: must add up to 1 exactly; got \[0.7, 0.2\]\. They give 0.89"),
    ("combine_scheds", ([1.5, -0.5], [ss.hold(1, 1)] * 2), {}, r"pcts\[1\]: must be a finite number >= 0; got -0.5"),
    ("combine_scheds", (1.0, [ss.hold(1, 1)]), {}, r"pcts: must be a sequence of shares; got 1.0"),
    ("combine_scheds", ([1.0], []), {}, r"scheds: must be 1, as many as pcts; got \[\]"),
    ("combine_scheds", ([1.0], ss.hold(1, 1)), {}, r"scheds: must be a sequence of schedules; got hold"),
    ("combine_scheds", ([1.0], [3]), {}, r"scheds\[0\]: must be a schedule; got 3\. Build its twin"),
    ("combine_scheds", ([1.0], [ss.hold(1)]), {}, r"scheds\[0\]: must have a finite length > 0; got hold\(1.0\)"),
    ("combine_scheds", ([0.5, 0.5], [ss.table([1, 2])] * 2), {"steps": 6}, r"scheds\[0\]: is a table, and must have the length of its share, 3; got"),
    ("combined_cos", (1.5, 0.1, 1.0, 0.0), {}, r"pct: must be in \[0, 1\]; got 1.5"),
    ("fit_one_cycle", (0.1, 0), U, r"n_epoch: must be a whole number >= 1; got 0"),
    ("fit_one_cycle", (0.1, 5), {**U, "pct_start": -1}, r"pct_start: must be in \[0, 1\]; got -1"),
    ("fit_one_cycle", (0.1, 5), {**U, "div": 0}, r"div: must be a finite number > 0; got 0"),
    ("fit_one_cycle", (0.1, 5), {**U, "start_epoch": 5}, r"start_epoch: must be below 5, the epochs of all; got 5"),
    ("fit_one_cycle", (0.1, 5, [0.1, 0.2]), U, r"lr_max: must be a finite number >= 0; got \[0.1, 0.2\]"),
    ("fit_flat_cos", (-0.1, 5), U, r"lr: must be a finite number >= 0; got -0.1"),
    ("fit_sgdr", (0.1, 3, 1), {**U, "cycle_mult": 1}, r"cycle_mult: must be a whole number >= 2; got 1"),
    ("fine_tune", (3,), {**U, "groups": 2, "group": 2}, r"group: must be one of 2, from 0 on, or -1; got 2"),
    ("LRFinder", (0.0,), {}, r"start_lr: must be a finite number > 0; got 0.0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "said"), REFUSED, ids=lambda x: x if isinstance(x, str) else ""
)
def test_refuses(name, args, kwargs, said):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.fastai\.{name}(: |\.){said}"):
        getattr(ours, name)(*args, **kwargs)


def test_shares_add_up_where_theirs_do():
    """Which hangs on their order, and on the Python that adds them."""
    for pcts in ([0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.1] * 10, [1 / 3] * 3):
        raised = []
        for combine, sched in (
            (peer.combine_scheds, peer.SchedNo(1, 1)),
            (ours.combine_scheds, ours.SchedNo(1, 1)),
        ):
            try:
                combine(pcts, [sched] * len(pcts))
            except (AssertionError, ss.ScheduleError):
                raised.append(combine)
        assert len(raised) != 1


def test_what_theirs_refuses_too():
    cases = [
        lambda: peer.SchedExp(0.0, 1.0)(0.5), lambda: peer.SchedPoly(0.1, 1.0, -1)(0), lambda: peer.combine_scheds([0.7, 0.2], [None] * 2),
        lambda: peer.combine_scheds([1.5, -0.5], [None] * 2), lambda: peer.combined_cos(1.5, 0.1, 1.0, 0.0),
        lambda: applied("fit_sgdr", 1, 3, 1, cycle_mult=1), lambda: applied("fit_one_cycle", 1, 5, pct_start=-1),
    ]  # fmt: skip
    for case in cases:
        with pytest.raises((AssertionError, ZeroDivisionError)):
            case()
