"""TensorBoard's event files: one, or all in a folder, those of a resumed run in the order of time.

Scalars are read as older writers put them down (simple_value) and as newer ones do (tensors), one event after the
other; nothing but the columns is kept. Where folders lie in the folder, as Keras makes them for train and validation,
their names stand before the tags. Needs the extra "tensorboard".
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stepsize.errors import MissingExtra, ScheduleError, message
from stepsize.logs.readers._choice import Wanted
from stepsize.logs.readers._rows import Row
from stepsize.logs.readers._source import Progress, Source, opened

MARK = "tfevents"  # is in the name of every event file
_PATIENCE = 5_000_000  # events without a rate


def files(path: Path) -> list[Path]:
    """The event files of a path, in the order of folders and of the time in their names."""
    if path.is_file():
        return [path]
    found = [file for file in path.rglob(f"*{MARK}*") if file.is_file()]
    return sorted(found, key=lambda file: (file.parent, _time(file), file.name))


def _time(file: Path) -> int:
    """The second at which it was begun: events.out.tfevents.1700000000.host.123.0."""
    after = file.name.partition(f"{MARK}.")[2].partition(".")[0]
    return int(after) if after.isdigit() and len(after) < 20 else 0


def rows(source: Source, wanted: Wanted, progress: Progress | None) -> Iterator[Row]:
    """A row for each scalar that may matter: its step and its value."""
    many = files(source.path)
    folders = {file.parent for file in many}
    total, done, events = sum(file.stat().st_size for file in many), 0, 0
    for file in many:
        before = "" if len(folders) == 1 else f"{file.parent.relative_to(source.path)}/".removeprefix("./")
        for event in _events(file):
            events += 1
            if events > _PATIENCE and not source.found:
                raise ScheduleError(message(source.name, "must hold a rate", f"none in {_PATIENCE:,} events"))
            for value in event.summary.value:
                name = before + value.tag
                if not wanted.known(name):
                    source.saw(name)
                elif (scalar := _scalar(value)) is not None:
                    yield ("step", name), (event.step, scalar)
        done += file.stat().st_size
        if progress is not None:
            progress(done, total)


def _events(file: Path) -> Iterator[Any]:
    """The events of a file; a torn one ends it."""
    try:
        from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
        from tensorboard.compat.proto.event_pb2 import Event
    except ImportError as error:
        remedy = 'Install "stepsize[tensorboard]".'
        raise MissingExtra(message("event files", "need tensorboard", str(error), remedy)) from None
    from google.protobuf.message import DecodeError

    with opened(file):
        pass  # it can be read
    for data in RawEventFileLoader(str(file)).Load():
        try:
            event = Event.FromString(data)
        except DecodeError:
            continue
        yield event


def _scalar(value: Any) -> float | None:
    """The number of a summary, None for a picture, a text or a histogram."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or len(value.tensor.tensor_shape.dim) > 1:
        return None
    from tensorboard.util.tensor_util import make_ndarray

    try:
        numbers = make_ndarray(value.tensor)
        return float(numbers.item()) if numbers.size == 1 and numbers.dtype.kind in "fiu" else None
    except (TypeError, ValueError):
        return None
