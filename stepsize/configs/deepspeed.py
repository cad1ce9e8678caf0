"""DeepSpeed's JSON: its ``scheduler`` and ``optimizer``, and what it says of the batch.

Names and defaults are those of release 0.19.8, deepspeed/runtime/lr_schedules.py and config.py. "auto" is what the
Trainer fills in: of the run and of the rates here, as far as the caller or the file knows them.
"""

from typing import Any

from stepsize.configs.call import Call, call
from stepsize.configs.config import Config, Document
from stepsize.configs.facts import Facts
from stepsize.configs.fields import Fields
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.training import Training

TYPES = ("WarmupLR", "WarmupDecayLR", "WarmupCosineLR", "OneCycle", "LRRangeTest")
_MARKS = ("zero_optimization", "train_micro_batch_size_per_gpu", "train_batch_size", "gradient_clipping")
_CYCLE = ("cycle_first_step_size", "cycle_second_step_size", "cycle_first_stair_count", "cycle_second_stair_count",
          "decay_step_size", "decay_lr_rate")  # fmt: skip
_RANGE = ("lr_range_test_min_lr", "lr_range_test_step_size", "lr_range_test_step_rate")
_WHERE = "deepspeed"


def told(document: Document) -> bool:
    """Whether a document is of this kind."""
    scheduler = document.get("scheduler")
    kind = scheduler.get("type") if isinstance(scheduler, dict) else None
    return (isinstance(kind, str) and kind in TYPES) or sum(name in document for name in _MARKS) >= 2


def read(document: Document, caller: Training | None) -> Config:
    """Its schedule and its run.

    Raises:
        HorizonNeeded: the schedule needs the length of the run, and nothing says it.
        ScheduleError: it has no scheduler, a value is none that it can have, or is "auto" and not known.
    """
    fields = Fields(_WHERE, document)
    scheduler, optimizer = fields.part("scheduler"), fields.part("optimizer")
    kind = scheduler.text("type")
    if kind not in TYPES:
        remedy = (
            did_you_mean(str(kind), TYPES)
            if kind
            else "The Trainer's own schedule drives it: read that file."
        )
        rule = f"must be one of {', '.join(TYPES)}"
        raise ScheduleError(message(scheduler.at("type"), rule, kind, remedy))
    own = optimizer.part("params")
    facts = _facts(fields, optimizer, own, caller)
    params = scheduler.part("params")
    made, groups = _call(kind, params, own, facts)
    if params.number("last_batch_iteration", -1, say=False) != -1:
        params.note("last_batch_iteration is for resuming: the schedule is the whole one.")
    params.left([*params.taken])
    return Config(_WHERE, str(made), made.made(), facts.training(groups=groups), tuple(fields.notes))


def _facts(fields: Fields, optimizer: Fields, own: Fields, caller: Training | None) -> Facts:
    betas = _known(own, "betas") and own.listed("betas")
    kind = optimizer.text("type", say=False) if optimizer.has("type") else None
    file: dict[str, Any] = {
        "batch": _whole(fields, "train_micro_batch_size_per_gpu"),
        "accumulation": _whole(fields, "gradient_accumulation_steps"),
        "samples_per_step": _whole(fields, "train_batch_size"),
        "optimizer": None if kind is None else kind.lower(),
        "weight_decay": own.number("weight_decay") if _known(own, "weight_decay") else None,
    }
    if kind == "Adam" and own.flag("adam_w_mode", True):
        file["optimizer"] = "adamw"
        fields.note("Adam is AdamW here: its weight decay is decoupled unless adam_w_mode is false.")
    if betas:
        file["beta1"], file["beta2"] = (*betas, None)[:2]
    file["world_size"] = _processes(file)
    scaled = any(fields.part(name).get("enabled") is True for name in ("bf16", "fp16"))
    if fields.part("fp16").get("fp16_master_weights_and_grads") is True:
        file["precision"] = "float16"
    return Facts(_WHERE, caller, file, {"precision": "float32"} if scaled else {})


def _processes(file: dict[str, Any]) -> int | None:
    """How many share the data, where the three sizes say it."""
    sizes = [file[name] for name in ("samples_per_step", "batch", "accumulation")]
    if None in sizes:
        return None
    found, rest = divmod(sizes[0], sizes[1] * sizes[2])
    if rest:
        rule = "must be train_micro_batch_size_per_gpu x gradient_accumulation_steps x processes"
        raise ScheduleError(message(f"{_WHERE}: train_batch_size", rule, sizes[0]))
    return int(found)


def _known(fields: Fields, name: str) -> bool:
    """Whether it is given, and not left to the Trainer."""
    return fields.has(name) and fields.get(name) != "auto"


def _whole(fields: Fields, name: str) -> int | None:
    return fields.whole(name, least=1) if _known(fields, name) else None


def _call(kind: str, params: Fields, own: Fields, facts: Facts) -> tuple[Call, tuple[float, ...]]:
    """The call of its twin, and the highest rate of each group, where there are several."""
    if kind == "OneCycle":
        lows, highs = (_rates(params, name) for name in ("cycle_min_lr", "cycle_max_lr"))
        more = {name: params.number(name) for name in _CYCLE if params.has(name)}
        if params.flag("cycle_momentum", True):
            params.note("OneCycle replaces both betas of Adam, unless cycle_momentum is false.")
        return call("deepspeed", kind, _base(own), lows[0], highs[0], **more), _groups(highs)
    if kind == "LRRangeTest":
        more = {name: params.number(name) for name in _RANGE if params.has(name)}
        stairs = params.flag("lr_range_test_staircase") or None
        steps = facts.steps("Add --steps: a range test has no length of its own.")
        return call("deepspeed", kind, _base(own), **more, lr_range_test_staircase=stairs, steps=steps), ()
    more = {"warmup_num_steps": _warmup(params), "warmup_type": params.text("warmup_type", "log")}
    if kind == "WarmupCosineLR":
        ratios = {
            name: params.number(name) for name in ("warmup_min_ratio", "cos_min_ratio") if params.has(name)
        }
        params.number("cos_min_ratio", 0.0001)
        return call("deepspeed", kind, _rate(own), _total(params, facts), **ratios, **more), ()
    low = _rates(params, "warmup_min_lr") if _known(params, "warmup_min_lr") else None
    high = _peak(kind, params, own)
    total = () if kind == "WarmupLR" else (_total(params, facts),)
    first = _base(own, high)
    made = call(
        "deepspeed", kind, first, *total, warmup_min_lr=low and low[0], warmup_max_lr=high and high[0], **more
    )
    return made, _groups(high)


def _groups(high: list[Any] | None) -> tuple[float, ...]:
    """The highest rate of each group, where there are several."""
    return tuple(high) if high and len(high) > 1 else ()


def _base(own: Fields, other: list[Any] | None = None) -> Any:
    """The optimizer's rate, which the schedule replaces: any number will do where it is not known."""
    if _known(own, "lr"):
        return own.number("lr")
    return other[0] if other else 0.0


def _rate(own: Fields) -> Any:
    """The optimizer's rate, on which the schedule is built.

    Raises:
        ScheduleError: it is not given, or "auto".
    """
    found = own.number("lr")
    if found is None:
        raise ScheduleError(message(own.at("lr"), "must be given", None, "The schedule is a share of it."))
    return found


def _peak(kind: str, params: Fields, own: Fields) -> list[Any] | None:
    """The rate at the end of the warmup, of each group; None where it is the optimizer's own."""
    if params.get("warmup_max_lr") == "auto":
        return [_rate(own)]
    high = params.listed("warmup_max_lr")
    lr = own.number("lr") if _known(own, "lr") else None
    if high is None and kind == "WarmupDecayLR":
        params.note(
            "warmup_max_lr is not given: the peak is its default, 0.001, whatever the optimizer says."
        )
        return [0.001]
    if high is None:
        _rate(own)
    elif lr is not None and lr != high[0]:
        params.note(f"warmup_max_lr, {high[0]:g}, takes the place of the optimizer's lr, {lr:g}.")
    return high


def _rates(params: Fields, name: str) -> list[Any]:
    found = params.listed(name)
    if not found:
        raise ScheduleError(message(params.at(name), "must be given", found))
    return found


def _warmup(params: Fields) -> int:
    found: int = params.whole("warmup_num_steps", 1000, least=0)
    return max(found, 1)  # theirs makes at least 2 of it


def _total(params: Fields, facts: Facts) -> int:
    if _known(params, "total_num_steps"):
        return int(params.whole("total_num_steps"))
    return facts.steps("Give it, or add --steps.", params.at("total_num_steps"))
