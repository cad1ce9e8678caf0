"""Torch's schedulers, live: our value gives the rate that torch applies, update for update."""

import math

import pytest
import torch
from torch.optim import lr_scheduler as peer

import stepsize as ss
from tests.peers.driving import PEAK, applied, same

LENGTHS = (1, 2, 3, 10, 100, 1000)
AFTER = 7  # updates beyond the end, where the peer is held there, too


def inside(n):
    """Some warmups of 1 to n - 1 updates: torch divides by zero at both ends."""
    return sorted({w for w in (1, 2, 3, n // 10, n // 2, n - 2, n - 1) if 1 <= w < n})


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("start", "end"), [(0.001, 1.0), (1 / 3, 1.0), (1.0, 0.1)])
def test_linear(start, end, n):
    theirs = applied(lambda o: peer.LinearLR(o, start, end, total_iters=n), n + AFTER)
    same(ss.linear(start * PEAK, end * PEAK, n), theirs)


@pytest.mark.parametrize("n", LENGTHS)
def test_constant_is_not_constant(n):
    theirs = applied(lambda o: peer.ConstantLR(o, 0.1, total_iters=n), n + AFTER)
    same(ss.hold(0.1 * PEAK, n) >> ss.hold(PEAK), theirs)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("end", [0.0, 0.1 * PEAK])
def test_cosine_annealing(end, n):
    """Up to T_max, which it would be the next to use: after it torch's rate rises again, and ours is held."""
    theirs = applied(lambda o: peer.CosineAnnealingLR(o, n, end), n + 1)
    same(ss.cosine_annealing(PEAK, n, end=end), theirs)


@pytest.mark.parametrize("first", [1, 2, 3, 10, 100])
@pytest.mark.parametrize("growth", [1, 2, 3, 10])
@pytest.mark.parametrize("end", [0.0, 0.1 * PEAK])
def test_cosine_annealing_warm_restarts(end, growth, first):
    theirs = applied(lambda o: peer.CosineAnnealingWarmRestarts(o, first, growth, end), 1300)
    same(ss.sgdr(PEAK, first, growth=growth, end=end), theirs)


def test_warm_restarts_where_torch_is_told_the_epoch():
    """At 1210, a restart, ``step(1210)`` takes the floor of a logarithm and gives the end; ``step()``, and we, the peak."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=PEAK)
    scheduler = peer.CosineAnnealingWarmRestarts(optimizer, 10, 3)
    optimizer.step()
    scheduler.step(1210)
    assert optimizer.param_groups[0]["lr"] < 1e-9 * PEAK
    assert ss.sgdr(PEAK, 10, growth=3)(1210) == PEAK


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.0])
def test_polynomial(power, n):
    theirs = applied(lambda o: peer.PolynomialLR(o, n, power), n + AFTER)
    same(ss.polynomial_decay(PEAK, n, power=power), theirs)


@pytest.mark.parametrize("every", LENGTHS)
@pytest.mark.parametrize("factor", [0.1, 0.5, 0.97])
def test_step(factor, every):
    theirs = applied(lambda o: peer.StepLR(o, every, factor), 4 * every + AFTER)
    same(ss.step_decay(PEAK, every, factor=factor), theirs)


@pytest.mark.parametrize("milestones", [[1], [1, 2, 3], [30, 80], [500, 501, 900]])
def test_multi_step(milestones):
    theirs = applied(lambda o: peer.MultiStepLR(o, milestones, 0.1), milestones[-1] + AFTER)
    same(ss.multi_step(PEAK, milestones), theirs)


@pytest.mark.parametrize("factor", [0.5, 0.97, 0.9999])
def test_exponential(factor):
    theirs = applied(lambda o: peer.ExponentialLR(o, factor), 1000)
    same(ss.decay(PEAK, f"exponential({factor}, 1)"), theirs)


@pytest.mark.parametrize("n", [10, 25, 100, 1000, 12_345])
@pytest.mark.parametrize("part", [0.3, 0.25, 0.5])
def test_one_cycle(part, n):
    """Torch's peak is at part * n - 1, mostly between two updates, and its end at n - 1, the last update.

    Below 4 updates part * n - 1 is negative and torch begins near the peak; it has no curve to agree with.
    """
    theirs = applied(lambda o: peer.OneCycleLR(o, PEAK, n, pct_start=part, cycle_momentum=False), n)
    s = ss.one_cycle(PEAK, n - 1, rise=part * n - 1)
    same(s, theirs)
    assert s.edges == (0, part * n - 1, n - 1)


@pytest.mark.parametrize("half", LENGTHS)
@pytest.mark.parametrize(("mode", "decay"), [("triangular", 1.0), ("triangular2", 0.5)])
def test_cyclic(mode, decay, half):
    low = 0.1 * PEAK
    theirs = applied(
        lambda o: peer.CyclicLR(o, low, PEAK, half, mode=mode, cycle_momentum=False), 7 * half + AFTER
    )
    same(ss.triangular(low, PEAK, half, decay=decay), theirs)


@pytest.mark.parametrize(("n", "warmup"), [(n, w) for n in LENGTHS for w in inside(n)])
def test_warmup_then_cosine(n, warmup):
    """Up to the end; what follows it rises in torch."""

    def build(o):
        warm = peer.LinearLR(o, start_factor=0.001, total_iters=warmup)
        cosine = peer.CosineAnnealingLR(o, T_max=n - warmup, eta_min=0.1 * PEAK)
        return peer.SequentialLR(o, [warm, cosine], milestones=[warmup])

    s = ss.warmup_cosine(PEAK, n, warmup=warmup, start=0.001 * PEAK, end=0.1 * PEAK)
    same(s, applied(build, n + 1))


def test_three_in_a_row():
    def build(o):
        return peer.SequentialLR(
            o,
            [
                peer.LinearLR(o, 0.1, total_iters=10),
                peer.ConstantLR(o, 1.0, 0),
                peer.PolynomialLR(o, 50, 2.0),
            ],
            milestones=[10, 40],
        )

    s = ss.linear(0.1 * PEAK, PEAK, 10) >> ss.hold(PEAK, 30) >> ss.polynomial(PEAK, 0.0, 50, power=2)
    same(s, applied(build, 100))


def test_the_comparison_sees_one_update_of_difference():
    """A warmup begun at 1/W, or a cosine that ends at n - 1, is told apart."""
    theirs = applied(lambda o: peer.CosineAnnealingLR(o, 100), 100)
    for other in (
        ss.cosine_annealing(PEAK, 99),
        ss.cosine_annealing(PEAK, 101),
        ss.cosine_annealing(PEAK, 100)[1:],
    ):
        with pytest.raises(AssertionError, match=r"^update \d+: the peer applies"):
            same(other, theirs)
    assert math.isclose(theirs[50], PEAK / 2, rel_tol=1e-9)
