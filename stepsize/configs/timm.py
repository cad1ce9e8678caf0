"""timm's ``args.yaml``, as its ``train.py`` writes it, and the flags of that script.

Defaults are those of train.py in release 1.0.31. Lengths are epochs; an epoch has as many updates as full batches,
for the last batch that is not full is left out.
"""

import math
from typing import Any

from stepsize.configs import flags
from stepsize.configs.call import Call, call
from stepsize.configs.config import Config, Document
from stepsize.configs.facts import Facts
from stepsize.configs.fields import Fields, Flags
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.training import Training

_NAMES = {  # of train.py, and of create_scheduler_v2
    "decay_epochs": "decay_epochs", "decay_rate": "decay_rate", "min_lr": "min_lr", "lr_cycle_mul": "cycle_mul",
    "lr_cycle_decay": "cycle_decay", "lr_cycle_limit": "cycle_limit", "lr_k_decay": "k_decay",
    "lr_noise_pct": "noise_pct", "lr_noise_std": "noise_std", "lr_stable_timescale": "stable_timescale",
}  # fmt: skip
_DEFAULTS = {"min_lr": 0.0, "lr_cycle_decay": 0.5, "warmup_lr": 1e-5, "warmup_epochs": 5, "epochs": 300}
_MARKS = ("epochs", "warmup_epochs", "warmup_lr", "lr", "lr_base", "min_lr", "decay_epochs", "cooldown_epochs",
          "decay_rate", "sched_on_updates", "opt")  # fmt: skip
_CYCLES = ("cosine", "tanh", "poly", "wsd", "rsqrt")  # those that say how long they are
_ADAPTIVE = ("ada", "lamb")
_WHERE = "timm"


def told(document: Document) -> bool:
    """Whether a document or flags are of this kind."""
    return "sched" in document and sum(name in document for name in _MARKS) >= 1


def read(document: Document, caller: Training | None) -> Config:
    """Its schedule and its run.

    Raises:
        HorizonNeeded: nothing says how many updates an epoch has.
        ScheduleError: a value is none that it can have, or contradicts the caller.
    """
    fields = Fields(_WHERE, document)
    if flags.flagged(document):
        fields = Flags(_WHERE, {_whole_name(name): value for name, value in document.items()})
    lr, known = _rate(fields, caller), _known(fields)
    epochs = _epochs(fields, _call(fields, lr, 1, None))
    facts = Facts(_WHERE, caller, known | {"epochs": epochs}, _defaults(fields))
    each = _updates(fields, facts, epochs)
    made = _call(fields, lr, each, epochs * each)
    facts.known.setdefault("steps_per_epoch", each)
    facts.known.setdefault("steps", epochs * each)
    fields.left((*_NAMES, *_DEFAULTS, "sched_on_updates"))
    return Config(_WHERE, str(made), made.made(), facts.training(), tuple(fields.notes))


def _whole_name(name: str) -> str:
    """A flag that is cut short, as theirs may be."""
    if name == "dr":
        return "decay_rate"
    known = {
        *_NAMES,
        *_DEFAULTS,
        "sched",
        "warmup_prefix",
        "sched_on_updates",
        "cooldown_epochs",
        "decay_milestones",
    }
    longer = [whole for whole in known if whole.startswith(name)]
    return longer[0] if len(longer) == 1 and name not in ("lr", "opt") else name


def _known(fields: Fields) -> dict[str, Any]:
    """What it says of the run, but for its length."""
    betas = fields.listed("opt_betas") or [None]
    optimizer = fields.text("opt")
    return {
        "batch": fields.whole("batch_size", least=1),
        "accumulation": fields.whole("grad_accum_steps", least=1),
        "world_size": fields.whole("world_size", least=1),
        "optimizer": optimizer and optimizer.lower(),
        "beta1": betas[0] if betas[0] is not None or _adapts(fields) else fields.number("momentum"),
        "beta2": betas[1] if len(betas) > 1 else None,
        "weight_decay": fields.number("weight_decay"),
    }


def _defaults(fields: Fields) -> dict[str, Any]:
    """What train.py and its optimizers take where nothing is said."""
    found = {"drop_last": True, "accumulation": 1, "weight_decay": 2e-5, "optimizer": "sgd", "beta1": 0.9}
    return found | ({"beta2": 0.999} if "adam" in fields.text("opt", "sgd", say=False).lower() else {})


def _adapts(fields: Fields) -> bool:
    """Whether the optimizer has betas, and no momentum."""
    return any(word in fields.text("opt", "sgd", say=False).lower() for word in (*_ADAPTIVE, "lion"))


def _rate(fields: Fields, caller: Training | None) -> Any:
    """The base rate: ``lr``, or ``lr_base`` scaled with the batch, linearly or by its root."""
    if fields.has("lr") and fields.number("lr") != 0:
        return fields.number("lr")
    batch, base = (
        fields.whole("batch_size", 128, least=1),
        fields.whole("lr_base_size", 256, least=1, say=False),
    )
    horizon = caller.horizon if caller else None
    whole = horizon.samples_per_step if horizon and caller and caller.told("batch") is None else None
    if whole is None:
        told = fields.whole("world_size", least=1) or (caller and caller.told("world_size"))
        parts = [batch, fields.whole("grad_accum_steps", 1, least=1, say=False), told or 1]
        whole = math.prod(parts)
        if not told:
            fields.note("lr is made of lr_base and the batch: one process is assumed. Add --world-size.")
    scale = fields.text("lr_base_scale", "", say=False)
    adaptive = any(word in fields.text("opt", "sgd", say=False).lower() for word in _ADAPTIVE)
    ratio = whole / base
    ratio = ratio**0.5 if scale == "sqrt" or (not scale and adaptive) else ratio
    found = fields.number("lr_base", 0.1) * ratio
    fields.note(f"lr is not given: lr_base for {whole:g} examples an update makes it {found:g}.")
    return found


def _call(fields: Fields, lr: Any, each: int, steps: int | None) -> Call:
    """The call of its factory; of ``steps`` updates where there is noise, which without them is left out."""
    more = {name: fields.number(ours, _DEFAULTS.get(ours)) for ours, name in _NAMES.items()}
    kind = fields.text("sched", "cosine")
    noise = fields.listed("lr_noise")
    if noise and steps is not None:
        more |= {
            "noise": noise if len(noise) > 1 else noise[0],
            "noise_seed": fields.number("seed", 42, say=False),
        }
        more["steps"] = steps
    milestones = fields.listed("decay_milestones") if kind == "multistep" else None
    return call(
        "timm", "create_scheduler_v2", lr, kind,
        num_epochs=fields.whole("epochs", 300, least=1),
        decay_milestones=milestones,
        warmup_lr=fields.number("warmup_lr", 1e-5), warmup_epochs=fields.number("warmup_epochs", 5),
        warmup_prefix=fields.flag("warmup_prefix") or None,
        decay_fn=fields.text("lr_decay_fn", say=False),
        step_on_epochs=None if not fields.flag("sched_on_updates") else False,
        **more, updates_per_epoch=each,
    )  # fmt: skip


def _epochs(fields: Fields, made: Call) -> int:
    """The epochs of the run: those of the schedule, and the cooldown; or those that are given."""
    kind = fields.text("sched", "cosine", say=False)
    length, given = made.made().length, int(fields.whole("epochs", 300, least=1, say=False))
    cooldown = int(fields.whole("cooldown_epochs", 0, say=False))
    if kind in _CYCLES and math.isfinite(length):
        return math.floor(length) + cooldown
    prefix = float(fields.number("warmup_epochs", 5, say=False)) if fields.flag("warmup_prefix") else 0.0
    return math.ceil(given + prefix)


def _updates(fields: Fields, facts: Facts, epochs: int) -> int:
    """Updates of an epoch, as they are known, or as the length of the run makes them."""
    each = facts.steps_per_epoch
    if each is None and facts.known.get("steps"):
        each = facts.known["steps"] / epochs
    if each is None:
        if fields.text("sched", "cosine", say=False) == "none":
            return 1
        rule = "lengths are epochs, and the updates of an epoch must be known"
        remedy = "Add --steps-per-epoch, or --dataset-size and --batch."
        raise HorizonNeeded(message(_WHERE, rule, None, remedy))
    if each != int(each) or each < 1:
        rule = f"{epochs:,} epochs must come to whole updates each"
        raise ScheduleError(message(_WHERE, rule, each))
    return int(each)
