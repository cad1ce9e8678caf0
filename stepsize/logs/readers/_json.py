"""JSON: a line a row, a document with a list of rows, or one with a list a column.

transformers' Trainer           trainer_state.json: {..., "log_history": [{"learning_rate":, "loss":, "step":}, ...]}
W&B, history of a run           a line a row: {"_step": 3, "train/lr": 3e-4, ...}
levanter, composer, mmengine    lines with names of their own: {"optim": {"learning_rate":}}, {"lr":, "iter":}
histories saved by hand         {"iter": [...], "lr": [...], "loss": [...]}, also below "train"
"""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from stepsize.errors import ScheduleError, message
from stepsize.logs.readers._choice import Wanted
from stepsize.logs.readers._rows import Row
from stepsize.logs.readers._source import Source

_DEEP = 5  # levels of a row
_WIDE = 1 << 20  # signs of one row
_LARGEST = 256 << 20  # signs of a document that must be read at once


def lines(source: Source) -> Iterator[Row]:
    """The rows of a file that has one a line; what is no row is left out, and counted."""
    torn = 0
    for line in source.lines():
        row = _object(line)
        if row is not None:
            yield flat(row)
        elif line.strip():
            torn += 1
    if source.tail.strip():
        row = _object(source.tail)
        if row is not None:  # whole, though its end of line is missing
            yield flat(row)
        else:
            source.note("the last line is torn, and was left out")
    if torn:
        source.note(f"lines that are no JSON were left out: {torn:,}")


def flat(row: dict[str, Any]) -> Row:
    """A row whose nested values have names such as "train/lr"."""
    if not any(isinstance(value, dict) for value in row.values()):
        return tuple(row), list(row.values())
    pairs = list(_pairs(row, "", _DEEP))
    return tuple(name for name, _ in pairs), [value for _, value in pairs]


def _pairs(row: dict[str, Any], before: str, deep: int) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict) and deep:
            yield from _pairs(value, f"{before}{name}/", deep - 1)
        else:
            yield f"{before}{name}", value


def history(source: Source) -> Iterator[Row]:
    """The rows of "log_history", or of a bare list, one by one: the document is never there as a whole."""
    texts = source.texts()
    text = next(texts, "").lstrip("\ufeff \t\r\n")
    while not text.startswith("["):
        found = text.find('"log_history"')
        start = text.find("[", found)
        if found >= 0 and start >= 0:
            text = text[start:]
            break
        more = next(texts, None)
        if more is None:
            raise ScheduleError(message(source.name, "must have a list log_history", "none"))
        text = text[max(found, -1) if found >= 0 else -20 :] + more
    yield from _elements(source, text[1:], texts)


def _elements(source: Source, text: str, texts: Iterator[str]) -> Iterator[Row]:
    """The objects of a list that has begun."""
    decoder, at = json.JSONDecoder(), 0
    for more in chain(texts, [None]):
        while True:
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
            if text[at : at + 1] == "]":
                return
            try:
                row, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                break
            if isinstance(row, dict):
                yield flat(row)
        if more is None or len(text) - at > _WIDE:
            source.note("the list breaks off; what comes after its last whole row was left out")
            return
        text, at = text[at:] + more, 0


def document(source: Source, wanted: Wanted) -> Iterator[Row]:
    """The rows of a document: of the list of rows, or of the lists a column, in which a rate is found."""
    source.found = True  # it must be read as a whole before anything is found
    parts, size = [], 0
    for text in source.texts():
        parts.append(text)
        size += len(text)
        if size > _LARGEST:
            remedy = "Write it as JSON lines."
            raise ScheduleError(message(source.name, "must have at most 256 million signs", "more", remedy))
    whole = _decoded(source, "".join(parts))
    yield from _found(source, wanted, whole, "", _DEEP) or ()


def _decoded(source: Source, text: str) -> Any:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        remedy = "Is it cut off?"
        raise ScheduleError(
            message(source.name, "must be a whole JSON document", str(error), remedy)
        ) from None


def _found(source: Source, wanted: Wanted, value: Any, path: str, deep: int) -> Iterator[Row] | None:
    """The rows in the first part of a document that has a rate."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        rows = [flat(row) for row in value if isinstance(row, dict)]
        return iter(rows) if any(wanted.may_be_rate(name) for row in rows for name in row[0]) else None
    if not isinstance(value, dict) or not deep:
        return None
    columns = {path + name: column for name, column in value.items() if isinstance(column, list)}
    for name in columns:
        source.saw(name)
    rate = next((column for name, column in columns.items() if wanted.may_be_rate(name) and column), None)
    if rate is not None and not isinstance(rate[0], dict):
        same = {name: column for name, column in columns.items() if len(column) == len(rate)}
        return ((tuple(same), list(row)) for row in zip(*same.values(), strict=True))
    parts = (_found(source, wanted, part, f"{path}{name}/", deep - 1) for name, part in value.items())
    return next((part for part in parts if part is not None), None)


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
