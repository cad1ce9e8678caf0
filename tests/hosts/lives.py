"""What is trained, to be killed at any moment: the models and the data of the race, in each host.

How a host trains, saves and goes on stands in a file of its own, ``lives_<host>.py``, as a function ``train(life)``;
the process it lives in is that of ``lives_process.py``.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any

import torch
import torch._dynamo  # every optimizer imports it when it is built: once here, and not in each process

import stepsize as ss
from stepsize.hosts.torch import TorchSchedule, attach
from stepsize.lab import digits, gpt
from stepsize.lab.tasks import find

EVERY = 7  # updates between checkpoints
PEAKS = {"digits": 0.1, "gpt": 4e-3}
MODELS = {"digits": digits, "gpt": gpt}
DRIVES = {"TorchSchedule": TorchSchedule, "attach": attach}
CLOCKS = ("steps", "tokens", "progress")  # the clock "seconds" gives no rate twice
TAKEN = 384  # tokens an update


@dataclass(frozen=True)
class Host:
    """Where a host's life is written, and what is to be known of its rates."""

    file: str
    shares: tuple[float, ...] = (1.0, 0.5)  # of the schedule, in each group of the optimizer
    precision: float = 0.0  # relative: 0 where rates are float64, else that of the framework's rates
    models: tuple[str, ...] = tuple(MODELS)
    clocks: tuple[str, ...] = ("steps",)
    updates: int = 30 * EVERY  # more, where they take no time and a kill would come too late


HOSTS = {
    "TorchSchedule": Host("lives_torch", clocks=CLOCKS),
    "attach": Host("lives_torch", clocks=CLOCKS),
    "engine": Host("lives_engine"),
    "Trainer": Host("lives_trainer"),
    "Accelerate": Host("lives_accelerate"),
    "Lightning": Host("lives_lightning"),
    "Keras": Host("lives_keras", (1.0,), precision=2**-24, models=("digits",)),
    "optax": Host("lives_optax", (1.0,), precision=16 * 2**-24, models=("digits",), updates=90 * EVERY),
    "NumPy": Host("lives_numpy", (1.0,), models=("digits",), updates=90 * EVERY),
}

# Processes are forked from one that has imported all this, has no threads, and does nothing else.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # else it would have some, of linear algebra
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    ["tests.hosts.ranks", *sorted({f"tests.hosts.{host.file}" for host in HOSTS.values()})]
)


def sound(life: Any, schedule: Any) -> None:
    """No fault: what was restored stays as it is."""


@dataclass(frozen=True)
class Case:
    """What is trained, in which host, and with which fault after a checkpoint was loaded."""

    host: str
    model: str
    recipe: str  # of the race
    clock: str = "steps"
    fault: Callable[[Any, Any], None] = sound
    short: int | None = None  # updates, where they shall be fewer than the host's own

    @property
    def updates(self) -> int:
        return self.short or HOSTS[self.host].updates

    @property
    def schedule(self) -> ss.Schedule:
        s = find(self.model).schedules[self.recipe](self.updates, PEAKS[self.model])
        return s if self.clock == "steps" else s.stretch(self.after(1)).on(self.clock)

    def after(self, updates: int) -> float:
        """Where the clock stands after so many updates."""
        return {"steps": updates, "tokens": updates * TAKEN, "progress": updates / self.updates}[self.clock]

    def rates(self, update: int) -> list[float]:
        """What the schedule says of an update, for each group."""
        return [share * self.schedule(self.after(update)) for share in HOSTS[self.host].shares]

    def problem(self, done: int = 0):
        """The model, and an endless row of batches from that of update ``done`` on."""
        problem = MODELS[self.model].problem(seed=0)
        batches = iter(problem.batch, None)
        return problem.model, islice(batches, done, None)

    def optimizer(self, model):
        """What the race uses, for two groups: matrices, and vectors at half the rate."""
        peak = PEAKS[self.model]
        if self.model == "gpt":
            return torch.optim.AdamW(halves(model, peak), peak, betas=(0.9, 0.95))
        return torch.optim.SGD(halves(model, peak), peak, momentum=0.9, nesterov=True)

    def examples(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Those of 50 batches one by one, for hosts that shuffle and batch by themselves."""
        return [pair for batch in islice(self.problem()[1], 50) for pair in zip(*batch, strict=True)]

    @property
    def batch(self) -> int:
        """Examples in a batch."""
        return MODELS[self.model].BATCH


def halves(model, peak):
    """Two groups: matrices, and vectors at half the rate."""
    parameters = list(model.parameters())
    vectors = {"params": [p for p in parameters if p.dim() < 2], "lr": peak / 2}
    return [{"params": [p for p in parameters if p.dim() >= 2]}, vectors]


def digest(weights) -> str:
    """Of tensors, bit for bit."""
    return hashlib.sha256(b"".join(w.detach().numpy().tobytes() for w in weights)).hexdigest()
