"""Updates that do nothing, at the start and at the end, and rates that cannot be."""

import math
from collections.abc import Iterator

from stepsize._accept import Number
from stepsize.checks import mend
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule

_MOST = 10_000  # zeros that are counted


def _zeros(case: Case, first: Number, step: Number, most: Number) -> int:
    """How many updates in a row, from one on, have rate 0."""
    count = 0
    while count < min(most, _MOST) and case.rate(first + count * step) == 0.0:
        count += 1
    return count


def zeros_first(case: Case) -> int:
    """How many updates at the start have rate 0; of one that never has another rate, none."""
    if case.highest.rate == case.lowest.rate:
        return 0
    if case.update is None:
        return int(case.rate(0) == 0.0)
    return _zeros(case, 0, case.update, math.ceil(case.end / case.update))


def zeros_last(case: Case) -> int:
    """How many updates at the end have rate 0, within the schedule's own length."""
    if case.last is None or case.update is None or case.highest.rate == case.lowest.rate:
        return 0
    length = min(case.run or 0, case.schedule.length)
    last = max(math.ceil(length / case.update) - 1, 0) * case.update
    return _zeros(case, last, -case.update, last / case.update + 1)


@rule(
    "first-zero",
    "note",
    why="An update at rate 0 spends a batch and changes nothing; most libraries do it, and few say so.",
    source="huggingface/transformers#34754; pytorch/torchtitan PR#1261",
    remedy="Begin at one step of the warmup.",
)
def first_zero(case: Case) -> Iterator[Found]:
    """The first update has rate 0."""
    if zeros_first(case) == 1:
        yield Found(
            "The first update has rate 0 and does nothing.", 0, mend=mend.start_above_zero(case.schedule)
        )


@rule(
    "first-zeros",
    "warning",
    why="One update at rate 0 is a convention; more of them are a lag, or a unit that was mixed up.",
    source="the Warmup classes of DeepSpeed and the warmups of Composer apply two of them: docs/peers.md",
    remedy="Leave them out.",
)
def first_zeros(case: Case) -> Iterator[Found]:
    """Two updates or more at the start have rate 0."""
    if (count := zeros_first(case)) > 1 and case.update is not None:
        mended = mend.without_zeros(case.schedule, count * case.update, case.run or math.inf)
        yield Found(f"The first {count:,} updates have rate 0 and do nothing.", 0, mend=mended)


@rule(
    "last-zero",
    "note",
    why="The last update spends a batch and changes nothing: the schedule is at its end one update too "
    "early.",
    source="allenai/OLMo-core, whose WSD does so: docs/peers.md",
    remedy="Let the schedule be as long as the run: it is at its end after the last update.",
)
def last_zero(case: Case) -> Iterator[Found]:
    """The last update has rate 0."""
    if zeros_last(case) == 1 and case.schedule.length > 1:
        yield Found("The last update has rate 0 and does nothing.", case.last)


@rule(
    "last-zeros",
    "warning",
    why="The rest of the run is paid for and changes nothing.",
    source="huggingface/accelerate#2926; kohya-ss/sd-scripts#141; huggingface/smollm#37",
    remedy="Let the fall take all of the run.",
)
def last_zeros(case: Case) -> Iterator[Found]:
    """Two updates or more at the end, within the schedule, have rate 0."""
    if (count := zeros_last(case)) > 1 and case.update is not None and case.run is not None:
        length = min(case.run, case.schedule.length)
        first = (math.ceil(length / case.update) - count) * case.update
        mended = mend.without_zeros(case.schedule, -count * case.update, case.run)
        what = f"The last {count:,}{' or more' if count == _MOST else ''} updates have rate 0 and do nothing."
        yield Found(what, first, mend=mended)


@rule(
    "always-zero",
    "error",
    why="Nothing is trained at all, and nothing says so.",
    source="a TimmScheduler that counts epochs and is asked for updates; optax's warmup_constant_schedule "
    "without a warmup: docs/peers.md",
    remedy="Say a peak above 0.",
)
def always_zero(case: Case) -> Iterator[Found]:
    """Every update of the run has rate 0."""
    if case.highest.rate == case.lowest.rate == 0.0:
        yield Found("Every update of the run has rate 0.", 0)


@rule(
    "negative",
    "error",
    why="An update at a negative rate climbs the loss.",
    source="huggingface/transformers PR#327; torchtitan's linear decay beyond its end: docs/peers.md",
    remedy="End the fall at 0 or above.",
)
def negative(case: Case) -> Iterator[Found]:
    """A rate of the run is below 0."""
    if (low := case.lowest).rate < 0.0:
        what = f"The rate is below 0, down to {case.shown(low.rate)}."
        yield Found(what, low.at, mend=mend.not_below_zero(case.schedule))
