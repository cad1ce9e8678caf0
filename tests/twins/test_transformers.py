"""Transformers, live: our twin gives the rate that theirs applies, update for update, in each group."""

import warnings

import pytest
import torch

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same

peer = pytest.importorskip("transformers.optimization")
ours = twins.transformers
LONG = LENGTHS[-1]


class Quoted:
    """A schedule whose text is written once, however often a test asks for it."""

    def __init__(self, schedule):
        self.rate, self.text = schedule, repr(schedule)[:200]

    def __call__(self, t):
        return self.rate(t)

    def __repr__(self):
        return self.text


def groups(rates=RATES):
    given = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in rates]
    return torch.optim.SGD(given, lr=RATES[0])


def applied(build, updates):
    """The rates of each of so many updates, one list a group: update, then ``scheduler.step()``, as the Trainer does."""
    optimizer = groups()
    scheduler = build(optimizer)
    optimizer.step()  # moves nothing, for there are no gradients; torch wants to see one
    rates = []
    for _ in range(updates):
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
        scheduler.step()
    return list(zip(*rates, strict=True))


def check(name, *args, updates, **kwargs):
    """One schedule of theirs and its twin, for as many updates, in two groups, the first at the optimizer's own rate."""
    theirs = applied(lambda o: getattr(peer, name)(o, *args, **kwargs), updates)
    own = {"default_lr": RATES[0]} if name in MEASURED else {}
    for lr, rates in zip(RATES, theirs, strict=True):
        if max(rates) < 0.01 * lr:
            continue  # nothing but the end, to which no peak can be seen
        same(Quoted(getattr(ours, name)(lr, *args, **kwargs, **own)), rates)


MEASURED = (
    "get_polynomial_decay_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
)


def warmups(n):
    """None, one, a part, all but one, all, and more than the run has."""
    return sorted({0, min(1, n), n // 3, n - 1, n, 3 * n})


def runs(lengths=LENGTHS):
    return [(n, warmup) for n in lengths for warmup in (warmups(n) if n < LONG else (0, 1234))]


def seen(n, warmup):
    """The run, and what follows it where theirs is held."""
    return n + 3 if warmup < n else n


@pytest.mark.parametrize(("n", "warmup"), runs())
class TestByRun:
    def test_constant_with_warmup(self, n, warmup):
        check("get_constant_schedule_with_warmup", warmup, updates=min(n, 400))

    def test_linear(self, n, warmup):
        check("get_linear_schedule_with_warmup", warmup, n, updates=seen(n, warmup))

    def test_cosine(self, n, warmup):
        check("get_cosine_schedule_with_warmup", warmup, n, updates=n)

    @pytest.mark.parametrize("cycles", [0, 0.8, 1.5, 7.3, -0.5])
    def test_cosine_of_any_number_of_waves(self, n, warmup, cycles):
        if n < LONG or cycles == 7.3:
            check("get_cosine_schedule_with_warmup", warmup, n, cycles, updates=n)

    @pytest.mark.parametrize("cycles", [0, 1.5, 6, 9])
    def test_restarts(self, n, warmup, cycles):
        if n < LONG or cycles == 9:
            check(
                "get_cosine_with_hard_restarts_schedule_with_warmup",
                warmup,
                n,
                cycles,
                updates=seen(n, warmup),
            )

    @pytest.mark.parametrize(("end", "power"), [(1e-7, 1.0), (0.02, 2.0), (0.0, 0.5), (0.01, 0.0)])
    def test_polynomial(self, n, warmup, end, power):
        if warmup == n:
            with pytest.raises(ZeroDivisionError):
                applied(lambda o: peer.get_polynomial_decay_schedule_with_warmup(o, n, n, end, power), n)
            with pytest.raises(
                ss.ScheduleError, match=r"num_warmup_steps: must not be num_training_steps; got"
            ):
                ours.polynomial(0.3, n, n, end, power)
        elif n < LONG or power == 2.0:
            past = n + 3 if warmup < n and power else n
            check("get_polynomial_decay_schedule_with_warmup", warmup, n, end, power, updates=past)

    @pytest.mark.parametrize("scale", [None, 1, 250])
    def test_inverse_sqrt(self, n, warmup, scale):
        check("get_inverse_sqrt_schedule", warmup, scale, updates=min(n, LONG if scale is None else 400))

    @pytest.mark.parametrize(
        "given",
        [{"min_lr": 0.03}, {"min_lr_rate": 0.1}, {"min_lr": 0.5}, {"min_lr_rate": 0.2, "num_cycles": 1.7}],
    )
    def test_minimum(self, n, warmup, given):
        check("get_cosine_with_min_lr_schedule_with_warmup", warmup, n, updates=min(n, 400), **given)

    @pytest.mark.parametrize(
        "given",
        [
            {"min_lr": 0.03},
            {"min_lr_rate": 0.1, "num_cycles": 1.7},
            {"min_lr_rate": 0.1, "warmup_lr_rate": 0.2},
            {"min_lr": 0, "warmup_lr_rate": 0},
        ],
    )
    def test_warmup_with_minimum(self, n, warmup, given):
        check(
            "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
            warmup,
            n,
            updates=n if n < LONG else 400,
            **given,
        )
        s = ours.cosine_warmup_with_min_lr(0.3, warmup, n, **given)
        assert s(n - 1) == s(n) == s(5 * n)  # theirs rises again


TYPES = ("linear", "cosine", "1-sqrt")


@pytest.mark.parametrize("up", TYPES)
@pytest.mark.parametrize("down", TYPES)
@pytest.mark.parametrize(("n", "warmup"), runs((1, 2, 3, 10, 100)))
def test_wsd(n, warmup, up, down):
    """Decays that are short, long, and longer than what the warmup leaves."""
    for fall in (0, 1, n - n // 10, n):
        given = {"warmup_type": up, "decay_type": down, "min_lr_ratio": 0.1 if up == "linear" else 0}
        check("get_wsd_schedule", warmup, fall, n, updates=seen(n, warmup), **given)
        check("get_wsd_schedule", warmup, fall, num_stable_steps=n, updates=3 * n + warmup + fall, **given)


@pytest.mark.parametrize("cycles", [0, 0.3, 0.5, 1.5])
def test_wsd_of_any_number_of_waves(cycles):
    check("get_wsd_schedule", 10, 40, 100, min_lr_ratio=0.1, num_cycles=cycles, updates=105)
    check("get_wsd_schedule", 70, 40, 100, min_lr_ratio=0.1, num_cycles=cycles, updates=105)
    check(
        "get_wsd_schedule",
        1000,
        2000,
        LONG,
        min_lr_ratio=0.1,
        num_cycles=cycles,
        updates=LONG if cycles == 0.5 else 100,
    )


def test_constant():
    check("get_constant_schedule", updates=10)


def test_tables_of_peers():
    """What our notes say of them: a warmup of 10, then to 0.1 at 100."""
    minimum = ours.cosine_with_min_lr(1.0, 10, 100, min_lr=0.1)
    early = ours.cosine_warmup_with_min_lr(1.0, 10, 100, min_lr_rate=0.1)
    at = (0, 1, 9, 10, 98, 99, 100, 110)
    assert [round(minimum(t), 6) for t in at] == [0, 0.1, 0.9, 1, 0.101096, 0.100274, 0.1, 0.1]
    assert [round(early(t), 6) for t in at] == [0.1, 0.2, 1, 0.999726, 0.100274, 0.1, 0.1, 0.1]
    assert round(ours.linear(1.0, 10, 100)(99), 4) == 0.0111
    assert ours.inverse_sqrt(1.0, 10)(99) == pytest.approx(0.3178, abs=5e-5)
    wsd = [
        ours.warmup_stable_decay(1.0, 10, 20, 100, decay_type=kind, min_lr_ratio=0.1)(99) for kind in TYPES
    ]
    assert [round(rate, 4) for rate in wsd] == [0.145, 0.1055, 0.1228]
    broken = ours.cosine_with_restarts(1.0, 10, 100, 1.5)
    assert (round(broken(99), 3), broken(100)) == (0.526, 0.0)


def test_a_group_with_a_rate_of_its_own():
    """The end is measured by the optimizer's rate, and lies where theirs puts it."""
    s = ours.polynomial(0.1, 0, 10, lr_end=0.05, default_lr=1.0)
    assert s(10) == pytest.approx(0.005, abs=1e-15)
    assert ours.polynomial(0.1, 0, 10, lr_end=0.05)(10) == 0.05
    assert ours.cosine_with_min_lr(0.1, 0, 10, min_lr=0.05, default_lr=1.0)(10) == pytest.approx(
        0.005, abs=1e-15
    )


@pytest.mark.parametrize("cycles", [22, 49])
def test_restarts_whose_quotient_is_rounded(cycles):
    """Theirs misses some restarts that fall on an update, and is at zero there; ours is at the peak."""
    theirs = applied(
        lambda o: peer.get_cosine_with_hard_restarts_schedule_with_warmup(o, 0, 4 * cycles, cycles),
        4 * cycles,
    )[0]
    s = ours.cosine_with_restarts(0.3, 0, 4 * cycles, cycles)
    missed = [t for t, rate in enumerate(theirs) if abs(s(t) - rate) > 3e-13]
    assert missed
    assert all(t % 4 == 0 and s(t) == 0.3 and theirs[t] < 1e-12 for t in missed)


SPECIFIC = {
    "cosine_with_min_lr": {"min_lr": 0.03},
    "cosine_warmup_with_min_lr": {"min_lr_rate": 0.1, "warmup_lr_rate": 0.05},
    "warmup_stable_decay": {"num_decay_steps": 20},
    "polynomial": {"power": 2.0},
    "cosine_with_restarts": {"num_cycles": 2},
    "inverse_sqrt": {"timescale": 30},
    "constant": {"unknown": 3},
}


@pytest.mark.parametrize("kind", list(peer.SchedulerType), ids=lambda kind: kind.value)
def test_every_scheduler_type(kind):
    """By its name, through get_scheduler, and as the same function."""
    given = SPECIFIC.get(kind.value)
    twin = getattr(ours, kind.value)
    assert twin is getattr(ours, peer.TYPE_TO_SCHEDULER_FUNCTION[kind].__name__)
    if kind.value in ("reduce_lr_on_plateau", "greedy"):
        for call in (lambda: twin(0.3), lambda: ours.get_scheduler(kind, 0.3)):
            with pytest.raises(
                ss.ScheduleError, match=r"^twins\.transformers\.get_\w+: .*stepsize\.adaptive\.plateau"
            ):
                call()
        return
    theirs = applied(lambda o: peer.get_scheduler(kind, o, 10, 100, given), 100)[0]
    same(ours.get_scheduler(kind, 0.3, 10, 100, given), theirs)
    assert ours.get_scheduler(kind.value, 0.3, 10, 100, given) == ours.get_scheduler(
        kind, 0.3, 10, 100, given
    )


@pytest.mark.parametrize(
    "name", ["linear", "cosine", "constant_with_warmup", "inverse_sqrt", "warmup_stable_decay"]
)
def test_get_scheduler_needs_lengths(name):
    with pytest.raises(ValueError):
        peer.get_scheduler(name, groups(), num_training_steps=100)
    with pytest.raises(
        ss.ScheduleError, match=rf'get_scheduler.num_warmup_steps: must be given for "{name}"; got None'
    ):
        ours.get_scheduler(name, 0.3, num_training_steps=100)


REFUSED = [
    (lambda: ours.get_scheduler("cosin", 0.3), r'get_scheduler.name: must name a schedule; got \'cosin\'\. Did you mean "cosine"'),
    (lambda: ours.get_scheduler("cosine", 0.3, 10), r'get_scheduler.num_training_steps: must be given for "cosine"; got None'),
    (lambda: ours.get_scheduler("cosine", 0.3, 10, 100, {"power": 2}), r"get_scheduler.scheduler_specific_kwargs: must suit get_cosine_schedule_with_warmup \(.*'power'"),
    (lambda: ours.get_scheduler("warmup_stable_decay", 0.3, 10, 100), r"get_scheduler.scheduler_specific_kwargs: must suit .*'num_decay_steps'"),
    (lambda: ours.linear(-0.3, 10, 100), r"get_linear_schedule_with_warmup.lr: must be a finite number >= 0; got -0.3"),
    (lambda: ours.linear(0.3, -1, 100), r"get_linear_schedule_with_warmup.num_warmup_steps: must be a whole number >= 0; got -1"),
    (lambda: ours.cosine(0.3, 1, 9.5), r"get_cosine_schedule_with_warmup.num_training_steps: must be a whole number >= 0; got 9.5"),
    (lambda: ours.cosine_with_restarts(0.3, 1, 9, -1), r"num_cycles: must be a finite number >= 0; got -1"),
    (lambda: ours.polynomial(0.3, 1, 9, lr_end=0.3), r"lr_end: must be below the optimizer's rate \(0\.3\); got 0\.3"),
    (lambda: ours.polynomial(0.3, 1, 9, power=-1), r"power: must be a finite number >= 0; got -1"),
    (lambda: ours.inverse_sqrt(0.3, 1, 0), r"timescale: must be a finite number > 0; got 0"),
    (lambda: ours.cosine_with_min_lr(0.3, 1, 9), r"get_cosine_with_min_lr_schedule_with_warmup: needs one of min_lr and min_lr_rate; got \(None, None\)"),
    (lambda: ours.cosine_with_min_lr(0.3, 1, 9, min_lr=0.1, min_lr_rate=0.1), r"needs one of min_lr and min_lr_rate; got \(0\.1, 0\.1\)"),
    (lambda: ours.cosine_warmup_with_min_lr(0.3, 1, 9), r"warmup_lr_rate: needs one of min_lr and min_lr_rate; got \(None, None\)"),
    (lambda: ours.warmup_stable_decay(0.3, 1, 9), r"num_training_steps: must be given, or num_stable_steps; got None"),
    (lambda: ours.warmup_stable_decay(0.3, 1, 9, 20, decay_type="sqrt"), r"decay_type: must be 'linear', 'cosine' or '1-sqrt'; got 'sqrt'"),
    (lambda: ours.warmup_stable_decay(0.3, 1, 9, 20, warmup_type=""), r"warmup_type: must be 'linear', 'cosine' or '1-sqrt'; got ''"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "said"), REFUSED, ids=[said[:30] for _, said in REFUSED])
def test_refuses(call, said):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.transformers\..*{said}"):
        call()


def test_what_theirs_refuses_too():
    for call in (
        lambda o: peer.get_scheduler("cosin", o, 10, 100),
        lambda o: peer.get_polynomial_decay_schedule_with_warmup(o, 1, 9, lr_end=0.3),
        lambda o: peer.get_cosine_with_min_lr_schedule_with_warmup(o, 1, 9),
        lambda o: peer.get_wsd_schedule(o, 1, 9),
        lambda o: peer.get_wsd_schedule(o, 1, 9, 20, decay_type="sqrt"),
    ):
        with warnings.catch_warnings(), pytest.raises(ValueError):
            warnings.simplefilter("ignore")
            call(groups())


def test_held_after_the_end():
    """Where theirs rises again."""
    for s in (
        ours.cosine(0.3, 10, 100),
        ours.cosine_with_min_lr(0.3, 10, 100, min_lr=0.03),
        ours.cosine(0.3, 200, 100),
    ):
        assert s(100) == s(110) == s(1000)
