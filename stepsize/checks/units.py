"""Lengths in another unit than updates: epochs, micro-batches, batches of all processes, shares; and other batches."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from stepsize import _length
from stepsize._accept import Number
from stepsize.checks import jumps, mend
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule

_NEAR = 0.01  # of the length: what the last, smaller batch of an epoch may make
_FEW_EPOCHS = 30  # a warmup of so many updates at most may be one of epochs
_SHORT_WARMUP = 0.002  # of the run: a longer one is no sign of epochs


class Misread(NamedTuple):
    """In what a length seems to be counted: the code of the rule that says so, and in words."""

    code: str
    words: str


def misread(case: Case) -> Misread | None:
    """In what the schedule seems to be counted, where it is not as long as the run; None where in nothing else."""
    run, length = case.told, case.schedule.length
    if not run or case.schedule.clock != "steps" or not 0 < length < math.inf or _alike(length, run):
        return None
    return next((found for found, units in _readings(case, run) if _alike(length, units)), None)


def _readings(case: Case, run: Number) -> Iterator[tuple[Misread, float]]:
    """The length of the run in other units, in the order in which they are the likelier."""
    each, together, processes = (
        case.training.steps_per_epoch,
        _many(case, "accumulation"),
        _many(case, "world_size"),
    )
    if each:
        yield Misread("counts-epochs", "the number of epochs"), run / each
        yield Misread("counts-one-epoch", "one epoch"), each
    if together > 1:
        batches = Misread("counts-micro-batches", "the number of micro-batches")
        yield batches, run * together
        yield batches._replace(words="the updates divided by the accumulation"), run / together
    if processes > 1:
        shared = Misread("counts-processes", "the updates times the processes")
        yield shared, run * processes
        yield shared._replace(words="the updates divided by the processes"), run / processes
        yield shared._replace(words="the micro-batches of all processes"), run * together * processes


def _many(case: Case, name: str) -> float:
    """How many there are, as it was told: a number, or a text such as "8"; 1 where it was not."""
    value = case.training.told(name) or 1
    return float(_length.read("checks", value).amount if isinstance(value, str) else value)


def _alike(length: Number, units: float) -> bool:
    return abs(length - units) <= _NEAR * min(length, units)


def _misread(case: Case, code: str) -> Iterator[Found]:
    """The finding of one of the rules below."""
    found, run, length = misread(case), case.told, case.schedule.length
    if found is None or run is None or found.code != code:
        return
    what = f"The schedule is {case.counted(length)} long, {found.words} of the run, which has {case.counted(run)}."
    yield Found(what, min(length, run), mend=mend.stretched_over(case.schedule, run))


@rule(
    "counts-epochs",
    "error",
    why="Counted in updates, a schedule of epochs is over after a few of them, or never begins to fall.",
    source="Lightning-AI/pytorch-lightning PR#11599, #20436; ScrollPrize/villa PR#1495; InternLM/xtuner#386",
    remedy='Count updates, or say the unit where the run is known: "90 epochs".',
    asks=("run", "steps_per_epoch"),
)
def counts_epochs(case: Case) -> Iterator[Found]:
    """The schedule is as many updates long as the run has epochs."""
    yield from _misread(case, "counts-epochs")


@rule(
    "counts-one-epoch",
    "warning",
    why="All of the schedule happens in the first epoch; the others are trained at its last rate.",
    source="Lightning-AI/pytorch-lightning#11694; InternLM/xtuner#386, where the cosine froze after the "
    "first epoch",
    remedy="Lay it over the run.",
    asks=("run", "steps_per_epoch"),
)
def counts_one_epoch(case: Case) -> Iterator[Found]:
    """The schedule is as long as one epoch, and the run has several."""
    yield from _misread(case, "counts-one-epoch")


@rule(
    "counts-micro-batches",
    "error",
    why="A schedule counts updates, of which one takes several micro-batches; counted in the other unit it"
    " is too long, or too short, by that factor.",
    source="huggingface/accelerate#963, #1170; Lightning-AI/pytorch-lightning#1476; "
    "huggingface/diffusers#4387",
    remedy="Divide the micro-batches by accumulation, once.",
    asks=("run", "accumulation"),
)
def counts_micro_batches(case: Case) -> Iterator[Found]:
    """The length is that of the run, times or divided by the micro-batches of an update."""
    yield from _misread(case, "counts-micro-batches")


@rule(
    "counts-processes",
    "error",
    why="The processes share the updates, and do not multiply them: a schedule that is stepped once for "
    "each of them, or laid over the updates of all, is off by that factor.",
    source="huggingface/accelerate#2708, #2318, #2926; Lightricks/LTX-Video-Trainer#67",
    remedy="Count updates, which are the same on every process.",
    asks=("run", "world_size"),
)
def counts_processes(case: Case) -> Iterator[Found]:
    """The length is that of the run, times or divided by the processes."""
    yield from _misread(case, "counts-processes")


@rule(
    "counts-shares",
    "error",
    why="A schedule that is one update long is over at once.",
    source="huggingface/transformers PR#41326, where a warmup_steps below 1 became a share",
    remedy='Write shares of the run as "5%", or put the schedule on the clock "progress".',
    asks=("run",),
)
def counts_shares(case: Case) -> Iterator[Found]:
    """The schedule is at most one update long and has several phases, or a rate that moves; the run is longer."""
    run, length = case.told, case.schedule.length
    if case.schedule.clock != "steps" or not run or run < 10 or not 0 < length <= 1:
        return
    if case.rate(0) != case.schedule._final:
        what = (
            f"The schedule is {case.counted(length)} long, as if in shares; the run has {case.counted(run)}."
        )
        yield Found(what, length, mend=mend.on_progress(case.schedule))


@rule(
    "warmup-counts-epochs",
    "warning",
    why="A warmup of a few updates is none; one of a few epochs is what recipes for images have.",
    source="Goyal et al., arXiv 1706.02677, section 2.2: 5 epochs; AI-Hypercomputer/maxtext PR#3452",
    remedy='Say the unit: "5 epochs".',
    asks=("run", "steps_per_epoch"),
)
def warmup_counts_epochs(case: Case) -> Iterator[Found]:
    """The warmup has fewer updates than the run has epochs, 30 at most, and takes less than 0.2% of the run."""
    run, each, takes = case.told, case.training.steps_per_epoch, case.warmup
    if case.schedule.clock != "steps" or not run or not each or not takes or misread(case):
        return
    if takes == int(takes) and takes <= min(_FEW_EPOCHS, run / each) and takes < _SHORT_WARMUP * run:
        epochs = "epoch has" if takes == 1 else "epochs have"
        what = (
            f"The warmup takes {case.counted(takes)}; {takes:g} {epochs} {case.counted(round(takes * each))}."
        )
        yield Found(what, takes, mend=mend.warmed(case.schedule, round(takes * each)))


@rule(
    "batch-unruled",
    "warning",
    why="A batch that grows takes more data an update and bears a higher rate: warmup and fall then last "
    "longer in tokens than was planned, and the rate is one for the first batch.",
    source="NVIDIA-NeMo/Megatron-Bridge#2609; Goyal et al., arXiv 1706.02677; Malladi et al., arXiv "
    "2205.10287: linear with SGD, square root with Adam",
    remedy='Count what stays: s.on("tokens"); or rescale where the batch changes: replan.change_batch(s, '
    'at, factor, rule="sqrt").',
)
def batch_unruled(case: Case) -> Iterator[Found]:
    """The batch changes within the run, the schedule counts updates, and its rate nowhere jumps up with the batch."""
    changes = case.training.batch_changes and case.schedule.clock == "steps"
    if changes and not any(found.after > found.before for found in jumps.jumps(case)):
        yield Found("The batch changes within the run, and the schedule counts updates.")
