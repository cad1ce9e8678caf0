"""The scheduler of Megatron-LM, ``megatron.core.optimizer_param_scheduler``: it counts samples, not updates.

An update adds its global batch to the count, and the first update sees 0. The rates of a parameter group come from
``max_lr`` and ``min_lr``, which a group may override; the optimizer itself is not asked, so no ``lr`` is taken here.
A twin is on the clock "samples", or counts updates where ``global_batch_size=`` says how many samples each holds.
Resuming (``load_state_dict`` adds the saved count to the present one) is not part of a twin.
"""

import math
from fractions import Fraction
from typing import Any

from stepsize import _accept, tails
from stepsize._accept import Number
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.schedule import Schedule, cosine, decay, exponential, hold, linear, ramp
from stepsize.twins._names import suggesting

__getattr__ = suggesting(__name__)

_DECAYS = ("constant", "linear", "cosine", "inverse-square-root", "WSD")
_WSD_DECAYS = ("linear", "cosine", "exponential", "minus_sqrt")
_INCREASES = ("constant", "linear", "cosine")


def OptimizerParamScheduler(
    init_lr: Any,
    max_lr: Any,
    min_lr: Any,
    lr_warmup_steps: Any,
    lr_decay_steps: Any,
    lr_decay_style: Any,
    start_wd: Any = 0.0,
    end_wd: Any = 0.0,
    wd_incr_steps: Any = 0,
    wd_incr_style: Any = "constant",
    use_checkpoint_opt_param_scheduler: Any = True,
    override_opt_param_scheduler: Any = False,
    wsd_decay_steps: Any = None,
    lr_wsd_decay_style: Any = None,
    *,
    global_batch_size: Any = None,
) -> Schedule:
    """A linear warmup, and one of five decays to ``min_lr``.

    With W = lr_warmup_steps, T = lr_decay_steps, D = wsd_decay_steps, r = (n - T + D) / D, after n samples:
        n <= W, 0 < W    init_lr + (max_lr - init_lr) n / W
        W < n <= T       min_lr + (max_lr - min_lr) c
        T < n            min_lr

        constant               max_lr for ever
        linear                 c = 1 - (n - W) / (T - W)
        cosine                 c = (1 + cos(pi (n - W) / (T - W))) / 2
        inverse-square-root    max_lr sqrt(max(W, 1) / max(n, 1)), not below min_lr
        WSD                    c = 1 up to T - D; then 1 - r, (1 + cos(pi r)) / 2, 2 x 0.5^r - 1 or 1 - sqrt(r)

    First update init_lr; peak at W; last update one batch above min_lr; after the end held at min_lr.

    Args:
        init_lr: the rate at the start of the warmup; <= max_lr.
        max_lr: the peak, or what the group overrides it with.
        min_lr: the rate from T on, absolute, or what the group overrides it with; in [0, max_lr].
        lr_warmup_steps: samples of warmup, W; in [0, lr_decay_steps).
        lr_decay_steps: samples until min_lr, T, with the warmup; > 0.
        lr_decay_style: "constant", "linear", "cosine", "inverse-square-root" or "WSD".
        start_wd: weight decay is no rate: checked, and left to :func:`get_wd`; so are the next three.
        end_wd: see start_wd.
        wd_incr_steps: see start_wd.
        wd_incr_style: see start_wd.
        use_checkpoint_opt_param_scheduler: taken, and without meaning here; theirs refuses both of these two.
        override_opt_param_scheduler: see use_checkpoint_opt_param_scheduler; true only where that one is false.
        wsd_decay_steps: samples of the last decay, D, for "WSD"; >= 0.
        lr_wsd_decay_style: "linear", "cosine", "exponential" or "minus_sqrt", for "WSD".
        global_batch_size: samples an update; then the twin counts updates. Without it, it is on "samples".

    Raises:
        ScheduleError: a number is out of its range, or a style is unknown.

    Theirs:
        The inverse square root falls off a cliff to min_lr at T + 1, and a decay of WSD that begins within the
        warmup jumps after it; ours does both. A missing ``lr_wsd_decay_style`` fails there when the decay begins,
        here at once.

    Source:
        megatron/core/optimizer_param_scheduler.py, OptimizerParamScheduler; commit d98e8a6.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> s = twins.megatron.OptimizerParamScheduler(0.0, 1.0, 0.1, 1000, 10_000, "cosine", global_batch_size=100)
    >>> s, s(9)
    (linear(0.0, 1.0, 10) >> cosine(1.0, 0.1, 90), 0.9)
    """
    where = "twins.megatron.OptimizerParamScheduler"
    low = _accept.rate(f"{where}.min_lr", min_lr, least=0.0)
    peak = _accept.rate(f"{where}.max_lr", max_lr, least=low)
    first = _accept.rate(f"{where}.init_lr", init_lr)
    if first > peak:
        raise ScheduleError(message(f"{where}.init_lr", f"must not exceed max_lr ({peak:g})", init_lr))
    total = _accept.length(f"{where}.lr_decay_steps", lr_decay_steps)
    warmup = _accept.length(f"{where}.lr_warmup_steps", lr_warmup_steps)
    if warmup >= total:
        rule = f"must be less than lr_decay_steps ({total})"
        raise ScheduleError(message(f"{where}.lr_warmup_steps", rule, lr_warmup_steps))
    if override_opt_param_scheduler and use_checkpoint_opt_param_scheduler:
        rule = "needs use_checkpoint_opt_param_scheduler=False"
        raise ScheduleError(message(f"{where}.override_opt_param_scheduler", rule, True))
    get_wd(start_wd, end_wd, wd_incr_steps, wd_incr_style)
    rise = linear(first, peak, warmup)
    style = _one_of(f"{where}.lr_decay_style", lr_decay_style, _DECAYS)
    if style == "constant":
        s = rise >> hold(peak)
    elif style == "WSD":
        wsd = _one_of(f"{where}.lr_wsd_decay_style", lr_wsd_decay_style, _WSD_DECAYS)
        last = _accept.length(f"{where}.wsd_decay_steps", wsd_decay_steps)
        s = _stable(rise, _cooldown(peak, low, last, wsd), warmup, total, last)
    elif style == "inverse-square-root":
        s = rise >> _inverse_root(peak, low, warmup, total) >> hold(low, 0)
    else:
        s = rise >> ramp(peak, low, total - warmup, style)
    return _counted(s, f"{where}.global_batch_size", global_batch_size)


def get_wd(
    start_wd: Any, end_wd: Any, wd_incr_steps: Any, wd_incr_style: Any, *, global_batch_size: Any = None
) -> Schedule:
    """The weight decay that ``OptimizerParamScheduler`` sets beside the rate: it rises from start to end.

    With S = wd_incr_steps, after n samples:
        n <= S    start_wd + (end_wd - start_wd) c, c = n / S or (1 - cos(pi n / S)) / 2
        S < n     end_wd

    First update start_wd; peak at S; last update end_wd; after the end held at end_wd.

    Args:
        start_wd: weight decay of the first update; >= 0.
        end_wd: weight decay from S on; >= start_wd, and equal to it where the style is "constant".
        wd_incr_steps: samples of the rise, S; >= 0.
        wd_incr_style: "constant", "linear" or "cosine".
        global_batch_size: samples an update; then the twin counts updates. Without it, it is on "samples".

    Raises:
        ScheduleError: a number is out of its range, or the style is unknown.

    Source:
        megatron/core/optimizer_param_scheduler.py, OptimizerParamScheduler.get_wd; commit d98e8a6.

    Checked:
        from the formula

    >>> from stepsize import twins
    >>> twins.megatron.get_wd(0.0, 0.1, 1000, "linear", global_batch_size=100)
    linear(0.0, 0.1, 10)
    """
    where = "twins.megatron.get_wd"
    start = _accept.rate(f"{where}.start_wd", start_wd, least=0.0)
    end = _accept.rate(f"{where}.end_wd", end_wd, least=start)
    steps = _accept.length(f"{where}.wd_incr_steps", wd_incr_steps)
    style = _one_of(f"{where}.wd_incr_style", wd_incr_style, _INCREASES)
    if style == "constant":
        if start != end:
            raise ScheduleError(message(f"{where}.end_wd", f"must equal start_wd ({start:g})", end_wd))
        return _counted(hold(end), where, global_batch_size)
    if steps == 0:
        remedy = 'Theirs divides by it: take "constant".'
        raise ScheduleError(message(f"{where}.wd_incr_steps", "must be > 0", wd_incr_steps, remedy))
    return _counted(ramp(start, end, steps, style), f"{where}.global_batch_size", global_batch_size)


def _one_of(where: str, given: Any, known: tuple[str, ...]) -> str:
    if given not in known:
        remedy = did_you_mean(str(given), known)
        raise ScheduleError(message(where, f"must be one of {', '.join(known)}", given, remedy))
    return str(given)


def _inverse_root(peak: float, low: float, warmup: Number, total: Number) -> Schedule:
    """From the end of the warmup up to the cliff, behind the last whole sample of the run."""
    scale = max(warmup, 1)
    end = math.floor(total) + 1
    fall = decay(peak, tails.power_law(scale, 0.5), end - scale) if end > scale else hold(peak, 0)
    lowest = peak * math.sqrt(scale / max(total, 1))
    return hold(peak, scale - warmup) >> (fall.clip(low=low) if lowest < low else fall)


def _cooldown(peak: float, low: float, steps: Number, style: str) -> Schedule:
    if style == "exponential" and peak > low and steps > 0:  # it aims below its end, and gets there half way
        aimed = exponential(2.0 * (peak - low), peak - low, steps) + hold(2.0 * low - peak, steps)
        return aimed >> hold(low, 0)
    shapes = {"linear": linear, "cosine": cosine}
    return shapes[style](peak, low, steps) if style in shapes else ramp(peak, low, steps, "one_minus_sqrt")


def _stable(rise: Schedule, fall: Schedule, warmup: Number, total: Number, last: Number) -> Schedule:
    """Warm up, stay, and decay; where the decay begins within the warmup, it is joined one sample behind that."""
    if last == 0:
        return rise >> hold(rise._final, math.floor(total) + 1 - warmup) >> fall
    if warmup <= total - last:
        return rise >> hold(rise._final, total - last - warmup) >> fall
    behind = 1 if warmup > 0 and warmup == math.floor(warmup) else 0  # W itself belongs to the warmup
    return rise >> hold(rise._final, behind) >> fall[warmup + behind - (total - last) :]


def _counted(s: Schedule, where: str, batch: Any) -> Schedule:
    """On the clock of samples, or in updates of so many each."""
    if batch is None:
        return s.on("samples")
    return s._stretched(Fraction(1, _accept.count(where, batch)))  # exactly, which 1 / batch is not
