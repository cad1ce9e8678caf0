"""Torch, live: our twin gives the rate that torch's own scheduler applies, update for update, in each group."""

import math
import warnings

import pytest
import torch
from torch.optim import lr_scheduler as peer

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same

ours = twins.torch


class Quoted:
    """A schedule whose text is written once, however often a test asks for it."""

    def __init__(self, schedule):
        self.rate, self.text = schedule, repr(schedule)[:200]

    def __call__(self, t):
        return self.rate(t)

    def __repr__(self):
        return self.text


def applied(build, updates, last=True):
    """The rates of each of so many updates, one list a group: update, then ``scheduler.step()``, as loops do it.

    Without the last step, of which some raise.
    """
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in RATES]
    optimizer = torch.optim.SGD(groups, lr=RATES[0], momentum=0.9)
    scheduler = build(optimizer)
    optimizer.step()  # moves nothing, for there are no gradients; torch wants to see one
    rates = []
    for k in range(updates):
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
        if last or k < updates - 1:
            scheduler.step()
    return list(zip(*rates, strict=True))


def check(name, *args, updates, steps=None, **kwargs):
    """One scheduler of torch and its twin, for as many updates, in two groups."""
    theirs = applied(lambda o: getattr(peer, name)(o, *args, **kwargs), updates)
    more = {"steps": updates} if steps else {}
    for lr, rates in zip(RATES, theirs, strict=True):
        same(Quoted(getattr(ours, name)(lr, *args, **kwargs, **more)), rates)


def factor(t):
    return 0.5 + math.sin(t) ** 2


LONG, SHORT = (
    LENGTHS[-1],
    400,
)  # what a shorter run applies is the beginning of a longer one, but where it takes its length

WITHOUT_LENGTH = [
    ("StepLR", (1, 0.999), SHORT), ("StepLR", (30, 0.1), SHORT), ("StepLR", (7, 1.0), SHORT), ("StepLR", (7, 0.0), SHORT),
    ("StepLR", (500, 1.1), LONG), ("StepLR", (5, 1.2), SHORT),
    ("MultiStepLR", ([],), SHORT), ("MultiStepLR", ([80, 30, 80], 0.5), SHORT), ("MultiStepLR", ([0, 2, 0], 0.3), SHORT),
    ("MultiStepLR", ([1, 9], 2.0), SHORT), ("MultiStepLR", ([5], 0), SHORT), ("MultiStepLR", (range(1, LONG, 500), 0.7), LONG),
    ("ConstantLR", (0.3, 0), SHORT), ("ConstantLR", (0.3, 1), SHORT), ("ConstantLR", (), SHORT), ("ConstantLR", (0.7, LONG - 1), LONG),
    ("LinearLR", (), SHORT), ("LinearLR", (0.25, 1.0, 0), SHORT), ("LinearLR", (0.25, 1.0, 1), SHORT),
    ("LinearLR", (1e-3, 0.7, 200), SHORT), ("LinearLR", (0.1, 0.1, 20), SHORT), ("LinearLR", (0.25, 1.0, 20000), LONG),
    ("ExponentialLR", (0.9,), SHORT), ("ExponentialLR", (0.9995,), LONG), ("ExponentialLR", (1.0,), SHORT),
    ("ExponentialLR", (0.0,), SHORT), ("ExponentialLR", (1.0005,), LONG), ("PolynomialLR", (0, 2.0), SHORT),
    ("CosineAnnealingWarmRestarts", (1,), SHORT), ("CosineAnnealingWarmRestarts", (1, 3, 0.01), LONG),
    ("CosineAnnealingWarmRestarts", (10, 1, 0.01), SHORT), ("CosineAnnealingWarmRestarts", (10, 2, 0.1), LONG),
    ("CosineAnnealingWarmRestarts", (100, 10), LONG), ("CosineAnnealingWarmRestarts", (7, 3), SHORT),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "updates"), WITHOUT_LENGTH)
def test_what_takes_no_length(name, args, updates):
    check(name, *args, updates=updates)


@pytest.mark.parametrize("n", LENGTHS)
class TestByLength:
    def test_lambda(self, n):
        check("LambdaLR", factor, updates=n, steps=True)

    def test_multiplicative(self, n):
        check("MultiplicativeLR", lambda t: 1.0 - 1.0 / (t + 9), updates=n, steps=True)

    @pytest.mark.parametrize(("start", "end"), [(1.0, 0.0), (1e-3, 0.7)])
    def test_linear(self, n, start, end):
        """Beyond the end as well: it is held."""
        check("LinearLR", start, end, n, updates=n + 3)

    @pytest.mark.parametrize("power", [1.0, 2.0, 0.5, 0.0])
    def test_polynomial(self, n, power):
        check("PolynomialLR", n, power, updates=min(n + 3, LONG if power == 2.0 else SHORT))

    @pytest.mark.parametrize("end", [0.0, 0.01, 0.1])
    def test_cosine_annealing(self, n, end):
        """Within the run; after it theirs rises again, and ours is held. One group rises: its rate is below 0.1."""
        check("CosineAnnealingLR", n, end, updates=n + 1)
        after = [ours.CosineAnnealingLR(0.3, n, end)(t) for t in (n, n + 1, 2 * n, 10 * n)]
        assert after == [end] * 4

    @pytest.mark.parametrize("three", [False, True])
    @pytest.mark.parametrize("anneal", ["cos", "linear"])
    @pytest.mark.parametrize("rise", [0.0, 0.25, 0.3, 0.7, 1.0])
    def test_one_cycle(self, n, rise, anneal, three):
        if rise * n == 1.0:
            with pytest.raises(ZeroDivisionError):
                applied(lambda o: peer.OneCycleLR(o, 0.5, n, pct_start=rise), 1)
            with pytest.raises(
                ss.ScheduleError, match=rf"^twins.torch.OneCycleLR.pct_start: must not be 1 / {n}; got"
            ):
                ours.OneCycleLR(0.3, 0.5, n, pct_start=rise)
            return
        given = {"pct_start": rise, "anneal_strategy": anneal, "three_phase": three}
        n_seen = n if rise == 0.3 else min(n, SHORT)
        theirs = applied(lambda o: peer.OneCycleLR(o, list(RATES), n, **given), n_seen, last=False)
        for peak, rates in zip(RATES, theirs, strict=True):
            twin = ours.OneCycleLR(0.1, peak, n, **given)
            if (
                n <= 2
            ):  # what is left at its end is all rounding, and such a run sees no peak to measure it by
                assert [twin(t) for t in range(n)] == pytest.approx(rates, abs=1e-13 * peak)
            else:
                same(Quoted(twin), rates)
            assert twin(n) == twin(n - 1) == twin(9 * n)  # theirs goes beyond its end, and then raises


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
@pytest.mark.parametrize(("up", "down"), [(20, None), (16, 48), (500, 1500), (100, 0), (2.5, 37.5)])
def test_cyclic(mode, up, down):
    gamma = 0.999 if mode == "exp_range" else 1.0
    check(
        "CyclicLR",
        0.01,
        0.2,
        up,
        down,
        mode,
        gamma,
        updates=LONG if (up, mode) == (500, "triangular2") else SHORT,
    )


@pytest.mark.parametrize("scale_mode", ["cycle", "iterations"])
def test_cyclic_with_a_function(scale_mode):
    check("CyclicLR", 0.01, 0.2, 16, 48, "", 1.0, factor, scale_mode, updates=SHORT, steps=True)


def test_one_cycle_ends_at_its_minimum_and_takes_epochs():
    s = ours.OneCycleLR(0.1, 1.0, epochs=10, steps_per_epoch=10)
    assert s == ours.OneCycleLR(0.1, 1.0, 100)
    assert [s(t) for t in (0, 29, 99, 100)] == [0.04, 1.0, 4e-6, 4e-6]
    assert ours.OneCycleLR(0.1, 1.0, 100, three_phase=True)(58) == pytest.approx(0.04, abs=1e-15)


def test_cyclic_that_grows():
    check("CyclicLR", 0.01, 0.2, 10, 10, "exp_range", 1.01, updates=300)
    check("CyclicLR", 0.2, 0.01, 10, 10, "triangular2", updates=300)  # its top is below its bottom


def pair(o, n, end=0.0):
    return peer.LinearLR(o, 0.1, total_iters=10), peer.CosineAnnealingLR(o, n, end)


def test_sequential_as_in_the_table_of_peers():
    def twin(lr):
        return ours.SequentialLR(
            lr, [ours.LinearLR(lr, 0.1, total_iters=10), ours.CosineAnnealingLR(lr, 90, 0.1)], [10]
        )

    theirs = applied(lambda o: peer.SequentialLR(o, [*pair(o, 90, 0.1)], [10]), 101)
    for lr, rates in zip(RATES, theirs, strict=True):
        same(twin(lr), rates)
    golden = {0: 0.1, 1: 0.19, 9: 0.91, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.1, 110: 0.1}
    assert {t: round(twin(1.0)(t), 6) for t in golden} == golden
    assert ss.parse("0.03 -> 0.3 in 10; -> 0.1 cosine in 90") == twin(0.3)


@pytest.mark.parametrize("stops", [[3, 50], [0, 5], [5, 5], [0, 0], [200, 300]])
def test_sequential_of_many_kinds(stops):
    def build(o):
        last = peer.CosineAnnealingWarmRestarts(o, 7, 2)
        return peer.SequentialLR(o, [peer.LinearLR(o, 0.1, 0.9, 30), peer.StepLR(o, 4, 0.7), last], stops)

    for lr, rates in zip(RATES, applied(build, 120), strict=True):
        parts = [
            ours.LinearLR(lr, 0.1, 0.9, 30),
            ours.StepLR(lr, 4, 0.7),
            ours.CosineAnnealingWarmRestarts(lr, 7, 2),
        ]
        same(ours.SequentialLR(lr, parts, milestones=stops), rates)


@pytest.mark.filterwarnings("ignore:Detected call")  # theirs steps the inner one twice before any update
def test_a_sequence_in_a_sequence():
    """Ours begins each part at its own start; theirs, in front, changes over one update early, and later raises."""

    def front(o):
        return peer.SequentialLR(
            o, [peer.SequentialLR(o, [*pair(o, 90)], [10]), peer.ConstantLR(o, 0.2, 50)], [40]
        )

    def back(o):
        return peer.SequentialLR(
            o, [peer.ConstantLR(o, 0.2, 5), peer.SequentialLR(o, [*pair(o, 90)], [10])], [5]
        )

    for lr, rates in zip(RATES, applied(front, 120), strict=True):
        inner = {
            at: ours.SequentialLR(
                lr, [ours.LinearLR(lr, 0.1, total_iters=10), ours.CosineAnnealingLR(lr, 90)], [at]
            )
            for at in (9, 10)
        }
        same(ours.SequentialLR(lr, [inner[9], ours.ConstantLR(lr, 0.2, 50)], [40]), rates)
        assert ours.SequentialLR(lr, [inner[10], ours.ConstantLR(lr, 0.2, 50)], [40])(10) == lr
    with pytest.raises(NotImplementedError):
        applied(back, 10)


CHAINED = {
    "warmup and drops": [("LinearLR", (0.1, 1.0, 20)), ("StepLR", (15, 0.5))],
    "warmup and cosine": [("LinearLR", (0.1, 1.0, 20)), ("CosineAnnealingLR", (100,))],
    "three": [("ConstantLR", (0.5, 7)), ("ExponentialLR", (0.99,)), ("MultiStepLR", ([0, 30, 60], 0.3))],
    "two that end": [("PolynomialLR", (80, 2.0)), ("CosineAnnealingLR", (100,))],
    "one that bends": [("CosineAnnealingLR", (100, 0.1))],
    "one that restarts": [("CosineAnnealingWarmRestarts", (10, 2))],
    "rising": [("StepLR", (15, 1.5)), ("LinearLR", (0.1, 1.0, 20))],
}


@pytest.mark.parametrize("kinds", CHAINED.values(), ids=CHAINED.keys())
def test_chained(kinds):
    theirs = applied(
        lambda o: peer.ChainedScheduler([getattr(peer, name)(o, *args) for name, args in kinds]), 101
    )
    for lr, rates in zip(RATES, theirs, strict=True):
        same(
            Quoted(ours.ChainedScheduler(lr, [getattr(ours, name)(lr, *args) for name, args in kinds])), rates
        )


def test_chained_of_a_function_and_of_a_chain():
    def build(o):
        inner = peer.ChainedScheduler([peer.StepLR(o, 15, 0.5), peer.ExponentialLR(o, 0.99)])
        return peer.ChainedScheduler([inner, peer.MultiplicativeLR(o, factor)])

    for lr, rates in zip(RATES, applied(build, 100), strict=True):
        inner = ours.ChainedScheduler(lr, [ours.StepLR(lr, 15, 0.5), ours.ExponentialLR(lr, 0.99)])
        same(Quoted(ours.ChainedScheduler(lr, [inner, ours.MultiplicativeLR(lr, factor, steps=100)])), rates)


def test_stepped_once_an_epoch():
    """As the page of the module says it."""
    epochs = applied(lambda o: peer.CosineAnnealingLR(o, 10, 0.01), 10)[0]
    s = ours.CosineAnnealingLR(0.3, 10, 0.01).stretch(7).staircase(7)
    same(s, [rate for rate in epochs for _ in range(7)])


COSINE = ours.CosineAnnealingLR(0.1, 100, 0.01)
REFUSED = [
    ("LambdaLR", (0.1, 3), {"steps": 5}, r"lr_lambda: must be a function; got 3\. Of several groups each has a twin"),
    ("LambdaLR", (0.1, lambda t: math.nan), {"steps": 5}, r"lr_lambda\(0\): must be a finite number; got nan"),
    ("MultiplicativeLR", (0.1, factor), {"steps": 0}, r"steps: must be a whole number >= 1; got 0"),
    ("StepLR", (0.1, 0), {}, r"step_size: must be a whole number >= 1; got 0"),
    ("StepLR", (0.1, 3, -0.5), {}, r"gamma: must be a finite number >= 0; got -0.5"),
    ("MultiStepLR", (0.1, 30), {}, r"milestones: must be a sequence of updates; got 30"),
    ("MultiStepLR", (0.1, [3, 2.5]), {}, r"milestones\[1\]: must be a whole number >= 0; got 2.5"),
    ("ConstantLR", (0.1, 0.0), {}, r"factor: must be in \(0, 1\]; got 0.0"),
    ("ConstantLR", (0.1, 1.5), {}, r"factor: must be in \(0, 1\]; got 1.5"),
    ("LinearLR", (0.1, 0.0), {}, r"start_factor: must be in \(0, 1\]; got 0.0"),
    ("LinearLR", (0.1, 0.5, 1.1), {}, r"end_factor: must be in \[0, 1\]; got 1.1"),
    ("ExponentialLR", (0.1, -1), {}, r"gamma: must be a finite number >= 0; got -1"),
    ("PolynomialLR", (0.1, 10, -1), {}, r"power: must be a finite number >= 0; got -1"),
    ("CosineAnnealingLR", (0.1, 0), {}, r"T_max: must be a whole number >= 1; got 0"),
    ("CosineAnnealingLR", (-0.1, 10), {}, r"lr: must be a finite number >= 0; got -0.1"),
    ("CosineAnnealingWarmRestarts", (0.1, 10.0), {}, r"T_0: must be an int >= 1; got 10.0\. Theirs takes no float"),
    ("CosineAnnealingWarmRestarts", (0.1, 10, 0), {}, r"T_mult: must be a whole number >= 1; got 0"),
    ("CyclicLR", (0.1, 0.1, 1.0, 0), {}, r"step_size_up: must be > 0; got 0"),
    ("CyclicLR", (0.1, 0.1, 1.0), {"mode": "saw"}, r"mode: must be one of 'triangular', 'triangular2', 'exp_range'; got 'saw'"),
    ("CyclicLR", (0.1, 0.1, 1.0), {"scale_fn": factor}, r"steps: must be given with scale_fn; got None\. What a function"),
    ("OneCycleLR", (0.1, 1.0), {}, r"total_steps: must be given, or both epochs and steps_per_epoch; got None"),
    ("OneCycleLR", (0.1, 1.0, 10.0), {}, r"total_steps: must be an int >= 1; got 10.0"),
    ("OneCycleLR", (0.1, 1.0, 10), {"pct_start": 1}, r"pct_start: must be a float in \[0, 1\]; got 1\. Theirs takes no int"),
    ("OneCycleLR", (0.1, 1.0, 10), {"anneal_strategy": "exp"}, r"anneal_strategy: must be one of 'cos', 'linear'; got 'exp'"),
    ("OneCycleLR", (0.1, 1.0, 10), {"div_factor": 0}, r"div_factor: must be a finite number > 0; got 0"),
    ("SequentialLR", (0.1, [], []), {}, r"schedulers: must hold at least one schedule; got \[\]"),
    ("SequentialLR", (0.1, [COSINE, 3], [5]), {}, r"schedulers\[1\]: must be a schedule; got 3\. Build its twin for the same lr"),
    ("SequentialLR", (0.1, COSINE, [5]), {}, r"schedulers: must be a sequence of schedules; got cosine"),
    ("SequentialLR", (0.1, [COSINE], [5]), {}, r"milestones: must be 0, one fewer than schedulers; got \[5\]"),
    ("SequentialLR", (0.1, [COSINE] * 3, [5, 3]), {}, r"milestones: must not fall; got \[5, 3\]"),
    ("ChainedScheduler", (0.1, [COSINE, COSINE]), {}, r"schedulers\[0\]: must multiply the rate, to be chained with others; got"),
    ("ReduceLROnPlateau", (0.1,), {"patience": 5}, r"[^;]*; got [^;]*stepsize\.adaptive\.plateau"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "said"), REFUSED, ids=lambda x: x if isinstance(x, str) else ""
)
def test_refuses(name, args, kwargs, said):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.torch\.{name}(: |\.){said}"):
        getattr(ours, name)(*args, **kwargs)


def test_what_theirs_refuses_too():
    """Or would, sooner or later: each of these raises there as well."""
    cases = [
        lambda o: peer.StepLR(o, 0), lambda o: peer.ConstantLR(o, 0.0), lambda o: peer.ConstantLR(o, 1.5),
        lambda o: peer.LinearLR(o, 0.0), lambda o: peer.LinearLR(o, 0.5, 1.1), lambda o: peer.CosineAnnealingLR(o, 0),
        lambda o: peer.PolynomialLR(o, 3, -1), lambda o: peer.CosineAnnealingWarmRestarts(o, 10.0),
        lambda o: peer.CyclicLR(o, 0.1, 1.0, 0), lambda o: peer.OneCycleLR(o, 1.0, 10.0),
        lambda o: peer.OneCycleLR(o, 1.0, 10, pct_start=1), lambda o: peer.SequentialLR(o, [], []),
    ]  # fmt: skip
    for build in cases:
        with warnings.catch_warnings(), pytest.raises((ValueError, ZeroDivisionError)):
            warnings.simplefilter("ignore")
            applied(build, 12)
