"""The callbacks of Keras that set the rate."""

import math
from typing import Any, NoReturn

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, table
from stepsize.twins._metric import refuse
from stepsize.twins._tables import listed

_HERE = "twins.keras.LearningRateScheduler"


def LearningRateScheduler(
    schedule: Any, verbose: Any = 0, *, steps: Any, updates_per_epoch: Any, lr: Any = None
) -> Schedule:
    """A function of the epoch, ``keras.callbacks.LearningRateScheduler``, read into a table.

        in epoch e    schedule(e), or schedule(e, the rate of epoch e - 1)

    First update that of epoch 0; peak hangs on the function; last update that of the last epoch; after the end held.

    Args:
        schedule: a function (epoch) -> rate, or, where ``lr`` is given, (epoch, rate) -> rate; the rate a float.
        verbose: left alone.
        steps: updates of the run; whole, >= 1.
        updates_per_epoch: updates in each epoch; whole, >= 1.
        lr: the optimizer's rate before the run, given to the function in epoch 0; None calls it with the epoch alone.

    Raises:
        ScheduleError: the function does not give a float, or gives one that is no finite rate >= 0.

    Theirs:
        A TypeError inside a function of two arguments is swallowed, and it is called with the epoch alone; not by ours.

    Source:
        keras/src/callbacks/learning_rate_scheduler.py, LearningRateScheduler; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.keras.LearningRateScheduler(lambda epoch: 0.5**epoch, steps=300, updates_per_epoch=100)
    table((1.0, 0.5, 0.25), each=100)
    """
    if not callable(schedule):
        raise ScheduleTypeError(message(f"{_HERE}.schedule", "must be a function of the epoch", schedule))
    each = _accept.count(f"{_HERE}.updates_per_epoch", updates_per_epoch)
    epochs = listed(f"{_HERE}.steps", math.ceil(_accept.count(f"{_HERE}.steps", steps) / each))
    rates: list[float] = []
    before = None if lr is None else _accept.rate(f"{_HERE}.lr", lr)
    for epoch in range(epochs):
        before = _float(schedule(epoch) if lr is None else schedule(epoch, before), epoch)
        rates.append(before)
    return table(rates, each=each)


def ReduceLROnPlateau(*args: Any, **kwargs: Any) -> NoReturn:
    """``keras.callbacks.ReduceLROnPlateau``: always an error, for its rate answers to a metric.

    First update, peak, last update and what comes after the end hang on the metric.

    Args:
        args: theirs, whatever they are.
        kwargs: theirs, whatever they are.

    Raises:
        ScheduleError: always; ``stepsize.adaptive.plateau`` is what to take.

    Source:
        keras/src/callbacks/reduce_lr_on_plateau.py, ReduceLROnPlateau; release 3.15.1.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.keras.ReduceLROnPlateau(factor=0.5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    stepsize.errors.ScheduleError: twins.keras.ReduceLROnPlateau: the rate answers to a metric, ...
    """
    refuse("twins.keras.ReduceLROnPlateau", args or kwargs)


def _float(rate: Any, epoch: int) -> float:
    """What the function gives; Keras takes nothing but a float, a NumPy one included."""
    if not isinstance(rate, float) and type(rate).__name__ != "float32":
        raise ScheduleError(message(f"{_HERE}.schedule, epoch {epoch}", "must give a float", rate))
    return _accept.rate(f"{_HERE}.schedule, epoch {epoch}", rate, least=0.0)
