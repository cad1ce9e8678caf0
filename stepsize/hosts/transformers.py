"""Hugging Face Transformers: a Trainer that trains with a schedule. Importing this needs the extra "transformers".

Trainer says how many updates the run has, and a spelling is resolved by that. The schedule is attached to the optimizer
that updates, so accumulation, skipped updates and processes cannot move it, and the logged rate is the used one.
"""

import math
from typing import Any, Literal

from stepsize.errors import MissingExtra, ScheduleError, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule
from stepsize.spelling import needs_horizon, parse

try:
    import torch
    from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    from stepsize.hosts._torch_clock import check
    from stepsize.hosts.accelerate import unwrapped
    from stepsize.hosts.torch import Attached, TorchSchedule, attach
except ImportError as error:
    remedy = 'Write: pip install "stepsize[transformers]"'
    raise MissingExtra(message("stepsize.hosts.transformers", "needs Transformers", error, remedy)) from None

_WHERE = "ScheduleTrainer"
_OURS = ("lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio")


class ScheduleTrainer(Trainer):
    """A ``Trainer`` whose rate follows a schedule: update k uses exactly ``s(k)``.

    All else is as in Trainer: its checkpoints carry position and schedule (in ``scheduler.pt``), and
    ``resume_from_checkpoint`` goes on from there. ``learning_rate`` of the arguments is only the base of the ratios
    of parameter groups. For a Trainer of another library inherit from both, this first:
    ``class Mine(ScheduleTrainer, SFTTrainer): pass``.

    Args:
        args: what Trainer takes.
        schedule: a schedule, in absolute rates; or its spelling, in which "5%" and the open rest are those of this
            run, and "1 epoch" is known unless ``max_steps`` says the length. On "progress" its run is this one, too.
        base_lr: the initial rate of a group that follows the schedule itself, > 0; by default ``learning_rate``.
        on_change: what is done with a checkpoint of another schedule: "error" refuses it, "mine" keeps the present
            schedule, "saved" takes the saved one; both from its position on.
        per_group: schedules for groups of their own, as :func:`stepsize.hosts.torch.attach` takes them.
        per_update: where the schedule is on "samples" or "tokens": how many an update of all processes takes.
        seconds: where it is on "seconds": the ``Stopwatch`` of :mod:`stepsize.hosts.torch`, by default a new one.
        kwargs: what Trainer takes.

    Raises:
        ScheduleError: an argument is not as said above; or Trainer was told a warmup or a scheduler of its own.

    >>> import tempfile, torch
    >>> from transformers import TrainingArguments
    >>> from stepsize.hosts.transformers import ScheduleTrainer
    >>> class Square(torch.nn.Linear):
    ...     def forward(self, x):
    ...         return {"loss": super().forward(x).square().mean()}
    >>> args = TrainingArguments(tempfile.mkdtemp(), max_steps=100, use_cpu=True, report_to="none", disable_tqdm=True)
    >>> rows = [{"x": torch.ones(2)}] * 8
    >>> trainer = ScheduleTrainer(Square(2, 1), args, train_dataset=rows, schedule="0 -> 1e-2 in 5%; -> 0 cosine")
    >>> trainer.create_optimizer_and_scheduler(100)
    >>> trainer.lr_scheduler.schedule
    linear(0.0, 0.01, 5) >> cosine(0.01, 0.0, 95)
    """

    _driver: "Attached | TorchSchedule | None" = None

    def __init__(
        self,
        *args: Any,
        schedule: Schedule | str,
        base_lr: float | torch.Tensor | None = None,
        on_change: Literal["error", "mine", "saved"] = "error",
        per_group: Any = None,
        per_update: Any = None,
        seconds: Any = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(schedule, str):
            needs_horizon(schedule)  # what cannot be read is said now, and not when the run begins
        else:
            check(_WHERE, schedule, per_update=per_update, seconds=seconds)
        self._schedule = schedule
        self._options: Any = {"base_lr": base_lr, "on_change": on_change, "per_group": per_group,
                              "per_update": per_update, "seconds": seconds}  # fmt: skip
        super().__init__(*args, **kwargs)
        if self.lr_scheduler is not None:
            rule = "schedule= takes the place of a scheduler in optimizers="
            raise ScheduleError(message(_WHERE, rule, self.lr_scheduler))
        _refuse_others(self.args)
        self.add_callback(_Position())

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Attach the schedule to the optimizer; Trainer calls this when it knows how many updates the run has.

        Args:
            num_training_steps: updates of the run.
            optimizer: the optimizer, by default Trainer's own.

        Raises:
            ScheduleError: the schedule cannot be resolved for this run, or does not fit the optimizer.
        """
        if self.lr_scheduler is None:
            s = self._resolved(num_training_steps)
            if isinstance(self._driver, Attached):
                self._driver.detach()  # of an earlier call of train()
            # An engine of DeepSpeed steps the optimizer once for each group, and a scheduler once an update.
            drive = TorchSchedule if self.is_deepspeed_enabled else attach
            inner = unwrapped(self.optimizer if optimizer is None else optimizer)
            run = num_training_steps if s.clock == "progress" else None
            self._driver = drive(inner, s, steps=run, **self._options)
            self.lr_scheduler: Any = self._driver
            self._created_lr_scheduler = True  # then Trainer asks again when train() is called again
        return self.lr_scheduler

    def _resolved(self, steps: int) -> Schedule:
        if isinstance(self._schedule, Schedule):
            return self._schedule
        each = None if self.args.max_steps > 0 else _of_an_epoch(steps, self.args.num_train_epochs)
        return parse(self._schedule, Horizon(steps, steps_per_epoch=each))


class _Position(TrainerCallback):
    """Trainer's own count, where a checkpoint has no optimizer and scheduler (``save_only_model``)."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        driver = kwargs["lr_scheduler"]
        driver = getattr(driver, "scheduler", driver)  # what DeepSpeed makes of it, where it steps it itself
        if state.global_step and not driver.position:
            driver.position = state.global_step


def _of_an_epoch(steps: int, epochs: float) -> int | None:
    """The updates of an epoch, from those of the run: Trainer took ceil(epochs * updates of an epoch)."""
    if epochs < 1:  # then several numbers of updates may give the same run
        return None
    near = int(steps / epochs)
    return max(each for each in (near, near + 1) if math.ceil(epochs * each) <= steps)


def _refuse_others(args: TrainingArguments) -> None:
    """A warmup or a scheduler that Trainer was told besides would have no effect, and nobody would notice."""
    fields = type(args).__dataclass_fields__
    told = {name: getattr(args, name) for name in _OURS if name in fields}
    told = {name: value for name, value in told.items() if value and value != fields[name].default}
    if told:
        remedy = "Write it into the schedule, and leave it out there."
        raise ScheduleError(
            message(_WHERE, "the schedule says all, and TrainingArguments must not", told, remedy)
        )
