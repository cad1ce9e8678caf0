"""A training process that can be killed at any moment: the models and the data of the race, and a checkpoint now and then."""

import hashlib
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import torch
import torch._dynamo  # every optimizer imports it when it is built: once here, and not in each process
from torch.nn.functional import cross_entropy

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule, attach
from stepsize.lab import digits, gpt
from stepsize.lab.tasks import find
from tests.hosts.recording import Recorded

# Processes are forked from one that has imported all this, has no threads, and does nothing else.
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.hosts.lives", "tests.hosts.ranks"])

EVERY = 7  # updates between checkpoints
PEAKS = {"digits": 0.1, "gpt": 4e-3}
MODELS = {"digits": digits, "gpt": gpt}
DRIVES = {"TorchSchedule": TorchSchedule, "attach": attach}
CLOCKS = ["steps", "tokens", "progress"]  # the clock "seconds" gives no rate twice
TAKEN = 384  # tokens an update


def resume(saved, model, optimizer, schedule) -> int:
    """Load what :func:`save` stored, and give the number of updates that the loop had counted."""
    for part, state in zip((model, optimizer, schedule), saved["parts"], strict=True):
        part.load_state_dict(state)
    return saved["updates"]


def save(stored: Path, updates: int, *parts) -> None:
    """Aside, then renamed: what stands under the name is whole at any moment."""
    aside = stored.with_suffix(".aside")
    torch.save({"updates": updates, "parts": [part.state_dict() for part in parts]}, aside)
    aside.replace(stored)


@dataclass(frozen=True)
class Case:
    """What is trained, over how many updates, how it is driven, and how it is resumed."""

    model: str
    drive: str
    recipe: str  # of the race
    clock: str = "steps"
    updates: int = 200
    resume: Callable[..., int] = resume

    @property
    def schedule(self) -> ss.Schedule:
        s = find(self.model).schedules[self.recipe](self.updates)
        return s if self.clock == "steps" else s.stretch(self.after(1)).on(self.clock)

    def after(self, updates: int) -> float:
        """Where the clock stands after so many updates."""
        return {"steps": updates, "tokens": updates * TAKEN, "progress": updates / self.updates}[self.clock]

    def build(self):
        """The batches, the model, an optimizer whose vectors follow half the schedule, and the schedule on it."""
        problem, peak = MODELS[self.model].problem(seed=0), PEAKS[self.model]
        optimizer = optimizer_of(self.model, halves(problem.model, peak), peak)
        counted = {"tokens": {"per_update": TAKEN}, "progress": {"steps": self.updates}}.get(self.clock, {})
        schedule = DRIVES[self.drive](optimizer, self.schedule, **counted)
        return problem.batch, problem.model, optimizer, schedule


def halves(model, peak):
    """Two groups: matrices, and vectors at half the rate."""
    parameters = list(model.parameters())
    vectors = {"params": [p for p in parameters if p.dim() < 2], "lr": peak / 2}
    return [{"params": [p for p in parameters if p.dim() >= 2]}, vectors]


def optimizer_of(model, groups, peak):
    """What the race uses."""
    if model == "gpt":
        return torch.optim.AdamW(groups, peak, betas=(0.9, 0.95))
    return torch.optim.SGD(groups, peak, momentum=0.9, nesterov=True)


@dataclass
class Doom:
    """The place where a process is to die, from an update on: it says when it is there, and its parent kills it."""

    place: str  # "start", "update" or "checkpoint"
    update: int
    pipe: Connection
    told: bool = False

    def at(self, place: str, update: int) -> None:
        if not self.told and place == self.place and update >= self.update:
            self.told = True
            self.pipe.send(place)

    def wait(self) -> None:
        """The process has nothing left to do, and must not end by itself."""
        self.at(self.place, self.update)
        signal.pause()


def live(case: Case, folder: Path, life: int, doom: Doom | None) -> None:
    """Train on from the checkpoint to the end; each update leaves a line in the log of this life."""
    at = doom.at if doom else lambda place, update: None
    at("start", 10**9)
    torch.set_num_threads(1)
    batch, *parts = case.build()
    model, optimizer, schedule = parts
    recorded = Recorded(optimizer)
    stored = folder / "run.pt"
    done = case.resume(torch.load(stored, weights_only=True), *parts) if stored.exists() else 0
    for _ in range(done):
        batch()
    log = os.open(folder / f"{life}.log", os.O_CREAT | os.O_WRONLY)
    for k in range(done, case.updates):
        at("update", k)
        inputs, targets = batch()
        optimizer.zero_grad()
        loss = cross_entropy(model(inputs).flatten(0, -2), targets.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        note(log, [k, recorded.rates[-1], loss.item()])
        if (k + 1) % EVERY == 0:
            at("checkpoint", k)
            save(stored, k + 1, *parts)
    note(log, [case.updates, schedule.position, digest(model.parameters())])
    if doom:
        doom.wait()


def note(log: int, entry: list) -> None:
    """Handed to the system at once: a killed process loses nothing, but it may leave half a line."""
    os.write(log, (json.dumps(entry) + "\n").encode())


def digest(weights) -> str:
    """Of tensors, bit for bit."""
    return hashlib.sha256(b"".join(w.detach().numpy().tobytes() for w in weights)).hexdigest()
