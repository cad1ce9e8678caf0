"""MMEngine's timeline: windows on it, each with a law, and the rate that they make of the base rate together.

A law says how its scheduler moves the rate that it finds. Windows that lie apart follow one another in closed form,
those that overlap and only multiply are a product, and what else overlaps is followed update by update, as theirs is.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Chain, Hold, Repeat, Schedule, hold, table
from stepsize.schedule.chain import chain

INF = int(1e9)  # theirs: a window without an end
_MOST = 1_000_000  # updates followed one by one


class Law(NamedTuple):
    """How a scheduler moves the rate, by its own steps from 0 on."""

    curve: Callable[[float, float], Schedule]  # from a rate before it, and the rate that it leaves alone
    low: float = 0.0  # that rate: 0 of those that only multiply
    starts: tuple[int, ...] | None = (
        None  # of those that set the rate, whatever it was: when they do; () at each step
    )
    end: Number = math.inf  # after so many steps it leaves the rate as it is

    def step(self, rate: float, e: int) -> float:
        """The rate after step e of its own, as found before it."""
        if e >= self.end:
            return rate
        if self.starts == () or e in (self.starts or ()):
            return float(self.curve(0.0, self.low)(e))
        if self.starts:
            start = max(start for start in self.starts if start < e)
            now, before, first = (self.curve(0.0, self.low)(k) - self.low for k in (e, e - 1, start))
            return self.low + (rate - self.low) * (now / before if first and before else 1.0)
        unit = self.curve(1.0, 0.0)
        now, before = unit(e), unit(e - 1) if e else 1.0
        return self.low + (rate - self.low) * (now / before if before else 0.0)


class Window(NamedTuple):
    """Where a law is at work: ``taken`` steps of ``each`` updates from update ``begin`` on."""

    begin: int
    taken: Number
    each: int
    epochs: bool
    law: Law

    @property
    def end(self) -> Number:
        return self.begin + self.taken * self.each

    def rates(self, rate: float) -> Schedule:
        """By updates from its beginning, held after its last change."""
        curve = self.law.curve(rate, self.law.low)
        return _stairs(curve, self.taken, self.each) if self.each > 1 else _until(curve, self.taken)


def _until(curve: Schedule, count: Number) -> Schedule:
    """So many values of a curve, the last of them held."""
    if 0 < curve.length <= count - 1:
        return curve
    if _flat(curve) or math.isinf(count):
        return curve[:count]
    last, cut = curve(count - 1), curve[: count - 1]
    return cut if cut.length and math.isclose(cut(count - 1), last, rel_tol=1e-15) else cut >> hold(last, 1)


def _stairs(curve: Schedule, count: Number, each: int) -> Schedule:
    """Each value for an epoch; the last of them, or of the curve, for one epoch, and then held."""
    steps = curve[: min(count, math.ceil(curve.length) + 1)] if curve.length < math.inf else curve[:count]
    long = steps.stretch(each)
    return long if _flat(curve) else long.staircase(each)


def _flat(s: Schedule) -> bool:
    """Whether it only jumps, so that no stairs need be cut into it, and its last value is that before its end."""
    if isinstance(s, Chain):
        return all(map(_flat, s.joined))
    return isinstance(s, Hold) or (isinstance(s, Repeat) and _flat(s.schedule))


def timeline(where: str, rate: float, windows: Iterable[Window]) -> Schedule:
    """The rate from update 0 on, as all of them make it, in the order in which they are listed."""
    parts: list[Schedule] = []
    at: Number = 0
    for group in _groups(windows):
        begin = min(window.begin for window in group)
        made = group[0].rates(rate) if len(group) == 1 else _at_once(where, rate, group, begin)
        parts += [hold(rate, begin - at), made]
        at = begin + made.length
        rate = made(made.length) if made.length < math.inf else rate
    return chain(*_merged(parts)) if parts else hold(rate)


def _merged(parts: list[Schedule]) -> list[Schedule]:
    """The phases, holds of one rate that follow one another as one."""
    flat = [phase for part in parts for phase in (part.joined if isinstance(part, Chain) else (part,))]
    kept: list[Schedule] = []
    for phase in (phase for phase in flat if phase.length):
        last = kept[-1] if kept else None
        if isinstance(phase, Hold) and isinstance(last, Hold) and phase.value == last.value:
            kept[-1] = hold(phase.value, last.steps + phase.steps)
        else:
            kept.append(phase)
    return [*kept[:-1], _open(kept[-1])] if kept else flat[-1:]


def _open(last: Schedule) -> Schedule:
    """What a hold at the end is: it never ends."""
    return hold(last.value) if isinstance(last, Hold) else last


def _groups(windows: Iterable[Window]) -> list[list[Window]]:
    """Those that overlap, together; each group in the order of the list."""
    listed = list(windows)
    groups: list[list[Window]] = []
    end: Number = -1
    for window in sorted(listed, key=lambda window: window.begin):
        groups = [*groups, [window]] if window.begin >= end else [*groups[:-1], [*groups[-1], window]]
        end = max(end, window.end)
    return [sorted(group, key=lambda window: _place(listed, window)) for group in groups]


def _place(listed: Sequence[Window], window: Window) -> int:
    return next(k for k, one in enumerate(listed) if one is window)


def _at_once(where: str, rate: float, group: list[Window], begin: int) -> Schedule:
    """A product of those that multiply; of others, one value an update until the last of them ends."""
    if any(window.law.low or window.law.starts is not None for window in group):
        return _followed(where, rate, group, begin)
    whole = timeline(where, rate, [_from(group[0], begin)])
    for window in group[1:]:
        whole = whole * timeline(where, 1.0, [_from(window, begin)])
    return whole


def _from(window: Window, begin: int) -> Window:
    return window._replace(begin=window.begin - begin)


def _followed(where: str, rate: float, group: list[Window], begin: int) -> Schedule:
    end = max(window.end for window in group)
    if end - begin > _MOST:
        rule = f"windows that overlap, and do not only multiply, must end within {_MOST:,} updates"
        raise ScheduleError(message(where, rule, end, "Give each its end, or the steps of the run."))
    rates = []
    order = sorted(group, key=lambda window: window.epochs)  # theirs steps those of epochs last
    for t in range(begin, int(end)):
        for window in order if t else group:  # but at first in the order in which they are built
            step, rest = divmod(t - window.begin, window.each)
            if rest == 0 and 0 <= step < window.taken:
                rate = window.law.step(rate, step)
        rates.append(rate)
    return table(rates)


class Span(NamedTuple):
    """When a scheduler is at work, in the words of theirs."""

    begin: Any = 0
    end: Any = INF
    last_step: Any = -1
    by_epoch: Any = True
    updates_per_epoch: Any = None
    convert_to_iter_based: Any = False

    def window(self, where: str, law: Callable[["Place"], Law]) -> Window:
        """Its place on the timeline, with the law that it makes there."""
        each = self._each(where)
        unit = each if self.convert_to_iter_based else 1
        begin, end = (self._edge(f"{where}.{name}", getattr(self, name), unit) for name in ("begin", "end"))
        if end <= begin:
            raise ScheduleError(message(f"{where}.end", "must be > begin", self.end))
        if self.last_step != -1:
            remedy = "To resume, ask the schedule for its rate at the update."
            raise ScheduleError(message(f"{where}.last_step", "must be -1", self.last_step, remedy))
        endless = end >= INF
        made = law(Place(end - begin, unit, endless))
        step = 1 if self.convert_to_iter_based else each
        count = math.inf if endless else end - begin
        return Window(begin * step, count, step, bool(self.by_epoch and not self.convert_to_iter_based), made)

    def _each(self, where: str) -> int:
        if not self.by_epoch:
            if self.convert_to_iter_based:
                remedy = "It is counted in updates already."
                rule = "takes by_epoch=True only"
                raise ScheduleError(message(f"{where}.convert_to_iter_based", rule, True, remedy))
            return 1
        if self.updates_per_epoch is None:
            remedy = (
                "Theirs counts epochs unless told otherwise: give it, or by_epoch=False to count updates."
            )
            raise ScheduleError(message(f"{where}.updates_per_epoch", "must be given", None, remedy))
        return _accept.count(f"{where}.updates_per_epoch", self.updates_per_epoch)

    def _edge(self, where: str, value: Any, unit: int) -> int:
        """An edge of the window; where it is converted, theirs takes parts of an epoch, and cuts them off."""
        if unit == 1 or value == INF:
            return _accept.count(where, value, least=0)
        return int(_accept.rate(where, value, least=0.0) * unit)


class Place(NamedTuple):
    """What a law may know of its window."""

    steps: int  # end - begin
    unit: int  # updates of an epoch, where its lengths are converted; else 1
    endless: bool
