"""What Lightning does around an attached schedule, and what must not pass in silence."""

import warnings
from typing import Any

import torch
from torch.optim import Optimizer

from stepsize.errors import CheckpointError
from stepsize.hosts.torch import Attached


def show_next(handle: Attached) -> None:
    """After each update write the rate of the next one, too: LearningRateMonitor looks before an update."""

    def write(*_: Any) -> None:
        handle.position = handle.position

    hooks: Any = handle
    hooks._hooks += (handle.optimizer.register_step_post_hook(torch.compiler.disable(write)),)  # for detach()


def expect_position(handle: Attached, trainer: Any) -> None:
    """Refuse a run that is resumed without the position of its schedule: its warmup would come again.

    Lightning loads the schedules that a checkpoint has, and says nothing of one that it lacks.
    """
    optimizer = handle.optimizer
    resumed = False

    def loaded(_: Optimizer) -> None:
        nonlocal resumed
        alone = len(trainer.optimizers) == 1  # else the global step may be that of another optimizer
        resumed = bool(optimizer.state) or (alone and trainer.global_step > 0)

    def first(*_: Any) -> None:
        if resumed and handle.position == 0:
            rule = "the checkpoint of a run that goes on must hold the position of its schedule"
            remedy = "Say how many updates were applied: configure(..., at=...)."
            got = f"none, at global step {trainer.global_step}"
            raise CheckpointError(f"lightning.configure: {rule}; got {got}. {remedy}")

    optimizer.register_load_state_dict_post_hook(loaded)
    optimizer.register_step_pre_hook(torch.compiler.disable(first))


def notice_another(handle: Attached, trainer: Any) -> None:
    """Say once that Lightning has another schedule for this optimizer: what that one wants has no effect.

    So it is in Tuner.lr_find and StochasticWeightAveraging, which bring their own, and where the schedule was not
    returned, so that no checkpoint has it.
    """
    said = False

    def look(*_: Any) -> None:
        nonlocal said
        present = [config.scheduler for config in trainer.lr_scheduler_configs]
        if not said and all(schedule is not handle for schedule in present):
            said = True
            names = ", ".join(type(schedule).__name__ for schedule in present) or "none"
            rule = f"the schedule must be among those of the trainer; got {names}, while it sets the rates"
            remedy = (
                "Return what configure gave, and leave it out where lr_find or weight averaging sets them."
            )
            warnings.warn(f"lightning.configure: {rule}. {remedy}", stacklevel=2)

    handle.optimizer.register_step_pre_hook(torch.compiler.disable(look))
