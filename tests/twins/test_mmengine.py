"""MMEngine, live: our twin gives the rate that its schedulers apply, update for update, in each group."""

import inspect

import pytest
import torch

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same

peer = pytest.importorskip("mmengine.optim.scheduler")
ours = twins.mmengine
LONG, SHORT = LENGTHS[-1], 400
U = 7  # updates of an epoch, where epochs are counted


class Quoted:
    """A schedule whose text is written once, however often a test asks for it."""

    def __init__(self, schedule):
        self.rate, self.text = schedule, repr(schedule)[:200]

    def __call__(self, t):
        return self.rate(t)

    def __repr__(self):
        return self.text


def built(optimizer, config, epoch, steps=None):
    """As the Runner and its registry build one from a config."""
    given = dict(config)
    kind, converted = getattr(peer, given.pop("type")), given.pop("convert_to_iter_based", False)
    if steps is not None:
        given.setdefault("end", -(-steps // epoch) if given.get("by_epoch", True) else steps)
    return (
        kind.build_iter_from_epoch(optimizer, epoch_length=epoch, **given)
        if converted
        else kind(optimizer, **given)
    )


def applied(configs, updates, epoch=U, steps=None, rates=RATES):
    """The rates of each of so many updates, one list a group, stepped as ParamSchedulerHook does."""
    optimizer = torch.optim.SGD(
        [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in rates], lr=0.1
    )
    schedulers = [built(optimizer, config, epoch, steps) for config in configs]
    optimizer.step()
    seen = []
    for k in range(updates):
        seen.append([float(group["lr"]) for group in optimizer.param_groups])
        for scheduler in schedulers if k < updates - 1 else []:
            if not scheduler.by_epoch:
                scheduler.step()
        for scheduler in schedulers if k < updates - 1 and (k + 1) % epoch == 0 else []:
            if scheduler.by_epoch:
                scheduler.step()
    return list(zip(*seen, strict=True))


def check(name, *args, updates, **kwargs):
    """One scheduler, each way in which it can count: updates, epochs, and epochs made updates."""
    names = list(inspect.signature(getattr(ours, name)).parameters)[1:]
    own = dict(zip(names, args, strict=False)) | kwargs
    whole = updates <= SHORT
    for way in ({"by_epoch": False}, {}, {"convert_to_iter_based": True})[: 3 if whole else 1]:
        config = {"type": name, **own, **way}
        for lr, rates in zip(RATES, applied([config], updates), strict=True):
            twin = getattr(ours, name)(lr, **own, **way, updates_per_epoch=U)
            same(Quoted(twin), rates)
            assert ours.together(lr, [config], updates_per_epoch=U) == twin


ONES = [
    ("ConstantLR", (0.3,)), ("ConstantLR", ()), ("ConstantLR", (1.0,)), ("ExponentialLR", (0.9,)), ("ExponentialLR", (1.0,)),
    ("ExponentialLR", (0.0,)), ("ExponentialLR", (1.05,)), ("LinearLR", ()), ("LinearLR", (0.1, 0.0)), ("LinearLR", (1.0, 0.25)),
    ("LinearLR", (0.5, 0.5)), ("MultiStepLR", ([3, 9, 3], 0.5)), ("MultiStepLR", ([0, 2], 2.0)), ("MultiStepLR", ([], 2.0)),
    ("PolyLR", ()), ("PolyLR", (0.01, 0.9)), ("PolyLR", (0.1, 2.0)), ("PolyLR", (0.1, 0)), ("StepLR", (1, 0.9)), ("StepLR", (4,)),
    ("StepLR", (5, 1.5)), ("StepLR", (4, 0.0)), ("StepLR", (4, 1.0)), ("CosineAnnealingLR", ()), ("CosineAnnealingLR", (None, 0.05)),
    ("CosineRestartLR", ([4, 2, 9], [1, 0.5, 0.7], 0.01)), ("CosineRestartLR", ([1, 3, 0, 1], [1, 0.5, 9, 0.7], 0.01)),
    ("CosineRestartLR", ([60], [0.5], 0.0)),
]  # fmt: skip


@pytest.mark.parametrize(("begin", "end"), [(0, 1), (0, 2), (3, 17), (0, 10**9), (4, 10**9)])
@pytest.mark.parametrize(("name", "args"), ONES)
def test_windows(name, args, begin, end):
    """Before them, in them, and well after their end."""
    if name == "ConstantLR" and end == 10**9:
        assert (
            ours.ConstantLR(0.1, 0.0, begin, by_epoch=False)(5) == 0.0
        )  # theirs never comes to divide by it
    check(name, *args, begin=begin, end=end, updates=100)


@pytest.mark.parametrize("n", LENGTHS)
class TestByLength:
    @pytest.mark.parametrize(
        ("name", "args"),
        [one for one in ONES if one[0] in ("LinearLR", "PolyLR", "ConstantLR", "CosineAnnealingLR")],
    )
    def test_to_its_end(self, n, name, args):
        begin = n // 3
        if n == LONG and len(args) < 2 and name != "ConstantLR":
            return  # one of each is enough
        check(name, *args, begin=begin, end=max(n, 1), updates=n + 3)

    @pytest.mark.parametrize("low", [{"eta_min": 0.01}, {"eta_min_ratio": 0.1}, {}])
    def test_cosine_of_a_wave(self, n, low):
        """Its own length: cut short by its window, or, after it, held, where theirs rises again."""
        if n == LONG and "eta_min" in low:
            return
        check("CosineAnnealingLR", n, **low, updates=n + 1)
        check("CosineAnnealingLR", 2 * n, **low, end=n, updates=n + 5)
        end = low.get("eta_min", 0.3 * low.get("eta_min_ratio", 0))
        s = ours.CosineAnnealingLR(0.3, n, **low, by_epoch=False)
        assert [s(t) for t in (n, n + 1, 2 * n)] == [end] * 3

    @pytest.mark.parametrize("three", [False, True])
    @pytest.mark.parametrize("anneal", ["cos", "linear"])
    @pytest.mark.parametrize("rise", [0.0, 0.25, 0.3, 0.7, 1.0])
    def test_one_cycle(self, n, rise, anneal, three):
        given = {"pct_start": rise, "anneal_strategy": anneal, "three_phase": three, "eta_max": 0.5}
        if rise * n == 1.0:
            with pytest.raises(ZeroDivisionError):
                applied([{"type": "OneCycleLR", **given, "total_steps": n, "by_epoch": False}], 1)
            with pytest.raises(
                ss.ScheduleError, match=rf"^twins.mmengine.OneCycleLR.pct_start: must not be 1 / {n}; got"
            ):
                ours.OneCycleLR(0.3, **given, total_steps=n, by_epoch=False)
            return
        if n == LONG and (rise, three) != (0.3, anneal == "linear"):
            return
        for more in (
            {"end": n},
            {"total_steps": n, "end": n},
            {"begin": 4, "end": n + 4},
            {"total_steps": n},
        )[: 4 if n < LONG else 1]:
            config = {"type": "OneCycleLR", **given, **more, "by_epoch": False}
            theirs = applied([config], n + more.get("begin", 0))[0]
            twin = ours.OneCycleLR(0.3, **given, **more, by_epoch=False)
            if (
                n <= 2
            ):  # what is left at its end is all rounding, and such a run sees no peak to measure it by
                assert [twin(t) for t in range(len(theirs))] == pytest.approx(theirs, abs=1e-13)
            else:
                same(Quoted(twin), theirs)
            assert twin(n + 4) == twin(n + more.get("begin", 0) - 1) == twin(9 * n + 50)

    @pytest.mark.parametrize("warmup", [1, 2, 30])
    def test_warmup_and_cosine(self, n, warmup):
        """Up to warmups beyond the run."""
        steps = warmup + n
        first = {"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "begin": 0, "end": warmup}
        then = {
            "type": "CosineAnnealingLR",
            "eta_min_ratio": 0.1,
            "by_epoch": False,
            "begin": warmup,
            "end": steps,
        }
        together([first, then], steps + 3)
        together([first], n)


def together(configs, updates, epoch=U, steps=None):
    """A list of them, and ours, in two groups."""
    for lr, rates in zip(RATES, applied(configs, updates, epoch, steps), strict=True):
        same(Quoted(ours.together(lr, configs, updates_per_epoch=epoch, steps=steps)), rates)


def one(name, **given):
    return {"type": name, **given}


BY_UPDATE = {"by_epoch": False}
LISTS = {
    "as detectors are trained": [one("LinearLR", start_factor=0.001, end=50, **BY_UPDATE), one("MultiStepLR", begin=0, end=12, milestones=[8, 11])],
    "as classifiers are": [one("LinearLR", start_factor=0.01, end=5, convert_to_iter_based=True), one("CosineAnnealingLR", eta_min=1e-3, begin=5, end=40)],
    "as segmenters are": [one("LinearLR", start_factor=1e-3, end=30, **BY_UPDATE), one("PolyLR", power=0.9, eta_min=1e-4, begin=30, end=280, **BY_UPDATE)],
    "half flat": [one("LinearLR", start_factor=1e-3, end=30, **BY_UPDATE), one("CosineAnnealingLR", eta_min=0.002, begin=20, end=40, T_max=20, convert_to_iter_based=True)],
    "a gap, and the later listed first": [one("StepLR", step_size=3, begin=20, end=30), one("ConstantLR", factor=0.5, begin=2, end=9)],
    "overlapping, one bends": [one("LinearLR", start_factor=0.1, end=50, **BY_UPDATE), one("CosineAnnealingLR", eta_min=0.02, end=30)],
    "overlapping, one sets": [one("StepLR", step_size=2, gamma=0.9, end=20), one("OneCycleLR", eta_max=0.5, end=150, total_steps=150, **BY_UPDATE), one("ExponentialLR", gamma=0.9, begin=4, end=9)],
    "overlapping restarts": [one("CosineRestartLR", periods=[5, 9], restart_weights=[1, 0.5], eta_min=0.01, end=30), one("LinearLR", start_factor=0.1, end=60, **BY_UPDATE)],
    "one cycle changes the base": [one("OneCycleLR", eta_max=0.5, end=100, **BY_UPDATE), one("CosineRestartLR", periods=[5, 9], restart_weights=[1, 0.5], eta_min_ratio=0.1, begin=20, end=34)],
    "parts of an epoch": [one("LinearLR", begin=0, end=1.5, convert_to_iter_based=True), one("PolyLR", begin=1.5, end=9.9, convert_to_iter_based=True)],
    "three that multiply": [one("ConstantLR", end=5), one("ExponentialLR", gamma=0.99, begin=10, **BY_UPDATE), one("LinearLR", end_factor=0.5, begin=3, end=9)],
    "one at its end when another begins": [one("LinearLR", end_factor=0.0, start_factor=1.0, end=10), one("MultiStepLR", milestones=[3], begin=10)],
}  # fmt: skip


@pytest.mark.parametrize("configs", LISTS.values(), ids=LISTS.keys())
def test_lists(configs):
    together(configs, 350)


def test_lists_that_end_with_the_run():
    """Where a config gives no end, the Runner takes that of the run."""
    together(
        [one("LinearLR", end=20, **BY_UPDATE), one("CosineAnnealingLR", begin=20, **BY_UPDATE)],
        210,
        steps=210,
    )
    together([one("LinearLR", end=2), one("CosineAnnealingLR", begin=2, eta_min=0.01)], 210, steps=210)
    together([one("PolyLR", convert_to_iter_based=True)], 210, steps=210)


def test_as_in_the_table_of_peers():
    warmup, fall = (
        one("LinearLR", start_factor=0.1, end=10, **BY_UPDATE),
        one("CosineAnnealingLR", eta_min=0.1, begin=10, end=100, **BY_UPDATE),
    )
    s = ours.together(1.0, [warmup, fall])
    golden = {0: 0.1, 1: 0.2, 9: 1.0, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.100274, 110: 0.100274}
    assert {t: round(s(t), 6) for t in golden} == golden
    typed = "['LinearLR(start_factor=0.1, end=10, by_epoch=False)', 'CosineAnnealingLR(eta_min=0.1, begin=10, end=100, by_epoch=False)']"
    assert s == ss.parse(f"twin:mmengine.together(1.0, {typed})".replace("'", '"'))
    assert s == ss.parse("0.1 -> 1 in 9; hold for 1") >> ss.cosine(1.0, 0.1, 90)[:89]


def test_closed_forms():
    """No table where there is a formula."""
    assert (
        repr(ours.StepLR(1.0, 3, 0.5, updates_per_epoch=10)) == "hold(1.0, 30).repeat(decay=0.5, floor=0.0)"
    )
    for name, configs in LISTS.items():
        text = repr(ours.together(0.3, configs, updates_per_epoch=U))
        assert ("table" in text) == (name.startswith("overlapping")), (name, text)
    assert ours.together(0.3, []) == ss.hold(0.3)


A = {"by_epoch": False}
REFUSED = [
    ("ConstantLR", (-0.1,), A, r"lr: must be a finite number >= 0; got -0.1"),
    ("ConstantLR", (0.1, 1.5), A, r"factor: must be in \[0, 1\]; got 1.5"),
    ("ConstantLR", (0.1, 0.0, 0, 5), A, r"factor: must be > 0 where it ends; got 0.0\. Theirs divides by it"),
    ("ConstantLR", (0.1, 0.5, 5, 5), A, r"end: must be > begin; got 5"),
    ("ConstantLR", (0.1, 0.5), {}, r"updates_per_epoch: must be given; got None\. Theirs counts epochs unless told otherwise"),
    ("ConstantLR", (0.1, 0.5, 0.5, 5), A, r"begin: must be a whole number >= 0; got 0.5"),
    ("ConstantLR", (0.1, 0.5), {**A, "convert_to_iter_based": True}, r"convert_to_iter_based: takes by_epoch=True only; got True"),
    ("ConstantLR", (0.1, 0.5), {**A, "last_step": 4}, r"last_step: must be -1; got 4"),
    ("ExponentialLR", (0.1, -0.5), A, r"gamma: must be a finite number >= 0; got -0.5"),
    ("LinearLR", (0.1, 0.0), A, r"start_factor: must be > 0; got 0.0\. Theirs divides"),
    ("LinearLR", (0.1, 0.5, 1.1), A, r"end_factor: must be in \[0, 1\]; got 1.1"),
    ("MultiStepLR", (0.1, 30), A, r"milestones: must be a sequence of updates; got 30"),
    ("PolyLR", (0.1, 0.0, -1), A, r"power: must be a finite number >= 0; got -1"),
    ("StepLR", (0.1, 0), A, r"step_size: must be a whole number >= 1; got 0"),
    ("CosineAnnealingLR", (0.1, 10, 0.1), {**A, "eta_min_ratio": 0.1}, r"eta_min: give either eta_min or eta_min_ratio; got \(0.1, 0.1\)"),
    ("CosineAnnealingLR", (0.1, -3), A, r"T_max: must be a whole number >= 1; got -3"),
    ("CosineRestartLR", (0.1, [3]), A, r"eta_min: give either eta_min or eta_min_ratio; got \(None, None\)"),
    ("CosineRestartLR", (0.1, [3, 4]), {**A, "eta_min": 0}, r"restart_weights: must hold one weight for each period, and at least one; got \(1,\)"),
    ("CosineRestartLR", (0.1, [0]), {**A, "eta_min": 0}, r"periods: must hold one >= 1; got \[0\]"),
    ("OneCycleLR", (0.1, 1.0, 10.0), A, r"total_steps: must be an int >= 1; got 10.0"),
    ("OneCycleLR", (0.1, 1.0, 10, 1), A, r"pct_start: must be a float in \[0, 1\]; got 1\."),
    ("OneCycleLR", (0.1, 1.0, 10, 0.3, "exp"), A, r"anneal_strategy: must be one of 'cos', 'linear'; got 'exp'"),
    ("ReduceOnPlateauLR", (0.1,), {"patience": 5}, r"[^;]*; got [^;]*stepsize\.adaptive\.plateau"),
    ("together", (0.1, {"type": "StepLR"}), {}, r"schedulers: must be a list of dicts; got"),
    ("together", (0.1, [3]), {}, r"schedulers\[0\]: must be a dict, as in a config; got 3"),
    ("together", (0.1, ["StepLR(x)"]), {}, r"schedulers\[0\]: must be a dict, or text such as \"LinearLR\(end=10\)\"; got 'StepLR\(x\)'"),
    ("together", (0.1, ["StepLR("]), {}, r"schedulers\[0\]: must be a dict, or text such as"),
    ("together", (0.1, [one("SteppLR")]), {}, r"schedulers\[0\].type: must name a schedule; got 'SteppLR'\. Did you mean \"StepLR\""),
    ("together", (0.1, [one("StepLR", **A)]), {}, r"schedulers\[0\]: must suit StepLR \(missing a required argument: 'step_size'\); got"),
    ("together", (0.1, [one("PolyLR", end=9), one("StepLR", step_size=0)]), {"updates_per_epoch": 3}, r"schedulers\[1\].step_size: must be a whole"),
    ("together", (0.1, [one("PolyLR")]), {"steps": 50}, r"updates_per_epoch: must be given; got None"),
    ("together", (0.1, [one("PolyLR", eta_min=0.1, **A), one("StepLR", step_size=9, **A)]), {}, r"windows that overlap, [^;]*; got inf\. Give each its end"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "said"), REFUSED, ids=lambda x: x if isinstance(x, str) else ""
)
def test_refuses(name, args, kwargs, said):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.mmengine\.{name}(: |\.){said}"):
        getattr(ours, name)(*args, **kwargs)


def test_what_theirs_refuses_too():
    """Or would, sooner or later: each of these raises there as well."""
    cases = [
        one("ConstantLR", factor=1.5), one("ConstantLR", factor=0.0, end=5), one("ConstantLR", begin=5, end=5),
        one("LinearLR", start_factor=0.0), one("LinearLR", end_factor=1.1), one("MultiStepLR", milestones=30),
        one("PolyLR", power=-1, end=9), one("StepLR", step_size=0), one("CosineAnnealingLR", eta_min=0.1, eta_min_ratio=0.1),
        one("CosineRestartLR", periods=[3]), one("CosineRestartLR", periods=[3, 4], eta_min=0), one("OneCycleLR", total_steps=10.0),
        one("OneCycleLR", total_steps=10, pct_start=1), one("OneCycleLR", total_steps=10, anneal_strategy="exp"),
    ]  # fmt: skip
    for case in cases:
        with pytest.raises((ValueError, TypeError, AssertionError, ZeroDivisionError)):
            applied([{**case, "by_epoch": False}], 12)
        with pytest.raises(ss.ScheduleError):
            ours.together(0.1, [{**case, "by_epoch": False}])


def test_signatures_are_theirs():
    for name in (
        "ConstantLR",
        "CosineAnnealingLR",
        "CosineRestartLR",
        "ExponentialLR",
        "LinearLR",
        "MultiStepLR",
        "OneCycleLR",
        "PolyLR",
        "StepLR",
    ):
        theirs = inspect.signature(getattr(peer, name.replace("LR", "ParamScheduler"))).parameters.values()
        mine = inspect.signature(getattr(ours, name)).parameters.values()
        wanted = [(p.name, p.default) for p in theirs if p.name not in ("optimizer", "param_name")]
        assert [(p.name, p.default) for p in mine if p.kind == p.POSITIONAL_OR_KEYWORD][1:] == wanted
