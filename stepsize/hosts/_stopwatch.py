"""A stopwatch: the seconds that a run has trained for."""

import math
import time as _time
from collections.abc import Callable
from typing import Any

from stepsize import _accept
from stepsize.errors import ScheduleError, message


class Stopwatch:
    """Counts seconds while it runs. It never goes back, whatever its source of time does.

    A schedule on the clock "seconds" has one, and starts it. Make your own to start it earlier (:meth:`start`, so that
    loading the data counts, too), to stop it while you evaluate, or to read it less often.

    Args:
        before: seconds that count already, such as those of an earlier job; >= 0.
        every: updates between readings; whole, >= 1. At each the ranks agree, which costs a small collective.
        time: the source of time, in seconds.

    Raises:
        ScheduleError: a number is out of its range, or ``time`` cannot be called.

    >>> from stepsize.hosts.torch import Stopwatch
    >>> watch = Stopwatch(before=60, time=iter([100.0, 103.0, 250.0]).__next__)
    >>> watch.start()
    >>> watch.stop()
    >>> watch.seconds
    63.0
    """

    def __init__(
        self, *, before: float = 0.0, every: int = 1, time: Callable[[], float] = _time.monotonic
    ) -> None:
        if not callable(time):
            raise ScheduleError(message("Stopwatch.time", "must be a function that gives seconds", time))
        self.before = self._total = _seconds("Stopwatch.before", before)
        self.every = _accept.count("Stopwatch.every", every)
        self._time = time
        self._since: float | None = (
            None  # its source's time up to which the total counts; None while it stands
        )

    @property
    def seconds(self) -> float:
        """The seconds that it has counted until now."""
        if self._since is not None:
            now = self._time()
            if now > self._since:
                self._total, self._since = self._total + (now - self._since), now
        return self._total

    def start(self) -> None:
        """Let it run; where it runs already, nothing."""
        if self._since is None:
            self._since = self._time()

    def stop(self) -> None:
        """Let it stand; where it stands already, nothing."""
        self._total, self._since = self.seconds, None

    def __getstate__(self) -> dict[str, Any]:
        """Another process, or a later day, has another source of time: keep the total, and whether it runs."""
        return {**self.__dict__, "_total": self.seconds}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._since is not None:
            self._since = self._time()


def _seconds(where: str, given: Any) -> float:
    found = float(_accept.number(where, given))
    if not 0 <= found < math.inf:
        raise ScheduleError(message(where, "must be a finite number of seconds >= 0", given))
    return found
