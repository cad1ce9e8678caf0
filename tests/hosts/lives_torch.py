"""A loop in plain torch, with either drive: the state of all parts in one file."""

import torch
from torch.nn.functional import cross_entropy

from tests.hosts.lives import DRIVES, TAKEN
from tests.hosts.lives_process import Life, renamed
from tests.hosts.recording import Recorded


def train(life: Life) -> None:
    case, stored = life.case, life.folder / "run.pt"
    model, _ = case.problem()
    optimizer = case.optimizer(model)
    schedule = DRIVES[case.host](optimizer, case.schedule, **counted(case))
    recorded = Recorded(optimizer)
    parts = (model, optimizer, schedule)
    load(life, stored, *parts)
    _, batches = case.problem(life.done)

    def update(k):
        loss = backward(model, optimizer, *next(batches))
        optimizer.step()
        schedule.step()
        return recorded.rates[-1], loss

    life.loop(update, lambda updates: save(stored, updates, *parts))
    life.end(schedule.position, model.parameters())


def counted(case) -> dict:
    """What the drive has to know of the clock."""
    return {"tokens": {"per_update": TAKEN}, "progress": {"steps": case.updates}}.get(case.clock, {})


def backward(model, optimizer, inputs, targets) -> float:
    """The loss of a batch, and its gradients, clipped."""
    optimizer.zero_grad()
    loss = cross_entropy(model(inputs).flatten(0, -2), targets.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    return loss.item()


def save(stored, updates, *parts) -> None:
    states = [part.state_dict() for part in parts]
    renamed(stored, lambda path: torch.save({"updates": updates, "parts": states}, path))


def load(life: Life, stored, *parts) -> None:
    """Load what :func:`save` stored, if it did; the last part is the schedule."""
    if not stored.exists():
        return
    saved = torch.load(stored, weights_only=True)
    for part, state in zip(parts, saved["parts"], strict=True):
        part.load_state_dict(state)
    life.restored(saved["updates"], parts[-1])
