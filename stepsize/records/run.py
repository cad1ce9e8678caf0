"""What a training run leaves behind: plain records that the lab writes and that laws and plots read.

    Run     one training: the rate and the loss of every update, the validation losses, what made them
    Row     one line of a comparison: a schedule over several seeds, and its difference to the best
    Race    a task, its runs and its rows: everything that a report needs

A run is one file of strict JSON. Non-finite numbers are stored as "nan", "inf" and "-inf", for a run that
diverged is a result too. ``load`` trusts nothing: a file that is not a whole run raises one ScheduleError.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any

from stepsize import _aside
from stepsize.errors import ScheduleError, message

FORMAT = 2  # of the file; raised when the meaning of a field changes
LARGEST_FILE = 200_000_000  # bytes; about four million updates


@dataclass(frozen=True)
class Run:
    """One training run.

    Args:
        task: name of the task, such as "gpt".
        name: name of the schedule within the race, such as "warmup_cosine".
        schedule: the schedule as its ``to_dict()`` gave it.
        seed: of the initial weights and of the order of the batches; an int >= 0.
        steps: updates made; an int >= 1.
        rates: the rate that each update used; ``steps`` finite floats.
        losses: the training losses that were logged; as many as ``at`` has.
        evaluations: pairs (updates applied, validation loss), rising, the last one after ``steps`` updates, unless the
            run ended early.
        seconds: wall time of the training; >= 0.
        data: names the training data, such as a digest: runs on other data must not be compared.
        versions: of the software that made the run, by name.
        at: the updates that ``losses`` were computed from, rising, from 0; () where it is each of them.
        metrics: whatever else was logged: by name, pairs (update, value).
        peak: the highest rate, where a race has several of a schedule.
        ended: why the run made fewer updates than were planned; "" of a whole run.

    Raises:
        ScheduleError: a field breaks its rule.

    >>> run = Run("gpt", "constant", {}, 0, 2, (0.1, 0.1), (3.0, 2.0), ((2, 2.5),), 1.0, "", {})
    >>> run.final, run.diverged
    (2.5, False)
    """

    task: str
    name: str
    schedule: dict[str, Any]
    seed: int
    steps: int
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    evaluations: tuple[tuple[int, float], ...]
    seconds: float
    data: str
    versions: dict[str, str]
    at: tuple[int, ...] = ()
    metrics: dict[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    peak: float | None = None
    ended: str = ""

    def __post_init__(self) -> None:
        for name, rule, holds in _rules(self):
            if not holds:
                raise ScheduleError(message(f"Run.{name}", rule, getattr(self, name)))

    @property
    def updates(self) -> Sequence[int]:
        """The updates whose losses were logged."""
        return self.at or range(self.steps)

    @property
    def final(self) -> float:
        """Validation loss after the last update; nan where the run ended before it was measured."""
        last, loss = self.evaluations[-1] if self.evaluations else (-1, nan)
        return loss if last == self.steps else nan

    @property
    def diverged(self) -> bool:
        """Whether a training loss or the final validation loss is not a finite number."""
        return not all(map(isfinite, self.losses)) or (not self.ended and not isfinite(self.final))

    @property
    def stopped(self) -> bool:
        """Whether it was ended early although its losses were finite."""
        return bool(self.ended) and not self.diverged


@dataclass(frozen=True)
class Row:
    """A schedule's line in the table of a race. Bounds are of 95% intervals, None where there is none.

    Args:
        name: of the schedule.
        mean: final validation loss over the seeds; None when a run diverged. ``low``, ``high``: its interval.
        low: see ``mean``.
        high: see ``mean``.
        difference: mean of (this schedule - the best one) on the same seeds; 0 for the best itself.
        difference_low: lower end of the interval of ``difference``.
        difference_high: upper end of the interval of ``difference``.
        verdict: "best", "worse", "cannot tell", or another short text that says why there is none.
        seeds: how many seeds were compared.
        diverged: how many of their runs diverged.
        p: of the difference, corrected for all that are compared; None where there is none.
        settled_by: seeds that would tell a difference of this size; None where it is told, or where none would.
        peaks: the peaks that were chosen, each once, the most frequent first, where there were several.
    """

    name: str
    mean: float | None
    low: float | None
    high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    verdict: str
    seeds: int
    diverged: int
    p: float | None = None
    settled_by: int | None = None
    peaks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Race:
    """A finished race on one task.

    Args:
        task: name of the task.
        description: one or two sentences for a reader who has never seen it.
        runs: all runs, of all schedules and seeds.
        rows: the comparison, best first.
        command: the command line that makes these runs again.
    """

    task: str
    description: str
    runs: tuple[Run, ...]
    rows: tuple[Row, ...]
    command: str


def save(run: Run, path: Path) -> None:
    """Write ``run`` to ``path``, whole or not at all, whatever happens meanwhile.

    The text is written aside, forced to the disk, then renamed over ``path``.

    Raises:
        OSError: the folder is missing, full or not writable.
    """
    stored: dict[str, Any] = {"format": FORMAT}
    stored |= {one.name: getattr(run, one.name) for one in fields(Run)}
    stored["losses"] = _legal(run.losses)
    stored["metrics"] = {name: [_legal(pair) for pair in pairs] for name, pairs in run.metrics.items()}
    stored["evaluations"] = [_legal(pair) for pair in run.evaluations]
    text = json.dumps(stored, allow_nan=False) + "\n"
    _aside.write(path, text.encode("ascii"))


def load(path: Path) -> Run:
    """Read the run that ``save`` wrote to ``path``.

    Raises:
        ScheduleError: the file cannot be read or is not one whole run; the text names the file and the fault.
    """
    try:
        return _build(_parse(path))
    except OSError as error:
        raise ScheduleError(message(str(path), "must be a readable file", error.strerror)) from None
    except ScheduleError as error:
        raise ScheduleError(f"{path}: {error}") from None


def _parse(path: Path) -> Any:
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ScheduleError(message("file", f"must be at most {LARGEST_FILE} bytes", "more"))
    try:
        return json.loads(content.decode(), parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:  # a ValueError: not UTF-8, not JSON, or 5000 digits
        raise ScheduleError(message("file", "must be one strict JSON document", str(error))) from None


def _build(stored: Any) -> Run:
    if not isinstance(stored, dict) or "format" not in stored:
        raise ScheduleError(message("file", 'must be a JSON object with "format"', stored))
    version = stored.pop("format")
    if type(version) is not int or version != FORMAT:
        raise ScheduleError(message("format", f"must be {FORMAT}", version, "Another version wrote it."))
    odd = sorted(stored.keys() ^ {one.name for one in fields(Run)})
    if odd:
        raise ScheduleError(message("file", "must have the fields of a run, no more and no less", odd))
    stored["rates"] = _numbers(stored["rates"])
    stored["losses"] = _numbers(stored["losses"])
    if isinstance(stored["evaluations"], list):
        stored["evaluations"] = tuple(map(_numbers, stored["evaluations"]))
    stored["at"] = _numbers(stored["at"])
    if isinstance(stored["metrics"], dict):
        stored["metrics"] = {name: _pairs(pairs) for name, pairs in stored["metrics"].items()}
    return Run(**stored)


def _rules(run: Run) -> Iterator[tuple[str, str, bool]]:
    """Every rule of a Run as (field, the rule, whether it holds); a rule may rely on those before it."""
    yield "task", "must be text", isinstance(run.task, str)
    yield "name", "must be text", isinstance(run.name, str)
    yield "data", "must be text", isinstance(run.data, str)
    yield "schedule", "must be a dict", isinstance(run.schedule, dict)
    yield "versions", "must be a dict of texts", _texts(run.versions)
    yield "seed", "must be a whole number >= 0", type(run.seed) is int and run.seed >= 0
    yield "steps", "must be a whole number >= 1", type(run.steps) is int and run.steps >= 1
    yield "rates", "must be one float an update", _floats(run.rates, run.steps)
    yield "rates", "must be finite", all(map(isfinite, run.rates))
    yield "at", "must be updates of the run, rising", _rising(run.at, run.steps)
    yield "losses", "must be one float for each update of at", _floats(run.losses, len(run.at) or run.steps)
    yield "ended", "must be text", isinstance(run.ended, str)
    yield "peak", "must be a finite number > 0 or None", _peak(run.peak)
    yield "metrics", "must be pairs (update, float) by name", _metrics(run.metrics)
    yield "evaluations", "must be pairs (updates, float), rising, the last after all updates", _measured(run)
    yield "seconds", "must be a finite float >= 0", isinstance(run.seconds, float) and 0 <= run.seconds < inf


def _texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for pair in value.items() for text in pair)


def _floats(value: Any, length: int) -> bool:
    return isinstance(value, tuple) and len(value) == length and all(isinstance(x, float) for x in value)


def _measured(run: Run) -> bool:
    pairs = run.evaluations
    if not isinstance(pairs, tuple) or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        return False
    if not all(type(updates) is int and isinstance(loss, float) for updates, loss in pairs):
        return False
    positions = [updates for updates, _ in pairs]
    rising = all(a < b for a, b in pairwise([-1, *positions]))
    return rising and (
        positions[-1:] == [run.steps] or bool(run.ended and all(one <= run.steps for one in positions))
    )


def _rising(at: Any, steps: int) -> bool:
    if not isinstance(at, tuple) or not all(type(update) is int for update in at):
        return False
    return all(a < b for a, b in pairwise([-1, *at, steps]))


def _peak(peak: Any) -> bool:
    return peak is None or (isinstance(peak, float) and 0 < peak < inf)


def _metrics(metrics: Any) -> bool:
    if not isinstance(metrics, dict) or not all(isinstance(pairs, tuple) for pairs in metrics.values()):
        return False
    pairs = [pair for own in metrics.values() for pair in own]
    told = all(
        isinstance(p, tuple) and len(p) == 2 and type(p[0]) is int and type(p[1]) is float for p in pairs
    )
    return told and all(isinstance(name, str) for name in metrics)


def _legal(numbers: Iterable[float]) -> list[Any]:
    """JSON has no nan and no infinity: they are stored as texts that ``float`` reads back."""
    return [x if isfinite(x) else str(float(x)) for x in numbers]


def _numbers(value: Any) -> Any:
    """Undo ``_legal``; what is not a list is left for the rules to refuse."""
    if not isinstance(value, list):
        return value
    return tuple(float(x) if x in ("nan", "inf", "-inf") else x for x in value)


def _pairs(value: Any) -> Any:
    return tuple(map(_numbers, value)) if isinstance(value, list) else value


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:20]} is not a finite number")
    return value
