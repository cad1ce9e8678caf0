"""Optax's schedules, live, in 64 bits; and a schedule of ours used as an optax schedule, as it is."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import stepsize as ss
from tests.peers.driving import PEAK, same

LENGTHS = (1, 2, 3, 10, 100, 1000)
RUNS = [(n, w) for n in LENGTHS for w in sorted({0, 1, 2, n // 10, n // 2, n - 1}) if w < n]
AFTER = 7  # updates beyond the end: optax holds there, too


@pytest.fixture(autouse=True)
def _in_64_bits():
    with jax.enable_x64(True):
        yield


def agrees(ours, theirs, updates):
    """Update for update; and of long runs, for compiling takes its time, as a whole traced array."""
    counts = jnp.arange(updates)
    same(ours, np.asarray(jax.vmap(theirs)(counts)).tolist())
    if updates > 100:
        traced = jax.jit(ours)(counts)
        assert traced.dtype == jnp.float64
        np.testing.assert_allclose(np.asarray(traced), [ours(k) for k in range(updates)], rtol=1e-14, atol=0)


@pytest.mark.parametrize(("n", "warmup"), RUNS)
@pytest.mark.parametrize(("start", "end"), [(0.0, 0.0), (0.1 * PEAK, 0.01 * PEAK)])
def test_warmup_cosine_decay(start, end, n, warmup):
    theirs = optax.warmup_cosine_decay_schedule(start, PEAK, warmup, n, end)
    agrees(ss.warmup_cosine(PEAK, n, warmup=warmup, start=start, end=end), theirs, n + AFTER)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_cosine_decay(alpha, n):
    agrees(
        ss.cosine_annealing(PEAK, n, end=alpha * PEAK), optax.cosine_decay_schedule(PEAK, n, alpha), n + AFTER
    )


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("power", [0.5, 1, 2, 3.5])
@pytest.mark.parametrize("end", [0.0, 0.1 * PEAK, 2 * PEAK])
def test_polynomial(end, power, n):
    """Of 1 update and more: of none, optax stays at the start for ever, and we are at the end."""
    agrees(ss.polynomial(PEAK, end, n, power), optax.polynomial_schedule(PEAK, end, power, n), n + AFTER)


@pytest.mark.parametrize("n", LENGTHS)
def test_linear(n):
    agrees(ss.linear(0.0, PEAK, n), optax.linear_schedule(0.0, PEAK, n), n + AFTER)
    agrees(ss.hold(0.0, 5) >> ss.linear(0.0, PEAK, n), optax.linear_schedule(0.0, PEAK, n, 5), n + 5 + AFTER)


@pytest.mark.parametrize("first", LENGTHS[:-1])
@pytest.mark.parametrize("growth", [1, 2, 3])
def test_sgdr(growth, first):
    lengths = [first * growth**k for k in range(4)]
    peaks = [0.1 * PEAK + 0.9 * PEAK * 0.5**k for k in range(4)]
    cycles = [
        {"init_value": peak, "peak_value": peak, "decay_steps": n, "warmup_steps": 0, "end_value": 0.1 * PEAK}
        for n, peak in zip(lengths, peaks, strict=True)
    ]
    ours = ss.sgdr(PEAK, first, growth=growth, cycles=4, end=0.1 * PEAK, peak_decay=0.5)
    agrees(ours, optax.sgdr_schedule(cycles), sum(lengths) + AFTER)


def test_sgdr_with_a_warmup_in_each_cycle():
    cycles = [
        {"init_value": 0.0, "peak_value": PEAK, "decay_steps": 50, "warmup_steps": 5, "end_value": 0.0}
    ] * 3
    agrees(ss.warmup_cosine(PEAK, 50, warmup=5).repeat(3), optax.sgdr_schedule(cycles), 160)


@pytest.mark.parametrize("every", LENGTHS)
@pytest.mark.parametrize("rate", [0.5, 0.96])
def test_exponential_decay(rate, every):
    updates = 3 * every + AFTER
    agrees(
        ss.decay(PEAK, f"exponential({rate}, {every})"), optax.exponential_decay(PEAK, every, rate), updates
    )
    stairs = optax.exponential_decay(PEAK, every, rate, staircase=True)
    agrees(ss.step_decay(PEAK, every, factor=rate), stairs, updates)


@pytest.mark.parametrize(("n", "warmup"), [(n, w) for n, w in RUNS if w])
def test_join(n, warmup):
    rest = optax.polynomial_schedule(PEAK, 0.0, 2, n - warmup)
    theirs = optax.join_schedules([optax.linear_schedule(0.0, PEAK, warmup), rest], [warmup])
    agrees(ss.linear(0.0, PEAK, warmup) >> ss.polynomial(PEAK, 0.0, n - warmup, 2), theirs, n + AFTER)


def test_optax_joins_ours():
    """A schedule of ours is an optax schedule: optax's own combinators take it."""
    a, b = ss.linear(0.0, PEAK, 10), ss.cosine(PEAK, 0.0, 90)
    agrees(a >> b, optax.join_schedules([a, b], [10]), 120)


S = ss.warmup_cosine(PEAK, 20, warmup=5, end=0.1 * PEAK)


def test_sgd_uses_it_as_it_is():
    """With a gradient of 1 the update is minus the rate: exactly s(k), under jit, the first one s(0)."""
    optimizer = optax.sgd(S)
    weights = jnp.zeros(3)
    state, update = optimizer.init(weights), jax.jit(optimizer.update)
    for k in range(25):
        updates, state = update(jnp.ones(3), state, weights)
        np.testing.assert_allclose(np.asarray(-updates), [S(k)] * 3, rtol=1e-14, atol=0)
        weights = optax.apply_updates(weights, updates)


def test_adamw_uses_it_as_it_is():
    """Beside AdamW at a rate of 1, on the same gradients: its updates, times s(k)."""
    ours, unit = optax.adamw(S, weight_decay=0.1), optax.adamw(1.0, weight_decay=0.1)
    weights = jnp.array([1.0, -2.0, 3.0])
    state, other = ours.init(weights), unit.init(weights)
    update = jax.jit(ours.update)
    for k in range(25):
        gradient = jnp.sin(weights + k)
        updates, state = update(gradient, state, weights)
        whole, other = unit.update(gradient, other, weights)
        np.testing.assert_allclose(np.asarray(updates), S(k) * np.asarray(whole), rtol=1e-13, atol=0)
        weights = optax.apply_updates(weights, updates)


def test_injected_it_can_be_read():
    optimizer = optax.inject_hyperparams(optax.adamw)(learning_rate=S)
    weights = jnp.ones(3)
    state = optimizer.init(weights)
    for k in range(25):
        updates, state = optimizer.update(jnp.ones(3), state, weights)
        assert float(state.hyperparams["learning_rate"]) == pytest.approx(S(k), rel=1e-14, abs=0)
        weights = optax.apply_updates(weights, updates)


@jax.enable_x64(False)
def test_adamw_in_32_bits_by_scan():
    """As users run it: float32, the whole run in one ``lax.scan``."""
    ours, unit = optax.adamw(S), optax.adamw(1.0)
    weights = jnp.array([1.0, -2.0, 3.0])

    def body(carry, k):
        weights, state, other = carry
        gradient = jnp.cos(weights * k)
        updates, state = ours.update(gradient, state, weights)
        whole, other = unit.update(gradient, other, weights)
        return (optax.apply_updates(weights, updates), state, other), updates / whole

    _, rates = jax.lax.scan(body, (weights, ours.init(weights), unit.init(weights)), jnp.arange(1.0, 26.0))
    assert rates.dtype == jnp.float32
    expected = np.array([[S(k)] * 3 for k in range(25)])
    assert np.max(np.abs(np.asarray(rates) - expected)) <= 1e-6 * PEAK


def test_the_comparison_sees_one_update_of_difference():
    theirs = optax.warmup_cosine_decay_schedule(0.0, PEAK, 10, 100)
    with pytest.raises(AssertionError, match=r"^update 1: the peer applies"):
        agrees(ss.warmup_cosine(PEAK, 100, warmup=11), theirs, 100)
    with pytest.raises(AssertionError, match=r"^update 11: the peer applies"):
        agrees(ss.warmup_cosine(PEAK, 101, warmup=10), theirs, 100)
