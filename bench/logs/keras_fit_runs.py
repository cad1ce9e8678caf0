"""Real fits of Keras, the rate set once an epoch by its callback; the log is that of its ``CSVLogger``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bench.logs import keras_runs
from bench.logs.made import Made, Recipe
from bench.logs.plan import Plan
from bench.logs.settings import Settings


def _of_epochs(recipe: Recipe) -> Recipe:
    def made(s: Settings) -> Made:
        return replace(recipe(s), counts="epochs")

    return made


RECIPES = tuple(map(_of_epochs, keras_runs.RECIPES))


def write(plan: Plan, path: Path) -> Path:
    """Fit an epoch of one batch for each step of the plan."""
    schedule: Any = plan.made.build and plan.made.build(None)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    path.mkdir()
    setting = keras.callbacks.LearningRateScheduler(lambda epoch, rate: float(schedule(epoch)))
    logging = keras.callbacks.CSVLogger(str(path / "training.csv"))
    x = np.zeros((4, 2), np.float32)
    model.fit(x, x[:, :1], epochs=plan.steps, batch_size=4, verbose=0, callbacks=[setting, logging])
    return path / "training.csv"
