"""The schedules of Hugging Face transformers, live: the rate of every update of the run, from the first, which is 0.

Inside the run only, where the peer does something else after it (its cosine rises again); :func:`same` is then given
the updates up to the last one.
"""

import pytest
from transformers import optimization as peer

import stepsize as ss
from tests.peers.driving import PEAK, applied, same

LENGTHS = (1, 2, 3, 10, 100, 1000)
RUNS = [(n, w) for n in LENGTHS for w in sorted({0, 1, 2, n // 10, n // 2, n - 1, n}) if w <= n]
SHORTER = [(n, w) for n, w in RUNS if w < n]
AFTER = 7  # updates beyond the end, where the peer is held there, too


@pytest.mark.parametrize(("n", "warmup"), RUNS)
def test_linear(n, warmup):
    theirs = applied(lambda o: peer.get_linear_schedule_with_warmup(o, warmup, n), n + AFTER)
    same(ss.warmup_linear(PEAK, n, warmup=warmup), theirs)


@pytest.mark.parametrize(("n", "warmup"), RUNS)
def test_cosine(n, warmup):
    """Inside the run: after it, the peer's rate rises again."""
    theirs = applied(lambda o: peer.get_cosine_schedule_with_warmup(o, warmup, n), n)
    same(ss.warmup_cosine(PEAK, n, warmup=warmup), theirs)


@pytest.mark.parametrize(("n", "warmup"), RUNS)
@pytest.mark.parametrize("end", [0.0, 0.1 * PEAK])
def test_cosine_with_min_lr(end, n, warmup):
    """Inside the run, as above."""
    build = peer.get_cosine_with_min_lr_schedule_with_warmup
    theirs = applied(lambda o: build(o, warmup, n, min_lr=end), n)
    same(ss.warmup_cosine(PEAK, n, warmup=warmup, end=end), theirs)


@pytest.mark.parametrize("warmup", [0, *LENGTHS])
def test_constant_with_warmup(warmup):
    theirs = applied(lambda o: peer.get_constant_schedule_with_warmup(o, warmup), warmup + AFTER)
    same(ss.linear_warmup(PEAK, warmup), theirs)


@pytest.mark.parametrize(("n", "warmup"), SHORTER)
@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_polynomial(power, n, warmup):
    """Not for a warmup as long as the run: there the peer divides by zero."""
    build = peer.get_polynomial_decay_schedule_with_warmup
    theirs = applied(lambda o: build(o, warmup, n, lr_end=0.1 * PEAK, power=power), n + AFTER)
    same(ss.polynomial_decay(PEAK, n, end=0.1 * PEAK, power=power, warmup=warmup), theirs)


@pytest.mark.parametrize("warmup", LENGTHS)
def test_inverse_sqrt(warmup):
    theirs = applied(lambda o: peer.get_inverse_sqrt_schedule(o, warmup), 3 * warmup + AFTER)
    same(ss.inverse_sqrt(PEAK, warmup), theirs)


@pytest.mark.parametrize(("warmup", "timescale"), [(0, None), (0, 50), (10, 1000), (100, 7)])
def test_inverse_sqrt_of_another_timescale(warmup, timescale):
    theirs = applied(lambda o: peer.get_inverse_sqrt_schedule(o, warmup, timescale), 1000)
    law = f"power_law({timescale or 10_000}, 0.5)"
    same(ss.linear(0.0, PEAK, warmup) >> ss.decay(PEAK, law), theirs)


@pytest.mark.parametrize(("n", "warmup", "cycles"), [
    (1, 0, 1), (2, 1, 1), (3, 1, 2), (10, 2, 4), (100, 10, 3), (100, 0, 5), (1000, 100, 9), (1000, 0, 8)])  # fmt: skip
def test_cosine_with_hard_restarts(n, warmup, cycles):
    """Cycles of whole lengths; of others, the peer's restarts depend on how a quotient happens to be rounded."""
    build = peer.get_cosine_with_hard_restarts_schedule_with_warmup
    theirs = applied(lambda o: build(o, warmup, n, cycles), n + AFTER)
    cycle = ss.cosine(PEAK, 0.0, (n - warmup) / cycles)
    same(ss.linear(0.0, PEAK, warmup) >> cycle.repeat(cycles), theirs)
    if warmup == 0:
        same(ss.sgdr(PEAK, n / cycles, cycles=cycles), theirs)


@pytest.mark.parametrize(
    ("n", "warmup", "decay"),
    [
        (1, 0, 1),
        (2, 1, 1),
        (3, 0, 3),
        (3, 1, 1),
        (10, 0, 4),
        (10, 3, 7),
        (100, 10, 20),
        (1000, 100, 900),
        (1000, 1, 1),
    ],
)
@pytest.mark.parametrize(
    ("theirs_kind", "shape"), [("linear", "linear"), ("cosine", "cosine"), ("1-sqrt", "one_minus_sqrt")]
)
@pytest.mark.parametrize("end", [0.0, 0.1])
def test_warmup_stable_decay(end, theirs_kind, shape, n, warmup, decay):
    """The peer warms up from the end rate, not from 0: a chain says so; with an end of 0 it is ``wsd``."""
    theirs = applied(
        lambda o: peer.get_wsd_schedule(o, warmup, decay, n, decay_type=theirs_kind, min_lr_ratio=end),
        n + AFTER,
    )
    rise, flat = ss.linear(end * PEAK, PEAK, warmup), ss.hold(PEAK, n - warmup - decay)
    same(rise >> flat >> ss.ramp(PEAK, end * PEAK, decay, shape), theirs)
    if end == 0.0:
        same(ss.wsd(PEAK, n, warmup=warmup, decay=decay, shape=shape), theirs)


def test_after_its_end_the_peer_rises_and_we_do_not():
    theirs = applied(lambda o: peer.get_cosine_schedule_with_warmup(o, 10, 100), 120)
    ours = ss.warmup_cosine(PEAK, 100, warmup=10)
    with pytest.raises(AssertionError, match=r"^update 101: the peer applies"):
        same(ours, theirs)
    assert theirs[110] > 0.03 * PEAK
    assert ours(110) == 0.0
