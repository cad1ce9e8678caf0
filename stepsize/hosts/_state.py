"""What a checkpoint of any host holds, the position and the schedule, and what is said of one that does not fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from stepsize import _accept
from stepsize._accept import Number
from stepsize.errors import CheckpointError, ScheduleError, ScheduleTypeError, message
from stepsize.schedule import Schedule
from stepsize.spelling import parse, written

VERSION = 1  # of the state; raised when the meaning of a field changes
LARGEST_POSITION = 2**53  # up to here every whole number is a float64


FIELDS = ("version", "position", "schedules", "amendments", "clock", "base")

Amendment = tuple[int, tuple[Schedule, ...]]
"""A change of course: the position at which it was made, and the schedules since then."""


def state(
    schedules: Sequence[Schedule],
    position: int,
    amendments: Sequence[Amendment],
    clock: Sequence[Any],
    base: float,
) -> dict[str, Any]:
    """Position, schedules as they were given, changes of course, clock and base rate, as plain JSON values.

    The first schedule is that of all groups without one of their own. Schedules are texts, no field holds a dictionary,
    and none is ever left out: torch.distributed.checkpoint takes dictionaries apart, and loads what it finds in both.
    """
    return {
        "version": VERSION,
        "position": position,
        "schedules": _written(schedules),
        "amendments": [[at, _written(new)] for at, new in amendments],
        "clock": list(clock),
        "base": base,
    }


def _written(schedules: Sequence[Schedule]) -> list[str]:
    return [written(s) for s in schedules]


def counted(where: str, s: Any, clock: str = "steps") -> Schedule:
    """A schedule on the clock that the host counts; by itself it counts updates."""
    if not isinstance(s, Schedule):
        remedy = "Give one such as hold(3e-4), or warmup_cosine(3e-4, 10_000, warmup=500)."
        if isinstance(s, str):
            remedy = "Write stepsize.parse(text) of a spelling, and of what a file holds."
        elif isinstance(s, Mapping):
            remedy = "Write stepsize.from_dict(document)."
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
    if not isinstance(given, Mapping) or {*given} != {*FIELDS}:
        got = list(given) if isinstance(given, Mapping) else given
        rule = f"must be given what {where}.state_dict() gave"
        raise CheckpointError(message(load, rule, got, _from_elsewhere(given)))
    if type(given["version"]) is not int or given["version"] != VERSION:
        raise CheckpointError(message(load, f"this release reads version {VERSION}", given["version"]))
    return _schedules(load, given["schedules"], where, clock), _at(load, "position", given["position"])


def base(where: str, given: Mapping[str, Any]) -> float:
    """The base of the ratios of groups in a state.

    Raises:
        CheckpointError: it is none.
    """
    try:
        return _accept.rate("base", given["base"], above=0.0)
    except ScheduleError as error:
        raise CheckpointError(f"{where}.load_state_dict: {error}") from None


def amended(where: str, given: Mapping[str, Any], count: int, clock: str = "steps") -> list[Amendment]:
    """The changes of course in a state, of ``count`` schedules each, fully checked.

    Raises:
        CheckpointError: they are not ours.
    """
    load = f"{where}.load_state_dict"
    rule = f"amendments must be a list of [position, schedules], {count} schedules each"
    found: list[Amendment] = []
    pairs = given["amendments"]
    if not isinstance(pairs, list):
        raise CheckpointError(message(load, rule, pairs))
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise CheckpointError(message(load, rule, pair))
        at, texts = pair
        new = _schedules(load, texts, where, clock)
        if len(new) != count:
            raise CheckpointError(message(load, rule, texts))
        found.append((_at(load, "amendments", at), new))
    return found


def _schedules(load: str, texts: Any, where: str, clock: str) -> tuple[Schedule, ...]:
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise CheckpointError(message(load, "schedules must be a list of spellings", texts))
    try:
        return tuple(counted(where, parse(text), clock) for text in texts)
    except ScheduleError as error:
        raise CheckpointError(f"{load}: {error}") from None


def _at(load: str, field: str, value: Any) -> int:
    try:
        return position(field, value)
    except ScheduleError as error:
        raise CheckpointError(f"{load}: {error}") from None


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
        + "".join(
            f"\n    length: {a.length:,} -> {b.length:,} {b.clock}"
            for a, b in zip(saved, now, strict=False)
            if a.length != b.length
        )
        + f'\n    Build with on_change="mine" to keep the present one from there, or "saved" for the saved one;'
        f"\n    or choose with stepsize.replan: extend(saved, {at}, steps) goes on "
        f"from {saved[0](at):g} without a jump."
    )


def _shown(s: Schedule) -> str:
    text = str(s)
    return text if len(text) <= 400 else text[:397] + "..."
