"""Keras on torch: the saved model carries position and schedule, and ``initial_epoch`` the rest."""

import keras

from stepsize.hosts.keras import KerasSchedule, ScheduleCallback
from tests.hosts.keras_host import Told, numpy_2, updates
from tests.hosts.lives import EVERY
from tests.hosts.lives_process import Life, renamed


def train(life: Life) -> None:
    case, stored = life.case, life.folder / "run.keras"
    if stored.exists():
        model = keras.saving.load_model(stored)
        life.restored(updates(model), model.optimizer._learning_rate)
    else:
        model = build(KerasSchedule(case.schedule))
    _, batches = case.problem(life.done)
    model.fit(
        ((inputs.movedim(1, -1), targets) for inputs, targets in batches),
        steps_per_epoch=EVERY,
        epochs=case.updates // EVERY,
        initial_epoch=life.done // EVERY,
        callbacks=[ScheduleCallback(case.schedule), Watched(life, stored)],
        shuffle=False,
        verbose=0,
    )
    life.end(updates(model), [variable.value for variable in model.trainable_variables])


def build(rate):
    """The network of the lab that reads digits, in Keras."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(10),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(Told(rate, momentum=0.9, nesterov=True, clipnorm=1.0), loss)
    return model


class Watched(keras.callbacks.Callback):
    """Says what Keras does, and saves after each epoch."""

    def __init__(self, life, stored):
        super().__init__()
        self.life, self.stored = life, stored

    def on_train_batch_begin(self, batch, logs=None):
        self.life.at("update", updates(self.model))

    def on_train_batch_end(self, batch, logs=None):
        """The loss is the mean of the epoch so far, which is what Keras tells."""
        done = updates(self.model)
        self.life.made(done - 1, self.model.optimizer.rates(done, done - 1), float(logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        """Aside, then renamed: Keras writes into the file itself."""
        with self.life.saving(updates(self.model) - 1), numpy_2():
            renamed(self.stored, self.model.save)
