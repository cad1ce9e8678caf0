"""The warmup: whether it is long enough, too long, and whether its peak is ever used."""

import math
from collections.abc import Iterator

from stepsize.checks import mend, units
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule
from stepsize.schedule import Repeat

LONGEST = 0.2  # of the run
SHARE, ENOUGH = 0.05, 1000  # of the run, and updates: the smaller of both is asked for
_ONE = 1  # update: with half of the libraries the last update of a warmup is at the peak
_ONE_CYCLE = 0.5  # of the run: so long may a rise along a cosine take, as that of one-cycle does
UNUSED = 0.01  # of the peak: a smaller gap is what whole updates leave


def asked(case: Case) -> tuple[float | None, float | None]:
    """The updates that beta2 asks for, and those that the length of the run does; None where it is not known."""
    beta2, run = case.training.beta2, case.run and case.updates(case.run)
    moments = None if beta2 is None else round(2 / (1 - beta2), 6)
    if moments is not None and run:
        moments = min(moments, LONGEST * run)
    return moments, run and min(SHARE * run, ENOUGH)


@rule(
    "warmup-short",
    "warning",
    why="Until Adam has seen 2 / (1 - beta2) updates its second moments are few draws, and its first steps"
    " too large; most published language models warm up for 2000 updates.",
    source="Ma and Yarats, On the adequacy of untuned warmup for adaptive optimization, arXiv 1910.04209; "
    "docs/published.md",
    remedy="Warm up longer.",
    asks=("optimizer",),
    hears=("run", "beta2"),
)
def warmup_short(case: Case) -> Iterator[Found]:
    """The warmup of an Adam, RAdam left out, takes less than the larger of 2 / (1 - beta2) updates, or 20% of the run
    if that is less, and of min(5% of the run, 1000 updates). A note where it takes as many as one of both asks for.
    """
    untuned = not case.adam or case.training.optimizer == "radam"  # which warms up by itself
    if untuned or case.warmup is None or case.peak <= 0 or units.misread(case):
        return
    takes = case.updates(case.warmup)
    known = [least for least in asked(case) if least]
    if takes is None or case.update is None or not known or takes + _ONE >= max(known):
        return
    least = math.ceil(max(known))
    also = "" if case.schedule.clock == "steps" else f", which are {round(takes):,} updates"
    what = f"The warmup takes {case.counted(case.warmup)}{also}" if takes else "There is no warmup"
    mended = mend.warmed(case.schedule, least * case.update)
    severity = "warning" if takes + _ONE < min(known) else "note"
    yield Found(f"{what}; {_asking(case)} {least:,}.", case.warmup, severity, mend=mended)


def _asking(case: Case) -> str:
    """What asks for so many updates."""
    moments, share = asked(case)
    if not moments or moments < (share or 0):
        return "5% of the run are" if share != ENOUGH else "a run of this length asks for"
    told = 2 / (1 - (case.training.beta2 or 0))
    capped = moments < round(told, 6)
    says = f"beta2 = {case.training.beta2:g} asks for"
    return f"{says} {told:,.0f}, and 20% of the run are" if capped else says


@rule(
    "warmup-long",
    "warning",
    why="The warmup is there to reach the peak safely; what it takes beyond that is trained at rates that "
    "are too low.",
    source="published schedules warm up for at most 4% of the run: docs/published.md; Goyal et al., arXiv "
    "1706.02677, section 2.2: 5 of 90 epochs",
    remedy="Warm up for 20% of the run at most.",
)
def warmup_long(case: Case) -> Iterator[Found]:
    """The warmup takes more than 20% of the run; cycles, and a rise along a cosine up to half of the run, which is that
    of one-cycle, are none.
    """
    run, takes = case.run, case.warmup
    if not run or not takes or takes <= LONGEST * run or still_rises(case) or _one_cycle(case):
        return
    if units.misread(case):
        return
    mended = mend.warmed(case.schedule, int(LONGEST * run) if isinstance(run, int) else LONGEST * run)
    length = "" if case.schedule.clock == "progress" else f"{case.counted(takes)}, "
    what = f"The warmup takes {length}{case.share(takes / run)} of the run."
    yield Found(what, takes, mend=mended)


def _one_cycle(case: Case) -> bool:
    """Whether it rises as the one-cycle policy does, or comes back as cycles do."""
    run, takes = case.run or 0, case.warmup or 0
    rises = [stretch for stretch in case.stretches if stretch.at(stretch.a) < takes]
    along = any("cosine" in str(getattr(stretch.leaf, "shape", "")) for stretch in rises)
    again = any(
        stretch.at(stretch.a) > takes and stretch.limit(stretch.b) > stretch.rate(stretch.a)
        for stretch in case.stretches
    )
    cycles = isinstance(case.schedule._bare, Repeat)
    return cycles or again or (along and takes <= _ONE_CYCLE * run)


def still_rises(case: Case) -> bool:
    """Whether the rate still rises when the run is over."""
    if case.run is None or case.last is None or not case.warmup or case.warmup < case.last:
        return False
    return case.rate(case.run) > case.rate(case.last)


@rule(
    "warmup-past-run",
    "error",
    why="The run ends while the rate still rises: it never trains at the peak, and never comes down.",
    source="open-edge-platform/physical-ai-studio PR#1149; Lightning-AI/pytorch-lightning#1476",
    remedy="Shorten the warmup, or look at the unit in which it is counted.",
    asks=("run",),
)
def warmup_past_run(case: Case) -> Iterator[Found]:
    """The run ends before the warmup does."""
    if case.told and still_rises(case) and not units.misread(case):
        what = f"The rate still rises when the run ends, at {case.counted(case.told)}."
        laid = mend.stretched_over(case.schedule, case.told)
        yield Found(what, case.told, mend=laid and mend.warmed(laid, int(LONGEST * case.told)))


@rule(
    "peak-unused",
    "warning",
    why="The peak is what one tunes; here no update is applied at it.",
    source="timm's warmup without warmup_prefix, DeepSpeed's WarmupCosineLR: docs/peers.md; "
    "pytorch/ignite#645",
    remedy="Let what follows the warmup begin at the peak.",
)
def peak_unused(case: Case) -> Iterator[Found]:
    """The curve comes to a rate that is more than 1% above what any update of the run uses."""
    if case.schedule.clock != "steps" or not case.stretches or min(case.end, case.schedule.length) <= 1:
        return
    limits = [(stretch.limit(stretch.b), stretch.at(stretch.b)) for stretch in case.stretches]
    top, at = max(limits, key=lambda limit: (limit[0], -limit[1]))
    if top <= 0 or case.peak >= (1 - UNUSED) * top or at >= case.end:
        return
    what = (
        f"No update is applied at the peak of {case.shown(top)}: the highest used is {case.shown(case.peak)}."
    )
    yield Found(what, at, mend=mend.meeting(case.schedule, at))
