"""MLflow's file store: a folder `metrics` with a file a metric, whose lines are "timestamp value step".

The folder may be that of the metrics, of a run, of an experiment, or `mlruns` itself; of several runs the newest is
read. Metrics with a slash in their name lie in folders of their own.
"""

import heapq
import re
from collections.abc import Iterator
from pathlib import Path

from stepsize.errors import ScheduleError, message
from stepsize.logs.readers._choice import Wanted
from stepsize.logs.readers._rows import Row
from stepsize.logs.readers._source import Progress, Source

_LINE = re.compile(r"(\d{9,16}) (\S+) (-?\d+)(?: .*)?")
_OPEN = 50  # files read at once


def is_metric(head: str) -> bool:
    """Whether the head of a file is that of a metric."""
    first = head.partition("\n")[0].strip()
    return bool(_LINE.fullmatch(first)) and first.count(" ") >= 2


def runs(path: Path) -> list[Path]:
    """The folders of metrics in a folder: itself, its own, or those of its runs, the newest first."""
    if path.name == "metrics":
        return [path]
    found = [
        one for depth in ("metrics", "*/metrics", "*/*/metrics") for one in path.glob(depth) if one.is_dir()
    ]
    return sorted(found, key=lambda one: one.stat().st_mtime, reverse=True)


def rows(source: Source, wanted: Wanted, progress: Progress | None) -> Iterator[Row]:
    """A row for each line of a metric that may matter, in the order of time."""
    root = _root(source)
    metrics = []
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        if file.is_file() and wanted.known(name):
            metrics.append((name, file))
        elif file.is_file():
            source.saw(name)
    if len(metrics) > _OPEN:
        source.note(f"of {len(metrics)} metrics that may be rates or losses the first {_OPEN} were read")
        metrics = metrics[:_OPEN]
    told = (_told(source, name, file, progress) for name, file in metrics)
    for _, name, step, value in heapq.merge(*told):
        yield ("step", name), (step, value)


def _root(source: Source) -> Path:
    """The folder of metrics that is read."""
    path = source.path
    if path.is_file():
        return next((parent for parent in path.parents if parent.name == "metrics"), path.parent)
    found = runs(path)
    if not found:
        raise ScheduleError(
            message(source.name, "must be a folder of MLflow's file store", "no metrics in it")
        )
    if len(found) > 1:
        source.note(f"there are {len(found)} runs; the newest is read: {found[0].parent.name}")
    return found[0]


def _told(
    source: Source, name: str, file: Path, progress: Progress | None
) -> Iterator[tuple[int, str, int, str]]:
    """Time, metric, step and value of each line."""
    own = Source(file, progress)
    own.found = True  # it was chosen by its name
    for line in own.lines():
        if match := _LINE.fullmatch(line.strip()):
            yield int(match[1]), name, int(match[3]), match[2]
    for note in own.notes:
        source.note(note)
