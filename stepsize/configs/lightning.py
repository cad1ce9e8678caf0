"""Lightning's configurations: those of its command line, and the dictionary that ``configure_optimizers`` returns.

Classes are named by ``class_path`` and ``init_args``, or by Hydra's ``_target_``. A schedule is stepped once an epoch
unless ``interval: step`` says otherwise; then all its lengths are epochs, whatever they look like.
"""

from collections.abc import Mapping
from typing import Any

from stepsize import _accept
from stepsize.configs.call import Call, call
from stepsize.configs.config import Config, Document
from stepsize.configs.facts import Facts
from stepsize.configs.fields import Fields
from stepsize.configs.trainer import plain
from stepsize.errors import HorizonNeeded, ScheduleError, message
from stepsize.spelling import parse
from stepsize.training import Training

_CLASS = ("class_path", "_target_")
_NOT_OURS = ("last_epoch", "verbose", "_partial_", "_recursive_", "optimizer", "monitor")
_LENGTHS = ("T_max", "total_steps", "total_iters", "step_size", "T_0", "step_size_up")
_RISE = ("CosineAnnealingLR", "OneCycleLR")
_RATES = {"Adam": 1e-3, "AdamW": 1e-3, "SGD": 1e-3}  # of torch, release 2.13.0
_TRUE = {"bf16-true": "bfloat16", "16-true": "float16"}  # mixed ones keep their weights in float32
_WHERE = "lightning"
_DEEP = 5


def told(document: Document) -> bool:
    """Whether a document is of this kind."""
    found = _scheduler(document)
    return found is not None and (_named(found) or isinstance(found.get("scheduler"), Mapping))


def read(document: Document, caller: Training | None) -> Config:
    """Its schedule and its run.

    Raises:
        HorizonNeeded: it is stepped once an epoch, and nothing says how many updates that is.
        ScheduleError: there is no schedule in it, or one that is not known; or a value is none that it can have.
    """
    found = _scheduler(document)
    if found is None:
        rule = "must name a schedule: lr_scheduler with class_path and init_args"
        raise ScheduleError(message(_WHERE, rule, list(document)[:5]))
    notes: list[str] = []
    around = Fields(f"{_WHERE}: lr_scheduler", found, notes)
    inner = around.part("scheduler") if isinstance(found.get("scheduler"), Mapping) else around
    optimizer = Fields(f"{_WHERE}: optimizer", _search(document, "optimizer") or {}, notes)
    facts = _facts(Fields(_WHERE, document, notes), optimizer, caller)
    made = _call(inner, _rate(optimizer, inner))
    text = str(made) + _stepped(around, made, facts)
    schedule, steps = parse(text), facts.known.get("steps")
    if made.name in _RISE and steps is not None and schedule.length < steps:
        around.note(
            f"{made.name} ends at update {schedule.length:,} of {steps:,}: behind it theirs rises, or raises."
        )
    return Config(_WHERE, text, schedule, facts.training(), tuple(notes))


def _named(found: Mapping[str, Any]) -> bool:
    return any(isinstance(found.get(name), str) for name in _CLASS)


def _scheduler(document: Document) -> Mapping[str, Any] | None:
    if isinstance(document.get("scheduler"), Mapping) and "interval" in document:
        return document
    for name in ("lr_scheduler", "scheduler"):
        found = _search(document, name)
        if found is not None and (_named(found) or isinstance(found.get("scheduler"), Mapping)):
            return found
    return None


def _search(document: Any, name: str, level: int = 0) -> Mapping[str, Any] | None:
    """The mapping of that name that stands highest."""
    if not isinstance(document, Mapping) or level > _DEEP:
        return None
    if isinstance(document.get(name), Mapping):
        own: Mapping[str, Any] = document[name]
        return own
    inside = (_search(value, name, level + 1) for value in list(document.values())[:200])
    return next((found for found in inside if found is not None), None)


def _arguments(fields: Fields) -> tuple[str, Fields]:
    """The class that a mapping names, and its arguments."""
    path = next((fields.text(name) for name in _CLASS if fields.has(name)), "")
    inside = fields.part("init_args") if fields.has("class_path") else fields
    return path, inside


def _rate(optimizer: Fields, scheduler: Fields) -> Any:
    """The rate of the optimizer; of a schedule that replaces it, any will do."""
    path, inside = _arguments(optimizer)
    found = inside.number("lr") if inside.has("lr") else None
    kind = path.rpartition(".")[2]
    if found is None and (own := _arguments(scheduler)[1]).has("max_lr"):
        return own.number("max_lr")
    if found is None and kind in _RATES:
        return inside.number("lr", _RATES[kind])
    if found is None:
        raise ScheduleError(message(inside.at("lr"), "must be given", None))
    return found


def _call(fields: Fields, lr: Any) -> Call:
    """The call of a twin, with those inside it."""
    path, inside = _arguments(fields)
    module, _, name = path.rpartition(".")
    if name in ("LambdaLR", "MultiplicativeLR"):
        rule = "it takes a function, which no configuration holds"
        raise ScheduleError(message(fields.where, rule, path))
    peer = next((peer for peer in ("transformers", "torch") if module.startswith(peer)), None)
    if peer is None and module not in ("", "lightning.pytorch.cli", "pytorch_lightning.cli"):
        rule = "must be one of torch.optim.lr_scheduler or transformers.optimization"
        raise ScheduleError(message(fields.at("class_path"), rule, path))
    if inside.number("last_epoch", -1, say=False) != -1:
        inside.note("last_epoch is for resuming: the schedule is the whole one.")
    skip = {*_NOT_OURS, *_CLASS, "init_args"}
    own = [key for key in inside.values if key not in skip and inside.has(key)]
    more = {key: plain(inside, key) for key in own if key != "schedulers"}
    if "schedulers" in own:
        more["schedulers"] = _children(inside, lr)
    return call(peer or "torch", name, lr, **more)


def _children(inside: Fields, lr: Any) -> list[Call]:
    given = inside.get("schedulers")
    if not isinstance(given, list) or len(given) > 100:
        raise ScheduleError(message(inside.at("schedulers"), "must be a list of schedules", given))
    where = inside.at("schedulers")
    return [_call(Fields(f"{where}[{k}]", one, inside.notes), lr) for k, one in enumerate(given)]


def _stepped(around: Fields, made: Call, facts: Facts) -> str:
    """How it is stepped: what is typed behind the call."""
    interval = around.text("interval", "epoch")
    every = around.whole("frequency", 1, least=1, say=False)
    if interval not in ("step", "epoch"):
        raise ScheduleError(message(around.at("interval"), 'must be "step" or "epoch"', interval))
    if interval == "step":
        if every > 1:
            rule = "must be 1 where interval is step: Lightning counts batches there, anew in each epoch"
            raise ScheduleError(message(around.at("frequency"), rule, every))
        return ""
    each = facts.steps_per_epoch
    if each is None:
        rule = "the schedule moves once an epoch, and the updates of an epoch must be known"
        remedy = "Add --steps-per-epoch, or write interval: step if its lengths are updates."
        raise HorizonNeeded(message(around.where, rule, None, remedy))
    long = [f"{name}={value}" for name, value in made.named if name in _LENGTHS]
    if long:
        around.note(f"{', '.join(long)} is counted in epochs, for the schedule is stepped once an epoch.")
    count = _accept.count(f"{_WHERE}: updates of an epoch", each) * every
    return f".stretch({count}).staircase({count})" if count > 1 else ""


def _facts(fields: Fields, optimizer: Fields, caller: Training | None) -> Facts:
    trainer = Fields(f"{_WHERE}: trainer", _search(fields.values, "trainer") or {}, fields.notes)
    data = Fields(f"{_WHERE}: data", _search(fields.values, "data") or {}, fields.notes)
    path, inside = _arguments(optimizer)
    betas = inside.listed("betas") or [inside.number("momentum"), None]
    steps = trainer.number("max_steps", -1, say=False)
    epochs = trainer.number("max_epochs", -1, say=False)
    accumulation = trainer.whole("accumulate_grad_batches", least=1)
    limit = trainer.get("limit_train_batches")
    batches = limit if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 else None
    batch = _arguments(data)[1] if data.has("class_path") else data
    precision = trainer.get("precision")
    file = {
        "steps": trainer.whole("max_steps", least=1) if steps > 0 else None,
        "epochs": epochs if epochs > 0 and steps <= 0 else None,
        "steps_per_epoch": -(-batches // (accumulation or 1)) if batches else None,
        "batch": batch.whole("batch_size", least=1) if not isinstance(batch.get("batch_size"), str) else None,
        "accumulation": accumulation,
        "world_size": _processes(trainer),
        "optimizer": path.rpartition(".")[2].lower() or None,
        "beta1": betas[0],
        "beta2": betas[1] if len(betas) > 1 else None,
        "weight_decay": inside.number("weight_decay"),
        "precision": None if precision is None else _TRUE.get(str(precision), "float32"),
    }
    return Facts(_WHERE, caller, file, {"accumulation": 1, "precision": "float32"})


def _processes(trainer: Fields) -> int | None:
    """How many share the data, where devices are counted."""
    devices, nodes = trainer.get("devices"), trainer.get("num_nodes")
    count = len(devices) if isinstance(devices, list) else devices
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return None
    return count * (nodes if isinstance(nodes, int) and nodes > 0 else 1)
