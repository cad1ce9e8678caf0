"""Parts of OLMo-core's schedules: the fall after the warmup, and the last one."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, hold, linear
from stepsize.twins._olmo_core_run import Run, low, part, peak, warmed


def fallen(
    run: Run, lr: Any, alpha_f: Any, total: int, warmup: tuple[Any, Any, Any], warmup_min_lr: Any, shape: Any
) -> Schedule:
    """Up, and down to ``alpha_f`` of the base rate at ``total``, where theirs also is if the warmup lasts as long."""
    lr = peak(run, lr)
    bottom = lr * _accept.rate(f"{run.where}.alpha_f", alpha_f, least=0.0)
    rise = part(run, "warmup", *warmup, total)
    top = bottom + (lr - bottom) / 2 if shape is _half else lr
    rest = shape(lr, bottom, total - rise) if total > rise else hold(bottom, 0)
    return warmed(run, top, rise, warmup_min_lr, rest)


def _half(lr: float, bottom: float, left: int) -> Schedule:
    """The second half of a cosine wave."""
    return cosine(lr, bottom, 2 * left)[left:]


def last(
    run: Run, top: float, decay: Any, decay_steps: Any, decay_fraction: Any, decay_min_lr: Any
) -> Schedule:
    """The last fall, from ``top``."""
    steps = part(run, "decay", decay, decay_steps, decay_fraction, run.total)
    if steps == 0:
        raise ScheduleError(message(f"{run.where}.decay", "must come to at least 1", steps))
    return linear(top, low(run, "decay_min_lr", decay_min_lr, top), steps)


def after(main: Schedule, fall: Schedule, left: int) -> Schedule:
    """The main part, ``left`` long, and the fall, of which a long warmup takes the beginning."""
    return main >> fall if left >= 0 else fall[-left:]
