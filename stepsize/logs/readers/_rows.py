"""The rows of a log become a Trace: columns are chosen from the first rows, then each row is three numbers.

However long a log is, about a million rows are kept. When there are more, every second one is left out, but none where
the step goes back or repeats, or where the rate jumps.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import inf, isfinite, isnan, nan
from typing import Any

import numpy as np

from stepsize.errors import ScheduleError
from stepsize.logs.readers._choice import Choice, Wanted, choose
from stepsize.logs.readers._source import Source, no_rate
from stepsize.records.trace import Trace

Row = tuple[tuple[str, ...], Sequence[Any]]
"""The names of some columns, and what stands there. Rows with the same columns share their names."""

Numbers = tuple[float, float, float]
"""Step, rate and loss; nan for what is not there."""

MOST = 1 << 20  # rows that are kept
_HEAD = 1000  # rows from which the columns are chosen
_LATEST = 200_000  # rows by which a rate must have come
_JUMP = 0.01  # of the highest rate: a step of more is a jump


def trace(source: Source, rows: Iterable[Row], wanted: Wanted, format: str, *, table: bool = False) -> Trace:
    """The trace of these rows.

    Args:
        source: where they come from.
        rows: in the order of the log.
        wanted: the columns that the user named.
        format: of the log.
        table: whether each row names all its columns, so that a column that vanishes was renamed.

    Raises:
        ScheduleError: no row has a rate, or a column that was asked for is not there.
    """
    rows = iter(rows)
    head = _head(source, rows, wanted)
    choice = choose(source, head, wanted, table)
    kept = _Kept(choice.counts == "rows")
    numbers = _numbers(source, choice, chain(head, rows))
    for step, rate, loss in numbers if choice.counts == "rows" else _merged(numbers):
        kept.add(step, rate, loss)
    return kept.trace(source, choice, format)


def _head(source: Source, rows: Iterator[Row], wanted: Wanted) -> list[Row]:
    """The first rows: a thousand, and as many more as it takes until a rate was there."""
    head: list[Row] = []
    for row in rows:
        head.append(row)
        source.found = source.found or any(
            wanted.is_rate(name, value) for name, value in zip(*row, strict=False)
        )
        if len(head) >= _HEAD and (source.found or len(head) >= _LATEST):
            break
    if head and not source.found and len(head) >= _LATEST:
        raise no_rate(source, f"the first {_LATEST:,} rows")
    return head


def _numbers(source: Source, choice: Choice, rows: Iterable[Row]) -> Iterator[Numbers]:
    """Step, rate and loss of every row that has a step, and one of the other two."""
    without = 0
    for names, values in rows:
        row = step, rate, loss = choice.numbers(names, values)
        if rate != rate and loss != loss:  # nan is not itself
            continue
        if step == step or choice.counts == "rows":
            yield row
        else:
            without += rate == rate
    if without:
        source.note(f"rows that have a rate and no step were left out: {without:,}")


def _merged(rows: Iterable[Numbers]) -> Iterator[Numbers]:
    """The rows; where one step has a row for its rate and the next row for its loss, they become one."""
    held: Numbers | None = None
    for row in rows:
        if held is not None and held[0] == row[0] and _complete_one_another(held, row):
            rate, loss = (y if isnan(x) else x for x, y in zip(held[1:], row[1:], strict=True))
            held = (row[0], rate, loss)
            continue
        if held is not None:
            yield held
        held = row
    if held is not None:
        yield held


def _complete_one_another(a: Numbers, b: Numbers) -> bool:
    """Whether one has only a rate, and the other only a loss."""
    return isnan(a[1]) != isnan(b[1]) and isnan(a[2]) != isnan(b[2])


class _Kept:
    """Three growing columns of numbers that thin themselves."""

    def __init__(self, counted: bool) -> None:
        self._columns = array("d"), array("d"), array("d")
        self._counted = counted  # whether the rows themselves are counted
        self._rows = 0
        self._seen = [0, 0]  # rows without a rate, and with one: they are thinned apart
        self._every = 1  # row that is kept
        self._wild = False  # whether the rate jumps all the time
        self._step, self._rate, self._highest = -inf, nan, 0.0
        self._skipped: tuple[float, float, float] | None = None

    def add(self, step: float, rate: float, loss: float) -> None:
        step = float(self._rows) if self._counted else step
        self._rows += 1
        has = isfinite(rate)
        self._seen[has] += 1
        if has and rate > self._highest:
            self._highest = rate
        telling = self._every > 1 and self._telling(step, rate)
        if (self._seen[has] - 1) % self._every and not telling:
            self._skipped = step, rate, loss
        else:
            if telling and self._skipped is not None:
                self._append(*self._skipped)
            self._skipped = None
            self._append(step, rate, loss)
        self._step, self._rate = step, rate if has else self._rate
        if len(self._columns[0]) >= MOST:
            self._thin()

    def _telling(self, step: float, rate: float) -> bool:
        return step <= self._step or abs(rate - self._rate) > _JUMP * self._highest

    def _append(self, step: float, rate: float, loss: float) -> None:
        steps, rates, losses = self._columns
        steps.append(step)
        rates.append(rate)
        losses.append(loss)

    def _thin(self) -> None:
        """Leave out every second row, save those around what an eye would look for."""
        steps, rates, losses = (np.frombuffer(column) for column in self._columns)
        has = np.isfinite(rates)
        even = np.where(has, np.cumsum(has), np.cumsum(~has)) % 2 == 1
        kept = even.copy()
        back = np.flatnonzero(np.diff(steps) <= 0)
        places = np.flatnonzero(has)
        jumps = np.flatnonzero(abs(np.diff(rates[places])) > _JUMP * self._highest)
        kept[np.concatenate([back, back + 1, places[jumps], places[jumps + 1] if len(jumps) else jumps])] = (
            True
        )
        if kept.sum() > 0.75 * len(kept):  # it jumps all the time, and nothing is special
            kept, self._wild = even, True
        self._columns = tuple(array("d", column[kept].tobytes()) for column in (steps, rates, losses))  # type: ignore[assignment]
        self._every *= 2

    def trace(self, source: Source, choice: Choice, format: str) -> Trace:
        if self._skipped is not None:
            self._append(*self._skipped)
        steps, rates, losses = (np.array(column, dtype=float) for column in self._columns)
        if not np.isfinite(rates).any():
            raise ScheduleError(
                f"{source.name}: no rate is a finite number in {choice.columns.get('rate', 'it')!r}."
            )
        if (left := self._rows - len(steps)) > 0:
            but = "" if self._wild else ", none where the rate jumps or the step goes back"
            source.note(f"{left:,} of {self._rows:,} rows were left out{but}")
        notes = (f"format: {format}", *choice.notes, *source.notes)
        return Trace(source.name, steps, rates, losses, choice.counts, dict(choice.columns), notes, format)
