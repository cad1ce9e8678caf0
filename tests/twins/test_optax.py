"""Optax, live, in 64 bits: our twin gives what theirs does, count for count, also after the end."""

import jax
import jax.numpy as jnp
import numpy as np
import optax as peer
import pytest

import stepsize as ss
from stepsize.twins import optax as ours
from tests.twins.driving import LENGTHS, RATES
from tests.twins.whole import agree

AFTER = 7  # updates beyond the end: optax holds there, too
WARMUPS = [(n, w) for n in LENGTHS for w in sorted({0, 1, 2, n // 10, n // 2, n - 1}) if w < n]


@pytest.fixture(autouse=True)
def _in_64_bits():
    with jax.enable_x64(True):
        yield


def applied(theirs, updates):
    """The rates of so many updates; always found of as many, for compiling each shape takes its time."""
    counts = jnp.arange(1 << 14)
    return np.asarray(jax.vmap(lambda t: jnp.asarray(theirs(t), jnp.float64))(counts))[:updates]


def agrees(name, updates, *args, **kwargs):
    """The twin of this name, and its peer, from the same arguments."""
    agree(getattr(ours, name)(*args, **kwargs), applied(getattr(peer, name)(*args, **kwargs), updates))


@pytest.mark.parametrize("rate", [0.0, *RATES])
def test_constant(rate):
    agrees("constant_schedule", 20, rate)


@pytest.mark.parametrize("n", [-1, 0, *LENGTHS])
@pytest.mark.parametrize(("begin", "start", "end"), [(-3, 0.0, 0.3), (0, 0.3, 0.04), (20, 0.04, 0.0)])
def test_linear_and_polynomial(n, begin, start, end):
    updates = max(n, 0) + 20 + AFTER
    agrees("linear_schedule", updates, start, end, n, begin)
    for power in (0, 0.5, 3.5):
        agrees("polynomial_schedule", updates, start, end, power, n, begin)


@pytest.mark.parametrize("warmup", [-1, 0, *LENGTHS])
def test_warmup_constant(warmup):
    agrees("warmup_constant_schedule", warmup + 1 + AFTER, 0.04, 0.3, warmup)
    agrees(
        "warmup_constant_schedule", warmup + 1 + AFTER, init_value=0.0, peak_value=0.04, warmup_steps=warmup
    )


@pytest.mark.parametrize("n", [0, *LENGTHS])
@pytest.mark.parametrize("stairs", [False, True])
@pytest.mark.parametrize(("ratio", "end"), [(0.5, None), (0.96, 0.1), (0.5, 0.4), (0.1, 0.0), (1.0, None),
                                            (1.5, 0.7), (2.0, 0.8), (1.1, None), (0.0, 0.1), (2.0, 0.1)])  # fmt: skip
def test_exponential_decay(n, stairs, ratio, end):
    updates = min(4 * n, 13000) + 30
    agrees("exponential_decay", updates, 0.3, n, ratio, -1 if stairs else 10, stairs, end)
    agrees("warmup_exponential_decay_schedule", updates, 0.0, 0.3, 10, n, ratio, 5, stairs, end)


def test_exponential_decay_of_zero():
    agrees("exponential_decay", 20, 0.0, 5, 0.5)
    agrees("exponential_decay", 20, 0.0, 5, 0.5, end_value=0.1)
    agrees("warmup_exponential_decay_schedule", 500, 0.1, 0.04, 0, 100, 0.5, staircase=True)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0, 2.0])
@pytest.mark.parametrize("exponent", [1.0, 0.5])
def test_cosine_decay(n, alpha, exponent):
    for rate in RATES:
        agrees("cosine_decay_schedule", n + AFTER, rate, n, alpha, exponent)


@pytest.mark.parametrize(("n", "warmup"), WARMUPS)
@pytest.mark.parametrize(("start", "peak", "end"), [(0.0, 0.3, 0.0), (0.1, 0.3, 0.03), (0.1, 0.0, 0.2)])
def test_warmup_cosine_decay(n, warmup, start, peak, end):
    for exponent in (1.0, 1.7) if end else (1.0,):
        agrees("warmup_cosine_decay_schedule", n + AFTER, start, peak, warmup, n, end, exponent)


def test_warmup_cosine_golden():
    """The row of the table of peers: warm up for 10, then down to 0.1 at 100."""
    s = ours.warmup_cosine_decay_schedule(0.0, 1.0, 10, 100, 0.1)
    golden = {0: 0.0, 1: 0.1, 9: 0.9, 10: 1.0, 98: 0.101096, 99: 0.100274, 100: 0.1, 110: 0.1}
    assert {t: round(s(t), 6) for t in golden} == golden
    assert str(s) == "0 -> 1 in 10; -> 0.1 cosine in 90"


@pytest.mark.parametrize(
    "scales", [None, {}, {0: 0.5}, {3: 0.1}, {10: 2.0, 5: 0.1}, {-2: 0.5, 0: 0.5, 7: 0.0}]
)
def test_piecewise_constant(scales):
    agrees("piecewise_constant_schedule", 30, 0.3, scales)


@pytest.mark.parametrize("way", ["linear", "cosine"])
@pytest.mark.parametrize(
    "scales", [None, {0: 0.5}, {1: 0.5}, {10: 2.0, 5: 0.1}, {0: 0.2, 7: 4.0, 12345: 0.0}]
)
def test_piecewise_interpolate(way, scales):
    agrees("piecewise_interpolate_schedule", 12400 if scales and 7 in scales else 30, way, 0.3, scales)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("start", [0.0, 0.3, 1.0])
def test_onecycle(n, start):
    for peak in RATES[:1]:
        agrees("cosine_onecycle_schedule", n + AFTER, n, peak, start)
        agrees("linear_onecycle_schedule", n + AFTER, n, peak, start)
        agrees("linear_onecycle_schedule", n + AFTER, n, peak, start, 0.5, 10.0, 2.0)


@pytest.mark.parametrize("n", LENGTHS[1:])
def test_sgdr(n):
    cycles = [{"init_value": 0.0, "peak_value": 0.3, "warmup_steps": 1, "decay_steps": n, "end_value": 0.03},
              {"init_value": 0.01, "peak_value": 0.2, "warmup_steps": 0, "decay_steps": 2 * n},
              {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": n, "decay_steps": n + 1, "exponent": 2.0}]  # fmt: skip
    agrees("sgdr_schedule", min(4 * n, 13000) + 1 + AFTER, cycles)
    agrees("sgdr_schedule", 3 * n + AFTER, cycles[:2])


@pytest.mark.parametrize("boundaries", [[], [0], [10], [5, 12], [12, 5], [7, 7], [5, 300, 400], [0, 0]])
def test_join(boundaries):
    calls = [("linear_schedule", (0.0, 0.3, 10)), ("constant_schedule", (0.04,)),
             ("cosine_decay_schedule", (0.3, 100, 0.1))]  # fmt: skip
    for count in (1, 2, 3):
        made = [[getattr(m, name)(*args) for name, args in calls[:count]] for m in (ours, peer)]
        agree(
            ours.join_schedules(made[0], boundaries), applied(peer.join_schedules(made[1], boundaries), 330)
        )


def test_an_optimizer_applies_it():
    """With a gradient of 1 the update is minus the rate."""
    args = (0.0, 0.3, 5, 20, 0.03)
    theirs = peer.warmup_cosine_decay_schedule(*args)  # in 64 bits where its count has as many
    optimizer, weights, rates = peer.sgd(lambda count: theirs(count.astype(jnp.int64))), jnp.zeros(1), []
    state = optimizer.init(weights)
    for _ in range(25):
        updates, state = optimizer.update(jnp.ones(1), state, weights)
        rates.append(-float(updates[0]))
    agree(ours.warmup_cosine_decay_schedule(*args), rates)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: m.cosine_decay_schedule(0.3, 0), r"cosine_decay_schedule.decay_steps: must be > 0; got 0"),
        (lambda m: m.warmup_cosine_decay_schedule(0.0, 0.3, 10, 10), r"decay_steps: must be more than warmup_steps \(10\)"),
        (lambda m: m.linear_onecycle_schedule(0, 0.3), r"linear_onecycle_schedule.transition_steps: must be > 0"),
        (lambda m: m.cosine_onecycle_schedule(0, 0.3), r"cosine_onecycle_schedule.transition_steps: must be > 0"),
        (lambda m: m.piecewise_constant_schedule(0.3, {5: -1.0}), r"boundaries_and_scales\[5\]: must be a finite number >= 0"),
        (lambda m: m.piecewise_interpolate_schedule("linear", 0.3, {5: -1.0}), r"\[5\]: must be a finite number >= 0"),
        (lambda m: m.piecewise_interpolate_schedule("square", 0.3), r'interpolate_type: must be "linear" or "cosine"'),
        (lambda m: m.sgdr_schedule([])(0), r"sgdr_schedule.cosine_kwargs: must be a sequence of dicts"),
        (lambda m: m.sgdr_schedule([{"peak": 1}]), r"sgdr_schedule.cosine_kwargs: must be a sequence of dicts"),
        (lambda m: m.join_schedules([], [])(0), r"join_schedules.schedules: must be a sequence of schedules"),
        (lambda m: m.reduce_on_plateau(factor=2.0), r"reduce_on_plateau: the rate answers to a metric.*adaptive.plateau"),
    ],
)  # fmt: skip
def test_both_refuse(call, said):
    with pytest.raises(ss.ScheduleError, match=r"^twins.optax.*" + said):
        call(ours)
    with pytest.raises((ValueError, IndexError, TypeError, KeyError, AttributeError)):
        call(peer.contrib if "plateau" in said else peer)


def test_ours_alone_refuses():
    with pytest.raises(
        ss.ScheduleError, match=r"^twins.optax.polynomial_schedule.power: must be a finite number >= 0"
    ):
        ours.polynomial_schedule(0.3, 0.0, -1, 10)
    with pytest.raises(ss.ScheduleError, match=r"^twins.optax.exponential_decay.decay_rate: .*got -0.5"):
        ours.exponential_decay(0.3, 10, -0.5)
    with pytest.raises(ss.ScheduleError, match=r"^twins.optax.join_schedules.schedules"):
        ours.join_schedules([lambda t: 0.1], [])


def test_the_comparison_sees_one_update_of_difference():
    theirs = peer.warmup_cosine_decay_schedule(0.0, 0.3, 10, 100)
    with pytest.raises(AssertionError, match=r"^update 1: "):
        agree(ours.warmup_cosine_decay_schedule(0.0, 0.3, 11, 100), [float(theirs(k)) for k in range(100)])
