"""The run of a Lightning trainer: how long it is, so that a spelling may speak of shares and epochs."""

import math
from typing import Any

from stepsize.errors import HorizonNeeded, ScheduleTypeError, message
from stepsize.horizon import Horizon
from stepsize.spelling import needs_horizon, parse


def horizon(trainer: Any) -> Horizon:
    """The run of a trainer: how many updates it makes in all, and how many in an epoch.

    It is the whole run, that before a checkpoint included, so that a resumed run gets the same schedule.

    Args:
        trainer: ``self.trainer``, inside ``configure_optimizers``.

    Returns:
        A horizon with ``steps``, and ``steps_per_epoch`` where ``max_epochs`` and the loader's length are known.

    Raises:
        HorizonNeeded: the trainer has no end in updates, or its updates cannot be foreseen.

    >>> import torch, stepsize as ss, lightning.pytorch as lightning
    >>> from stepsize.hosts.lightning import configure, horizon
    >>> class Model(lightning.LightningModule):
    ...     def configure_optimizers(self):
    ...         warmup = horizon(self.trainer).updates("1 epoch")
    ...         optimizer = torch.optim.AdamW(self.parameters(), lr=3e-4)
    ...         return configure(optimizer, ss.inverse_sqrt(3e-4, warmup), self.trainer)
    """
    steps = _planned(trainer)
    batches = trainer.num_training_batches
    per_epoch = math.ceil(batches / trainer.accumulate_grad_batches) if batches < math.inf else None
    return Horizon(steps, steps_per_epoch=per_epoch)


def _planned(trainer: Any) -> int:
    """The updates of one optimizer, as far as Lightning can know them."""
    remedy = "Give a schedule in updates, or ss.parse(text, ss.Horizon(steps=...))."
    if not hasattr(trainer, "estimated_stepping_batches"):
        raise ScheduleTypeError(
            message("lightning.horizon", "takes the Trainer", trainer, "Give self.trainer.")
        )
    if any(hasattr(callback, "going_to_accumulate_grad_batches") for callback in trainer.callbacks):
        rule = "updates cannot be foreseen where accumulation changes between epochs"
        raise HorizonNeeded(message("lightning.horizon", rule, "GradientAccumulationScheduler", remedy))
    if not trainer.lightning_module.automatic_optimization and trainer.max_steps != -1:
        rule = "under manual optimization, max_steps counts the steps of all optimizers together"
        raise HorizonNeeded(message("lightning.horizon", rule, trainer.max_steps, remedy))
    steps = trainer.estimated_stepping_batches
    if not 0 < steps < math.inf:  # an endless loader without max_steps gives -1
        got = f"max_steps={trainer.max_steps}, max_epochs={trainer.max_epochs}"
        remedy = f"Set max_steps, and max_epochs where the loader has a length. {remedy}"
        raise HorizonNeeded(
            f"lightning.horizon: the Trainer must have an end in updates; got {got}. {remedy}"
        )
    return int(steps)


def read(s: Any, trainer: Any) -> Any:
    """A schedule from its spelling; what is none, attach refuses."""
    if not isinstance(s, str):
        return s
    if not needs_horizon(s):
        return parse(s)
    if trainer is None:
        rule = "a spelling that speaks of the run needs the trainer"
        raise HorizonNeeded(
            message("lightning.configure", rule, s, "Write configure(optimizer, s, self.trainer).")
        )
    return parse(s, horizon(trainer))
