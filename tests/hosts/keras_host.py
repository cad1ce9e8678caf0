"""Keras as a host: fits of a small model by an optimizer that notes its rates itself, in any backend, traced or not."""

import os
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

from stepsize.hosts.keras import KerasSchedule, ScheduleCallback
from tests.hosts.contract import Host, Ran

ROOM = 256  # updates that are noted
PRECISION = (
    2**-24 if keras.backend.backend() == "torch" else 2**-20
)  # rounded once to float32; computed in it


@keras.saving.register_keras_serializable(package="tests")
class Told(keras.optimizers.SGD):
    """Momentum that notes, in its update, the rate it is given: in a variable, so that JAX may trace it."""

    def build(self, variables):
        super().build(variables)
        if not hasattr(self, "used"):
            self.used = self.add_variable((ROOM,), name="used")

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate)
        rate = keras.ops.cast(learning_rate, self.used.dtype)
        here = keras.ops.arange(ROOM) == keras.ops.cast(self.iterations, "int32")
        self.used.assign(keras.ops.where(here, rate, self.used.value))

    def rates(self, updates, start=0):
        """The rates that updates ``start`` to ``updates`` used."""
        return keras.ops.convert_to_numpy(self.used.value)[start:updates].tolist()


def updates(model):
    """Updates that the model's optimizer has applied."""
    return int(keras.ops.convert_to_tensor(model.optimizer.iterations))


def model(rate, *, optimizer=Told, **options):
    """A small regression, compiled, with the same weights each time."""
    keras.utils.set_random_seed(0)
    layers = [keras.Input((6,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)]
    built = keras.Sequential(layers)
    built.compile(optimizer(rate, momentum=0.9, **options), "mse")
    return built


def data(batches):
    """Batches of 16 of a function worth learning."""
    x = np.random.default_rng(1).normal(size=(16 * batches, 6)).astype("float32")
    return x, np.tanh(x[:, :1] - 2 * x[:, 1:2])


def fit(built, batches, epochs, *callbacks, first=0, **options):
    """Train for some epochs of so many batches, the same ones in each, and give the loss of each epoch."""
    options = {"batch_size": 16, "initial_epoch": first, "shuffle": False, "verbose": 0, **options}
    history = built.fit(*data(batches), epochs=epochs, callbacks=list(callbacks), **options)
    return history.history.get("loss", [])


def one_by_one(first):
    """The batches from a given one on, for epochs of one update."""
    x, y = data(64)
    for k in range(first, 64):
        yield x[16 * k : 16 * k + 16], y[16 * k : 16 * k + 16]


@contextmanager
def numpy_2():
    """Keras saves its variables by an interface that NumPy 2 warns of."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning
        )
        yield


class Keras(Host):
    """The model is saved to a file, and loaded from it; each update is an epoch, so ``initial_epoch`` is that of the file."""

    name = "Keras"
    precision = PRECISION

    def train(self, s, until, *, start=None, on_change="error"):
        with tempfile.TemporaryDirectory() as folder, numpy_2():
            path = Path(folder) / "run.keras"
            if start is None:
                built = model(KerasSchedule(s))
            else:
                path.write_bytes(start)
                built = keras.saving.load_model(path)
            first = updates(built)
            losses = built.fit(
                one_by_one(first),
                epochs=until,
                initial_epoch=first,
                steps_per_epoch=1,
                shuffle=False,
                verbose=0,
                callbacks=[ScheduleCallback(s, on_change=on_change)],
            )
            built.save(path)
            return Ran(built.optimizer.rates(until, first), losses.history["loss"], path.read_bytes())
