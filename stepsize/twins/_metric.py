"""What is said where a peer's rate hangs on a metric: no schedule knows it beforehand."""

from typing import Any, NoReturn

from stepsize.errors import ScheduleError, message


def refuse(where: str, given: Any) -> NoReturn:
    """Raise, and point to the policies that answer to a metric."""
    remedy = "Take stepsize.adaptive.plateau or greedy, and multiply a schedule by what they give."
    raise ScheduleError(
        message(where, "the rate answers to a metric, and no schedule knows it", given, remedy)
    )
