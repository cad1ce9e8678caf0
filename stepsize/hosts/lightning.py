"""Lightning: what ``configure_optimizers`` returns. Importing this needs the extra "lightning".

The schedule is attached to the optimizer and counts its applied updates by itself. So it is right whatever
``interval`` and ``frequency`` say, under accumulation and manual optimization, and with several optimizers. It is
an ``LRScheduler`` by type, which Lightning saves and restores with the rest of its checkpoint.
"""

from importlib.util import find_spec
from typing import Any

from stepsize.errors import MissingExtra, message
from stepsize.hosts._lightning_run import horizon as horizon
from stepsize.hosts._lightning_run import read
from stepsize.schedule import Schedule

try:
    from torch.optim import Optimizer

    from stepsize.hosts._lightning_watch import expect_position, notice_another, show_next
    from stepsize.hosts.torch import attach

    if not any(map(find_spec, ("lightning", "pytorch_lightning"))):  # either will do: the trainer is given
        raise ImportError("No module named 'lightning'")
except ImportError as error:
    raise MissingExtra(
        message(
            "stepsize.hosts.lightning", "needs Lightning", error, 'Write: pip install "stepsize[lightning]"'
        )
    ) from None


def configure(
    optimizer: Optimizer,
    s: Schedule | str,
    trainer: Any = None,
    *,
    at: int | None = None,
    **options: Any,
) -> dict[str, Any]:
    """What ``configure_optimizers`` returns for one optimizer: update k of it uses exactly ``s(k)``.

    For several optimizers return one for each, ``configure(a, s, self.trainer), configure(b, t, self.trainer)``.

    Args:
        optimizer: the ``torch.optim.Optimizer``.
        s: the schedule, or its spelling; one that speaks of the run, such as "0 -> 3e-4 in 5%; -> 3e-5 cosine",
            takes its length from the trainer (:func:`horizon`).
        trainer: ``self.trainer``. With it, a resumed run whose checkpoint lacks the position is refused, and
            another scheduler that Lightning brings for this optimizer is noticed.
        at: updates already applied, where the checkpoint cannot say; a whole number in [0, 2**53], by default 0.
        options: what else :func:`stepsize.hosts.torch.attach` takes: ``base_lr``, ``per_group``, ``field``, the clocks'
            ``per_update``, ``steps`` and ``seconds``, and ``on_change``, which says what to do with a checkpoint of
            another schedule: "error" refuses it, "mine" keeps the present one, "saved" takes the saved one.

    Returns:
        The optimizer and its schedule, in the form that Lightning reads.

    Raises:
        ScheduleError: an argument is not as said above.
        HorizonNeeded: the spelling speaks of the run, and no trainer is given, or it does not know its length.
        CheckpointError: while the run is resumed, its checkpoint is of another schedule, or of none.

    >>> import lightning.pytorch as lightning, torch
    >>> from stepsize.hosts.lightning import configure
    >>> class Model(lightning.LightningModule):
    ...     def configure_optimizers(self):
    ...         optimizer = torch.optim.AdamW(self.parameters(), lr=3e-4)
    ...         return configure(optimizer, "0 -> 3e-4 in 5%; -> 3e-5 cosine", self.trainer)
    """
    own = _unwrapped(optimizer)
    schedule = read(s, trainer)
    if trainer is not None and getattr(schedule, "clock", None) == "progress":
        options = {"steps": horizon(trainer).steps, **options}
    handle = attach(own, schedule, at=0 if at is None else at, **options)
    show_next(handle)
    if trainer is not None:
        notice_another(handle, trainer)
        if at is None:
            expect_position(handle, trainer)
    # LearningRateMonitor logs once in this interval; the schedule itself heeds none.
    return {"optimizer": own, "lr_scheduler": {"scheduler": handle, "interval": "step"}}


def _unwrapped(optimizer: Any) -> Any:
    """Torch's own optimizer of a LightningOptimizer, which ``self.optimizers()`` gives."""
    inner = getattr(optimizer, "optimizer", None)
    return inner if isinstance(optimizer, Optimizer) and isinstance(inner, Optimizer) else optimizer
