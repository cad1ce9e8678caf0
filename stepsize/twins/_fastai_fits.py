"""fastai's ways to fit: the schedule of each, batch by batch."""

from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule, cosine, exponential
from stepsize.twins._fastai_scheds import checked, waves


def fit_one_cycle(
    lr: Any, n_epoch: Any, lr_max: Any = None, div: Any = 25.0, div_final: Any = 1e5, pct_start: Any = 0.25,
    wd: Any = None, moms: Any = None, cbs: Any = None, reset_opt: Any = False, start_epoch: Any = 0,
    *, updates_per_epoch: Any,
) -> Schedule:  # fmt: skip
    """Up along half a cosine wave, and down along another, far below the start.

    With T = n_epoch updates_per_epoch and peak = lr_max, or lr:

        t < pct_start T          from peak / div to peak
        pct_start T <= t < T     from peak to peak / div_final
        T <= t                   peak / div_final

    First update peak / div; peak at pct_start T, which need not be whole; last update just above peak / div_final,
    which no update uses; after the end held at peak / div_final.

    Args:
        lr: the rate of the Learner, or of a parameter group; used where lr_max is None; >= 0.
        n_epoch: epochs of the training; whole, >= 1.
        lr_max: the highest rate; >= 0. Of several groups each has a twin of its own.
        div: how much lower the first update is than the peak; > 0.
        div_final: how much lower the end is than the peak; > 0.
        pct_start: the share of T that rises; in [0, 1].
        wd: not of the rate, and not looked at; so are moms, cbs and reset_opt.
        moms: see there.
        cbs: see there.
        reset_opt: see there.
        start_epoch: epochs that are skipped: update 0 is the first one after them; whole, >= 0, < n_epoch.
        updates_per_epoch: updates of an epoch, ``len(dls.train)``; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Counts shares in float32: rates differ by up to about 1e-7 of the peak, more where a share is small. For shares
        above 1, which no training has, it comes back.

    Source:
        fastai/callback/schedule.py, fit_one_cycle; fastai/callback/core.py, TrainEvalCallback; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.fastai.fit_one_cycle(0.1, 10, 1.0, updates_per_epoch=10)
    >>> s(0), s(25), round(s(99), 6), s(100)
    (0.04, 1.0, 0.000449, 1e-05)
    """
    where = "twins.fastai.fit_one_cycle"
    peak = _peak(where, lr, "lr_max", lr_max)
    low = peak / _accept.rate(f"{where}.div", div, above=0.0)
    end = peak / _accept.rate(f"{where}.div_final", div_final, above=0.0)
    epochs, each = _lengths(where, n_epoch, updates_per_epoch)
    rates, called = [low, peak, end], ("lr_max / div", "lr_max", "lr_max / div_final")
    whole = waves(where, pct_start, rates, called, epochs * each, "pct_start")
    return _skipped(where, whole, start_epoch, epochs, each)


def fit_flat_cos(
    lr: Any, n_epoch: Any, div_final: Any = 1e5, pct_start: Any = 0.75, wd: Any = None,
    cbs: Any = None, reset_opt: Any = False, start_epoch: Any = 0, *, updates_per_epoch: Any,
) -> Schedule:  # fmt: skip
    """The same rate, and at last down along half a cosine wave.

    With T = n_epoch updates_per_epoch and peak = lr:

        t < pct_start T          peak
        pct_start T <= t < T     from peak to peak / div_final
        T <= t                   peak / div_final

    First update peak; peak from 0 on; last update just above peak / div_final, which no update uses; after the end held
    at peak / div_final.

    Args:
        lr: the rate, as given to theirs, or that of the Learner; >= 0. Of several groups each has a twin of its own.
        n_epoch: epochs of the training; whole, >= 1.
        div_final: how much lower the end is than the peak; > 0.
        pct_start: the share of T that is flat; in [0, 1].
        wd: not of the rate, and not looked at; so are cbs and reset_opt.
        cbs: see there.
        reset_opt: see there.
        start_epoch: not looked at, as in theirs: it trains all epochs.
        updates_per_epoch: updates of an epoch, ``len(dls.train)``; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Leaves ``start_epoch`` alone, and so does ours. Counts shares in float32: rates differ by up to about 1e-7 of
        the peak, more where a share is small.

    Source:
        fastai/callback/schedule.py, fit_flat_cos; fastai/callback/core.py, TrainEvalCallback; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.fastai.fit_flat_cos(1.0, 10, div_final=100, updates_per_epoch=10)
    >>> s
    hold(1.0, 75) >> cosine(1.0, 0.01, 25)
    """
    where = "twins.fastai.fit_flat_cos"
    peak = _accept.rate(f"{where}.lr", lr, least=0.0)
    end = peak / _accept.rate(f"{where}.div_final", div_final, above=0.0)
    epochs, each = _lengths(where, n_epoch, updates_per_epoch)
    return waves(where, pct_start, [peak, peak, end], ("lr", "lr", "lr"), epochs * each, "pct_start")


def fit_sgdr(
    lr: Any, n_cycles: Any, cycle_len: Any, lr_max: Any = None, cycle_mult: Any = 2, cbs: Any = None,
    reset_opt: Any = False, wd: Any = None, start_epoch: Any = 0, *, updates_per_epoch: Any,
) -> Schedule:  # fmt: skip
    """Half a cosine wave to zero, again and again, each ``cycle_mult`` times as long as the one before.

    With e updates since the start of cycle k, which lasts n = cycle_len cycle_mult^k updates_per_epoch:

        0 <= e < n    peak (1 + cos(pi e / n)) / 2
        the end       0

    First update peak = lr_max, or lr; peak at the start of each cycle; last update just above 0, which no update uses;
    after the end held at 0.

    Args:
        lr: the rate of the Learner, or of a parameter group; used where lr_max is None; >= 0.
        n_cycles: cycles; whole, >= 1.
        cycle_len: epochs of the first cycle; whole, >= 1.
        lr_max: where each cycle begins; >= 0. Of several groups each has a twin of its own.
        cycle_mult: how many times as long each cycle is as the one before; whole, >= 2.
        cbs: not of the rate, and not looked at; so are reset_opt and wd.
        reset_opt: see there.
        wd: see there.
        start_epoch: epochs that are skipped: update 0 is the first one after them; whole, >= 0, < the epochs of all.
        updates_per_epoch: updates of an epoch, ``len(dls.train)``; whole, >= 1.

    Raises:
        ScheduleError: a number is out of its range, or the shares of the cycles do not add up to 1 as floats, which
            theirs asserts. With ``cycle_mult=1`` theirs divides by zero.

    Theirs:
        Counts shares in float32: rates differ by up to about 1e-7 of the peak, more in short cycles. Some cycles begin
        one update late, the third of ``fit_sgdr(3, 1)`` for one: that update has a rate of about 0, ours the peak.

    Source:
        fastai/callback/schedule.py, fit_sgdr; fastai/callback/core.py, TrainEvalCallback; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.fastai.fit_sgdr(1.0, 2, 1, updates_per_epoch=100)
    >>> s(0), round(s(50), 6), s(100), round(s(200), 6), s(300)
    (1.0, 0.5, 1.0, 0.5, 0.0)
    """
    where = "twins.fastai.fit_sgdr"
    peak = _peak(where, lr, "lr_max", lr_max)
    cycles, first = (
        _accept.count(f"{where}.n_cycles", n_cycles),
        _accept.count(f"{where}.cycle_len", cycle_len),
    )
    growth = _accept.count(f"{where}.cycle_mult", cycle_mult, least=2)
    epochs = first * (growth**cycles - 1) // (growth - 1)
    _, each = _lengths(where, epochs, updates_per_epoch)
    checked(f"{where}: the shares of its cycles", [first * growth**k / epochs for k in range(cycles)])
    whole = cosine(peak, 0.0, first * each).repeat(cycles, growth=growth)
    return _skipped(where, whole, start_epoch, epochs, each)


def fine_tune(
    epochs: Any, base_lr: Any = 2e-3, freeze_epochs: Any = 1, lr_mult: Any = 100,
    pct_start: Any = 0.3, div: Any = 5.0, *,
    div_final: Any = 1e5, updates_per_epoch: Any, groups: Any = 1, group: Any = -1,
) -> Schedule:  # fmt: skip
    """One cycle with a frozen body, and another one for all layers at lower rates, one after the other.

        t < freeze_epochs updates_per_epoch    fit_one_cycle to base_lr, rising for 99% of it; lower groups to a tenth
        after them                             fit_one_cycle to base_lr / 2; lower groups down to that / lr_mult

    First update base_lr / 25; peak just before the first cycle ends; last update just above the end of the second;
    after the end held there.

    Args:
        epochs: epochs of the second cycle; whole, >= 1.
        base_lr: the peak of the first cycle, of the last group; > 0.
        freeze_epochs: epochs of the first cycle; whole, >= 1.
        lr_mult: how much lower the first group is in the second cycle; > 0. With one group it does nothing.
        pct_start: the share of the second cycle that rises; in [0, 1].
        div: how much lower the second cycle starts than its peak; > 0. Of the first it is 25.
        div_final: how much lower both end than their peaks; > 0.
        updates_per_epoch: updates of an epoch, ``len(dls.train)``; whole, >= 1.
        groups: parameter groups of the Learner; whole, >= 1.
        group: which of them this is; -1, the last, is the head.

    Raises:
        ScheduleError: a number is out of its range.

    Theirs:
        Counts shares in float32: rates differ by up to about 1e-7 of the peak, more where a share is small.

    Source:
        fastai/callback/schedule.py, fine_tune; release 2.8.12; fastcore/basics.py, even_mults.

    Checked:
        live

    >>> from stepsize import twins
    >>> s = twins.fastai.fine_tune(10, 1.0, updates_per_epoch=100)
    >>> s(0), s(99), s(100), s(400)
    (0.04, 1.0, 0.1, 0.5)
    """
    where = "twins.fastai.fine_tune"
    many, high = (
        _accept.count(f"{where}.groups", groups),
        _accept.rate(f"{where}.base_lr", base_lr, above=0.0),
    )
    if not isinstance(group, int) or not -many <= group < many:
        raise ScheduleError(message(f"{where}.group", f"must be one of {many}, from 0 on, or -1", group))
    below = many - 1 - group % many
    steps = [_accept.count(f"{where}.{name}", count) * _accept.count(f"{where}.updates_per_epoch", updates_per_epoch)
             for name, count in (("freeze_epochs", freeze_epochs), ("epochs", epochs))]  # fmt: skip
    ratio = _accept.rate(f"{where}.lr_mult", lr_mult, above=0.0) ** (below / max(many - 1, 1))
    tops = [high / 10.0 if below else high, high / 2.0 / ratio]
    last = _accept.rate(f"{where}.div_final", div_final, above=0.0)
    divs = [25.0, _accept.rate(f"{where}.div", div, above=0.0)]
    called = ("base_lr / div", "base_lr", "base_lr / div_final")
    frozen, whole = (
        waves(where, share, [top / low, top, top / last], called, count, "pct_start")
        for share, top, low, count in zip([0.99, pct_start], tops, divs, steps, strict=True)
    )
    return frozen >> whole


def LRFinder(start_lr: Any = 1e-7, end_lr: Any = 10, num_it: Any = 100, stop_div: Any = True) -> Schedule:
    """Equal ratios from a rate that is too low to one that is too high: ``lr_find``.

        t < num_it     start_lr (end_lr / start_lr)^(t / num_it)
        num_it <= t    end_lr

    First update start_lr; peak at the end; last update one ratio below end_lr; after the end held at end_lr.

    Args:
        start_lr: the rate at the beginning; > 0. Of several groups each has a twin of its own.
        end_lr: where it goes to; > 0.
        num_it: updates; whole, >= 1. Less than 6 are taken as 6, as in theirs.
        stop_div: not of the rate: theirs stops once the loss is 4 times its best.

    Raises:
        ScheduleError: a number is out of its range.

    Source:
        fastai/callback/schedule.py, LRFinder; release 2.8.12.

    Checked:
        live

    >>> from stepsize import twins
    >>> twins.fastai.LRFinder(1e-6, 1.0, num_it=100)
    exponential(1e-06, 1.0, 100)
    """
    where = "twins.fastai.LRFinder"
    first, last = (
        _accept.rate(f"{where}.{name}", rate, above=0.0)
        for name, rate in (("start_lr", start_lr), ("end_lr", end_lr))
    )
    return exponential(first, last, max(6, _accept.count(f"{where}.num_it", num_it)))


def _peak(where: str, lr: Any, name: str, given: Any) -> float:
    base = _accept.rate(f"{where}.lr", lr, least=0.0)
    return base if given is None else _accept.rate(f"{where}.{name}", given, least=0.0)


def _lengths(where: str, n_epoch: Any, updates_per_epoch: Any) -> tuple[int, int]:
    epochs = _accept.count(f"{where}.n_epoch", n_epoch)
    return epochs, _accept.count(f"{where}.updates_per_epoch", updates_per_epoch)


def _skipped(where: str, s: Schedule, start_epoch: Any, epochs: int, each: int) -> Schedule:
    """From its first update that is trained on; the schedule itself is that of all epochs."""
    start = _accept.count(f"{where}.start_epoch", start_epoch, least=0)
    if start >= epochs:
        rule = f"must be below {epochs}, the epochs of all"
        raise ScheduleError(message(f"{where}.start_epoch", rule, start_epoch))
    return s[start * each :] if start else s
