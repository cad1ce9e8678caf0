"""One line that a person can guess: ``"0 -> 3e-4 in 5%; -> 3e-5 cosine"``, or any Python call, or JSON.

words       numbers, names and signs, and the error that points at one
grammar     from words to phases and expressions
meaning     from those, and a horizon, to a schedule
calls       phases, recipes and verbs, called by name

The grammar stands in ``docs/language.md``. Printing is its inverse: ``parse(str(s)) == s``. Nothing is evaluated
as Python, and length and depth are bounded.
"""

from typing import Any

from stepsize.errors import HorizonNeeded, ScheduleError, ScheduleTypeError, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule, from_json


def parse(text: Any, horizon: Horizon | None = None) -> Schedule:
    """Read a schedule from its spelling.

    Args:
        text: phases with ";" between them, or a Python call, or both; the grammar is in ``docs/language.md``.
            At most 6,000 characters. Or the JSON of ``s.to_dict()``, of any length.
        horizon: the run that "5%", "3 epochs", "2B tokens" and a phase without a length speak of.

    Returns:
        The schedule; ``parse(str(s)) == s``.

    Raises:
        HorizonNeeded: the text speaks of a run, and there is no horizon.
        ScheduleError: the text cannot be read, or says something impossible; the message points at the place.

    >>> import stepsize as ss
    >>> ss.parse("0 -> 3e-4 in 5%; -> 3e-5 cosine", ss.Horizon(10_000))
    linear(0.0, 0.0003, 500) >> cosine(0.0003, 3e-05, 9500)
    >>> print(ss.warmup_cosine(3e-4, 10_000, warmup="5%", end=3e-5))
    0 -> 3e-4 in 500; -> 3e-5 cosine in 9500
    """
    from stepsize.spelling.grammar import (
        read,
    )  # a third of what "import stepsize" would take, and often not needed

    if not isinstance(text, str):
        raise ScheduleTypeError(message("parse", "the spelling must be a text", text))
    if not isinstance(horizon, Horizon | None):
        raise ScheduleTypeError(message("parse", "must be a Horizon", horizon, "Write Horizon(steps=...)."))
    if text.lstrip().startswith("{"):
        return from_json(text)
    return read(text)(horizon)


def written(s: Schedule) -> str:
    """The text that a file should hold: ``parse(written(s)) == s`` for every schedule.

    It is ``str(s)``, or JSON where that would be too long to be read: of a table with thousands of rates.

    >>> import stepsize as ss
    >>> from stepsize.spelling import written
    >>> written(ss.warmup_cosine(3e-4, 10_000, warmup="5%", end=3e-5))
    '0 -> 3e-4 in 500; -> 3e-5 cosine in 9500'
    """
    text = str(s)
    try:
        if parse(text) == s:
            return text
    except ScheduleError:
        pass
    import json  # rarely needed

    return json.dumps(s.to_dict())


def needs_horizon(text: Any) -> bool:
    """Whether a spelling speaks of a run: of shares, epochs or tokens, or of the rest of it.

    Args:
        text: the spelling.

    Raises:
        ScheduleError: it cannot be read.

    >>> import stepsize as ss
    >>> ss.needs_horizon("0 -> 1 in 5%; -> 0"), ss.needs_horizon("0 -> 1 in 500; -> 0 in 9500")
    (True, False)
    """
    try:
        parse(text)
    except HorizonNeeded:
        return True
    return False
