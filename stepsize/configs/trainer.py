"""Transformers' ``TrainingArguments``, as JSON or YAML, and the files of tools that keep its names.

Defaults are those of release 5.23.0, transformers/training_args.py; the length of a run and the rounding of a share
of warmup are those of ``Trainer.set_initial_training_values`` and ``TrainingArguments.get_warmup_steps``.
"""

import json
import math
from typing import Any

from stepsize.configs.call import Call, call
from stepsize.configs.config import Config, Document
from stepsize.configs.facts import Facts
from stepsize.configs.fields import Fields
from stepsize.errors import ScheduleError, message
from stepsize.training import Training

KEYS = ("learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio", "max_steps",
        "num_train_epochs", "per_device_train_batch_size", "gradient_accumulation_steps", "optim", "adam_beta1",
        "adam_beta2", "weight_decay", "dataloader_drop_last")  # fmt: skip
_ALIASES = {  # of axolotl, which renames some
    "lr_scheduler": "lr_scheduler_type",
    "num_epochs": "num_train_epochs",
    "micro_batch_size": "per_device_train_batch_size",
    "optimizer": "optim",
}
_MARKS = ("lr_scheduler_type", "num_train_epochs", "per_device_train_batch_size", "warmup_ratio", "warmup_steps",
          "max_steps", "learning_rate", "lr_scheduler_kwargs", "gradient_accumulation_steps")  # fmt: skip
_OF_RATES = ("learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "warmup_ratio", "warmup_steps")
_AXOLOTL = ("cosine_min_lr_ratio", "cosine_constant_lr_ratio", "lr_groups", "relora_steps")
_ENDLESS = ("constant", "constant_with_warmup", "inverse_sqrt")
_OPTIMIZERS = ("adamw", "adafactor", "lion", "sgd", "adagrad", "rmsprop", "muon", "lomo", "apollo")
_WHERE = "trainer"


def told(document: Document) -> bool:
    """Whether a document is of this kind: two names that nobody else uses together."""
    names = {_ALIASES.get(name, name) for name in document if isinstance(name, str)}
    if "log_history" in names:  # trainer_state.json, which is a log
        return False
    strange = any(isinstance(document.get(name), dict) for name in ("optimizer", "lr_scheduler"))
    return len(names & {*_MARKS}) >= 2 and bool(names & {*_OF_RATES}) and not strange


def read(document: Document, caller: Training | None) -> Config:
    """Its schedule and its run.

    Raises:
        HorizonNeeded: the schedule needs the length of the run, and nothing says it.
        ScheduleError: a value is none that it can have, or contradicts the caller.
    """
    fields = Fields(_WHERE, {_ALIASES.get(name, name): value for name, value in document.items()})
    for name in _AXOLOTL:
        if fields.has(name):
            rule = "changes the schedule in a way of its own, which is not known here"
            raise ScheduleError(
                message(fields.at(name), rule, fields.get(name), "Leave it out, or spell the schedule.")
            )
    facts = _facts(fields, caller)
    made = _call(fields, facts)
    if fields.has("deepspeed"):
        fields.get("deepspeed")
        fields.note("deepspeed: a scheduler in that file takes the place of this one.")
    fields.left(KEYS)
    return Config(_WHERE, str(made), made.made(), facts.training(), tuple(fields.notes))


def _facts(fields: Fields, caller: Training | None) -> Facts:
    steps = fields.number("max_steps", -1, say=False)
    epochs = fields.number("num_train_epochs")
    steps = fields.whole("max_steps", least=1) if steps > 0 else None
    default: dict[str, Any] = {
        "batch": 8,
        "accumulation": 1,
        "beta1": 0.9,
        "beta2": 0.999,
        "weight_decay": 0.0,
        "optimizer": "adamw",
    }
    if steps is None and epochs is None:
        default["epochs"] = 3.0
    file = {
        "steps": steps,
        "epochs": epochs if steps is None else None,
        "batch": fields.whole("per_device_train_batch_size", least=1),
        "accumulation": fields.whole("gradient_accumulation_steps", least=1),
        "drop_last": fields.flag("dataloader_drop_last") or None,
        "optimizer": _optimizer(fields.text("optim")),
        "beta1": fields.number("adam_beta1"),
        "beta2": fields.number("adam_beta2"),
        "weight_decay": fields.number("weight_decay"),
        "precision": "bfloat16" if fields.flag("pure_bf16") else None,
    }
    return Facts(_WHERE, caller, file, default, math.ceil)


def _optimizer(optim: str | None) -> str | None:
    if optim is None:
        return None
    return next((name for name in _OPTIMIZERS if name in optim.lower()), optim.lower())


def _call(fields: Fields, facts: Facts) -> Call:
    kind = fields.text("lr_scheduler_type", "linear").lower().removeprefix("schedulertype.")
    lr = fields.number("learning_rate", 5e-5)
    given = _kwargs(fields)
    if kind == "constant":
        return call("transformers", kind, lr)
    warmup = _warmup(fields, facts)
    if kind in _ENDLESS:
        return call("transformers", kind, lr, warmup, **(given if kind == "inverse_sqrt" else {}))
    if kind in ("reduce_lr_on_plateau", "greedy"):
        return call("transformers", kind, lr)  # whose twin says why there is no schedule
    if kind == "warmup_stable_decay" and "num_stable_steps" in given:
        return call("transformers", kind, lr, warmup, **given)
    steps = facts.steps("Give max_steps, or num_train_epochs and the updates of an epoch; or add --steps.")
    if kind == "warmup_stable_decay":
        return call("transformers", kind, lr, warmup, num_training_steps=steps, **given)
    return call("transformers", kind, lr, warmup, steps, **given)


def _warmup(fields: Fields, facts: Facts) -> int:
    """The updates of the warmup: warmup_steps goes first, and below 1 it is a share, rounded up."""
    steps, share = fields.number("warmup_steps", 0, say=False), fields.number("warmup_ratio", 0, say=False)
    for name, value in (("warmup_steps", steps), ("warmup_ratio", share)):
        if value < 0 or (name == "warmup_ratio" and value > 1):
            raise ScheduleError(message(fields.at(name), "must be >= 0, and a ratio <= 1", value))
    if share:
        late = "Transformers 5 does not know it any more: warmup_steps below 1 is the same."
        fields.note(f"warmup_ratio: {'warmup_steps goes before it.' if steps else late}")
    if steps >= 1:
        return int(steps)
    part = steps or share
    return math.ceil(facts.steps("A share of warmup needs max_steps; or add --steps.") * part) if part else 0


def _kwargs(fields: Fields) -> dict[str, Any]:
    """What else the schedule takes, as plain values under plain names."""
    given = fields.get("lr_scheduler_kwargs")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            rule = "must hold keys and values"
            raise ScheduleError(message(fields.at("lr_scheduler_kwargs"), rule, given)) from None
    part = Fields(fields.at("lr_scheduler_kwargs"), given or {}, fields.notes)
    return {name: plain(part, name) for name in part.values if part.has(name)}


def plain(part: Fields, name: Any) -> Any:
    """An argument of a twin: a number, also one that YAML takes for text, a word, a flag, or a list of them.

    Raises:
        ScheduleError: its name is none, or it is anything else.
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ScheduleError(message(part.where, "must have names of arguments", name))
    value = part.get(name)
    if isinstance(value, (list, tuple)):
        return part.listed(name)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and not any(sign.isdigit() for sign in value[:2]):
        return part.text(name)
    if isinstance(value, str) and value[:1].isdigit() and value.endswith("sqrt"):
        return part.text(name)  # "1-sqrt"
    return part.number(name)
