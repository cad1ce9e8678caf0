"""How many rates a table may list: what a twin cannot say in closed form is listed update for update."""

import math

from stepsize._accept import Number
from stepsize.errors import ScheduleError, message

LISTED = 10_000_000


def listed(where: str, updates: Number) -> int:
    """So many whole updates, where they are not too many to list.

    Raises:
        ScheduleError: they are.
    """
    if not updates <= LISTED:
        rule = f"must not exceed {LISTED:,}, for it has no closed form here, and is a table of its rates"
        raise ScheduleError(message(where, rule, updates))
    return math.ceil(updates)
