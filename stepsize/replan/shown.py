"""A change of course, shown before it is made."""

import math
from typing import Any, NamedTuple

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import ScheduleError, message
from stepsize.replan._door import position, schedule
from stepsize.schedule import Schedule


class Change(NamedTuple):
    """What a change of schedule does, as :func:`explain` found it. Its text is a table and a picture."""

    old: Schedule
    new: Schedule
    at: Number

    @property
    def jump(self) -> float:
        """How far the rate jumps at ``at``, as new / old; 1 where it does not."""
        old, new = self.old(self.at), self.new(self.at)
        return 1.0 if old == new else new / old if old else math.inf

    def rows(self) -> tuple[tuple[str, Number, float, float], ...]:
        """What, where, and the rates of old and new there: the update before, this one, and the ends."""
        ends = sorted({s.length for s in (self.old, self.new) if self.at < s.length < math.inf})
        steps = self.old.clock == "steps"
        places = [("the update before", self.at - 1)] if self.at >= 1 and steps else []
        places += [("this update" if steps else "here", self.at)]
        places += [("the old end" if end == self.old.length else "the new end", end) for end in ends]
        return tuple((what, _accept.whole(t), self.old(t), self.new(t)) for what, t in places)

    def shown(self, width: int = 80, colour: bool = False) -> str:
        """The table and the picture, in so many columns; coloured by the codes of a terminal."""
        from stepsize.schedule.terminal import drawn  # when it is shown, and not before

        lines = [f"old  {self.old}", f"new  {self.new}", ""]
        lines += [f"{'':<18}{'position':>14}{'old':>14}{'new':>14}"]
        lines += [f"{what:<18}{t:>14,}{old:>14.6g}{new:>14.6g}" for what, t, old, new in self.rows()]
        lines += ["", f"at {self.at:,} the rate {_jumps(self.jump)}", ""]
        return "\n".join([*lines, drawn([("old", self.old), ("new", self.new)], width=width, colour=colour)])

    def __str__(self) -> str:
        return self.shown()


def explain(old: Schedule, new: Schedule, at: Any) -> Change:
    """Show what a change of schedule does, before it is made: the rate before, after and at the end.

    Args:
        old: the schedule that was followed until now.
        new: the one that would be followed from ``at`` on.
        at: updates already applied; >= 0.

    Returns:
        The change; ``print`` shows a table and a picture, ``.rows()`` and ``.jump`` are the numbers.

    Raises:
        ScheduleError: they count on two clocks, or ``at`` is out of its range.

    >>> import stepsize as ss
    >>> old = ss.cosine(1.0, 0.0, 100)
    >>> change = ss.replan.explain(old, ss.replan.rescale(old, 50, 200), 50)
    >>> round(change.jump, 6), change.rows()[-1][0]
    (1.707107, 'the new end')
    """
    at = position("explain", old, at)
    if schedule("explain", new).clock != old.clock:
        raise ScheduleError(message("replan.explain", "both must be on one clock", (old.clock, new.clock)))
    return Change(old, new, at)


def _jumps(jump: float) -> str:
    if math.isclose(jump, 1.0, rel_tol=1e-12):
        return "goes on without a jump"
    return f"jumps to {jump:.4g} of what it was going to be"
