"""NeMo, from the source's behaviour: a scheduler that is stepped after each update, as ``nemo`` 3.0.0 does it.

``Stepped`` walks through the branches of theirs one update at a time, with all groups at once; ours are closed forms.
"""

import math

import pytest

import stepsize as ss
from stepsize import twins
from tests.twins.driving import LENGTHS, RATES, same


def stepped(name, updates, *, max_steps=None, min_lr=0.0, warmup_steps=0, hold_steps=None, constant_steps=0, power=1.0,
            cycle=False, decay_rate=0.5, d_model=1):  # fmt: skip
    """The rates of all groups, update for update."""
    w, top, m = warmup_steps, 0 if hold_steps is None else hold_steps + warmup_steps, min_lr
    holds = "Hold" in name and name != "WarmupAnnealHoldPolicy"
    decay_steps = (max_steps or 0) - w - constant_steps

    def poly(b, step, total):
        if cycle:
            total *= 1.0 if step == 0 else math.ceil(step / total)
        else:
            step = min(step, total)
        return (b - m) * math.pow(1.0 - step / total, power) + m

    def megatron(step):
        b = RATES[0]
        if w > 0 and step <= w:
            return b * step / w
        if step > w + decay_steps:
            return m
        return m + 0.5 * (math.cos(math.pi * (step - w) / decay_steps) + 1.0) * (b - m)

    def main(b, t):
        match name:
            case "SquareAnnealing":
                return max(b * ((max_steps - w - (t - w)) / (max_steps - w)) ** 2, m)
            case "SquareRootAnnealing":
                return max(b * ((max_steps - t) / max_steps) ** 0.5, m)
            case "CosineAnnealing":
                return m + (b - m) * 0.5 * (1 + math.cos(math.pi * (t - w) / (max_steps - w)))
            case "WarmupAnnealing":
                return m + (1 - (t - w) / (max_steps - w)) * (RATES[0] - m)
            case "InverseSquareRootAnnealing":
                return b / ((t + 1) / (w + 1)) ** 0.5
            case "PolynomialDecayAnnealing":
                return poly(b, t - w, max_steps - w)
            case "PolynomialHoldDecayAnnealing":
                return poly(b, t - top, max_steps - max(w, top))
            case "WarmupHoldAnnealOneMinusSquareRoot":
                return max(m, b * (1 - ((t - top) / (max_steps - top)) ** 0.5))
            case "WarmupHoldAnnealLinear":
                return b - (b - m) * (t - top) / (max_steps - top)
            case "NoamHoldAnnealing":
                held = top - w if top > 0 else 0
                return max(m, b * max(1, w**decay_rate) / max(1, (t - held) ** decay_rate))
            case "T5InverseSquareRootAnnealing":
                return 1 / t**0.5
        return b

    def rate(b, t):
        if name == "NoamAnnealing":
            s = max(1, t)
            k = b * d_model**-0.5 * (min(s**-0.5, s * w**-1.5) if w > 0 else s**-0.5)
            return max(k, m) if s > w else k
        if name in ("T5InverseSquareRootAnnealing", "SquareRootConstantPolicy"):
            if t <= constant_steps:
                return 1 / constant_steps**0.5
            return m if t > max_steps else main(b, t)
        if name == "CosineAnnealing" and constant_steps:
            return megatron(t)
        if w > 0 and t <= w:
            return b * (t + 1) / (w + 1)
        if holds and w <= t < top:
            return b
        if name == "WarmupAnnealHoldPolicy" and constant_steps > 0 and w + decay_steps < t <= max_steps:
            return m
        if max_steps is not None and t > max_steps:
            return m
        return main(b, t)

    return [[rate(b, t) for t in range(updates)] for b in RATES]


def compare(name, n, extra=0, first=False, **given):
    """Ours against the stepped one, in each group, for n updates and some more."""
    for lr, rates in zip(RATES, stepped(name, n + extra, **given), strict=True):
        more = {"first_lr": RATES[0]} if first else {}
        same(getattr(twins.nemo, name)(lr, **given, **more), rates)


def warmups(n):
    return (617,) if n == 12345 else sorted({0, 1, n // 10, n - 1, n, n + 5})


PLAIN = ["SquareAnnealing", "SquareRootAnnealing", "CosineAnnealing", "WarmupAnnealing", "PolynomialDecayAnnealing",
         "WarmupPolicy", "WarmupAnnealHoldPolicy", "InverseSquareRootAnnealing"]  # fmt: skip
HELD = ["WarmupHoldPolicy", "WarmupHoldAnnealOneMinusSquareRoot", "WarmupHoldAnnealLinear", "NoamHoldAnnealing",
        "PolynomialHoldDecayAnnealing"]  # fmt: skip


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", PLAIN)
def test_warm_up_and_anneal(name, n):
    """Over the run and beyond it."""
    for w in warmups(n):
        for m in (0.0001,) if n > 100 else (0.0, 0.001) if n > 1 else (0.0,):
            compare(name, n, 3, first=name == "WarmupAnnealing", max_steps=n, min_lr=m, warmup_steps=w)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", HELD)
def test_hold(name, n):
    """Without a hold, with none, and with one that ends with the run or after it; at its end theirs divides by zero."""
    for w in [w for w in warmups(n) if w] if name == "NoamHoldAnnealing" else warmups(n):
        for h in (n // 3,) if n == 12345 else (None, 0, n // 3, n):
            compare(name, n, max_steps=n, min_lr=0.001, warmup_steps=w, hold_steps=h)


@pytest.mark.parametrize("name", ["PolynomialDecayAnnealing", "PolynomialHoldDecayAnnealing"])
@pytest.mark.parametrize("power", [0, 0.5, 2.0, 3.0])
@pytest.mark.parametrize("cycle", [False, True])
def test_powers_and_cycles(name, power, cycle):
    """Of the held one without a hold the cycles begin anew within the run."""
    for w in (0, 10, 40, 70, 97, 99):
        compare(name, 100, max_steps=100, min_lr=0.01, warmup_steps=w, power=power, cycle=cycle)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", ["CosineAnnealing", "WarmupAnnealHoldPolicy"])
def test_constant_updates(name, n):
    """With them the cosine is another formula, in which all groups get the rate of the first."""
    for w in warmups(n):
        for c in (n // 4 + 1,) if n > 100 else (1, n // 4 + 1, n + 1):
            if not (name == "CosineAnnealing" and w == 0 and c == n):
                first = name == "CosineAnnealing"
                compare(name, n, 2, first=first, max_steps=n, min_lr=0.001, warmup_steps=w, constant_steps=c)


@pytest.mark.parametrize("n", LENGTHS)
def test_noam(n):
    for w in warmups(n):
        for m in (0.02,) if n > 100 else (0.0, 0.02):
            compare("NoamAnnealing", n, d_model=512, warmup_steps=w, min_lr=m)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", ["T5InverseSquareRootAnnealing", "SquareRootConstantPolicy"])
def test_constant_first(name, n):
    for c in (n // 2 + 1,) if n > 100 else (1, n // 2 + 1, n + 1):
        compare(name, n, 3, max_steps=n, constant_steps=c)


def test_decay_rates():
    for d in (-1.0, 0.0, 0.3, 1.0):
        compare("NoamHoldAnnealing", 100, 3, max_steps=100, warmup_steps=10, hold_steps=20, decay_rate=d)


def test_shares_are_rounded_down():
    s = twins.nemo.CosineAnnealing(0.3, max_steps=105, warmup_ratio=0.1, constant_ratio=0.1)
    assert s == twins.nemo.CosineAnnealing(0.3, max_steps=105, warmup_steps=10, constant_steps=10)
    s = twins.nemo.WarmupHoldAnnealLinear(0.3, max_steps=105, warmup_ratio=0.1, hold_ratio=0.29)
    assert s == twins.nemo.WarmupHoldAnnealLinear(0.3, max_steps=105, warmup_steps=10, hold_steps=30)


def test_runs_without_an_end():
    compare("WarmupPolicy", 500, warmup_steps=10)
    compare("InverseSquareRootAnnealing", 500, max_steps=None, warmup_steps=10)


GOLDEN = [  # peak 1, 10 updates of warmup, 100 updates, minimum 0.1: first, tenth, eleventh, last, and index 100
    ("CosineAnnealing", (0.0909, 0.9091, 1.0, 0.100274, 0.1)),
    ("WarmupAnnealing", (0.0909, 0.9091, 1.0, 0.11, 0.1)),
    ("SquareAnnealing", (0.0909, 0.9091, 1.0, 0.1, 0.1)),
    ("SquareRootAnnealing", (0.0909, 0.9091, 1.0, 0.1, 0.1)),
    ("InverseSquareRootAnnealing", (0.0909, 0.9091, 1.0, 0.3317, 0.330)),
]


@pytest.mark.parametrize(("name", "rates"), GOLDEN)
def test_printed_rates(name, rates):
    s = getattr(twins.nemo, name)(1.0, max_steps=100, min_lr=0.1, warmup_steps=10)
    assert [s(t) for t in (0, 9, 10, 99, 100)] == pytest.approx(
        rates, abs=6e-5 if name != GOLDEN[4][0] else 3e-4
    )
    assert s(101) == pytest.approx(0.1)


def test_printed_jumps():
    assert twins.nemo.SquareRootAnnealing(1.0, max_steps=100, warmup_steps=10)(11) == pytest.approx(
        0.943, abs=5e-4
    )
    s = twins.nemo.PolynomialHoldDecayAnnealing(1.0, max_steps=100, warmup_steps=10)
    assert s(11) == pytest.approx(1 - 11 / 90)
    assert twins.nemo.T5InverseSquareRootAnnealing(1.0, max_steps=100, constant_steps=10)(
        99
    ) == pytest.approx(0.1005, abs=5e-5)


def test_simplest_trees():
    assert (
        str(twins.nemo.CosineAnnealing(1.0, max_steps=100, warmup_steps=9))
        == "0.1 -> 1 in 9; -> 0 cosine in 91"
    )
    assert str(twins.nemo.SquareAnnealing(1.0, max_steps=100, min_lr=0.0)) == "1 -> 0 power(2) in 100"


def test_never_rises_after_the_end():
    for name in ("WarmupPolicy", "InverseSquareRootAnnealing", "SquareAnnealing"):
        s = getattr(twins.nemo, name)(0.1, max_steps=10, min_lr=0.5, warmup_steps=20)
        assert s(21) == s(20) == 0.1


REFUSED = [
    ("CosineAnnealing", {"max_steps": 10, "min_lr": 0.5}, "min_lr: must not exceed lr"),
    (
        "CosineAnnealing",
        {"max_steps": 10, "min_lr": 0.1, "constant_steps": 2},
        "min_lr: must be less than lr",
    ),
    (
        "CosineAnnealing",
        {"max_steps": 10, "constant_steps": 10},
        "constant_steps: must leave updates for the cosine",
    ),
    ("NoamAnnealing", {"d_model": 512, "min_lr": 0.5}, "min_lr: must not exceed lr"),
    ("NoamAnnealing", {"d_model": 512, "warmup_ratio": 0.1}, "warmup_ratio: needs max_steps"),
    ("NoamHoldAnnealing", {"max_steps": 10}, "warmup_steps: must be at least 1 update"),
    (
        "WarmupPolicy",
        {"warmup_steps": 1, "warmup_ratio": 0.1},
        "warmup_ratio: must be None beside warmup_steps",
    ),
    ("WarmupHoldPolicy", {"warmup_steps": 1}, "max_steps: must be a whole number >= 1; got None"),
    (
        "WarmupHoldAnnealLinear",
        {"max_steps": 9, "hold_steps": 1, "hold_ratio": 0.1},
        "hold_ratio: must be None beside",
    ),
    (
        "T5InverseSquareRootAnnealing",
        {"max_steps": 10},
        "constant_steps: must be a whole number >= 1; got None",
    ),
    (
        "T5InverseSquareRootAnnealing",
        {"max_steps": 10, "constant_ratio": 0.1},
        "constant_steps: must be a whole number",
    ),
    (
        "SquareRootConstantPolicy",
        {"max_steps": 10, "constant_steps": 0},
        "constant_steps: must be a whole number >= 1",
    ),
    ("PolynomialDecayAnnealing", {"max_steps": 10, "power": -1}, "power: must be a finite number >= 0"),
    ("SquareAnnealing", {"max_steps": 10, "min_lr": -0.1}, "min_lr: must be a finite number >= 0"),
    ("SquareAnnealing", {"max_steps": 0}, "max_steps: must be a whole number >= 1; got 0"),
]


@pytest.mark.parametrize(("name", "given", "rule"), REFUSED)
def test_refuses(name, given, rule):
    with pytest.raises(ss.ScheduleError, match=rf"^twins\.nemo\.{name}\.{rule}"):
        getattr(twins.nemo, name)(0.1, **given)
