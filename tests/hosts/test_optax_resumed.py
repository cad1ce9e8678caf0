"""Optax stopped and resumed: through a file in real training, and from the number of updates alone."""

import json
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.datasets import load_digits

import stepsize as ss
from tests.hosts.contract import OTHER, PEAK
from tests.hosts.test_optax import ABOVE_0, ONE, S, holds, spun


def network():
    first, second = jax.random.split(jax.random.key(0))
    return jax.random.normal(first, (64, 32)) / 8, jax.random.normal(second, (32, 10)) / 8


def nats(weights, images, digits):
    scores = jnp.tanh(images @ weights[0]) @ weights[1]
    return optax.softmax_cross_entropy_with_integer_labels(scores, digits).mean()


digits = cache(lambda: load_digits(return_X_y=True))


def updating(optimizer):
    @jax.jit
    def update(weights, state, images, digits):
        loss, slopes = jax.value_and_grad(nats)(weights, images, digits)
        changes, state = optimizer.update(slopes, state, weights)
        return optax.apply_updates(weights, changes), state, loss

    return update


def trained(update, run, first, until):
    """Losses of updates ``first`` to ``until``, and the run after them."""
    images, numbers = digits()
    losses = []
    for k in range(first, until):
        rows = np.random.default_rng(k).integers(len(numbers), size=32)
        *run, loss = update(*run, images[rows].astype("float32") / 16, numbers[rows])
        losses.append(float(loss))
    return losses, tuple(run)


def saved(path, run, s):
    np.savez(path, *jax.tree.leaves(run), schedule=json.dumps(s.to_dict()))


def loaded(path, run, s):
    with np.load(path) as stored:
        before = ss.from_dict(json.loads(str(stored["schedule"])))
        if before != s:
            raise ss.CheckpointError(f"saved: {before!r}\nnow: {s!r}")
        leaves = [jnp.asarray(stored[f"arr_{k}"]) for k in range(len(stored) - 1)]
    return jax.tree.unflatten(jax.tree.structure(run), leaves)


LONG = ss.warmup_cosine(PEAK, 240, warmup=24, end=PEAK / 10)
BUILT = {
    "adamw": optax.adamw(LONG),
    "injected": optax.inject_hyperparams(optax.adamw)(learning_rate=LONG),
    "accumulated": optax.MultiSteps(optax.adamw(LONG), 3),
    "guarded": optax.apply_if_finite(optax.sgd(LONG, momentum=0.9), 3),
}


class TestResumed:
    @pytest.mark.parametrize("name", BUILT)
    def test_it_is_the_run_that_was_never_stopped(self, name, tmp_path):
        update, start = updating(BUILT[name]), (network(), BUILT[name].init(network()))
        whole, end = trained(update, start, 0, 240)
        assert whole[-1] < whole[0] / 2
        stop = int(np.random.default_rng().integers(1, 240))  # in the middle of an accumulation, too
        first, run = trained(update, start, 0, stop)
        saved(tmp_path / "run.npz", run, LONG)
        rest, resumed = trained(update, loaded(tmp_path / "run.npz", start, LONG), stop, 240)
        assert first + rest == whole, f"stopped after {stop}"
        assert all(map(np.array_equal, jax.tree.leaves(resumed), jax.tree.leaves(end))), (
            f"stopped after {stop}"
        )

    def test_another_schedule_is_refused(self, tmp_path):
        saved(tmp_path / "run.npz", [ONE], LONG)
        with pytest.raises(ss.CheckpointError) as caught:
            loaded(tmp_path / "run.npz", [ONE], OTHER)
        assert repr(LONG) in str(caught.value)
        assert repr(OTHER) in str(caught.value)


def placed(state, k):
    """The state whose schedules stand at k, as docs/hosts/optax.md has it."""

    def is_clock(node):
        return type(node).__name__ in ("ScaleByScheduleState", "WrappedScheduleState")

    def moved(node):
        return node._replace(count=jnp.int32(k)) if is_clock(node) else node

    return jax.tree.map(moved, state, is_leaf=is_clock)


SGD = {
    "sgd": optax.sgd,
    "injected": lambda s: optax.inject_hyperparams(optax.sgd)(learning_rate=s),
    "accumulated": lambda s: optax.MultiSteps(optax.sgd(s), 1),
    "guarded": lambda s: optax.apply_if_finite(optax.inject_hyperparams(optax.sgd)(learning_rate=s), 3),
}


class TestWhereOnlyTheNumberOfUpdatesIsLeft:
    @pytest.mark.parametrize("name", SGD)
    @pytest.mark.parametrize("at", [0, 5, 23, 36])
    def test_schedules_are_placed(self, name, at):
        optimizer = SGD[name](S)
        changes, _ = spun(optimizer, [1] * 8, placed(optimizer.init(ONE), at))
        holds([-change for change in changes], [S(k) for k in range(at, at + 8)])

    @pytest.mark.parametrize("at", [10, 20, 10**6])
    def test_the_count_of_moments_is_left(self, at):
        """So Adam's first update has its full size, the rate. Set the count of its moments, too, and it has another."""
        optimizer = optax.adam(S, eps=0.0)
        changes, _ = spun(optimizer, [1], placed(optimizer.init(ONE), at))
        holds([-changes[0]], [S(at)], rel=1e-5)
        changes, _ = spun(optimizer, [1], optax.tree.set(optimizer.init(ONE), count=jnp.int32(at)))
        size = 0.1 / (1 - 0.9 ** (at + 1)) / np.sqrt(0.001 / (1 - 0.999 ** (at + 1)))  # 0.48, 0.51, 3.16
        holds([-changes[0]], [size * S(at)], rel=1e-3)

    def test_tree_set_does_for_plain_sgd(self):
        changes, _ = spun(optax.sgd(S), [1], optax.tree.set(optax.sgd(S).init(ONE), count=23))
        holds([-changes[0]], [S(23)])

    def test_tree_set_does_not_reach_a_schedule_that_is_injected(self):
        """Optax 0.2.8: it stops at the outer count. If this fails, optax mended it, and the page says too much."""
        optimizer = SGD["injected"](ABOVE_0)
        changes, state = spun(optimizer, [1], optax.tree.set(optimizer.init(ONE), count=23))
        assert int(state.count) == 24
        holds([-changes[0]], [ABOVE_0(0)])

    def test_a_count_that_is_added(self):
        changes, _ = spun(optax.sgd(lambda count: S(count + 23)), [1] * 8)
        holds([-change for change in changes], [S(k) for k in range(23, 31)])
