"""What else of a run a configuration can say, beside its schedule: the betas, the weight decay, the batch."""

from collections.abc import Callable
from typing import Any

from stepsize.configs.config import Document
from stepsize.training import Training

_CLASSES = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD", "lion": "Lion"}


def carried(format: str, document: Document, training: Training) -> Document:
    """A document with what is known of the run, as far as it can say it."""
    return _CARRIERS[format](document, training) if format in _CARRIERS else document


def optimizer(training: Training) -> tuple[str, Document]:
    """The class of an optimizer as torch and DeepSpeed name it, and its arguments but for the rate."""
    arguments: Document = _known({"weight_decay": training.weight_decay})
    if training.beta1 is not None and training.beta2 is not None:
        arguments["betas"] = [training.beta1, training.beta2]
    return _CLASSES.get(training.optimizer or "adamw", "AdamW"), arguments


def _trainer(document: Document, training: Training) -> Document:
    sizes = {
        "per_device_train_batch_size": training.told("batch"),
        "gradient_accumulation_steps": training.told("accumulation"),
    }
    return {**document, **_adam("adam_", training), **_known(sizes)}


def _megatron(document: Document, training: Training) -> Document:
    return {**document, **_adam("adam_", training)}


def _torchtitan(document: Document, training: Training) -> Document:
    return {**document, "optimizer": {**document["optimizer"], **_adam("", training)}}


def _deepspeed(document: Document, training: Training) -> Document:
    kind, arguments = optimizer(training)
    own = {"type": kind, "params": {**document["optimizer"]["params"], **arguments}}
    sizes = {
        "train_micro_batch_size_per_gpu": training.told("batch"),
        "gradient_accumulation_steps": training.told("accumulation"),
    }
    return {"optimizer": own, "scheduler": document["scheduler"], **_known(sizes)}


def _adam(prefix: str, training: Training) -> Document:
    betas = {f"{prefix}beta1": training.beta1, f"{prefix}beta2": training.beta2}
    return _known({**betas, "weight_decay": training.weight_decay})


def _known(values: dict[str, Any]) -> Document:
    return {name: value for name, value in values.items() if value is not None}


_CARRIERS: dict[str, Callable[[Document, Training], Document]] = {
    "trainer": _trainer,
    "megatron": _megatron,
    "torchtitan": _torchtitan,
    "deepspeed": _deepspeed,
}
