"""What a configuration says of its run, and what the caller knows, who fills gaps and may not contradict."""

import math
from collections.abc import Callable
from typing import Any

from stepsize import _accept
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.training import Training

_KNOWN_BY_A_HORIZON = ("steps", "steps_per_epoch", "tokens_per_step", "samples_per_step", "tokens")
_OF_THE_TRAINING = ("optimizer", "beta1", "beta2", "weight_decay", "parameters", "precision")


class Facts:
    """What is known of a run: what the file says, what the caller says, and what stands where neither does.

    Args:
        where: what a message calls the file.
        caller: what the caller knows, or None.
        file: what the file says, by the names of ``Training.of``; None is what it does not say.
        default: what the trainer takes where the file is silent.
        rounded: how the trainer makes updates of epochs that do not come to whole ones.

    Raises:
        ScheduleError: the caller contradicts the file.
    """

    def __init__(
        self,
        where: str,
        caller: Training | None,
        file: dict[str, Any],
        default: dict[str, Any] | None = None,
        rounded: Callable[[Any], Any] = round,
    ) -> None:
        self.where, self.rounded = where, rounded
        self.caller = caller or Training()
        told = dict(self.caller.given) or _of_a_horizon(self.caller.horizon)
        own = {name: getattr(self.caller, name) for name in _OF_THE_TRAINING}
        told |= {name: value for name, value in own.items() if value is not None}
        file = {name: value for name, value in file.items() if value is not None}
        for name in file.keys() & told.keys():
            if file[name] != told[name]:
                rule = f"the file says {file[name]!r} for {name}, and it must not be contradicted"
                raise ScheduleError(message(where, rule, told[name], "Change the file, or leave it out."))
        self.known = {**(default or {}), **file, **told}
        self.settled(file, told)

    def settled(self, file: dict[str, Any], told: dict[str, Any]) -> None:
        """The updates of the run, from the epochs where those are what is said."""
        each = self.steps_per_epoch
        if not each or self.known.get("epochs") is None:
            return
        planned = self.rounded(_accept.length(f"{self.where}: epochs", self.known["epochs"] * each))
        if "epochs" in file and told.get("steps", planned) != planned:
            rule = f"{file['epochs']:g} epochs of {each:g} updates are {planned:g}, and it must not be contradicted"
            raise ScheduleError(message(self.where, rule, told["steps"]))
        self.known.setdefault("steps", planned)

    @property
    def steps_per_epoch(self) -> Any:
        """Updates of an epoch, where they are known."""
        run = _horizon(
            {name: value for name, value in self.known.items() if name not in ("steps", "epochs", "tokens")}
        )
        return None if run is None else run.steps_per_epoch

    def steps(self, remedy: str, where: str = "") -> int:
        """Updates of the run; ``where`` is what needs them.

        Raises:
            HorizonNeeded: they are not known.
        """
        if self.known.get("steps") is not None:
            return math.ceil(float(self.known["steps"]))
        rule = "the length of the run must be known"
        if self.known.get("epochs") is not None:
            rule = f"{self.known['epochs']:g} epochs need the updates of an epoch"
            remedy = "Add --steps-per-epoch, or --dataset-size and --batch, or --steps."
        raise HorizonNeeded(message(where or self.where, rule, None, remedy))

    def training(self, **more: Any) -> Training:
        """All of it as one value; ``more`` is what follows from it: groups, batch_changes."""
        run = {name: value for name, value in self.known.items() if name not in _OF_THE_TRAINING}
        own = {name: self.known.get(name) for name in _OF_THE_TRAINING}
        groups = more.pop("groups", ()) or self.caller.groups
        changes = more.pop("batch_changes", False) or self.caller.batch_changes
        return Training(
            horizon=_horizon(run), given=tuple(run.items()), groups=groups, batch_changes=changes, **own
        )


def _of_a_horizon(horizon: Horizon | None) -> dict[str, Any]:
    if horizon is None:
        return {}
    found = {name: getattr(horizon, name) for name in _KNOWN_BY_A_HORIZON}
    return {name: value for name, value in found.items() if value is not None}


def _horizon(told: dict[str, Any]) -> Horizon | None:
    """The horizon, as far as what is told makes one; what says the same twice is said once."""
    told = {name: value for name, value in told.items() if name not in _OF_THE_TRAINING}
    if "steps" in told:
        told.pop("epochs", None)
        told.pop("tokens", None)
    if "samples_per_step" in told:  # the whole batch, and so no product of its parts is needed
        if "dataset_size" not in told or "batch" not in told:
            told.pop("batch", None)
        else:
            told.pop("samples_per_step")
    if "steps_per_epoch" in told or "batch" not in told:
        told.pop("dataset_size", None)
    knows = told.keys() & {
        "steps",
        "steps_per_epoch",
        "dataset_size",
        "batch",
        "samples_per_step",
        "tokens_per_step",
        "tokens",
    }
    if "epochs" in told and not told.keys() & {"steps_per_epoch", "dataset_size"}:
        told.pop("epochs")
    return Horizon(**told) if knows else None
