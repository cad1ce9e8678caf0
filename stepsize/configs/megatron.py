"""Megatron-LM's flags, in a command, a script or a file of arguments.

Defaults are those of megatron/training/config/training_config.py; lengths are made of them as
megatron/training/training.py does, in ``get_optimizer_param_scheduler``: it counts samples, and iterations are
turned into samples by the last batch.
"""

from typing import Any

from stepsize.configs import flags
from stepsize.configs.call import Call, call
from stepsize.configs.config import Config, Document
from stepsize.configs.facts import Facts
from stepsize.configs.fields import Fields, Flags
from stepsize.errors import ScheduleError, message
from stepsize.training import Training

OWN = ("lr_decay_style", "lr_warmup_iters", "lr_warmup_fraction", "lr_warmup_samples", "lr_decay_iters",
       "lr_decay_samples", "train_iters", "train_samples", "lr_wsd_decay_iters")  # fmt: skip
_MARKS = (*OWN, "lr", "min_lr", "micro_batch_size", "global_batch_size", "seq_length", "adam_beta2")
_SAMPLES = ("train_samples", "lr_decay_samples", "lr_warmup_samples", "lr_wsd_decay_samples")
_ITERS = ("train_iters", "lr_decay_iters", "lr_warmup_iters", "lr_wsd_decay_iters")
_PRECISIONS = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
_WHERE = "megatron"


def told(document: Document) -> bool:
    """Whether flags are of this kind."""
    return any(name in document for name in OWN) and sum(name in document for name in _MARKS) >= 2


def read(document: Document, caller: Training | None) -> Config:
    """Its schedule and its run.

    Raises:
        HorizonNeeded: nothing says how long the decay is.
        ScheduleError: a value is none that it can have, iterations are mixed with samples, or it contradicts the
            caller.
    """
    fields = Flags(_WHERE, document)
    for name in flags.twice(document):
        fields.note(f"--{name.replace('_', '-')} is given more than once: the last counts, as theirs has it.")
    unit = _unit(fields)
    changes = any(fields.has(name) for name in ("rampup_batch_size", "step_batch_size_schedule"))
    if changes and unit == "iters":
        rule = "a batch that changes needs lengths in samples"
        raise ScheduleError(
            message(_WHERE, rule, "iterations", "Theirs refuses it, too: use --train-samples.")
        )
    facts = _facts(fields, caller, unit, changes)
    made = _call(fields, facts, unit, changes)
    fields.left(
        ("lr", "min_lr", "lr_warmup_init", "lr_decay_style", "lr_wsd_decay_style", *_SAMPLES, *_ITERS)
    )
    return Config(_WHERE, str(made), made.made(), facts.training(batch_changes=changes), tuple(fields.notes))


def _unit(fields: Fields) -> str:
    """Whether lengths are iterations or samples; never both."""
    mixed = [[name for name in names if fields.has(name)] for names in (_ITERS, _SAMPLES)]
    if all(mixed):
        rule = "lengths must all be iterations, or all samples"
        got = ", ".join(f"--{name.replace('_', '-')}" for name in (mixed[0][0], mixed[1][0]))
        raise ScheduleError(message(_WHERE, rule, got))
    return "samples" if mixed[1] else "iters"


def _facts(fields: Fields, caller: Training | None, unit: str, changes: bool) -> Facts:
    whole, length = fields.whole("global_batch_size", least=1), fields.whole("seq_length", least=1)
    samples = fields.whole("train_samples", least=1)
    steps = fields.whole("train_iters", least=1)
    if samples is not None and whole and not changes:
        steps = samples // whole
    optimizer = fields.text("optimizer")
    if optimizer in ("adam", None):
        optimizer = optimizer and "adamw"
        fields.note("adam is AdamW here: its weight decay is decoupled.")
    file: dict[str, Any] = {
        "steps": steps,
        "samples_per_step": None if changes else whole,
        "batch": fields.whole("micro_batch_size", least=1),
        "tokens_per_step": whole * length if whole and length and not changes else None,
        "optimizer": optimizer,
        "beta1": fields.number("adam_beta1"),
        "beta2": fields.number("adam_beta2"),
        "weight_decay": fields.number("weight_decay"),
        "precision": _PRECISIONS.get(fields.text("main_params_dtype") or ""),
    }
    for name in ("bf16", "fp16"):
        fields.flag(name)
    default = {
        "beta1": 0.9,
        "beta2": 0.999,
        "weight_decay": 0.01,
        "optimizer": "adamw",
        "precision": "float32",
    }
    return Facts(_WHERE, caller, file, default)


def _call(fields: Fields, facts: Facts, unit: str, changes: bool) -> Call:
    """The twin counts samples, and updates where each has as many."""
    batch = None if changes else facts.known.get("samples_per_step")
    each = 1 if unit == "samples" else batch or 1
    if unit == "iters" and batch is None:
        fields.note("--global-batch-size is not given: lengths are counted in iterations.")
        batch = 1
    if unit == "samples" and batch is None:
        fields.note(
            "The schedule counts samples, for the batch is not the same in all updates, or not given."
        )
    decay = fields.whole(f"lr_decay_{unit}", least=1)
    if decay is None and unit == "samples":
        decay = fields.whole("train_samples", least=1)
    if decay is None:
        decay = facts.steps(f"Give --lr-decay-{unit} or --train-{unit}, or add --steps.")
    warmup = _warmup(fields, unit, decay * each, each)
    style, last = fields.text("lr_decay_style", "linear"), fields.whole(f"lr_wsd_decay_{unit}")
    wsd = {"wsd_decay_steps": None if last is None else last * each}
    if style == "WSD":
        wsd["lr_wsd_decay_style"] = fields.text("lr_wsd_decay_style", "exponential")
    return call(
        "megatron", "OptimizerParamScheduler", fields.number("lr_warmup_init", 0.0, say=False), _peak(fields),
        fields.number("min_lr", 0.0), warmup, decay * each, style, **wsd, global_batch_size=batch,
    )  # fmt: skip


def _peak(fields: Fields) -> Any:
    found = fields.number("lr")
    if found is None:
        raise ScheduleError(message(fields.at("lr"), "must be given", None))
    return found


def _warmup(fields: Fields, unit: str, decay: int, each: int) -> Any:
    """Samples of the warmup; a share is one of the decay."""
    share, steps = fields.number("lr_warmup_fraction"), fields.whole(f"lr_warmup_{unit}", 0, say=False)
    if share is None:
        return steps * each
    if steps:
        rule = f"must not be given beside --lr-warmup-{unit}"
        raise ScheduleError(message(fields.at("lr_warmup_fraction"), rule, share))
    if not 0 <= share < 1:
        raise ScheduleError(message(fields.at("lr_warmup_fraction"), "must be in [0, 1)", share))
    return share * decay
