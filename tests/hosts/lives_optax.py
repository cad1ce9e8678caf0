"""Optax needs no adapter: a schedule is an optax schedule, and its count is a leaf of the optimizer's state."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

from tests.hosts.lives_process import Life, renamed


def train(life: Life) -> None:
    case, stored = life.case, life.folder / "run.npz"
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=case.schedule, momentum=0.9, nesterov=True)
    weights = network()
    run = weights, jax.jit(optimizer.init)(weights)
    if stored.exists():
        with np.load(stored) as saved:
            run = jax.tree.unflatten(jax.tree.structure(run), [jnp.asarray(leaf) for leaf in saved.values()])
        life.restored(int(run[1].count))
    _, batches = case.problem(life.done)
    step = jax.jit(lambda run, inputs, targets: updated(optimizer, *run, inputs, targets))

    def update(k):
        nonlocal run
        run, loss = step(run, *(batch.numpy() for batch in next(batches)))
        return [float(run[1].hyperparams["learning_rate"])], float(loss)

    life.loop(update, lambda updates: renamed(stored, lambda path: np.savez(path, *jax.tree.leaves(run))))
    life.end(int(run[1].count), [torch.tensor(np.asarray(leaf)) for leaf in jax.tree.leaves(run[0])])


def network():
    """One hidden layer, from 64 pixels to 10 digits."""
    drawn = np.random.default_rng(0)
    return tuple(jnp.asarray(drawn.normal(size=size) / 8, "float32") for size in ((64, 32), (32, 10)))


def updated(optimizer, weights, state, images, digits):
    """One update: the weights and the state after it, and the loss before."""
    loss, slopes = jax.value_and_grad(nats)(weights, images, digits)
    changes, state = optimizer.update(slopes, state)
    return (optax.apply_updates(weights, changes), state), loss


def nats(weights, images, digits):
    scores = jnp.tanh(images.reshape(len(images), -1) @ weights[0]) @ weights[1]
    return optax.softmax_cross_entropy_with_integer_labels(scores, digits).mean()
