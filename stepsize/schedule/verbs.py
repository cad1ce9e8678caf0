"""The verbs: how a schedule is made from others. Each gives a new schedule and leaves its own as it was.

Verbs work on what counts steps, and put the clock back on the outside. The types that they build stand on the
contract in ``value``, which inherits from here; so each verb imports its type when it is used.
"""

from collections.abc import Callable
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Any

from stepsize import _accept
from stepsize.errors import ScheduleError, ScheduleTypeError, message
from stepsize.schedule.factor import Inverse

if TYPE_CHECKING:
    from stepsize.schedule.value import Schedule


class Verbs:
    """What every schedule can do to give another one."""

    # Verbs: each gives a new schedule

    def __rshift__(self: Any, other: Any) -> "Schedule":
        """``a >> b``: a, and b from its end on."""
        from stepsize.schedule.chain import chain

        return self._with(">>", other, chain)

    def __add__(self: Any, other: Any) -> "Schedule":
        """``a + b``: the sum of both rates, as long as the longer one."""
        from stepsize.schedule.pointwise import total

        return self._with("+", other, total)

    def __mul__(self: Any, other: Any) -> "Schedule":
        """``s * 0.5`` scales every rate; ``a * b`` is the product, as long as the longer one."""
        from stepsize.schedule.pointwise import product

        if isinstance(other, Verbs):
            return self._with("*", other, product)
        return self._alone(lambda s: s._scaled(_accept.rate("schedule * factor", other)))

    __rmul__ = __mul__

    def __truediv__(self: Any, other: Any) -> "Schedule":
        """``s / peak``: a multiplier, 1 at the peak."""
        if isinstance(other, Verbs):
            raise ScheduleTypeError(message("schedule / divisor", "must be a number", other))
        divisor = _accept.rate("schedule / divisor", other)
        if divisor == 0.0:
            raise ScheduleError(message("schedule / divisor", "must not be zero", other))
        return self._alone(lambda s: s._divided(divisor))

    def _divided(self: Any, divisor: float) -> "Schedule":
        """Divide each rate, and not multiply by the inverse: peak / peak is exactly 1."""
        return self._scaled(Inverse(1.0 / divisor, divisor))

    def __getitem__(self: Any, cut: Any) -> "Schedule":
        """``s[a:b]``: the schedule from a to b, always b - a long; beyond the end it is held.

        >>> import stepsize as ss
        >>> ss.linear(0.0, 1.0, 4)[1:](0)
        0.25
        """
        from stepsize.schedule.cut import cut_out

        return self._alone(lambda s: cut_out(s, cut))

    def repeat(
        self, cycles: Any = None, *, growth: Any = 1, decay: Any = 1.0, floor: Any = None
    ) -> "Schedule":
        """Run it again and again.

        Cycle k (from 0) lasts round(length * growth^k) updates, ties to even, in exact arithmetic; with growth 1
        it lasts ``length``. Its rate is floor + (s - floor) * decay^k.

        Args:
            cycles: how many; None goes on for ever.
            growth: ratio of each cycle's length to the one before, > 0; >= 1 where it goes on for ever.
            decay: ratio by which each cycle shrinks towards ``floor``, in (0, 1].
            floor: the rate that shrinking leaves alone; the cycle's last rate by default. An endless
                repetition at infinity gives this.
        """
        from stepsize.schedule.repeat import Repeat

        return self._alone(lambda s: Repeat(s, cycles, growth, decay, s._final if floor is None else floor))

    def stretch(self: Any, factor: Any = None, *, steps: Any = None) -> "Schedule":
        """Multiply every length by ``factor``, or make the whole ``steps`` long; lengths are exact, not rounded."""
        if (factor is None) == (steps is None):
            raise ScheduleError(message("stretch", "takes either factor or steps", (factor, steps)))
        if factor is not None:
            ratio = Fraction(_accept.rate("stretch.factor", factor, above=0.0))
        else:
            if not 0 < self.length < inf:
                remedy = "Give a factor instead."
                raise ScheduleError(
                    message("stretch(steps=)", "needs a finite length > 0", self.length, remedy)
                )
            ratio = Fraction(_accept.length("stretch.steps", steps)) / Fraction(self.length)
        if ratio == 0:
            raise ScheduleError(message("stretch.steps", "must be > 0", steps))
        return self._alone(lambda s: s._stretched(ratio))

    def clip(self: Any, low: Any = None, high: Any = None) -> "Schedule":
        """Hold the rate between ``low`` and ``high``; None leaves that side open."""
        from stepsize.schedule.pointwise import Clip

        return self._alone(lambda s: Clip(s, low, high))

    def staircase(self: Any, every: Any) -> "Schedule":
        """Hold each rate for ``every`` updates: at t it is the rate at the last multiple of ``every``."""
        from stepsize.schedule.repeat import Staircase

        return self._alone(lambda s: Staircase(s, every))

    def on(self: Any, clock: str) -> "Schedule":
        """Count something else than updates: "tokens", "samples", "seconds" or "progress"."""
        from stepsize.schedule.clock import on

        return on(self, clock)

    # How verbs treat clocks: they work on what counts steps, and put the clock back on the outside

    @property
    def clock(self) -> str:
        """What a position counts: "steps", unless :meth:`on` says otherwise."""
        return "steps"

    @property
    def _bare(self: Any) -> "Schedule":
        return self

    def _alone(self: Any, verb: Callable[["Schedule"], "Schedule"]) -> "Schedule":
        return verb(self._bare).on(self.clock)

    def _with(
        self: Any, sign: str, other: Any, verb: Callable[["Schedule", "Schedule"], "Schedule"]
    ) -> "Schedule":
        if not isinstance(other, Verbs):
            remedy = "Wrap a number in hold(value, steps)." if isinstance(other, (int, float)) else ""
            rule = "the right side must be a schedule"
            raise ScheduleTypeError(message(f"schedule {sign} other", rule, other, remedy))
        if self.clock != other.clock:
            remedy = "Combine first, and name the clock last: (a >> b).on(clock)."
            raise ScheduleError(message(f"schedule {sign} other", "both must be on one clock",
                                        (self.clock, other.clock), remedy))  # fmt: skip
        return verb(self._bare, other._bare).on(self.clock)
