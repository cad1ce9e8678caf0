"""fairseq, from the source's behaviour: ``step_begin_epoch`` at each epoch and ``step_update`` around each update.

``driven`` walks as fairseq's trainer does: once before training, at the beginning of each epoch, and after each update.
"""

import math

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, same

LR = 0.3


def driven(begin, step, updates, per_epoch=None):
    """The rates applied: ``begin(epoch, present)`` and ``step(t, present)`` give the rate they set."""
    present, rates = step(0, 0.0), []
    for t in range(updates):
        if t % (per_epoch or updates) == 0:
            begin(t // (per_epoch or updates) + 1, present)
            present = step(t, present)
        rates.append(present)
        present = step(t + 1, present)
    return rates


def still(epoch, present):
    """Most schedules do nothing at an epoch."""


def cosine(n, lr=LR, warmup_updates=0, warmup_init_lr=-1, min_lr=0.0, t_mult=1.0, lr_period_updates=-1, lr_shrink=0.1,
           max_update=0):  # fmt: skip
    start = min_lr if warmup_init_lr < 0 else warmup_init_lr
    period = lr_period_updates if lr_period_updates > 0 else max_update - warmup_updates

    def step(t, present):
        if t < warmup_updates:
            return start + t * (lr - start) / warmup_updates
        left, length, k = t - warmup_updates, period, 0
        if period <= 0:
            return math.nan
        while left >= length:  # theirs finds the period by a logarithm
            left, length, k = left - length, length * t_mult, k + 1
        low, high = min_lr * lr_shrink**k, lr * lr_shrink**k
        return low + 0.5 * (high - low) * (1 + math.cos(math.pi * left / length))

    return driven(still, step, n)


def warmups(n):
    return (617,) if n == 12345 else sorted({0, 1, n // 10, n - 1, n, n + 5})


@pytest.mark.parametrize("n", LENGTHS)
def test_cosine(n):
    for w in warmups(n):
        for start, low in ((-1, 0.0), (-1, 0.01), (0.02, 0.01)):
            given = {"warmup_updates": w, "warmup_init_lr": start, "min_lr": low, "max_update": n}
            same(twins.fairseq.cosine(LR, **given), cosine(n, **given))


@pytest.mark.parametrize("t_mult", [1.0, 1.5, 2.0, 3.0, 0.9])
@pytest.mark.parametrize("lr_shrink", [0.0, 0.1, 0.5, 1.0])
def test_cosine_periods(t_mult, lr_shrink):
    for period in (10, 12.5):
        given = {
            "warmup_updates": 7,
            "min_lr": 0.01,
            "t_mult": t_mult,
            "lr_period_updates": period,
            "lr_shrink": lr_shrink,
        }
        n = 90 if t_mult < 1.0 else 1000
        same(twins.fairseq.cosine(LR, max_update=n, **given), cosine(n, **given), tolerance=2e-12)


@pytest.mark.parametrize("n", LENGTHS)
def test_inverse_sqrt(n):
    for w in warmups(n):
        for start in (-1, 0.02):
            first = max(start, 0.0)
            rates = (
                driven(
                    still,
                    lambda t, p, w=w, a=first: a + t * (LR - a) / w if t < w else LR * w**0.5 * t**-0.5,
                    n,
                )
                if w
                else []
            )
            if w:
                same(twins.fairseq.inverse_sqrt(LR, w, start), rates)


def polynomial_decay(n, lr, w, end, power, total, force_anneal=None, per_epoch=None):
    state = {"lr": lr[0]}

    def begin(epoch, present):
        annealed = force_anneal is not None and epoch >= force_anneal
        state["lr"] = present if annealed else lr[min(epoch, len(lr) - 1)]

    def step(t, present):
        if w > 0 and t <= w:
            return t / w * state["lr"]
        if t >= total:
            return end
        return (state["lr"] - end) * (1 - (t - w) / (total - w)) ** power + end

    return driven(begin, step, n, per_epoch)


@pytest.mark.parametrize("n", LENGTHS)
def test_polynomial_decay(n):
    for w in warmups(n):
        for power in (1.0,) if n == 12345 else (0, 0.5, 1.0, 2.0):
            given = {"warmup_updates": w, "end_learning_rate": 0.01, "power": power, "total_num_update": n}
            same(
                twins.fairseq.polynomial_decay(LR, **given),
                polynomial_decay(n + 3 + w, [LR], w, 0.01, power, n),
            )


@pytest.mark.parametrize("lr", [[0.3], [0.5, 0.3], [0.5, 0.3, 0.2, 0.1]])
@pytest.mark.parametrize("force_anneal", [None, 0, 1, 2, 4])
def test_polynomial_decay_by_epochs(lr, force_anneal):
    for w in (0, 5, 25, 120):
        ours = twins.fairseq.polynomial_decay(lr, w, force_anneal, 0.01, 1.5, 100, updates_per_epoch=12)
        same(ours, polynomial_decay(100, lr, w, 0.01, 1.5, 100, force_anneal, 12))


def tri_stage(n, w, h, d, first, last):
    def step(t, present):
        if t < w:
            return first * LR + (LR - first * LR) / w * t
        if t < w + h:
            return LR
        return LR * math.exp(math.log(last) / d * (t - w - h)) if t <= w + h + d else LR * last

    return driven(still, step, n)


@pytest.mark.parametrize("n", LENGTHS)
def test_tri_stage(n):
    for w, h in ((0, 0), (1, 0), (n // 4, n // 2), (n, n)):
        d = max(1, n - w - h)
        given = {"init_lr_scale": 0.1, "final_lr_scale": 0.05}
        same(twins.fairseq.tri_stage(LR, w, h, d, **given), tri_stage(n + 3, w, h, d, 0.1, 0.05))
    ours = twins.fairseq.tri_stage(LR, phase_ratio=(0.25, 0.25, 0.5), max_update=103)
    same(ours, tri_stage(110, 25, 25, 51, 0.01, 0.01))


@pytest.mark.parametrize("shrink", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("shrink_min", [False, True])
def test_triangular(shrink, shrink_min):
    for period in (2, 3, 10, 25.5):
        half = period // 2

        def step(t, present, half=half):
            cycle = math.floor(t / (2 * half))
            high, low = 1.0 * shrink**cycle, LR * (shrink**cycle if shrink_min else 1)
            return low + (high - low) * max(0, 1 - abs(t / half - 2 * (cycle + 1) + 1))

        same(twins.fairseq.triangular(LR, 1.0, period, shrink, shrink_min), driven(still, step, 300))


@pytest.mark.parametrize("n", LENGTHS)
def test_step(n):
    for w in warmups(n):
        for start, low, decay in ((-1, 0.0, 0.5), (0.02, 0.01, 0.1), (-1, 0.01, 0.0), (-1, 0.01, 1.0)):
            every, first = max(1, n // 7), low if start < 0 else start

            def step(t, present, w=w, a=first, low=low, decay=decay, every=every):
                return a + t * (LR - a) / w if t < w else max(LR * decay ** ((t - w) // every), low)

            same(twins.fairseq.step(LR, w, start, low, every, decay), driven(still, step, n))


@pytest.mark.parametrize("lr", [[0.3], [0.3, 0.2], [0.3, 0.1, 0.2, 0.05]])
@pytest.mark.parametrize("force_anneal", [None, 0, 1, 2, 3, 6])
@pytest.mark.parametrize("w", [0, 1, 5, 30, 150])
def test_fixed(lr, force_anneal, w):
    for shrink in (0.0, 0.1, 0.5, 1.0):
        state = {}

        def begin(epoch, present, shrink=shrink, state=state):
            if force_anneal is None or epoch < force_anneal:
                state["lr"] = lr[min(epoch - 1, len(lr) - 1)]
            else:
                state["lr"] = lr[-1] * shrink ** (epoch + 1 - force_anneal)

        def step(t, present, state=state):
            return state.get("lr", lr[0]) * ((t + 1) / w if w > 0 and t < w else 1)

        ours = twins.fairseq.fixed(lr, force_anneal, shrink, w, updates_per_epoch=12)
        same(ours, driven(begin, step, 100, 12))


MANUAL = [
    ("{}", "{}"),
    ("{'1': 0.5, '3-4': 0.2, '6': 0.1}", "{}"),
    ("{'2,5': 0.2}", "{'40': 0.05, '50-60': 0.01}"),
    ("{}", "{'1': 0.2, '7': 0.1}"),
    ("{'1': 0.5, '2': 0.2}", "{'0': 0.4, '30': 0.3}"),
    ({1: 0.5, 3: 0.2}, {100: 0.1}),
]


@pytest.mark.parametrize(("epoch2lr", "update2lr"), MANUAL)
def test_manual(epoch2lr, update2lr):
    def spread(given):
        found = {}
        for key, rate in (eval(given) if isinstance(given, str) else given).items():
            ends = [int(k) for k in str(key).replace(",", "-").split("-")]
            found |= dict.fromkeys(range(ends[0], ends[-1] + 1) if "-" in str(key) else ends, rate)
        return found

    epochs, updates = spread(epoch2lr), spread(update2lr)
    state = {"lr": epochs.get(1, updates.get(1, LR))}

    def last(keyed, k, otherwise):
        known = [key for key in keyed if key <= k]
        return keyed[max(known)] if known else otherwise

    def begin(epoch, present):
        state["lr"] = last(epochs, epoch, present)

    def step(t, present):
        state["lr"] = last(updates, t, state["lr"])
        return state["lr"]

    ours = twins.fairseq.manual(LR, epoch2lr, update2lr, updates_per_epoch=12)
    same(ours, driven(begin, step, 150, 12))


def test_printed_rates():
    """Peak 1, 10 updates of warmup, 100 updates, minimum 0.1."""
    s = twins.fairseq.cosine(1.0, warmup_updates=10, min_lr=0.1, max_update=100)
    assert [s(t) for t in (0, 1, 9, 10, 98, 99)] == pytest.approx(
        [0.1, 0.19, 0.91, 1.0, 0.101096, 0.100274], abs=5e-7
    )
    assert s(110) == pytest.approx(0.1)  # theirs begins a new period
    s = twins.fairseq.inverse_sqrt(1.0, 10)
    assert [s(t) for t in (0, 9, 10, 99, 100)] == pytest.approx([0, 0.9, 1, 0.3178, 0.3162], abs=5e-5)
    s = twins.fairseq.polynomial_decay(1.0, 10, end_learning_rate=0.1, total_num_update=100)
    assert [s(t) for t in (0, 9, 10, 99, 100)] == pytest.approx([0, 0.9, 1, 0.11, 0.1])
    s = twins.fairseq.tri_stage(1.0, 10, 0, 90, final_lr_scale=0.1)
    assert [s(t) for t in (0, 9, 10)] == pytest.approx([0.01, 0.901, 1])


def test_simplest_trees():
    s = twins.fairseq.cosine(1.0, warmup_updates=10, lr_period_updates=90, t_mult=2.0)
    assert s == ss.linear(0.0, 1.0, 10) >> ss.cosine(1.0, 0.0, 90).repeat(growth=2, decay=0.1, floor=0)


REFUSED = [
    ("cosine", (0.1,), {"min_lr": 0.1, "max_update": 9}, "min_lr: must be less than lr"),
    ("cosine", (0.1,), {}, "max_update: must be given without lr_period_updates"),
    ("cosine", (0.1,), {"lr_period_updates": 9, "t_mult": 1.5}, "max_update: must exceed the warmup"),
    (
        "cosine",
        (0.1,),
        {"lr_period_updates": 9, "t_mult": 0.5, "max_update": 19},
        "t_mult: makes periods shrink",
    ),
    ("cosine", (0.1,), {"lr_shrink": 2, "max_update": 9}, r"lr_shrink: must be in \[0, 1\]"),
    ("cosine", ([0.1, 0.2],), {"max_update": 9}, "lr: must be a finite number"),
    ("inverse_sqrt", (0.1, 0), {}, "warmup_updates: must be a whole number >= 1; got 0"),
    ("polynomial_decay", (0.1,), {"total_num_update": 0}, "total_num_update: must be a finite number > 0"),
    ("polynomial_decay", ([0.1] * 3,), {"total_num_update": 9}, "updates_per_epoch: must be given"),
    ("tri_stage", (0.1,), {}, "decay_steps: must be at least 1 update"),
    (
        "tri_stage",
        (0.1,),
        {"phase_ratio": (0.7, 0.2, 0.1), "max_update": 100},
        "phase_ratio: must be three numbers",
    ),
    ("tri_stage", (0.1,), {"phase_ratio": (0.5, 0.25, 0.25)}, "max_update: must be given with phase_ratio"),
    ("tri_stage", (0.1, 1, 1, 1), {"final_lr_scale": 0}, "final_lr_scale: must be a finite number > 0"),
    ("triangular", (0.1, 0.1), {}, "max_lr: must exceed lr"),
    ("triangular", (0.1, 0.2, 1), {}, "lr_period_updates: must be a finite number >= 2"),
    (
        "fixed",
        ([0.1, 0.2],),
        {},
        "updates_per_epoch: must be given; got None. Give it: a rate for each epoch goes by",
    ),
    ("fixed", ([],), {}, "lr: must hold at least one rate"),
    ("step", (0.1,), {"lr_decay": 1.5}, r"lr_decay: must be in \[0, 1\]"),
    ("step", (0.1,), {"lr_deacy_period": 0}, "lr_deacy_period: must be a whole number >= 1"),
    ("manual", (0.1, "{"), {}, "epoch2lr: must be a dict"),
    ("manual", (0.1, "{'2': 0.1}"), {}, "updates_per_epoch: must be given"),
]


@pytest.mark.parametrize(("name", "args", "given", "rule"), REFUSED)
def test_refuses(name, args, given, rule):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.fairseq\.{name}\.{rule}"):
        getattr(twins.fairseq, name)(*args, **given)


def test_no_rates_of_their_own():
    with pytest.raises(ss.ScheduleError, match=r"^twins\.fairseq\.pass_through: has no rates of its own"):
        twins.fairseq.pass_through()
    with pytest.raises(ss.ScheduleError, match=r"stepsize\.adaptive"):
        twins.fairseq.reduce_lr_on_plateau(0.1)
