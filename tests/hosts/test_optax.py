"""Optax needs no adapter: update k of any optimizer that is given a schedule uses s(k), whatever is wrapped around it.

Rates are caught inside the update: after SGD, on a gradient of 1, a change is minus its rate.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import stepsize as ss
from stepsize.clocks import through
from tests.hosts.contract import OTHER, PEAK, STANDARD

S = STANDARD
ABOVE_0 = ss.warmup_cosine(PEAK, 40, warmup=6, start=PEAK / 10, end=PEAK / 10)  # every update shows
UPDATES = 45  # five after the end
PRECISION = 16 * 2**-24  # what a schedule promises in float32
ONE = jnp.ones(())


def holds(used, expected, rel=PRECISION):
    assert [float(rate) for rate in used] == pytest.approx(list(expected), rel=rel, abs=0.0)


def noting(noted):
    """A transformation that notes what passes it, from inside traced code, and changes nothing."""

    def update(changes, state, params=None):
        jax.debug.callback(lambda change: noted.append(-float(change)), changes, ordered=True)
        return changes, state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def spun(optimizer, gradients, state=None, jit=True):
    """The changes that an optimizer makes of these gradients, and its state after them."""
    state = optimizer.init(ONE) if state is None else state
    update, changes = jax.jit(optimizer.update) if jit else optimizer.update, []
    for gradient in gradients:
        change, state = update(jnp.float32(gradient), state, ONE)
        changes.append(float(change))
    jax.effects_barrier()
    return changes, state


def scanned(optimizer, updates):
    def body(state, gradient):
        change, state = optimizer.update(gradient, state, ONE)
        return state, change

    jax.lax.scan(body, optimizer.init(ONE), jnp.ones(updates))
    jax.effects_barrier()


class TestEveryUpdate:
    @pytest.mark.parametrize("jit", [False, True])
    def test_called_one_by_one(self, jit):
        noted = []
        spun(optax.chain(optax.sgd(S), noting(noted)), [1] * UPDATES, jit=jit)
        holds(noted, map(S, range(UPDATES)))

    def test_the_whole_run_in_one_scan(self):
        noted = []
        scanned(optax.chain(optax.sgd(S), noting(noted)), UPDATES)
        holds(noted, map(S, range(UPDATES)))

    def test_by_scale_by_schedule(self):
        noted = []
        scanned(optax.chain(optax.scale_by_schedule(S), optax.scale(-1.0), noting(noted)), UPDATES)
        holds(noted, map(S, range(UPDATES)))

    @pytest.mark.parametrize(
        "build", [optax.adam, optax.adamw, optax.lion, optax.nadam, optax.rmsprop, optax.adagrad, optax.radam]
    )
    def test_beside_the_same_optimizer_at_a_rate_of_one(self, build):
        gradients = [1 + 0.5 * np.sin(k) for k in range(12)]
        ours, unit = spun(build(S), gradients)[0], spun(build(1.0), gradients)[0]
        assert all(unit)
        holds(ours, [S(k) * change for k, change in enumerate(unit)], rel=1e-5)

    def test_the_rate_in_the_state_is_the_one_just_used(self):
        optimizer = optax.inject_hyperparams(optax.adamw)(learning_rate=S)
        state = optimizer.init(ONE)
        assert float(state.hyperparams["learning_rate"]) == S(0)
        for k in range(UPDATES):
            _, state = spun(optimizer, [1], state)
            holds([state.hyperparams["learning_rate"]], [S(k)])
            assert int(state.count) == k + 1


class TestClock:
    def test_accumulation_counts_updates(self):
        noted = []
        optimizer = optax.MultiSteps(optax.chain(optax.sgd(S), noting(noted)), 4)
        changes, state = spun(optimizer, [1] * 4 * UPDATES)
        holds([-change for change in changes[3::4]], map(S, range(UPDATES)))
        assert not any(change for k, change in enumerate(changes) if k % 4 != 3)
        holds(noted, [S(k // 4) for k in range(4 * UPDATES)])  # computed for each micro-batch, and dropped
        assert int(state.gradient_step) == optax.tree.get(state, "count") == UPDATES

    def test_a_batch_that_grows(self):
        micro = ss.hold(1, 5) >> ss.hold(3)
        optimizer = optax.MultiSteps(optax.sgd(ABOVE_0), lambda k: micro(k).astype(int))
        changes, _ = spun(optimizer, [1] * (5 + 3 * 10))
        used = {m: -change for m, change in enumerate(changes) if change}
        assert list(used) == [0, 1, 2, 3, 4, *range(7, 35, 3)]
        holds(used.values(), [ABOVE_0(k) for k in range(15)])

    def test_what_is_not_finite_does_not_count(self):
        noted = []
        optimizer = optax.apply_if_finite(optax.chain(optax.sgd(S), noting(noted)), 3)
        gradients = [np.nan if m in (0, 7, 8) else 1 for m in range(30)]
        changes, state = spun(optimizer, gradients)
        holds(noted, map(S, range(27)))
        assert [m for m in range(30) if not changes[m]] == [0, 1, 7, 8]  # and s(0) is 0
        assert optax.tree.get(state, "count") == 27

    def test_what_is_applied_in_spite_of_it_counts(self):
        """Two failures in a row are skipped, all that follow are applied."""
        _, state = spun(optax.apply_if_finite(optax.sgd(S), 2), [1, np.nan, np.nan, np.nan, np.nan, 1])
        assert optax.tree.get(state, "count") == 4

    def test_a_micro_batch_that_is_skipped_does_not_count(self):
        optimizer = optax.MultiSteps(optax.sgd(ABOVE_0), 2, should_skip_update_fn=optax.skip_not_finite)
        changes, state = spun(optimizer, [1, np.inf, 1, 1, np.nan, np.nan, 1, 1])
        assert [bool(change) for change in changes] == [False, False, True, False, False, False, True, False]
        holds([-changes[2], -changes[6]], [ABOVE_0(0), ABOVE_0(1)])
        assert int(state.mini_step) == 1

    def test_the_count_stays_at_its_largest(self):
        state = optax.tree.set(optax.sgd(S).init(ONE), count=jnp.int32(2**31 - 2))
        changes, state = spun(optax.sgd(S), [1, 1, 1], state)
        assert optax.tree.get(state, "count") == 2**31 - 1
        holds([-change for change in changes], [S(2**40)] * 3)


TOKENS = (ss.linear(0.0, PEAK, 10**6) >> ss.cosine(PEAK, PEAK / 10, 9 * 10**6)).on("tokens")


class TestOtherClocks:
    def test_as_it_is_an_update_is_taken_for_a_token(self):
        changes, _ = spun(optax.sgd(TOKENS), [1] * 5)
        holds([-change for change in changes], map(TOKENS, range(5)))

    @pytest.mark.parametrize(
        "convert", [lambda s: through(s, 500_000, "steps"), lambda s: lambda k: s(k * 500_000)]
    )
    def test_converted(self, convert):
        changes, _ = spun(optax.sgd(convert(TOKENS)), [1] * 30)
        holds([-change for change in changes], [TOKENS(k * 500_000) for k in range(30)])

    def test_in_32_bits_the_product_wraps(self):
        """Optax's count is an int32: at 500,000 tokens an update, 4,295 updates are too many."""
        rate = jax.jit(lambda count: TOKENS(count * 500_000))
        holds([rate(jnp.int32(4294)), rate(jnp.int32(4295))], [TOKENS(10**7), TOKENS(0)])
        with jax.enable_x64(True):
            rate = jax.jit(lambda count: TOKENS(count.astype("int64") * 500_000))
            holds([rate(jnp.int32(4295))], [TOKENS(10**7)])

    def test_lengths_beyond_32_bits_are_refused_without_x64(self):
        with pytest.raises(ss.ScheduleError, match="below 2\\^31"):
            spun(optax.sgd(TOKENS.stretch(1000)), [1])
        changes, _ = spun(optax.sgd(through(TOKENS.stretch(1000), 10**7, "steps")), [1] * 200)
        holds([-change for change in changes], [TOKENS.stretch(1000)(k * 10**7) for k in range(200)])


class TestPrecision:
    @pytest.mark.parametrize(
        ("x64", "dtype", "rel"),
        [(False, "float32", PRECISION), (True, "float32", 2**-24), (True, "float64", 1e-15)],
    )
    def test_of_the_rate(self, x64, dtype, rel):
        long = ss.warmup_cosine(PEAK, 10**6, warmup=1000, end=0.0)
        with jax.enable_x64(x64):
            optimizer, one = optax.sgd(long), jnp.ones((), dtype)
            for k in (
                0,
                1,
                999,
                1000,
                123_456,
                999_998,
                999_999,
            ):  # near the end float32 counts are not enough
                state = optax.tree.set(optimizer.init(one), count=jnp.int32(k))
                change, _ = jax.jit(optimizer.update)(one, state, one)
                assert change.dtype == dtype
                holds([-change], [long(k)], rel=rel)

    def test_of_parameters_in_bfloat16(self):
        """Optax rounds the rate to the gradient's 8 bits; injected, it stays in float32."""
        one = jnp.ones((), "bfloat16")
        for build, rel in ((optax.sgd, 2**-8), (optax.inject_hyperparams(optax.sgd), PRECISION)):
            state, update = build(learning_rate=S).init(one), build(learning_rate=S).update
            used = []
            for _ in range(10):
                change, state = update(one, state, one)
                used.append(-float(change))
            holds(used, map(S, range(10)), rel=rel)
            assert (max(abs(rate / S(k) - 1) for k, rate in enumerate(used) if k) > 1e-4) == (rel == 2**-8)


class TestTracing:
    def test_equal_schedules_are_traced_once(self):
        traced = []

        def rate(s, k):
            traced.append(s)
            return s(k)

        jitted = jax.jit(rate, static_argnums=0)
        for s in (S, ss.from_dict(S.to_dict()), OTHER, S):
            holds([jitted(s, jnp.int32(7))], [s(7)])
        assert traced == [S, OTHER]
        with pytest.raises(TypeError, match="as an abstract array"):
            jax.jit(rate)(S, 7)

    def test_an_update_is_compiled_once(self):
        update = jax.jit(optax.adamw(S).update)
        state = optax.adamw(S).init(ONE)
        for _ in range(5):
            _, state = update(ONE, state, ONE)
        assert update._cache_size() == 1

    def test_many_peaks_at_once(self):
        unit, peaks = S / PEAK, jnp.array([1e-4, 1e-3, 1e-2])

        def rates(peak):
            optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=lambda k: peak * unit(k))

            def body(state, _):
                change, state = optimizer.update(ONE, state)
                return state, -change

            return jax.lax.scan(body, optimizer.init(ONE), length=UPDATES)[1]

        for peak, used in zip(peaks, jax.vmap(rates)(peaks), strict=True):
            holds(used, [float(peak) * unit(k) for k in range(UPDATES)], rel=2 * PRECISION)
        with pytest.raises(ss.ScheduleTypeError, match=r"multiply the rate, p \* s\(t\)"):
            jax.vmap(lambda peak: (unit * peak)(3))(peaks)

    def test_the_slope_of_a_loss_in_its_peak(self):
        """Through 45 updates of momentum, against a difference quotient."""
        unit = S / PEAK

        def loss(peak):
            optimizer = optax.sgd(lambda k: peak * unit(k), momentum=0.5)

            def body(run, _):
                change, state = optimizer.update(2 * run[0], run[1])
                return (optax.apply_updates(run[0], change), state), None

            (weight, _), _ = jax.lax.scan(body, (jnp.array(3.0), optimizer.init(jnp.array(3.0))), length=45)
            return weight**2

        with jax.enable_x64(True):
            slope = float(jax.grad(loss)(0.01))
            quotient = float(loss(0.01 + 1e-6) - loss(0.01 - 1e-6)) / 2e-6
        assert slope < -100
        assert slope == pytest.approx(quotient, rel=1e-6)


class TestSeveralSchedules:
    def test_parts_of_the_weights_under_their_own(self):
        labels = {"body": "slow", "head": "fast"}
        optimizer = optax.partition({"slow": optax.sgd(S), "fast": optax.sgd(OTHER)}, labels)
        weights = dict.fromkeys(labels, ONE)
        state, update = optimizer.init(weights), jax.jit(optimizer.update)
        for k in range(UPDATES):
            change, state = update(weights, state)
            holds([-change["body"], -change["head"]], [S(k), OTHER(k)])

    @pytest.mark.parametrize("build", [optax.adamw, optax.inject_hyperparams(optax.adamw)])
    def test_weight_decay(self, build):
        """On a gradient of 0 all that adamw does is to decay: by the rate times the decay."""
        decay = ss.linear(0.1, 0.01, UPDATES)
        changes, _ = spun(build(learning_rate=S, weight_decay=decay), [0] * UPDATES)
        holds([-change for change in changes], [S(k) * decay(k) for k in range(UPDATES)], rel=2 * PRECISION)
