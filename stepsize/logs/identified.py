"""What a log turned out to be: its phases with the intervals left to them, its schedule, its peers, what is odd."""

import math
from collections.abc import Mapping
from typing import Any

from stepsize._accept import Number
from stepsize._value import Value
from stepsize.schedule import Schedule

Interval = tuple[float, float]

_FEW, _ROWS = 12, 4  # phases that any schedule may have; rows a phase of one that has more
_BELOW = 0.01  # of the highest rate: how far below 0 a phase may end, by the rounding of its rows

SUSPICIONS = ("stepped twice", "restarted on resume", "horizon too long", "logged one late")


class Part(Value):
    """One phase as the log shows it; it owns [start, stop) in updates.

    Args:
        kind: its curve: "hold", or the name of a shape or of a tail: "linear", "cosine", "power(2)", "geometric", ...
        start: its first position, the most likely one.
        stop: its end; of a phase that the log breaks off, the end that its curve has, where it shows.
        first: the rate at its start.
        last: the rate at its end.
        points: how many logged rates lie in it.
        start_between: the interval of ``start`` that the log leaves; the same for the other three.
        stop_between: see ``start_between``.
        first_between: see ``start_between``.
        last_between: see ``start_between``.
        length_between: the interval of stop - start, narrower than the two ends by themselves.
        begun: where its curve has its own start, if that is before ``start``: only the rest of it is used; else None.
        origin: the rate at ``begun``.
        cut: where the next phase begins, if that is before this one's stop; else None.
        p: the number that the curve has of its own: the exponent of a power, how far "faded" goes, else 1.
    """

    kind: str
    start: Number
    stop: Number
    first: float
    last: float
    points: int
    start_between: Interval
    stop_between: Interval
    first_between: Interval
    last_between: Interval
    length_between: Interval
    p: float = 1.0
    cut: Number | None = None
    begun: Number | None = None
    origin: float = 0.0


class Suspicion(Value):
    """Something odd: its ``kind``, one of ``SUSPICIONS``; ``what`` was seen, in a sentence; the step ``at`` which."""

    kind: str
    what: str
    at: Number | None = None


class Peer(Value):
    """A schedule of another library that gives the logged rates.

    Args:
        library: its name, such as "transformers".
        call: its twin, as one types it: "twin:transformers.cosine(3e-4, 500, 10000)".
        offset: step n of the log has the rate of update n + offset of the peer.
        worst: the largest difference to a logged rate, as a share of the highest rate.
    """

    library: str
    call: str
    offset: int
    worst: float


class Identified(Value):
    """Which schedule a log follows.

    Args:
        schedule: our value; its spelling is ``str(schedule)``.
        offset: step n of the log has the rate ``schedule(n + offset)``.
        parts: its phases.
        peers: those of other libraries that fit, the best first; empty where none does.
        residual: the largest difference between a logged rate and the schedule's, as a share of the highest rate.
        rounding: half a unit of the log's last digit, as a share of the highest rate: what ``residual`` may be.
        suspicions: what is odd.
        notes: what was assumed, in plain sentences.
        each: updates between two steps of the scheduler: more than 1 where it was stepped once an epoch, say. The
            peers count its steps then, and all else counts updates.
    """

    schedule: Schedule
    offset: int
    parts: tuple[Part, ...]
    peers: tuple[Peer, ...]
    residual: float
    rounding: float
    suspicions: tuple[Suspicion, ...] = ()
    notes: tuple[str, ...] = ()
    each: int = 1

    @property
    def fits(self) -> bool:
        """Whether this is a schedule, and gives every logged rate, as far as the log's rounding shows.

        Phases with hardly a row each, or one that would end below 0, are none.
        """
        rows, many = sum(part.points for part in self.parts), len(self.parts)
        low = min(min(part.first, part.last) for part in self.parts)
        top = max(max(part.first, part.last) for part in self.parts)
        near = self.residual <= 1.5 * self.rounding
        return near and low >= -_BELOW * top and (many <= _FEW or rows >= _ROWS * many)

    def to_dict(self) -> Mapping[str, Any]:
        """Plain JSON: the spelling, and all that is known of it."""
        return {"schedule": str(self.schedule), "fits": self.fits} | {
            name: _plain(self.__dict__[name]) for name in self._fields if name != "schedule"
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return {name: _plain(value.__dict__[name]) for name in value._fields}
    if isinstance(value, float) and not math.isfinite(value):
        return None  # an end that the log leaves open: JSON has no infinity
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
