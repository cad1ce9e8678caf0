"""The names of peers and of their twins, and what is said of one that is unknown."""

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, NoReturn

from stepsize.errors import ScheduleError, did_you_mean, message

PEERS = (
    "torch", "transformers", "optax", "keras", "timm", "ignite", "pytorch_warmup", "fastai", "mmengine", "composer",
    "megatron", "deepspeed", "nemo", "fairseq", "torchtitan", "olmo_core", "nanogpt", "maxtext", "levanter",
)  # fmt: skip


class UnknownTwin(ScheduleError, AttributeError):
    """No twin is known under this name."""


def unknown(where: str, rule: str, name: str, known: Iterable[str]) -> UnknownTwin:
    """The error for a name that is not known, with the nearest one that is."""
    remedy = did_you_mean(name, known) or f"There are {', '.join(known)}."
    return UnknownTwin(message(where, rule, name, remedy))


def suggesting(module: str) -> Callable[[str], NoReturn]:
    """What a module of twins does with a name that it lacks: its ``__getattr__``."""
    short = module.removeprefix("stepsize.")

    def missing(name: str) -> NoReturn:
        if name.startswith("_"):  # asked for by Python and its tools
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise unknown(short, "must name a schedule", name, names(module))

    return missing


def library(peer: str) -> Callable[[str], Callable[..., Any]]:
    """What finds the twins of a library by their names, and nothing else that a module holds.

    Raises:
        UnknownTwin: there is no such library; and from what comes back, no such twin.
    """
    if peer not in PEERS:
        raise unknown("twins", "must name a library", peer, PEERS)
    module = import_module(f"stepsize.twins.{peer}")

    def find(name: str) -> Callable[..., Any]:
        known = names(module.__name__)
        if name not in known:
            raise unknown(f"twins.{peer}", "must name a schedule", name, known)
        twin: Callable[..., Any] = getattr(module, name)
        return twin

    return find


def names(module: str) -> list[str]:
    """The twins of a module, its own and those of its private files, in order: what says how its first update is."""
    found: dict[str, Any] = vars(sys.modules[module])
    return [name for name, twin in found.items() if name[0] != "_" and "First update" in (twin.__doc__ or "")]
