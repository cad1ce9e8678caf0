"""What a torch checkpoint says of its schedules, read safely, whatever framework wrote it. Needs the extra "torch".

A checkpoint of ours is known by its fields, wherever it stands in the file: in a dictionary that a loop saved, in
Lightning's ``lr_schedulers``, in the ``scheduler.pt`` of Trainer's folder, in the ``scheduler.bin`` of Accelerate's.
"""

import math
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from stepsize._accept import Number
from stepsize.errors import CheckpointError, MissingExtra, ScheduleError, message
from stepsize.hosts import _state
from stepsize.schedule import Schedule

try:
    import torch
except ImportError as error:
    raise MissingExtra(
        message("stepsize.hosts.checkpoint", "needs PyTorch", error, 'Write: pip install "stepsize[torch]"')
    ) from None

_IN_FOLDERS = ("scheduler.pt", "scheduler*.bin")  # of Trainer and of Accelerate
_LEVELS = 8  # of a checkpoint that are looked through; optimizers have six


class Saved(NamedTuple):
    """One schedule of a checkpoint, and where its run stands.

    Attributes:
        where: its place in the file, such as "lr_schedulers[0]"; "" where the file is nothing else.
        given: the schedule as it was given.
        schedule: the one that is followed, which an amendment may have changed.
        groups: how many groups, or kinds of groups, follow schedules of their own besides.
        updates: updates applied.
        elapsed: where that is on the schedule's clock.
    """

    where: str
    given: Schedule
    schedule: Schedule
    groups: int
    updates: int
    elapsed: Number


def saved(path: str | Path) -> list[Saved]:
    """The schedules of a checkpoint, in the order in which they stand there; nothing in it is executed.

    Args:
        path: the file, or the folder of a Trainer's or an Accelerator's checkpoint.

    Raises:
        CheckpointError: it cannot be read safely, holds no schedule of ours, or a damaged one.

    >>> import stepsize as ss, tempfile, torch
    >>> from stepsize.hosts.checkpoint import saved
    >>> from stepsize.hosts.torch import attach
    >>> handle = attach(torch.optim.SGD([torch.zeros(1)], lr=1.0), ss.cosine(1.0, 0.0, 100), at=50)
    >>> run = tempfile.mkdtemp() + "/run.pt"
    >>> torch.save({"model": {}, "schedule": handle.state_dict()}, run)
    >>> saved(run)[0][:3]
    ('schedule', cosine(1.0, 0.0, 100), cosine(1.0, 0.0, 100))
    """
    path = Path(path)
    files = [path]
    if path.is_dir():
        files = sorted(file for name in _IN_FOLDERS for file in path.glob(name))
        if not files:
            rule = f"a folder must have {' or '.join(_IN_FOLDERS)}"
            remedy = "Name the file; or give the schedule as it is spelled, and --at."
            raise CheckpointError(message(str(path), rule, "none", remedy))
    several = len(files) > 1
    found = [one for file in files for one in _of_a_file(file, file.name if several else "")]
    if not found:
        raise CheckpointError(message(str(path), "must hold a schedule of stepsize", "none"))
    return found


def _of_a_file(path: Path, name: str) -> list[Saved]:
    content = _read(path)
    found = [_saved(path, where, state) for where, state in _states(content, name)]
    theirs = [] if found else [*_of_torch(content, name)]
    if theirs:
        where, last = theirs[0]
        remedy = f"Give its schedule as you would spell it, and --at {last}."
        got = f"the state of a torch scheduler{f', {where}' if where else ''}"
        raise CheckpointError(message(str(path), "must hold a schedule of stepsize", got, remedy))
    return found


def _read(path: Path) -> Any:
    """The content, with weights only looked up where they lie."""
    try:
        mapped = zipfile.is_zipfile(path)
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except OSError as error:
        raise CheckpointError(message(str(path), "must be a readable file", error.strerror)) from None
    except pickle.UnpicklingError as error:
        why = next((line for line in str(error).splitlines() if "GLOBAL" in line), str(error).split("\n")[0])
        remedy = "Give the schedule as it is spelled, and --at."
        raise CheckpointError(message(str(path), "must be safe to load", why.strip(), remedy)) from None
    except Exception as error:  # whatever a torn or foreign file brings about in there
        why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise CheckpointError(message(str(path), "must be a checkpoint of torch", why)) from None


def _states(content: Any, where: str, levels: int = _LEVELS) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The states of ours in a checkpoint, each with its place."""
    if isinstance(content, Mapping) and {*content} == {*_state.FIELDS}:
        yield where, content
    elif levels:
        for place, inner in _parts(content, where):
            yield from _states(inner, place, levels - 1)


def _of_torch(content: Any, where: str, levels: int = _LEVELS) -> Iterator[tuple[str, Any]]:
    """The states of torch's own schedulers, each with its last epoch."""
    if isinstance(content, Mapping) and {"last_epoch", "_step_count"} <= {*content}:
        yield where, content["last_epoch"]
    elif levels:
        for place, inner in _parts(content, where):
            yield from _of_torch(inner, place, levels - 1)


def _parts(content: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(content, Mapping):
        yield from ((f"{where}.{key}" if where else str(key), inner) for key, inner in content.items())
    elif isinstance(content, list | tuple):
        yield from ((f"{where}[{k}]", inner) for k, inner in enumerate(content))


def _saved(path: Path, where: str, state: Mapping[str, Any]) -> Saved:
    try:
        clock, *number = state["clock"]
        given, updates = _state.read(str(path), state, clock)
        amendments = _state.amended(str(path), state, len(given), clock)
        schedules = amendments[-1][1] if amendments else given
        elapsed = _elapsed(clock, updates, *number)
    except ScheduleError as error:
        raise CheckpointError(str(error).replace(".load_state_dict", "", 1)) from None
    except (TypeError, ValueError, ZeroDivisionError):
        rule = "its clock must be a name, and a number where it counts more than updates"
        raise CheckpointError(message(str(path), rule, state["clock"])) from None
    return Saved(where, given[0], schedules[0], len(given) - 1, updates, elapsed)


def _elapsed(clock: str, updates: int, number: Any = None) -> Number:
    """Where a clock stands, by the number that a state has for it: updates of the run, or what was taken."""
    if number is None:
        return updates
    if type(number) not in (int, float) or not 0 <= number < math.inf:
        raise ValueError
    return updates / number if clock == "progress" else number  # type: ignore[no-any-return]
