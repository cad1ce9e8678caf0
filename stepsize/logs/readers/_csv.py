"""Tables as text: CSV, and the same with tabs or semicolons.

    Lightning's CSVLogger         epoch,lr-AdamW,step,train_loss: a row has the rate or the loss, other cells are empty
    Keras' CSVLogger              epoch,accuracy,loss,learning_rate, a row an epoch
    W&B, export of a chart        "Step","run - train/learning_rate","run - train/learning_rate__MIN",...
    MLflow, metrics as a table    run_id,key,value,step,timestamp: a row a metric
    timm's summary.csv            epoch,train_loss,...,lr, a row an epoch; YOLO's results.csv alike, with lr/pg0

A header that stands in the middle, as after a resume, counts from there on, also where it has other columns.
"""

import csv
from collections.abc import Iterator
from itertools import islice
from math import isnan

from stepsize.errors import ScheduleError, message
from stepsize.logs.readers._choice import number
from stepsize.logs.readers._columns import role
from stepsize.logs.readers._rows import Row
from stepsize.logs.readers._source import Source

_DELIMITERS = ",\t;"
_LONG = {"key", "value", "step"}  # the columns of a table that has a row a metric


def delimiter(head: str) -> str | None:
    """What stands between the cells, where a text is such a table: its first line is a header, and numbers follow."""
    lines = [line for line in islice(head.lstrip("\ufeff").splitlines(), 50) if line.strip()]
    return next((sign for sign in _DELIMITERS if lines and _is_table(lines, sign)), None)


def _is_table(lines: list[str], sign: str) -> bool:
    first, *rows = (next(csv.reader([line], delimiter=sign), []) for line in lines[:3])
    header = _header(first)
    if len(header) < 2 or any("=" in name or ": " in name or _numeric(name) for name in header):
        return False
    if any(_numeric(name.rpartition(" ")[2]) for name in header):  # "step 100, lr 3e-4"
        return False
    if not rows:
        return any(role(name) for name in header)
    return len(rows[0]) == len(header) and any(map(_numeric, rows[0]))


def rows(source: Source) -> Iterator[Row]:
    """The rows below their header."""
    sign = delimiter(source.head()) or ","
    header: tuple[str, ...] = ()
    known, before, short = False, "", 0
    for cells in _cells(source, sign):
        if not header or _repeats(cells, header):
            known, header = True, _header(cells)
            names = {name.lower(): k for k, name in enumerate(header)}
            long = names.keys() >= _LONG
            continue
        if len(cells) < len(header) and not "".join(cells).strip():
            continue
        short += len(cells) != len(header)
        if sign == ";":
            cells = [cell.replace(",", ".") if "." not in cell else cell for cell in cells]
        if not long:
            yield header, cells
        elif (one := _of_one_run(source, names, cells, before)) is not None:
            before = before or cells[names["run_id"]] if "run_id" in names else ""
            yield one
    if short:
        source.note(f"rows with another number of cells than the header: {short:,}")
    if source.tail.strip() and known:
        source.note("the last line has no end, may be torn, and was left out")


def _of_one_run(source: Source, names: dict[str, int], cells: list[str], run: str) -> Row | None:
    """A row of a table that has a row a metric, as one that has a column a metric; of several runs the first."""
    if len(cells) < len(names):
        return None
    if run and cells[names["run_id"]] != run:
        source.note(f"the table holds several runs; only the first is read: {run}")
        return None
    return ("step", cells[names["key"]]), (cells[names["step"]], cells[names["value"]])


def _cells(source: Source, sign: str) -> Iterator[list[str]]:
    try:
        for cells in csv.reader(source.lines(), delimiter=sign):
            if cells:
                yield cells
    except csv.Error as error:
        raise ScheduleError(message(source.name, "must be a table", str(error))) from None


def _header(cells: list[str]) -> tuple[str, ...]:
    """The names of the columns."""
    return tuple(cell.strip().lstrip("\ufeff#").strip().strip('"') for cell in cells)


def _repeats(cells: list[str], header: tuple[str, ...]) -> bool:
    """Whether a row is a header again: its first cell is a word, and none is a number."""
    first = cells[0].lstrip()[:1]
    if not (first.isalpha() or first in '_"#'):
        return False
    return _header(cells) == header or not any(cell == "" or _numeric(cell) for cell in cells)


def _numeric(cell: str) -> bool:
    return not isnan(number(cell)) or cell.strip().lower() == "nan"
