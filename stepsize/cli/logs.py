"""A log for a command: its options, and how far it is read, shown while it takes long."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepsize.cli.options import option
from stepsize.errors import ScheduleError, message
from stepsize.horizon import Horizon

if TYPE_CHECKING:
    from stepsize.records.trace import Trace

_SOON = 0.5  # seconds; what is read by then is read without a word
_OFTEN = 0.1  # seconds between two lines

LOG: Any = typer.Argument(
    help="A file, or a folder such as that of a checkpoint, of TensorBoard's events or MLflow's metrics; - is a pipe.",
    metavar="LOG",
    show_default=False,
)
FORMAT = Annotated[
    str | None, option("NAME", "trainer, csv, jsonl, json, events, mlflow or text. Default: guessed.")
]
STEP = Annotated[str | None, option("NAME", "Column of the steps. Default: guessed, and said.")]
RATE = Annotated[str | None, option("NAME", "Column of the rates. Default: guessed, and said.")]
LOSS = Annotated[str | None, option("NAME", "Column of the losses. Default: guessed, and said.")]
PER_EPOCH = Annotated[str | None, option("N", "Updates of an epoch, for a log that counts epochs.")]


def in_updates(trace: "Trace", per_epoch: str | float | None) -> "Trace":
    """A log that counts epochs in updates, where it is known how many those are, and else with a word of it.

    Raises:
        ScheduleError: the log counts something else, or the number is none.
    """
    if per_epoch is None:
        many = "positions are epochs, not updates: --steps-per-epoch makes updates of them"
        return replace(trace, notes=(*trace.notes, many)) if trace.counts == "epochs" else trace
    if isinstance(per_epoch, str):
        horizon = Horizon(steps_per_epoch=per_epoch)
        assert horizon.steps_per_epoch is not None
        per_epoch = float(horizon.steps_per_epoch)
    return trace.in_updates(per_epoch)


def trace(path: str, *, format: str | None, step: str | None, rate: str | None, loss: str | None) -> "Trace":
    """Read a log; a terminal sees how far it is.

    Raises:
        ScheduleError: it cannot be read.
    """
    from stepsize.logs.reading import read

    progress, file = Progress(path), path
    try:
        with _on_disk(path) as file:
            found = read(file, format=format, step=step, rate=rate, loss=loss, progress=progress.tell)
    except ScheduleError as error:
        raise type(error)(str(error).replace(str(file), path)) from None
    finally:
        progress.clear()
    return replace(found, name=path) if file != path else found


@contextmanager
def _on_disk(path: str) -> Iterator[str]:
    """The log as a file that can be read twice: what comes through a pipe is written aside, and removed again."""
    if path != "-" and not Path(path).is_fifo():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log"
        try:
            with open(0 if path == "-" else path, "rb", closefd=path != "-") as pipe, file.open("wb") as kept:
                shutil.copyfileobj(pipe, kept)
        except OSError as error:
            raise ScheduleError(message(path, "must be a log that can be read", error.strerror)) from None
        yield str(file)


class Progress:
    """One line on the standard error of a terminal, written over and over, and taken away in the end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._next = time.monotonic() + _SOON
        self._width = 0

    def tell(self, done: int, total: int) -> None:
        """So many bytes of so many are read."""
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _OFTEN
            text = f"reading {self._name[-50:]}: {100 * done // max(total, 1)}% of {total / 1e6:,.0f} MB"
            print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
