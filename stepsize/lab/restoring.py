"""A model, its optimizer, loaders and random generators put back as they were, and a checksum that proves it."""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def restored(model: Any, optimizer: Any, *more: Any) -> Iterator[None]:
    """Put a torch model, its optimizer, what else has a state, and the random generators back as they were.

    Args:
        model: a module.
        optimizer: of its parameters.
        more: anything with ``state_dict`` and ``load_state_dict``, or a ``torch.Generator``; such as a stateful loader.

    Raises:
        RuntimeError: a checksum of all of it differs afterwards.
    """
    import copy

    import torch

    kept = [copy.deepcopy(one.state_dict()) for one in _stateful(model, optimizer, *more)]
    generators = [one for one in more if isinstance(one, torch.Generator)]
    own = [one.get_state() for one in generators]
    numbers = random.getstate(), np.random.get_state(), torch.get_rng_state()
    before = checksum(model, optimizer, *more)
    try:
        yield
    finally:
        for one, state in zip(_stateful(model, optimizer, *more), kept, strict=True):
            one.load_state_dict(state)
        for one, state in zip(generators, own, strict=True):
            one.set_state(state)
        if not kept[1]["state"]:
            optimizer.state.clear()
        optimizer.zero_grad(set_to_none=True)
        random.setstate(numbers[0])
        np.random.set_state(numbers[1])
        torch.set_rng_state(numbers[2])
    if checksum(model, optimizer, *more) != before:
        raise RuntimeError(
            "range_test: the state after the test is not that before it: something keeps one of its own"
        )


def _stateful(*all_of_it: Any) -> list[Any]:
    return [one for one in all_of_it if hasattr(one, "state_dict")]


def checksum(*all_of_it: Any) -> str:
    """Of every state, and of the random generators of Python, NumPy and torch."""
    import torch

    digest = hashlib.sha256()
    for one in all_of_it:
        state = one.get_state() if isinstance(one, torch.Generator) else one.state_dict()
        _digested(digest, state)
    _digested(digest, [random.getstate(), np.random.get_state(), torch.get_rng_state()])
    return digest.hexdigest()


def _digested(digest: Any, value: Any) -> None:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        digest.update(str((value.dtype, value.shape)).encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, dict):
        for key in sorted(value, key=repr):
            digest.update(repr(key).encode())
            _digested(digest, value[key])
    elif isinstance(value, list | tuple):
        for one in value:
            _digested(digest, one)
    else:
        digest.update(repr(value).encode())
