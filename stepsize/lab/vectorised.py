"""Many runs of the GPT as one program: on a GPU, 32 at once take little longer than one.

Weights, gradients and moments have a first dimension of runs. Each run has its own seed, batches and rates; nothing is
shared but the time.
"""

import time
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from stepsize import records
from stepsize.errors import ScheduleError, message
from stepsize.lab import gpt
from stepsize.lab.plan import Planned
from stepsize.lab.race import kept
from stepsize.lab.tasks import find
from stepsize.lab.train import scores
from stepsize.lab.worker import Event
from stepsize.records import Run

AT_ONCE = 32
_VALIDATIONS = 8  # of a run, as in lab/train.py
_EPS, _CLIP = 1e-8, 1e-6  # of AdamW, and of the clipping of gradients, as in torch
_BETAS, _DECAY = (0.9, 0.95), 0.1  # as in gpt.optimizer


class Together:
    """Several runs of the GPT, update for update side by side.

    Args:
        seeds: of each run.
        text: a file to learn from; by default Python's manual.
        device: such as "cuda".
    """

    def __init__(self, seeds: Sequence[int], text: Path | None = None, device: str = "cpu") -> None:
        problems = [gpt.problem(seed, text) for seed in seeds]
        stacked, _ = stack_module_state([one.model for one in problems])
        self.weights = {name: own.detach().to(device) for name, own in stacked.items()}
        self._model = gpt.GPT().to(device)
        self._batches = [one.batch for one in problems]
        self._held_out = [part.to(device) for part in problems[0].held_out]
        self._first = {name: torch.zeros_like(own) for name, own in self.weights.items()}
        self._second = {name: torch.zeros_like(own) for name, own in self.weights.items()}
        self._device, self._made = device, 0
        self._slopes = vmap(grad_and_value(self._loss))

    def _loss(self, weights: Any, inputs: Tensor, targets: Tensor) -> Tensor:
        with sdpa_kernel(SDPBackend.MATH):  # the other kernels know nothing of a dimension of runs
            return scores(functional_call(self._model, weights, (inputs,)), targets)

    def update(self, rates: Tensor) -> Tensor:
        """Make one update of each run, and return the losses it was computed from; one value a run, as the rates."""
        drawn = [batch() for batch in self._batches]
        inputs, targets = (torch.stack(part).to(self._device) for part in zip(*drawn, strict=True))
        slopes, losses = self._slopes(self.weights, inputs, targets)
        norms = sum(one.flatten(1).square().sum(1) for one in slopes.values()).sqrt()
        shrink = (1 / (norms + _CLIP)).clamp(max=1.0)
        self._made += 1
        for name, slope in slopes.items():
            each = (-1, *[1] * (slope.dim() - 1))
            self._adamw(name, slope * shrink.view(each), rates.view(each))
        return cast(Tensor, losses)

    def _adamw(self, name: str, slope: Tensor, rates: Tensor) -> None:
        weights, first, second = self.weights[name], self._first[name], self._second[name]
        if weights.dim() > 2:  # a matrix of each run
            weights.mul_(1 - rates * _DECAY)
        first.lerp_(slope, 1 - _BETAS[0])
        second.mul_(_BETAS[1]).addcmul_(slope, slope, value=1 - _BETAS[1])
        size = (second / (1 - _BETAS[1] ** self._made)).sqrt_().add_(_EPS)
        weights.sub_(rates / (1 - _BETAS[0] ** self._made) * first / size)

    @torch.no_grad()
    def validate(self) -> list[float]:
        """The loss of each run on the text that is held out."""
        losses = vmap(self._loss, in_dims=(0, None, None))(self.weights, *self._held_out)
        return [float(one) for one in losses]


def race(
    planned: Sequence[Planned], tell: Callable[[Event], None] = lambda event: None, at_once: int = AT_ONCE
) -> list[Run]:
    """Make the missing runs of the GPT in this process, up to ``at_once`` side by side; as of ``lab.race.race``.

    Raises:
        ScheduleError: a run is of another task.
    """
    runs: dict[Path, Run] = {}

    def note(event: Event) -> None:
        if event.run is not None:
            runs[event.planned.path] = event.run
        tell(event)

    for one in planned:
        if one.task != "gpt":
            raise ScheduleError(message("--engine vectorised", "is for the task gpt", one.task))
        if one.path.exists():
            note(kept(one))
    missing = [one for one in planned if one.path not in runs]
    for begin in range(0, len(missing), at_once):
        group = missing[begin : begin + at_once]
        for one, run in zip(group, _made(group, tell), strict=True):
            records.save(run, one.path)
            note(Event(one, "finished", run=run))
    return [runs[one.path] for one in planned if one.path in runs]


def _made(group: Sequence[Planned], tell: Callable[[Event], None]) -> list[Run]:
    steps, device = group[0].steps, group[0].device
    start, own = time.perf_counter(), Together([one.seed for one in group], group[0].text, device)
    rates = torch.tensor([one.rates(steps) for one in group], device=device)
    measured = {steps * part // _VALIDATIONS for part in range(1, _VALIDATIONS + 1)}
    losses, validated = [], []
    for step in range(steps):
        losses.append(own.update(rates[:, step]))
        if step + 1 in measured:
            validated.append((step + 1, own.validate()))
            for one in group:
                tell(Event(one, "step", step=step + 1))
    table = torch.stack(losses).T.tolist()
    seconds = (time.perf_counter() - start) / len(group)
    return [
        _run(one, table[k], [(at, own[k]) for at, own in validated], seconds) for k, one in enumerate(group)
    ]


def _run(one: Planned, losses: list[float], validated: list[tuple[int, float]], seconds: float) -> Run:
    """A run that diverged ends at its first loss that is no number, as elsewhere."""
    task, bad = find(one.task), next((k for k, loss in enumerate(losses) if not isfinite(loss)), None)
    steps = one.steps if bad is None else bad + 1
    return Run(
        one.task, one.name, one.schedule, one.seed, steps, one.rates(steps), tuple(losses[:steps]),
        tuple(pair for pair in validated if pair[0] <= steps and (bad is None or pair[0] < steps)), seconds,
        task.data(one.text), task.versions(), peak=one.peak,
        ended="" if bad is None else f"diverged: the loss of update {bad:,} is {losses[bad]}",
    )  # fmt: skip
