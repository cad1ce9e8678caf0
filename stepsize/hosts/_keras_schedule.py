"""A schedule as the learning rate of a Keras optimizer; a saved model carries it as plain JSON."""

from collections.abc import Callable
from typing import Any

import keras

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.hosts import _state
from stepsize.schedule import Schedule, from_dict

_FLOATS = {"float64": "float64"}  # a rate in half precision would be off by up to one part in 256


@keras.saving.register_keras_serializable(package="stepsize")
class KerasSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no types
    """A ``LearningRateSchedule`` for any Keras optimizer: update k uses exactly ``s(k)``, rounded once.

    The position is the optimizer's own count of updates, which a saved model restores. Where it is a number, the
    rate is computed in float64 and rounded to float32, or to float64 where Keras computes in it; traced by JAX, it is
    computed in JAX's own float, from an exact whole position.

    Under accumulation Keras asks with its count of micro-batches, so that schedules run so many times too fast. Say
    it here, too, and the position is that of updates: ``KerasSchedule(s, gradient_accumulation_steps=4)``.

    Args:
        s: the schedule, in absolute rates, on the clock "steps".
        at: updates applied before the optimizer's own count began; a whole number in [0, 2**53].
        gradient_accumulation_steps: the optimizer's own, micro-batches of an update; None or a whole number >= 1.

    Raises:
        ScheduleError: an argument is not as said above; or, when it is asked, it is traced by TensorFlow.

    >>> import keras, stepsize as ss
    >>> from stepsize.hosts.keras import KerasSchedule
    >>> optimizer = keras.optimizers.AdamW(KerasSchedule(ss.warmup_cosine(3e-4, 10_000, warmup=1_000)))
    >>> optimizer.learning_rate.item(), KerasSchedule(ss.linear(0.0, 1.0, 8))(2).item()
    (0.0, 0.25)
    """

    def __init__(self, s: Schedule, *, at: int = 0, gradient_accumulation_steps: int | None = None) -> None:
        self.schedule = _state.counted("KerasSchedule", s)
        self.at = _state.position("KerasSchedule.at", at)
        where = "KerasSchedule.gradient_accumulation_steps"
        given = gradient_accumulation_steps
        self.gradient_accumulation_steps = None if given is None else _accept.count(where, given)

    def __call__(self, step: Any) -> Any:
        """The rate of an update, as a tensor.

        Args:
            step: Keras's own count, of micro-batches under accumulation.
        """
        return _rate(self, step)

    def _position(self, count: Any) -> Any:
        return self.at + count // (self.gradient_accumulation_steps or 1)

    def get_config(self) -> dict[str, Any]:
        """Plain JSON values, which :meth:`from_config` reads."""
        own = {"at": self.at, "gradient_accumulation_steps": self.gradient_accumulation_steps}
        return {"schedule": self.schedule.to_dict(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "KerasSchedule":
        """The one that :meth:`get_config` described.

        Raises:
            ScheduleError: it is not ours.
        """
        own = {name: value for name, value in config.items() if name != "schedule"}
        return cls(from_dict(config.get("schedule")), **own)

    def __repr__(self) -> str:
        steps = self.gradient_accumulation_steps
        more = f", gradient_accumulation_steps={steps}" if steps else ""
        return f"KerasSchedule({self.schedule!r}, at={self.at}{more})"


def _asked(own: KerasSchedule, step: Any) -> Any:
    """The rate at Keras's count, as a tensor."""
    count = keras.ops.convert_to_tensor(step)
    known = _known(count)
    if known is None and keras.backend.backend() != "jax":
        rule = "can be traced by JAX only"
        remedy = "Compile with a constant rate, and let ScheduleCallback(s) set it before each update."
        raise ScheduleError(message("KerasSchedule", rule, keras.backend.backend(), remedy))
    rate = own.schedule(own._position(count if known is None else known))
    return keras.ops.cast(rate, _FLOATS.get(keras.config.floatx(), "float32"))


def _known(count: Any) -> int | None:
    """The number that a tensor holds; None while a function is traced."""
    try:
        return int(count)
    except TypeError:
        return None


def _outside_graphs(function: Callable[[KerasSchedule, Any], Any]) -> Callable[[KerasSchedule, Any], Any]:
    """Torch would compile the rate of an update into its graph, as a number, and so each update anew."""
    if keras.backend.backend() != "torch":
        return function
    import torch

    untraced: Callable[[KerasSchedule, Any], Any] = torch.compiler.disable(function)
    return untraced


_rate = _outside_graphs(_asked)
