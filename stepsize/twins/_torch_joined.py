"""PyTorch's schedulers made of others, and the one that answers to a metric."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Chain, Decay, Hold, Product, Ramp, Repeat, Schedule, Staircase, Table
from stepsize.schedule.chain import chain
from stepsize.twins import _metric
from stepsize.twins._torch_steps import _base, _whole_ones


def SequentialLR(lr: Any, schedulers: Sequence[Schedule], milestones: Sequence[Any]) -> Schedule:
    """One schedule after another, each from its own beginning.

        t < milestones[0]                    schedulers[0](t)
        milestones[k - 1] <= t               schedulers[k](t - milestones[k - 1]), up to the next milestone

    First update that of the first schedule; peak where one of them has it; last update that of the last one; after
    the end as the last one is.

    Args:
        lr: the base rate of the group, for which the schedules were built; >= 0.
        schedulers: the twins of theirs, for this rate; at least one, each a schedule.
        milestones: the updates at which the next one begins; whole, >= 0, not falling, one fewer than schedules.

    Raises:
        ScheduleError: no schedule, something that is none, or milestones of another number or order.

    Theirs:
        A SequentialLR or ChainedScheduler that comes later in the list raises NotImplementedError; a SequentialLR that
        comes first changes over one update early; ours begins each at its own start. A MultiplicativeLR that comes
        later goes on from the rate before it. Where one is a OneCycleLR, the first starts from max_lr / div_factor
        instead of lr; for its rates build the twin of the first for that.

    Source:
        torch/optim/lr_scheduler.py, SequentialLR; release 2.13.0.

    Checked:
        live

    >>> from stepsize.twins import torch
    >>> warmup, fall = torch.LinearLR(0.1, 0.5, total_iters=10), torch.CosineAnnealingLR(0.1, T_max=90)
    >>> torch.SequentialLR(0.1, [warmup, fall], milestones=[10])
    linear(0.05, 0.1, 10) >> cosine(0.1, 0.0, 90)
    """
    where = "twins.torch.SequentialLR"
    _base(where, lr)
    children, stops = _children(where, schedulers), _whole_ones(f"{where}.milestones", milestones)
    if len(stops) != len(children) - 1:
        rule = f"must be {len(children) - 1}, one fewer than schedulers"
        raise ScheduleError(message(f"{where}.milestones", rule, milestones))
    if any(b < a for a, b in pairwise(stops)):
        raise ScheduleError(message(f"{where}.milestones", "must not fall", milestones))
    lengths = [b - a for a, b in pairwise([0, *stops])]
    return chain(*(child[:n] for child, n in zip(children, lengths, strict=False)), children[-1])


def ChainedScheduler(lr: Any, schedulers: Sequence[Schedule]) -> Schedule:
    """All of them at once, each multiplying the rate that the others leave: the product of their factors.

        0 <= t    lr (schedulers[0](t) / lr) (schedulers[1](t) / lr) ...

    First update the product; peak where the product has it; last update the product; after the end each as it is.

    Args:
        lr: the base rate of the group, for which the schedules were built; > 0.
        schedulers: the twins of theirs, for this rate; at least one. Of several each must multiply: StepLR,
            MultiStepLR, ConstantLR, LinearLR, ExponentialLR, PolynomialLR, MultiplicativeLR, CosineAnnealingLR with
            eta_min = 0, or a ChainedScheduler of these.

    Raises:
        ScheduleError: no schedule, something that is none, or one that does not multiply.

    Theirs:
        Takes what does not multiply, and then it is no product: LambdaLR, CyclicLR, OneCycleLR and
        CosineAnnealingWarmRestarts overwrite what those before them did, a SequentialLR does so at its milestones, and
        a cosine with eta_min > 0 bends it. Ours refuses them, but for a LambdaLR, whose twin is a table like that of a
        MultiplicativeLR.

    Source:
        torch/optim/lr_scheduler.py, ChainedScheduler; release 2.13.0.

    Checked:
        live

    >>> from stepsize.twins import torch
    >>> s = torch.ChainedScheduler(1.0, [torch.ConstantLR(1.0, 0.5, 4), torch.StepLR(1.0, 8, 0.5)])
    >>> [s(t) for t in (0, 4, 8)]
    [0.5, 1.0, 0.5]
    """
    where = "twins.torch.ChainedScheduler"
    peak, children = _accept.rate(f"{where}.lr", lr, above=0.0), _children(where, schedulers)
    for k, child in enumerate(children if len(children) > 1 else []):
        if not _multiplies(child):
            rule = "must multiply the rate, to be chained with others"
            remedy = "Theirs overwrites what the others did, at some updates or all: leave them out."
            raise ScheduleError(message(f"{where}.schedulers[{k}]", rule, child, remedy))
    whole = children[0]
    for child in children[1:]:
        whole = whole * (child / peak)
    return whole


def ReduceLROnPlateau(lr: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """Lower each time a metric has stopped to improve: no schedule, but a policy, ``stepsize.adaptive.plateau``.

    First update lr; peak at 0; last update as the metric has it; after the end as the metric has it.

    Args:
        lr: the base rate of the group.
        args: theirs: mode, factor, patience, and so on.
        kwargs: theirs.

    Raises:
        ScheduleError: always. ``stepsize.adaptive.plateau`` takes the same arguments.

    Source:
        torch/optim/lr_scheduler.py, ReduceLROnPlateau; release 2.13.0.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.torch.ReduceLROnPlateau(0.1, patience=5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    stepsize.errors.ScheduleError: twins.torch.ReduceLROnPlateau: the rate answers to a metric, ...
    """
    _metric.refuse("twins.torch.ReduceLROnPlateau", (lr, *args, kwargs) if kwargs else (lr, *args))


def _children(where: str, schedulers: Any) -> list[Schedule]:
    if isinstance(schedulers, (str, bytes, dict, Schedule)) or not hasattr(schedulers, "__iter__"):
        raise ScheduleTypeError(message(f"{where}.schedulers", "must be a sequence of schedules", schedulers))
    children: list[Any] = list(schedulers)
    if not children:
        raise ScheduleError(message(f"{where}.schedulers", "must hold at least one schedule", schedulers))
    for k, child in enumerate(children):
        if not isinstance(child, Schedule):
            remedy = "Build its twin for the same lr."
            raise ScheduleTypeError(message(f"{where}.schedulers[{k}]", "must be a schedule", child, remedy))
    return children


def _multiplies(s: Schedule) -> bool:
    """Whether a twin's rates are all in proportion to its base rate, and theirs steps by their ratio."""
    if isinstance(s, Ramp):
        return s.end == 0.0 or str(s.shape) in ("linear", "geometric")
    if isinstance(s, Chain):
        return all(isinstance(part, (Hold, Staircase)) for part in s.joined)
    if isinstance(s, Repeat):
        return isinstance(s.schedule, Hold)
    if isinstance(s, Product):
        return all(map(_multiplies, s.terms))
    return isinstance(s, (Hold, Decay, Table))
