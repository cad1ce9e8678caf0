"""OLMo-core, from the source's behaviour: ``get_lr`` of a count that the update itself is already part of."""

import math
from functools import partial

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same

olmo = twins.olmo_core


def rate(
    name,
    b,
    c,
    total,
    warmup=0,
    alpha_f=0.1,
    decay=None,
    warmup_min_lr=0.0,
    decay_min_lr=0.0,
    t_max=None,
    p=-0.51,
):
    """The rate at count c of ``total``."""
    rise = lambda top: warmup_min_lr + (top - warmup_min_lr) * min(c, warmup) / warmup  # noqa: E731
    fall = lambda top: decay_min_lr + (top - decay_min_lr) * min(total - c, decay) / decay  # noqa: E731
    end, low = t_max or total, b * alpha_f
    match name:
        case "ConstantWithWarmup":
            return rise(b) if c <= warmup else b
        case "WSD":
            return rise(b) if c <= warmup else fall(b) if c >= total - decay else b
        case "PowerLR":
            if c <= warmup:
                return rise(b)
            return fall(b * ((total - decay) / warmup) ** p) if c >= total - decay else b * (c / warmup) ** p
        case "CosWithWarmupAndLinearDecay":
            main = partial(rate, "CosWithWarmup", b, total=total, warmup=warmup, warmup_min_lr=warmup_min_lr)
            return fall(main(total - decay)) if c >= total - decay else main(c)
        case "InvSqrtWithWarmup":
            return rise(b) if c < warmup else low + (b - low) * math.sqrt(warmup / c)
    if c < warmup:
        return rise(low + (b - low) / 2 if name[0] == "H" else b)
    if c >= end:
        return low
    c, end = c - warmup, end - warmup
    if name == "LinearWithWarmup":
        return b - (b - low) * (c / end)
    if name == "HalfCosWithWarmup":
        c, end = c + end, 2 * end
    return low + (b - low) * (1 + math.cos(math.pi * c / end)) / 2


NAMES = ["ConstantWithWarmup", "LinearWithWarmup", "CosWithWarmup", "HalfCosWithWarmup", "InvSqrtWithWarmup"]
FALLING = ["WSD", "PowerLR", "CosWithWarmupAndLinearDecay"]


def compare(name, n, tokens, given):
    """Ours against theirs, in both groups, counting updates or tokens."""
    for b in RATES:
        theirs = [rate(name, b, (t + 1) * tokens, n * tokens, **given) for t in range(n)]
        more = (
            {"units": "tokens", "max_tokens": n * tokens, "tokens_per_update": tokens}
            if tokens > 1
            else {"max_steps": n}
        )
        if "decay" in given:
            more["decay_fraction"] = None
        ours = getattr(olmo, name)(b, **given, **more)
        assert ours.clock == ("tokens" if tokens > 1 else "steps")
        same(lambda t, ours=ours: ours(t * tokens), theirs)


def warmups(n, tokens):
    return (
        (617 * tokens,)
        if n > 100
        else sorted({0, 1, tokens, n * tokens // 3, n * tokens - 1, n * tokens, n * tokens + 5})
    )


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("tokens", [1, 7])
@pytest.mark.parametrize("name", NAMES)
def test_warm_up(name, n, tokens):
    for w in warmups(n, tokens):
        for low in (0.01,) if n > 100 else (0.0, 0.01):
            compare(name, n, tokens, {"warmup": w, "warmup_min_lr": low})
            if name[:3] in ("Lin", "Cos", "Hal"):
                compare(name, n, tokens, {"warmup": w, "alpha_f": 0.0, "t_max": n * tokens // 2 + 1})


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("tokens", [1, 7])
@pytest.mark.parametrize("name", FALLING)
def test_last_fall(name, n, tokens):
    """Also where the warmup reaches into it. A fall that leaves nothing is refused, as theirs divides by zero."""
    for w in warmups(n, tokens):
        for d in {1, n * tokens // 4 + 1}:
            refused = (name == "PowerLR" and (w == 0 or d >= n * tokens > w)) or (
                name[0] == "C" and w and d == n * tokens
            )
            if not refused:
                compare(name, n, tokens, {"warmup": w, "decay": d, "decay_min_lr": 0.0001})


def test_exponential_and_constant():
    for n in LENGTHS:
        theirs = [1e-9 * (0.3 / 1e-9) ** (c / n) for c in range(1, n + 1)]
        same(olmo.ExponentialScheduler(0.3, max_steps=n), theirs)
    same(olmo.ConstantScheduler(0.3), [0.3] * 100)


def wsds(b, c, lengths, tops, warmup, decay, low):
    if c < warmup:
        return b * tops[0] * c / warmup
    ends = [sum(lengths[: k + 1]) for k in range(len(lengths))]
    if c >= ends[-1]:
        return low
    k = next(k for k, end in enumerate(ends) if c <= end)
    left = ends[k] - c
    return low + (b * tops[k] - low) * left / decay if left <= decay else b * tops[k]


@pytest.mark.parametrize("tokens", [1, 7, 10])
@pytest.mark.parametrize("lengths", [[50], [100], [30, 20, 50], [20, 20, 20]])
def test_wsds(lengths, tokens):
    for w in (0, 1, 7, 10):
        for d in (1, 5, 10):
            tops = [1.0, 0.5, 2.0][: len(lengths)]
            more = {"units": "tokens", "tokens_per_update": tokens} if tokens > 1 else {}
            ours = olmo.WSDS(
                0.3,
                period_lengths=lengths,
                period_lr_multipliers=tops,
                warmup=w,
                decay=d,
                decay_min_lr=0.001,
                **more,
            )
            theirs = [wsds(0.3, (t + 1) * tokens, lengths, tops, w, d, 0.001) for t in range(110 // tokens)]
            same(lambda t, ours=ours: ours(t * tokens), theirs)


STAGES = [{"duration": 10, "start_lr": 0.0, "end_lr_fraction": 1.0}, {"duration": 40, "shape": "cosine", "end_lr": 0.01},
          {"duration": 20, "start_lr_fraction": 0.5, "end_lr": 0.002}]  # fmt: skip


def composed(b, c):
    if c < 10:
        return b * c / 10
    if c < 50:
        return 0.01 + (b - 0.01) * (1 + math.cos(math.pi * (c - 10) / 40)) / 2
    return 0.5 * b + (0.002 - 0.5 * b) * (c - 50) / 20 if c < 70 else 0.002


@pytest.mark.parametrize(
    "override",
    [
        None,
        {"start": 0, "duration": 5, "end_lr": 0.001},
        {"start": 30, "duration": 20, "end_lr_fraction": 0.1},
    ],
)
def test_composable(override):
    for b in RATES:

        def theirs(c, b=b):
            if override is None or c < override["start"]:
                return composed(b, c)
            end = override.get("end_lr", b * override.get("end_lr_fraction", 0.0))
            u = min(1.0, (c - override["start"]) / override["duration"])
            return composed(b, override["start"]) * (1 - u) + end * u

        ours = olmo.ComposableScheduler(b, stages=STAGES, override_decay=override)
        same(ours, [theirs(c) for c in range(1, 100)])


@pytest.mark.parametrize("n", [5, 15, 25, 35, 100])
def test_sequential(n):
    """Each begins where the one before ended."""
    parts = [
        partial(olmo.ConstantWithWarmup, warmup=10),
        partial(olmo.CosWithWarmup, warmup=0),
        partial(olmo.LinearWithWarmup, warmup=0),
    ]
    for b in RATES:
        theirs = []
        for c in range(1, n + 1):
            if c <= 20:
                theirs.append(rate("ConstantWithWarmup", b, c, min(n, 20), warmup=10))
            elif c <= 30:
                theirs.append(rate("CosWithWarmup", b, c - 20, min(n - 20, 10)))
            else:
                theirs.append(rate("LinearWithWarmup", 0.1 * b, c - 30, n - 30))
        same(olmo.SequentialScheduler(b, schedulers=parts, schedulers_max=[20, 10], max_steps=n), theirs)


def test_shares_are_rounded():
    s = olmo.WSD(0.3, warmup_fraction=0.15, max_steps=90)  # 13.5 and 9
    assert s == olmo.WSD(0.3, warmup=14, decay=9, decay_fraction=None, max_steps=90)
    assert olmo.CosWithWarmup(0.3, warmup_steps=9, max_steps=90) == olmo.CosWithWarmup(
        0.3, warmup=9, max_steps=90
    )


def test_printed_rates():
    """Peak 1, 10 updates of warmup, 100 updates, minimum 0.1; WSD makes its last update at zero."""
    s = olmo.CosWithWarmup(1.0, warmup=10, max_steps=100)
    printed = [0.1, 0.2, 1.0, 0.999726, 0.100274, 0.1, 0.1, 0.1]
    assert [s(t) for t in (0, 1, 9, 10, 98, 99, 100, 110)] == pytest.approx(printed, abs=5e-7)
    assert str(s) == "0.1 -> 1 in 9; -> 0.1 cosine in 90"
    s = olmo.WSD(1.0, warmup=10, max_steps=100)
    assert s(99) == s(200) == 0.0


REFUSED = [
    ("CosWithWarmup", {"max_steps": 9}, "warmup: give either warmup or warmup_fraction"),
    ("CosWithWarmup", {"warmup": 1}, "max_steps: must be given"),
    ("CosWithWarmup", {"warmup": 2, "max_steps": 9, "warmup_min_lr": 0.5}, "warmup_min_lr: must be less than"),
    ("CosWithWarmup", {"warmup": 2, "units": "epochs"}, "units: must be"),
    ("CosWithWarmup", {"warmup": 2, "units": "tokens", "max_tokens": 9}, "tokens_per_update: must be a whole number"),
    ("WSD", {"warmup": 1, "decay": 2, "max_steps": 9}, "decay: give either decay or decay_fraction"),
    ("WSD", {"warmup": 1, "max_steps": 4}, "decay: must come to at least 1; got 0"),
    ("WSD", {"warmup": 1, "max_steps": 40, "decay_min_lr": 0.2}, "decay_min_lr: must be less than"),
    ("PowerLR", {"warmup": 0, "max_steps": 40}, "warmup: must be at least 1"),
    ("PowerLR", {"warmup": 1, "max_steps": 40, "b": 0.5}, "b: must be < 0"),
    ("WSDS", {"period_lengths": [9], "warmup": 5, "decay": 5}, "decay: must fit into each period"),
    ("WSDS", {"period_lengths": [9, 9], "warmup": 1, "decay": 0}, "decay: must come to at least 1"),
    ("ComposableScheduler", {"stages": []}, "stages: must be a list"),
    ("ComposableScheduler", {"stages": [{"duration": 3}]}, r"stages\[0\]: needs one of end_lr"),
    ("ExponentialScheduler", {"lr_min": 0, "max_steps": 9}, "lr_min: must be a finite number > 0"),
    ("SequentialScheduler", {"schedulers": [1, 2], "schedulers_max": [], "max_steps": 9}, "schedulers_max: must hold a length"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "rule"), REFUSED)
def test_refuses(name, given, rule):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.olmo_core\.{name}\.{rule}"):
        getattr(olmo, name)(0.1, **given)
