"""The changes of course that a command line can ask for: what each needs, and what comes of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from stepsize import replan
from stepsize._accept import Number
from stepsize.cli.wording import on_the_command_line, spelled
from stepsize.errors import ScheduleError, message
from stepsize.schedule import Schedule


class Policy(NamedTuple):
    """What a change needs to be told, and what else it may be told, by the names of its arguments."""

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


POLICIES = {
    "keep": Policy(),
    "rescale": Policy(("steps",)),
    "extend": Policy(("steps",), ("end", "shape")),
    "cooldown": Policy(("over",), ("end", "shape")),
    "truncate": Policy(),
    "append": Policy(("more",)),
    "rewarm": Policy(("steps", "peak", "warmup"), ("end", "shape")),
    "change_batch": Policy(("factor",), ("rule",)),
    "other": Policy(("other",)),
}
_OPTIONS = {"more": "--append"}  # the others are called as their argument


def option(argument: str) -> str:
    """The option that tells an argument."""
    return _OPTIONS.get(argument, spelled(argument))


def lacking(name: str, told: Mapping[str, Any]) -> list[str]:
    """The options that a policy still needs."""
    return [option(argument) for argument in POLICIES[name].needs if argument not in told]


def changed(name: str, s: Schedule, at: Number, told: Mapping[str, Any]) -> Schedule:
    """What a policy makes of a schedule, of all that was told taking what it takes.

    Raises:
        ScheduleError: it lacks something, or a number is out of its range.
    """
    if missing := lacking(name, told):
        rule = f"needs {' and '.join(missing)}"
        raise ScheduleError(message(f"--policy {name}", rule, "none", f"Give {' and '.join(missing)}."))
    policy = POLICIES[name]
    own = {word: told[word] for word in (*policy.needs, *policy.takes) if word in told}
    if name == "other":
        replan.explain(s, told["other"], at)  # which refuses another clock
        return cast(Schedule, told["other"])
    try:
        new: Schedule = getattr(replan, name)(s, **own, **({} if name == "append" else {"at": at}))
    except ScheduleError as error:
        raise type(error)(on_the_command_line(str(error))) from None
    return new


def foreign(name: str, told: Mapping[str, Any]) -> list[str]:
    """The options that were told, and a policy does not take."""
    policy = POLICIES[name]
    return [option(word) for word in told if word not in (*policy.needs, *policy.takes)]
