"""What is known of a training beside its schedule: how long it is, its optimizer, its batch, its model."""

from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize._value import Value
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon

_OF_THE_HORIZON = (
    "steps", "epochs", "steps_per_epoch", "dataset_size", "batch", "accumulation", "world_size", "drop_last",
    "flush_tail", "tokens", "tokens_per_step", "samples_per_step",
)  # fmt: skip
_SHARES = ("beta1", "beta2")


class Training(Value):
    """What is known of a training; None where it is not known.

    Args:
        horizon: how long it is, and what an update and an epoch hold.
        given: the arguments from which the horizon was made, as they were given: epochs, accumulation, world_size, ...
        optimizer: its name in lower case, such as "adamw", "sgd", "muon", "lion", "adafactor".
        beta1: of the first moments, or the momentum; in [0, 1).
        beta2: of the second moments; in [0, 1).
        weight_decay: >= 0.
        parameters: of the model, such as 124e6 or "124M", which is kept as the number; > 0.
        groups: the highest rate of each parameter group; each >= 0.
        precision: the numbers in which the weights are updated: "float32", "bfloat16" or "float16".
        batch_changes: whether the batch grows or shrinks within the run.

    Raises:
        ScheduleError: a number is out of its range.

    >>> from stepsize.training import Training
    >>> run = Training.of(epochs=3, steps_per_epoch=500, accumulation=4, optimizer="adamw", beta2=0.95)
    >>> run.steps, run.beta2, run.told("accumulation"), run.told("world_size")
    (1500, 0.95, 4, None)
    """

    horizon: Horizon | None = None
    given: tuple[tuple[str, Any], ...] = ()
    optimizer: str | None = None
    beta1: float | None = None
    beta2: float | None = None
    weight_decay: float | None = None
    parameters: float | None = None
    groups: tuple[float, ...] = ()
    precision: str | None = None
    batch_changes: bool = False

    def __post_init__(self) -> None:
        for name in (*_SHARES, "weight_decay", "parameters"):
            value = self.__dict__[name]
            if value is None:
                continue
            where = f"Training.{name}"
            value = _accept.amount(where, value) if name == "parameters" else value
            value = _accept.rate(where, value, least=0.0)
            if name in _SHARES and not value < 1:
                raise ScheduleError(message(where, "must be in [0, 1)", value))
            if name == "parameters" and not value:
                raise ScheduleError(message(where, "must be > 0", value))
            self.__dict__[name] = value
        groups = tuple(_accept.rate(f"Training.groups[{k}]", g, least=0.0) for k, g in enumerate(self.groups))
        self.__dict__["groups"] = groups
        if self.optimizer is not None:
            self.__dict__["optimizer"] = str(self.optimizer).lower()

    @classmethod
    def of(cls, **told: Any) -> "Training":
        """One made of the arguments of a :class:`stepsize.Horizon` and of its own, as far as they are not None."""
        told = {name: value for name, value in told.items() if value is not None}
        run = {name: told.pop(name) for name in _OF_THE_HORIZON if name in told}
        return cls(horizon=_horizon(run), given=tuple(run.items()), **told)

    @property
    def steps(self) -> int | None:
        """Updates of the run."""
        return None if self.horizon is None else self.horizon.steps

    @property
    def steps_per_epoch(self) -> Number | None:
        """Updates of an epoch."""
        return None if self.horizon is None else self.horizon.steps_per_epoch

    def told(self, name: str) -> Any:
        """An argument of the horizon as it was given, or None."""
        return dict(self.given).get(name)


def _horizon(told: dict[str, Any]) -> Horizon | None:
    """The horizon, where what was told is enough to make one."""
    alone = {"accumulation", "world_size", "drop_last", "flush_tail"}  # these say nothing by themselves
    return Horizon(**told) if told.keys() - alone else None
