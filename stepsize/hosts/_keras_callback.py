"""A callback that holds a Keras run to its schedule, and sets the rate by hand where the optimizer's is a constant."""

from typing import Any, Literal

import keras

from stepsize.errors import CheckpointError, HorizonNeeded, ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.hosts import _state
from stepsize.hosts._keras_schedule import KerasSchedule
from stepsize.schedule import Schedule
from stepsize.spelling import needs_horizon, parse

_NAME = "ScheduleCallback"


class ScheduleCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Holds ``fit`` to a schedule: update k uses exactly ``s(k)``, also in a model that was loaded.

    An optimizer that was built with a :class:`KerasSchedule` sets its rate itself. This checks, when ``fit`` begins,
    that it is the same schedule; a model that was loaded brings the one that it was saved with.

    An optimizer of a constant rate gets ``s(k)`` before each batch. Its file holds the position, and no schedule.

    Either way the position is the optimizer's own count, so ``fit(..., initial_epoch=n)`` of a loaded model goes on.
    A later epoch of an optimizer that has counted nothing is refused: its state was not loaded.

    Args:
        s: the schedule, in absolute rates, on the clock "steps"; or its spelling, in which "5%" and the open rest are
            those of ``fit``: all its epochs, those before ``initial_epoch`` included.
        at: updates applied before the optimizer's own count began, where its state is lost; a whole number in
            [0, 2**53], by default 0.
        on_change: what to do where the optimizer has another KerasSchedule: "error" refuses it, "mine" goes on with
            ``s``, "saved" with the one it has; both from its position on.

    Raises:
        ScheduleError: an argument is not as said above; or, when ``fit`` begins, something else sets the rate.
        CheckpointError: when ``fit`` begins, the optimizer has another schedule, or a later epoch no position.

    >>> import keras, numpy as np, stepsize as ss
    >>> from stepsize.hosts.keras import ScheduleCallback
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1), "mse")
    >>> follow = ScheduleCallback("0 -> 0.1 in 20%; -> 0 cosine")
    >>> history = model.fit(np.ones((32, 2)), np.ones((32, 1)), 8, epochs=5, verbose=0, callbacks=[follow])
    >>> follow.position, follow.schedule
    (20, linear(0.0, 0.1, 4) >> cosine(0.1, 0.0, 16))
    """

    def __init__(
        self,
        s: Schedule | str,
        *,
        at: int | None = None,
        on_change: Literal["error", "mine", "saved"] = "error",
    ) -> None:
        super().__init__()
        if isinstance(s, str):
            needs_horizon(s)  # what cannot be read is said now, and not when the run begins
        else:
            _state.counted(_NAME, s)
        if on_change not in ("error", "mine", "saved"):
            raise ScheduleError(
                message(f"{_NAME}.on_change", 'must be "error", "mine" or "saved"', on_change)
            )
        self._given, self._on_change = s, on_change
        self._at = None if at is None else _state.position(f"{_NAME}.at", at)
        self._by_hand = False
        self._followed: KerasSchedule

    @property
    def schedule(self) -> Schedule:
        """The schedule that is followed, from the beginning of ``fit`` on."""
        return self._followed.schedule

    @property
    def position(self) -> int:
        """Updates already applied, from the beginning of ``fit`` on: the next one uses ``schedule(position)``."""
        return self._followed.at + _count(self._optimizer())

    def on_train_begin(self, logs: Any = None) -> None:
        """See which schedule the optimizer has, and agree on one."""
        optimizer = self._optimizer()
        self._begun, self._run = False, self._planned(optimizer)
        s = parse(self._given, self._run) if isinstance(self._given, str) else self._given
        present = present_schedule(optimizer)
        self._by_hand = present is None
        if present is not None:
            self._followed = self._agreed(present, s, optimizer)
            return
        _one_by_one(self.model)
        self._followed = KerasSchedule(s, at=self._at or 0)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Look, in the first epoch of ``fit``, whether the optimizer's count is that of this epoch."""
        if self._begun:
            return
        self._begun = True
        if epoch > 0 and self.position == 0 and self._at is None:
            rule = "a later epoch needs the optimizer's count of updates"
            remedy = (
                "Load a saved model; or optimizer.build(model.trainable_variables) before load_weights; "
                "or say how many updates were applied, at=."
            )
            raise CheckpointError(f"{_NAME}: {rule}; got 0 in epoch {epoch}. {remedy}")
        if self._run is not None and self.position > (epoch + 1) * (self._run.steps_per_epoch or 0):
            rule = f"a share of the run counts its epochs from 0, and this is epoch {epoch}"
            remedy = "Give fit its initial_epoch, or write the lengths in updates."
            raise ScheduleError(f"{_NAME}: {rule}; got {self.position} updates before it. {remedy}")

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the rate of the update that comes, where the optimizer does not do it itself."""
        if self._by_hand:
            self._optimizer().learning_rate = self.schedule(self.position)

    def _optimizer(self) -> Any:
        optimizer = self.model.optimizer
        return getattr(optimizer, "inner_optimizer", optimizer)  # of a LossScaleOptimizer

    def _planned(self, optimizer: Any) -> Horizon | None:
        """The run that a spelling speaks of: all epochs that ``fit`` was told."""
        if not isinstance(self._given, str) or not needs_horizon(self._given):
            return None
        epochs, batches = self.params["epochs"], self.params["steps"]
        if batches is None:
            remedy = "Give fit steps_per_epoch, or write the lengths in updates."
            raise HorizonNeeded(message(_NAME, "a share of the run needs its length", self._given, remedy))
        each = optimizer.gradient_accumulation_steps or 1
        return Horizon(epochs * batches // each, steps_per_epoch=batches / each)

    def _agreed(self, present: KerasSchedule, s: Schedule, optimizer: Any) -> KerasSchedule:
        """The one that is followed, of the schedule that the optimizer has and the one that was given."""
        each = optimizer.gradient_accumulation_steps
        if (present.gradient_accumulation_steps or 1) != (each or 1):
            rule = f"KerasSchedule must know of the optimizer's gradient_accumulation_steps={each}"
            raise ScheduleError(message(_NAME, rule, present.gradient_accumulation_steps))
        if self._at not in (None, present.at):
            rule = f"at must be that of the optimizer's KerasSchedule, {present.at}"
            raise ScheduleError(message(_NAME, rule, self._at))
        if present.schedule == s or self._on_change == "saved":
            return present
        if self._on_change == "error":
            said = _state.another(_NAME, (present.schedule,), (s,), present.at + _count(optimizer))
            raise CheckpointError(said.replace("load_state_dict", "on_train_begin", 1))
        mine = KerasSchedule(s, at=present.at, gradient_accumulation_steps=each)
        optimizer.learning_rate = mine
        self.model.make_train_function(force=True)  # what was traced before holds the former schedule
        return mine


def present_schedule(optimizer: Any) -> KerasSchedule | None:
    """The schedule that an optimizer has; None for a constant rate.

    Raises:
        ScheduleError: its rate is set by something else.
    """
    if isinstance(optimizer.learning_rate, keras.Variable):
        return None
    try:
        held = optimizer.get_config()["learning_rate"]
    except NotImplementedError:  # a schedule that cannot be saved
        held = {"class_name": "another schedule"}
    if held.get("class_name") != "KerasSchedule":
        rule = "the optimizer must have a constant rate, or a KerasSchedule"
        raise ScheduleError(message(_NAME, rule, held.get("class_name"), "Give it KerasSchedule(s)."))
    found: KerasSchedule = keras.saving.deserialize_keras_object(held)
    return found


def _count(optimizer: Any) -> int:
    """Updates that an optimizer has applied; under accumulation Keras divides its micro-batches here by itself."""
    return int(keras.ops.convert_to_tensor(optimizer.iterations))


def _one_by_one(model: Any) -> None:
    """Refuse batches that are trained without coming back here."""
    if model.steps_per_execution > 1:
        rule = "a constant rate can be set before each batch only where steps_per_execution is 1"
        raise ScheduleError(message(_NAME, rule, model.steps_per_execution, "Compile with KerasSchedule(s)."))
