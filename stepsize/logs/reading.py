"""Read a log that somebody's training left behind, whatever wrote it.

    trainer    trainer_state.json of transformers' Trainer, the folder of a checkpoint, or the bare list
    csv        tables: Lightning, Keras, timm, W&B's and MLflow's exports, your own
    jsonl      JSON, a line a row
    json       JSON, a document with a list of rows, or a list a column
    events     TensorBoard's event files, or a folder of them; needs the extra "tensorboard"
    mlflow     MLflow's file store
    text       lines that name their numbers, as training programs print them

Files may be compressed by gzip. They are read in pieces, and about a million rows are kept, however long they are.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.logs.readers import _csv, _detect, _events, _json, _lines, _mlflow
from stepsize.logs.readers._choice import Wanted
from stepsize.logs.readers._rows import Row, trace
from stepsize.logs.readers._source import Progress, Source
from stepsize.records.trace import Trace

FORMATS = ("trainer", "csv", "jsonl", "json", "events", "mlflow", "text")

_ROWS: dict[str, Callable[[Source, Wanted, Progress | None], Iterator[Row]]] = {
    "trainer": lambda source, wanted, progress: _json.history(source),
    "csv": lambda source, wanted, progress: _csv.rows(source),
    "jsonl": lambda source, wanted, progress: _json.lines(source),
    "json": lambda source, wanted, progress: _json.document(source, wanted),
    "events": _events.rows,
    "mlflow": _mlflow.rows,
    "text": lambda source, wanted, progress: _lines.rows(source, wanted),
}


def detect(path: str | Path) -> str:
    """The format of a log, one of ``FORMATS``, from its name and its first lines.

    Args:
        path: a file, or a folder such as that of a checkpoint or of TensorBoard's events.

    Raises:
        ScheduleError: it is missing, empty, binary, or a folder without a log.
    """
    return _detect.kind(_detect.located(_path("detect", path)))


def read(
    path: str | Path,
    *,
    format: str | None = None,
    step: str | None = None,
    rate: str | None = None,
    loss: str | None = None,
    progress: Progress | None = None,
) -> Trace:
    r"""Read the steps, rates and losses of a log.

    Which columns they are is guessed from their names, and said in the notes and ``columns`` of the trace. Rows that
    have neither a rate nor a loss are left out, and so is a last line that may be torn. A rate and a loss of one step
    that stand in two rows, one after the other, become one row.

    Args:
        path: a file, or a folder such as that of a checkpoint or of TensorBoard's events.
        format: one of ``FORMATS``, where the guess is wrong.
        step: the column, tag, metric or word of the steps, where the guess is wrong.
        rate: the same for the rate.
        loss: the same for the loss.
        progress: called now and then with the bytes that are read, and those that there are.

    Raises:
        ScheduleError: it cannot be read, has no finite rate, or not the columns that were named.
        MissingExtra: event files, and tensorboard is not installed.

    Example:
        >>> from pathlib import Path
        >>> written = Path("example.log").write_text("step 0 lr 1e-4 loss 2.5\nstep 10 lr 3e-4 loss 2.1\n")
        >>> trace = read("example.log")
        >>> trace.steps.tolist(), trace.rates.tolist(), trace.format
        ([0.0, 10.0], [0.0001, 0.0003], 'text')
        >>> trace.notes
        ('format: text', "step: column 'step'", "rate: column 'lr'", "loss: column 'loss'")
        >>> Path("example.log").unlink()
    """
    if format is not None and format not in FORMATS:
        remedy = did_you_mean(str(format), FORMATS)
        raise ScheduleError(message("read.format", f"must be one of {', '.join(FORMATS)}", format, remedy))
    found = _detect.located(_path("read", path))
    kind = format or _detect.kind(found)
    source, wanted = Source(found, progress), Wanted(step, rate, loss)
    if kind not in ("events", "mlflow"):
        source.head()  # what is missing, empty or binary is refused here
    rows = _ROWS[kind](source, wanted, progress)
    return trace(source, rows, wanted, kind, table=kind == "csv")


def _path(where: str, path: Any) -> Path:
    try:
        return Path(path)
    except TypeError:
        raise ScheduleError(message(f"{where}.path", "must be the name of a file", path)) from None
