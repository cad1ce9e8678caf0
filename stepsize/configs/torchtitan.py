"""torchtitan's TOML: ``[lr_scheduler]``, ``[optimizer]`` and ``[training]``.

Defaults are those of torchtitan/config/job_config.py; older names of the same are read, too.
"""

from stepsize.configs.call import call
from stepsize.configs.config import Config, Document
from stepsize.configs.facts import Facts
from stepsize.configs.fields import Fields
from stepsize.errors import ScheduleError, message
from stepsize.training import Training

_SECTIONS = ("lr_scheduler", "optimizer", "training")
_KEYS = ("warmup_steps", "total_steps", "decay_ratio", "decay_type", "min_lr_factor")
_WHERE = "torchtitan"


def told(document: Document) -> bool:
    """Whether a document is of this kind."""
    own = document.get("lr_scheduler")
    plain = isinstance(own, dict) and not own.keys() & {"class_path", "_target_", "scheduler"}
    return plain and any(isinstance(document.get(name), dict) for name in ("optimizer", "training", "job"))


def read(document: Document, caller: Training | None) -> Config:
    """Its schedule and its run.

    Raises:
        ScheduleError: a value is none that it can have, or contradicts the caller.
    """
    fields = Fields(_WHERE, document)
    scheduler, optimizer, training = (fields.part(name) for name in _SECTIONS)
    facts = _facts(optimizer, training, fields.part("parallelism"), caller)
    low = scheduler.number("min_lr_factor") if scheduler.has("min_lr_factor") else scheduler.number("lr_min")
    steps = facts.steps("Give training.steps.")
    made = call(
        "torchtitan", "LRSchedulersContainer", optimizer.number("lr", 8e-4),
        warmup_steps=scheduler.whole("warmup_steps", 200), total_steps=scheduler.whole("total_steps", least=1),
        decay_ratio=scheduler.number("decay_ratio"), decay_type=scheduler.text("decay_type"), min_lr_factor=low,
        training_steps=steps,
    )  # fmt: skip
    total = scheduler.whole("total_steps", least=1)
    if total is not None and total < steps:
        scheduler.note(
            f"total_steps, {total:,}, is less than the run of {steps:,}: behind it theirs turns negative or rises."
        )
    scheduler.left(_KEYS)
    return Config(_WHERE, str(made), made.made(), facts.training(), tuple(fields.notes))


def _facts(optimizer: Fields, training: Fields, parallel: Fields, caller: Training | None) -> Facts:
    """The run: the steps always, and the batch as far as it is said."""
    own = "local_batch_size" if training.has("local_batch_size") else "batch_size"
    batch, whole = training.whole(own, least=1), training.number("global_batch_size")
    whole = training.whole("global_batch_size", least=1) if whole is not None and whole > 0 else None
    processes = _processes(parallel)
    accumulation = None
    if None not in (whole, batch, processes):
        accumulation, rest = divmod(whole, batch * processes)
        if rest or not accumulation:
            rule = f"must be a multiple of {batch} examples on {processes} processes"
            raise ScheduleError(message(training.at("global_batch_size"), rule, whole))
    kind = training.text("dtype", say=False)
    file = {
        "steps": training.whole("steps", least=1),
        "batch": batch,
        "world_size": processes,
        "accumulation": accumulation,
        "samples_per_step": whole,
        "optimizer": (optimizer.text("name") or "").lower() or None,
        "beta1": optimizer.number("beta1"),
        "beta2": optimizer.number("beta2"),
        "weight_decay": optimizer.number("weight_decay"),
        "precision": kind if kind in ("bfloat16", "float32") else None,
    }
    length = training.number("seq_len")
    if length is not None and (whole or (batch and processes)):
        file["tokens_per_step"] = length * (whole or batch * processes)
    default = {"steps": 10_000, "beta1": 0.9, "beta2": 0.95, "weight_decay": 0.1, "optimizer": "adamw"}
    if not training.has("steps") and (caller is None or caller.steps is None):
        training.note("training.steps is not given: the default, 10,000.")
    return Facts(_WHERE, caller, file, default | {"precision": "float32"})


def _processes(parallel: Fields) -> int | None:
    """How many share the data: -1, the default, leaves it to the machine."""
    copies = parallel.whole("data_parallel_replicate_degree", 1, least=1, say=False)
    shards = parallel.number("data_parallel_shard_degree", -1, say=False)
    return int(copies * shards) if shards > 0 else None
