"""What goes wrong, in one family: every error of stepsize is a ``ScheduleError``.

    ScheduleError               wrong input; also a ValueError
    ├── ScheduleTypeError       the wrong kind of thing altogether; also a TypeError
    ├── CheckpointError         state that is not ours, or was saved under another schedule
    ├── HorizonNeeded           a length such as "5%" speaks of a run, and nothing says which
    └── MissingExtra            an optional dependency is not installed; also an ImportError

A message reads ``<where>: <the rule>; got <value>. <what to do>``.
"""

from collections.abc import Iterable


class ScheduleError(ValueError):
    """Wrong input, refused where it enters."""


class ScheduleTypeError(ScheduleError, TypeError):
    """The wrong kind of object, such as a phase where a shape belongs."""


class CheckpointError(ScheduleError):
    """A saved state that is not ours, or that belongs to another schedule."""


class HorizonNeeded(ScheduleError):
    """A length such as "5%" or "3 epochs" speaks of a run, and nothing says which."""


class MissingExtra(ScheduleError, ImportError):
    """A feature needs an optional dependency that is not installed."""


def message(where: str, rule: str, got: object, remedy: str = "") -> str:
    """Build ``<where>: <rule>; got <got>. <remedy>``, the one form of all our messages.

    A value longer than 80 characters is shortened, so that hostile input cannot flood a log.
    """
    try:
        shown = repr(got)
    except Exception as error:  # a foreign object may fail to print itself; ours must not
        shown = f"<{type(got).__name__} that cannot be printed: {type(error).__name__}>"
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return f"{where}: {rule}; got {shown}." + (f" {remedy}" if remedy else "")


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """The remedy for a misspelt name: the nearest known one, or nothing where none is near."""
    from difflib import get_close_matches  # imported when something is wrong, and not before

    near = get_close_matches(given[:40], list(known), n=1)
    return f'Did you mean "{near[0]}"?' if near else ""
