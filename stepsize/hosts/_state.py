"""What a checkpoint of any host holds, the position and the schedule, and what is said of one that does not fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import CheckpointError, ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule, from_dict

VERSION = 1  # of the state; raised when the meaning of a field changes
LARGEST_POSITION = 2**53  # up to here every whole number is a float64


Amendment = tuple[int, tuple[Schedule, ...]]
"""A change of course: the position at which it was made, and the schedules since then."""


def state(
    schedules: Sequence[Schedule], position: int, amendments: Sequence[Amendment] = ()
) -> dict[str, Any]:
    """Position, schedules as they were given, and changes of course, as plain JSON values.

    The first schedule is that of all groups without one of their own.
    """
    first, *others = (s.to_dict() for s in schedules)
    more: dict[str, Any] = {"per_group": others} if others else {}
    if amendments:
        more["amendments"] = [{"at": at, "schedules": [s.to_dict() for s in new]} for at, new in amendments]
    return {"version": VERSION, "position": position, "schedule": first, **more}


def counted(where: str, s: Any, clock: str = "steps") -> Schedule:
    """A schedule on the clock that the host counts; by itself it counts updates."""
    if not isinstance(s, Schedule):
        remedy = "Give one such as hold(3e-4), or warmup_cosine(3e-4, 10_000, warmup=500)."
        raise ScheduleTypeError(message(where, "follows a schedule", s, remedy))
    if s.clock != clock:
        remedy = "Write its lengths in updates." if clock == "steps" else f'Write s.on("{clock}").'
        raise ScheduleError(message(where, f'counts the clock "{clock}" only', s.clock, remedy))
    return s


def position(where: str, value: Any) -> int:
    """A number of updates already applied."""
    found = _accept.count(where, value, least=0)
    if found > LARGEST_POSITION:
        raise ScheduleError(message(where, f"must not exceed {LARGEST_POSITION}", value))
    return found


def read(where: str, given: Any, clock: str = "steps") -> tuple[tuple[Schedule, ...], int]:
    """The schedules and the position of a state, fully checked. What it says of its clock, the clock itself reads.

    Raises:
        CheckpointError: it is not ours.
    """
    load = f"{where}.load_state_dict"
    if not isinstance(given, Mapping) or {*given} - {"per_group", "amendments", "clock"} != {
        "version",
        "position",
        "schedule",
    }:
        got = list(given) if isinstance(given, Mapping) else given
        rule = f"must be given what {where}.state_dict() gave"
        raise CheckpointError(message(load, rule, got, _from_elsewhere(given)))
    if type(given["version"]) is not int or given["version"] != VERSION:
        raise CheckpointError(message(load, f"this release reads version {VERSION}", given["version"]))
    others = given.get("per_group", [])
    if not isinstance(others, list):
        raise CheckpointError(message(load, "per_group must be a list of schedules", others))
    try:
        schedules = tuple(
            counted(where, from_dict(document), clock) for document in (given["schedule"], *others)
        )
        return schedules, position("position", given["position"])
    except ScheduleError as error:
        raise CheckpointError(f"{load}: {error}") from None


def amended(where: str, given: Mapping[str, Any], count: int, clock: str = "steps") -> list[Amendment]:
    """The changes of course in a state, of ``count`` schedules each, fully checked.

    Raises:
        CheckpointError: they are not ours.
    """
    load = f"{where}.load_state_dict"
    rule = f"amendments must be a list of {{at, schedules}}, {count} schedules each"
    found: list[Amendment] = []
    documents = given.get("amendments", [])
    if not isinstance(documents, list):
        raise CheckpointError(message(load, rule, documents))
    for document in documents:
        if not isinstance(document, Mapping) or {*document} != {"at", "schedules"}:
            raise CheckpointError(message(load, rule, document))
        if not isinstance(document["schedules"], list) or len(document["schedules"]) != count:
            raise CheckpointError(message(load, rule, document["schedules"]))
        try:
            new = tuple(counted(where, from_dict(one), clock) for one in document["schedules"])
            found.append((position("at", document["at"]), new))
        except ScheduleError as error:
            raise CheckpointError(f"{load}: {error}") from None
    return found


def _from_elsewhere(given: Any) -> str:
    if isinstance(given, Mapping) and "last_epoch" in given:
        return "This is the state of a torch scheduler: build with at= its last_epoch instead."
    return ""


def another(where: str, saved: Sequence[Schedule], now: Sequence[Schedule], at: Number) -> str:
    """What is said of a checkpoint of another schedule: both, and what can be done."""
    return (
        f"{where}.load_state_dict: the checkpoint must be of the present schedule; got another one, "
        f"at position {at}."
        + "".join(f"\n    saved: {_shown(s)}, which gives {s(at):g} there" for s in saved)
        + "".join(f"\n    now:   {_shown(s)}, which gives {s(at):g} there" for s in now)
        + f'\n    Build with on_change="mine" to keep the present one from there, or "saved" for the saved one;'
        f"\n    or choose with stepsize.replan: extend(saved, {at}, steps) goes on "
        f"from {saved[0](at):g} without a jump."
    )


def _shown(s: Schedule) -> str:
    text = repr(s)
    return text if len(text) <= 400 else text[:397] + "..."
