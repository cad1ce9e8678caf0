"""Levanter, from the source's behaviour, in float64: the schedules of all cycles, joined at boundaries as optax does it."""

import math
from itertools import pairwise

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES
from tests.twins.whole import agree

schedule = twins.levanter.lr_scheduler


def part(given, of):
    return int(given * of) if given <= 1.0 else int(given)


def straight(first, last, n):
    return lambda s: first + (last - first) * min(max(s, 0) / n, 1.0) if n > 0 else first


def falling(form, b, ratio, d, w):
    kind = form if isinstance(form, str) else form["type"]
    m = b * ratio
    match kind:
        case "constant":
            return lambda s: b
        case "cosine":
            power = 1.0 if isinstance(form, str) else form["exponent"]
            return lambda s: (
                b * ((1 - ratio) * (0.5 * (1 + math.cos(math.pi * min(s, d) / d))) ** power + ratio)
            )
        case "linear":
            return straight(b, m, d)
        case "inv_sqrt":
            scale = 10_000 if isinstance(form, str) else form["timescale"]
            return lambda s: max(b * min(1.0, 1.0 / math.sqrt(max(s + w, 1) / scale)), m)
        case "inv":
            return lambda s: max(b * min(1.0, 1.0 / ((b / m - 1) * max(s, 1) / d + 1)) if d else m, m)
    size, length, a, p = form["batch_size"], form["seq_length"], form.get("a", 4.6), form.get("b", -0.51)
    return lambda s: min(b, size * a * (s * size * length) ** p) if s else b


def applied(b, total, stops, form="cosine", ratio=0.1, warmup=0.01, rewarmup=0.0, decay=None, cooldown=None):
    cooled = 0 if cooldown is None else part(cooldown, total)
    pieces, boundaries, before = [], [], 0.0
    for k, (start, end) in enumerate(pairwise(stops)):
        w = part(rewarmup if k else warmup, end - start)
        if w:
            pieces.append(straight(before, b, w))
            boundaries.append(start + w)
        d = end - start - w if decay is None else part(decay, end - start)
        stable = end - start - w - d
        if stable:
            pieces.append(lambda s: b)
            boundaries.append(start + w + stable)
        pieces.append(falling(form, b, ratio, d, w))
        before = pieces[-1](d)
        boundaries.append(end)
    if cooled:
        pieces.append(straight(before, ratio * b, cooled))
    rates = []
    for t in range(total):
        rate = pieces[0](t) if t < boundaries[0] or len(pieces) == 1 else None
        for boundary, piece in zip(boundaries, pieces[1:], strict=False):
            if t >= boundary:
                rate = piece(t - boundary)
        rates.append(rate)
    return rates


FORMS = ["constant", "cosine", "linear", "inv_sqrt", "inv", {"type": "cosine", "exponent": 2.0},
         {"type": "inv_sqrt", "timescale": 20}, {"type": "inv_sqrt", "timescale": 0.5}, {"type": "power", "batch_size": 2, "seq_length": 50, "b": -0.5},
         {"type": "power", "batch_size": 512, "seq_length": 2048, "a": 0.01}]  # fmt: skip


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_one_cycle(n, form):
    for warmup in (617,) if n > 100 else (0.0, 0.1, 0.5, 2, n + 5):
        for ratio in (0.1,) if n > 100 else (0.01, 0.1, 1.0):
            w = part(warmup, n)
            kind = form if isinstance(form, str) else form["type"]
            if w >= n and kind in ("cosine", "power"):
                continue  # theirs raises, or has no real number to go on with
            for lr in RATES:
                ours = schedule(lr, n, min_lr_ratio=ratio, warmup=warmup, lr_schedule=form)
                # By a function of its own: a table of so many rates takes too long to be named at each update.
                agree(lambda t, ours=ours: ours(t), applied(lr, n, [0, n], form, ratio, warmup))


CYCLES = [
    ({"cycle_length": 30}, [0, 30, 60, 100]),  # the last one is longer
    ({"cycle_length": 0.25}, [0, 25, 50, 75, 100]),
    ({"cycle_length": [20, 30]}, [0, 20, 50, 100]),
    ({"cycles": 3}, [0, 33, 66, 100]),
    ({"cycles": [40, 100]}, [0, 40, 100]),
    ({"haps": [70]}, [0, 70, 100]),
]


@pytest.mark.parametrize(("given", "stops"), CYCLES)
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_cycles(given, stops, form):
    """With rewarmup, with a stable part, and with a decay that begins before the warmup is over."""
    for rewarmup in (0.0, 0.2, 5):
        for decay in (None, 0.3, 10, 19):
            more = {"rewarmup": rewarmup, "decay": decay, "warmup": 5}
            agree(
                schedule(0.3, 100, lr_schedule=form, **more, **given), applied(0.3, 100, stops, form, **more)
            )


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_cooldown(form):
    for cooldown in (0.2, 10):
        stop = 100 - part(cooldown, 100)
        ours = schedule(0.3, 100, lr_schedule=form, cooldown=cooldown, warmup=5)
        agree(ours, applied(0.3, 100, [0, stop], form, warmup=5, cooldown=cooldown))


@pytest.mark.parametrize(
    "form", ["constant", "linear", "inv_sqrt", "inv", {"type": "inv_sqrt", "timescale": 20}], ids=str
)
def test_a_rewarmup_longer_than_its_cycle(form):
    """The next one begins where the fall would have been before its beginning."""
    more = {"warmup": 5, "rewarmup": 40}
    agree(
        schedule(0.3, 100, cycle_length=30, lr_schedule=form, **more),
        applied(0.3, 100, [0, 30, 60, 100], form, **more),
    )


def test_haps_go_before_cycles():
    assert schedule(0.3, 100, cycles=3, haps=[70]) == schedule(0.3, 100, cycles=[70])


def test_live_pieces_of_optax():
    """The join is theirs: the same pieces from optax."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    pieces = [
        optax.linear_schedule(0.0, 0.3, 20),
        optax.constant_schedule(0.3),
        optax.linear_schedule(0.3, 0.03, 90),
    ]
    theirs = optax.join_schedules(pieces, [20, 10])  # the decay begins before the warmup is over
    with jax.enable_x64(True):
        rates = theirs(jax.numpy.arange(100))
        agree(schedule(0.3, 100, warmup=20, decay=90, lr_schedule="linear"), rates)


def test_live_cycles_of_optax():
    """Two cycles of a cosine, with a rewarmup and a cooldown."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    up, fall = optax.linear_schedule, optax.cosine_decay_schedule
    pieces = [up(0.0, 0.3, 5), fall(0.3, 35, 0.1), up(0.03, 0.3, 8), fall(0.3, 32, 0.1), up(0.03, 0.03, 20)]
    with jax.enable_x64(True):
        rates = optax.join_schedules(pieces, [5, 40, 48, 80])(jax.numpy.arange(110))
        agree(schedule(0.3, 100, warmup=5, cycles=2, rewarmup=0.2, cooldown=20), rates)


def test_printed_rates():
    """Peak 1, 10 updates of warmup, 100 updates, minimum 0.1."""
    s = schedule(1.0, 100, warmup=10)
    assert [s(t) for t in (0, 1, 9, 10, 98, 99)] == pytest.approx(
        [0, 0.1, 0.9, 1, 0.101096, 0.100274], abs=5e-7
    )
    assert s(100) == s(110) == pytest.approx(0.1)
    s = schedule(1.0, 100, warmup=10, lr_schedule="linear")
    assert [s(99), s(100)] == pytest.approx([0.11, 0.1])
    s = schedule(1.0, 100, warmup=10, lr_schedule="inv")
    assert [s(9), s(10), s(99), s(100)] == pytest.approx([0.9, 0.909, 0.10101, 0.1], abs=1e-4)
    assert schedule(1.0, 100, warmup=10, lr_schedule="inv_sqrt")(100) == 1.0
    assert schedule(1.0, 100, warmup=1, lr_schedule="linear")(50) == 0.5  # 1 is the whole run


REFUSED = [
    ({"lr_schedule": "sqrt"}, "lr_schedule: must be one of constant, cosine"),
    ({"lr_schedule": "power"}, "lr_schedule: must be one of constant, cosine"),
    ({"lr_schedule": {"type": "linear", "exponent": 2}}, "lr_schedule: linear takes no exponent"),
    ({"lr_schedule": {"type": "power", "batch_size": 1, "seq_length": 1, "b": 1}}, "lr_schedule: power needs a, batch_size"),
    ({"lr_schedule": "inv", "min_lr_ratio": 0}, "lr_schedule: inv needs a min_lr_ratio > 0"),
    ({"warmup": 1}, "lr_schedule: a cosine needs updates after the warmup"),
    ({"warmup": 1.5}, "warmup: must be a share up to 1, or whole updates"),
    ({"cycles": 2, "cycle_length": 5}, "cycles: must be None beside cycle_length"),
    ({"cycle_length": [60, 60]}, "cycles: must end within the run"),
    ({"cycle_length": []}, "cycle_length: must hold at least one"),
    ({"cycles": 3, "haps": [50], "cycle_length": 20}, "cycles: must be None beside cycle_length"),
    ({"cooldown": 1.0}, r"cooldown: must be less than the run \(100\)"),
    ({"decay": 0}, "lr_schedule: a cosine needs updates after the warmup"),
    ({"lr_schedule": {"type": "inv_sqrt", "timescale": 0}}, r"lr_schedule\.timescale: must be > 0"),
    ({"cycle_length": 0.001}, "cycle_length: must come to at least 1 update"),
    ({"cycles": [50, 20]}, "cycles: must end one after another"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "rule"), REFUSED)
def test_refuses(given, rule):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.levanter\.lr_scheduler\.{rule}"):
        schedule(0.1, 100, **given)
