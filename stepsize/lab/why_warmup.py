"""Why Adam needs warmup, measured: its moments in the first updates, and the largest stable peak by length of warmup.

Adam divides by the root of v, a mean of g^2 that begins with a few gradients. Bias correction makes its expectation
right, and not its variance: while few gradients are in it, some weights' v is far too small, and their updates far too
large.

Source: Liu et al. 2019, arXiv 1908.03265, section 3.1; Ma and Yarats 2019, arXiv 1910.04209, section 3; Kalra and
Barkeshli 2024, arXiv 2406.09405, on the largest stable rate.
"""

from collections.abc import Sequence
from contextlib import suppress
from math import isfinite, nan
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from stepsize.errors import ScheduleError, message
from stepsize.lab.plan import Planned, plan
from stepsize.lab.task import Task
from stepsize.lab.trial import Ended, Trial, number
from stepsize.recipes import linear_warmup
from stepsize.records import Run
from stepsize.schedule import Schedule

WITHIN = 0.1  # of the lowest last loss of all, within which a run counts as stable


class Moments(NamedTuple):
    """After one update, root mean squares over all weights.

    Attributes:
        step: the update, from 0.
        gradient: of the gradient.
        first: of the bias-corrected first moment.
        second: root of the mean of the bias-corrected second moment.
        update: of what the rate multiplies, first / (sqrt(second) + eps).
        largest: the 99.9th percentile of that, over weights.
        moved: of the update itself, the rate included.
        loss: that it was computed from.
    """

    step: int
    gradient: float
    first: float
    second: float
    update: float
    largest: float
    moved: float
    loss: float


class Measured(Trial):
    """A run that measures the moments of the optimizer that it watches."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.moments: list[Moments] = []

    def log(self, step: int, loss: Any, **metrics: Any) -> None:
        """Measure, then as of a :class:`Trial`."""
        if self._optimizer is not None:
            moments = _moments(self._optimizer, step, float(self.schedule(step)))
            self.moments.append(moments._replace(loss=number("loss", loss)))
        super().log(step, loss, **metrics)


def _moments(optimizer: Any, step: int, rate: float) -> Moments:
    import torch

    gradients, firsts, seconds, updates = [], [], [], []
    with torch.no_grad():
        for group in optimizer.param_groups:
            beta1, beta2 = group.get("betas", (None, None))
            for weights in group["params"]:
                state = optimizer.state.get(weights, {})
                if beta1 is None or "exp_avg_sq" not in state:
                    rule = "must watch an Adam or AdamW of torch, by run.watch(optimizer)"
                    raise ScheduleError(message("why_warmup", rule, type(optimizer).__name__))
                many = float(state["step"])
                first = state["exp_avg"] / (1 - beta1**many)
                second = state["exp_avg_sq"] / (1 - beta2**many)
                gradients.append(weights.grad.flatten())
                firsts.append(first.flatten())
                seconds.append(second.flatten())
                updates.append((first / (second.sqrt() + group["eps"])).flatten())
        gradient, first, second, update = (torch.cat(one) for one in (gradients, firsts, seconds, updates))
        size = _size(update)
        most = float(update.abs().kthvalue(max(1, int(0.999 * len(update)))).values)
        return Moments(
            step, _size(gradient), _size(first), float(second.mean().sqrt()), size, most, rate * size, nan
        )


def _size(values: Any) -> float:
    return float(values.square().mean().sqrt())


def measure(
    task: Task, schedule: Schedule, steps: int, seed: int, folder: Path, text: Path | None = None
) -> list[Moments]:
    """Train in this process, and measure each update that is logged.

    Raises:
        ScheduleError: the task does not watch an Adam.
    """
    run = Measured(schedule, seed, steps, folder, text=text)
    with suppress(Ended):  # it diverged, which is a finding
        task.train(run)
    if not run.moments:
        rule = "must watch its optimizer, by run.watch(optimizer), and log its updates"
        raise ScheduleError(message("why_warmup", rule, "none"))
    return run.moments


def grid(
    name: str,
    lengths: Sequence[int],
    peaks: Sequence[float],
    *,
    steps: int,
    seeds: int,
    out: Path,
    text: Path | None = None,
) -> list[Planned]:
    """Runs that warm up for each length to each peak, and hold it: all that :func:`stable` needs."""
    return [
        one
        for peak in peaks
        for one in plan(
            name, {f"warmup{length}": linear_warmup(peak, length) for length in lengths}, seeds=seeds, steps=steps,
            out=out, text=text, peak=float(peak),
        )
    ]  # fmt: skip


class Stable(NamedTuple):
    """Of a length of warmup: by peak the mean last loss, inf where a run diverged; and the largest stable peak."""

    warmup: int
    losses: dict[float, float]
    largest: float | None


def stable(runs: Sequence[Run]) -> list[Stable]:
    """The largest peak of each length whose runs end within 10% of the lowest loss of all."""
    found: dict[int, dict[float, list[float]]] = {}
    for run in runs:
        length = int(run.name.removeprefix("warmup"))
        found.setdefault(length, {}).setdefault(run.peak or 0.0, []).append(
            run.final if isfinite(run.final) and not run.diverged else float("inf")
        )
    losses = {
        length: {peak: fmean(own) for peak, own in sorted(by.items())} for length, by in sorted(found.items())
    }
    lowest = min((loss for by in losses.values() for loss in by.values()), default=float("inf"))
    enough = lowest + WITHIN * abs(lowest)
    return [
        Stable(length, by, max((peak for peak, loss in by.items() if loss <= enough), default=None))
        for length, by in losses.items()
    ]


def recommended(found: Sequence[Stable]) -> Stable | None:
    """The shortest warmup that allows the largest stable peak of all."""
    stable = [one for one in found if one.largest is not None]
    top = max((one.largest or 0.0 for one in stable), default=0.0)
    return next((one for one in stable if one.largest == top), None)
