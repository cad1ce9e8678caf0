"""Hugging Face Accelerate: a schedule drives an optimizer on any number of processes. Needs the extra "accelerate".

A scheduler that ``accelerator.prepare`` has wrapped is stepped ``num_processes`` times an update, once with
``split_batches``, and not at all while gradients accumulate or where an update was skipped. Here none of this matters:
the clock is the optimizer's own applied updates, which are the same on all processes.
"""

import math
from typing import Any

from stepsize import _accept
from stepsize.errors import MissingExtra, ScheduleError, ScheduleTypeError, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule

try:
    import torch
    from accelerate import Accelerator
    from accelerate.data_loader import DataLoaderAdapter
    from accelerate.optimizer import AcceleratedOptimizer
    from accelerate.utils import DistributedType

    from stepsize.hosts import torch as _torch
except ImportError as error:
    remedy = 'Write: pip install "stepsize[accelerate]"'
    raise MissingExtra(message("stepsize.hosts.accelerate", "needs Accelerate", error, remedy)) from None


def attach(
    accelerator: Accelerator,
    optimizer: torch.optim.Optimizer,
    s: Schedule,
    *,
    at: int | None = None,
    **options: Any,
) -> _torch.Attached:
    """Let a schedule drive an optimizer of an accelerator: update k uses exactly ``s(k)``, on every process.

    The loop needs no call, and ``accelerator.save_state`` and ``load_state`` carry position and schedule. Write
    the schedule in updates of the run as it is: nothing is to be multiplied by ``num_processes``.

    Args:
        accelerator: the ``Accelerator``.
        optimizer: the optimizer, before or after ``accelerator.prepare``.
        s: the schedule, in absolute rates; for a spelling see :func:`horizon`.
        at: updates already applied; by default 0, and then the optimizer must be fresh.
        options: what else :func:`stepsize.hosts.torch.attach` takes: ``base_lr``, ``per_group``, ``field``, the clocks'
            ``per_update`` (of all processes together), ``steps`` and ``seconds``, and ``on_change``, which says what
            ``accelerator.load_state`` does with a checkpoint of another schedule: "error" refuses it, "mine" keeps the
            present one, "saved" takes the saved one.

    Returns:
        The handle of :func:`stepsize.hosts.torch.attach`; its ``step()`` does nothing, however often it is called.

    Raises:
        ScheduleError: an argument is not as said above; or an engine updates outside of the optimizer.

    >>> import stepsize as ss, torch
    >>> from accelerate import Accelerator
    >>> from stepsize.hosts.accelerate import attach
    >>> accelerator = Accelerator(cpu=True)
    >>> model = torch.nn.Linear(2, 1)
    >>> model, optimizer = accelerator.prepare(model, torch.optim.AdamW(model.parameters(), lr=3e-4))
    >>> handle = attach(accelerator, optimizer, ss.warmup_cosine(3e-4, 10_000, warmup=1_000))
    >>> for _ in range(500):
    ...     accelerator.backward(model(torch.ones(4, 2)).square().mean())
    ...     optimizer.step()
    >>> handle.position
    500
    """
    if not isinstance(accelerator, Accelerator):
        raise ScheduleTypeError(message("attach", "takes an Accelerator first", accelerator))
    if accelerator.distributed_type in (DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM):
        rule = "follows the steps of an optimizer, and this engine updates by steps of its own"
        remedy = "Call TorchSchedule.step() after each update, and do not prepare it."
        raise ScheduleError(message("attach", rule, accelerator.distributed_type.value, remedy))
    inner = unwrapped(optimizer)
    if at is None and (before := _applied(inner)):
        rule = "must be built before accelerator.load_state, which restores the position, or told it by at="
        raise ScheduleError(message("attach", rule, f"an optimizer that has made {before} updates"))
    handle = _torch.attach(inner, s, at=at or 0, **options)
    accelerator.prepare_scheduler(handle)  # so that save_state and load_state know it
    return handle


def horizon(accelerator: Accelerator, loader: Any, *, epochs: int) -> Horizon:
    """What a run is, as this accelerator will make it: its updates, so that "5%" and "2 epochs" can be resolved.

    A prepared loader has the batches of one process; each update takes ``gradient_accumulation_steps`` of them, and
    the last update of an epoch those that are left (unless ``sync_with_dataloader=False``).

    Args:
        accelerator: the ``Accelerator``.
        loader: the training loader, as ``accelerator.prepare`` returned it; it must have a length.
        epochs: how often the loop goes through it; whole, >= 1.

    Raises:
        ScheduleError: the loader is not prepared or has no length, or an argument is not as said above.

    >>> import stepsize as ss, torch
    >>> from accelerate import Accelerator
    >>> from stepsize.hosts.accelerate import horizon
    >>> accelerator = Accelerator(cpu=True)
    >>> loader = accelerator.prepare(torch.utils.data.DataLoader(torch.zeros(640, 2), batch_size=16))
    >>> ss.parse("0 -> 3e-4 in 5%; -> 3e-5 cosine", horizon(accelerator, loader, epochs=3))
    linear(0.0, 0.0003, 6) >> cosine(0.0003, 3e-05, 114)
    """
    if not isinstance(loader, DataLoaderAdapter):
        remedy = "Only there it is known which batches this process gets."
        raise ScheduleTypeError(message("horizon", "takes the loader that prepare returned", loader, remedy))
    times = _accept.count("horizon.epochs", epochs, least=1)
    try:
        batches = len(loader)
    except TypeError:
        remedy = "Say how many updates the run makes: Horizon(steps=...)."
        raise ScheduleError(message("horizon", "the loader must have a length", loader, remedy)) from None
    together = accelerator.gradient_accumulation_steps
    if accelerator.gradient_state.sync_with_dataloader:
        each = math.ceil(batches / together)
        return Horizon(times * each, steps_per_epoch=each)
    return Horizon(times * batches // together, steps_per_epoch=batches / together)


def unwrapped(optimizer: Any) -> Any:
    """The optimizer that really updates, below what accelerate and its engines put around it."""
    while isinstance(optimizer, AcceleratedOptimizer) or not isinstance(optimizer, torch.optim.Optimizer):
        if (inner := getattr(optimizer, "optimizer", None)) is None:
            break
        optimizer = inner
    return optimizer


def _applied(optimizer: Any) -> int:
    """Updates that an optimizer remembers: the Adam family counts, SGD does not."""
    states = optimizer.state.values() if isinstance(optimizer, torch.optim.Optimizer) else ()
    return max((int(state["step"]) for state in states if "step" in state), default=0)
