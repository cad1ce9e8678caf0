"""How long the schedule is, and how long the run: the end that is not reached, and what is left when it is."""

import math
from collections.abc import Iterator
from itertools import islice

from stepsize._accept import Number
from stepsize.checks import after_the_end, mend, units, warmup
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule
from stepsize.schedule.axes import position

_NEARLY = 0.99  # of the other length: so near, only the end is missed
_TAIL = 0.1  # of the run: a rate held for so long is worth a note, and longer a warning
_MISSED = 1e-3  # of the peak: a smaller gap is not seen
_A_FEW = 2  # updates by which the conventions of libraries differ


def _explained(case: Case) -> bool:
    """Whether another rule says why the lengths differ."""
    shares = case.schedule.clock == "steps" and case.schedule.length <= 1
    return shares or units.misread(case) is not None


@rule(
    "run-stops-early",
    "warning",
    why="What stands at the end of a schedule, its lowest rates, is what the run is scheduled for; a "
    "cosine that is cut was at each update too high for the run that it got.",
    source="Hoffmann et al., arXiv 2203.15556, appendix B: a cosine must be as long as its run; "
    "mlfoundations/open_clip#413; modelscope/ms-swift#6827",
    remedy="Lay the schedule over the run, or stop it with a cooldown.",
    asks=("run",),
)
def run_stops_early(case: Case) -> Iterator[Found]:
    """The run ends before 99% of the schedule, and what it leaves out has other rates."""
    run, length = case.told, case.schedule.length
    if not run or _explained(case) or not run < _NEARLY * length < math.inf:
        return
    if warmup.still_rises(case) or _flat_from(case, run):
        return
    what = (
        f"The run stops at {case.share(run / length)} of the schedule, which is {case.counted(length)} long."
    )
    yield Found(what, run, mend=mend.laid_over(case.schedule, run))


def _flat_from(case: Case, run: Number) -> bool:
    """Whether the rate never changes again."""
    length = case.schedule.length
    looks = [run + (length - run) * k / 16 for k in range(17)]
    return len({case.rate(t) for t in looks}) == 1 == len({case.schedule._final, case.rate(run)})


@rule(
    "schedule-ends-early",
    "warning",
    why="The rest of the run is trained at the last rate, which is meant for its last update.",
    source="huggingface/smollm#37: a config that had decayed at half of its run; kohya-ss/sd-scripts#141",
    remedy="Lay the schedule over the run, or write down that its last rate is held.",
    asks=("run",),
)
def schedule_ends_early(case: Case) -> Iterator[Found]:
    """The schedule is over before the run, which goes on at its last rate; a note where that takes at most 10% of the
    run at a rate above 0.
    """
    run, length = case.told, case.schedule.length
    if not run or _explained(case) or not 0 < length < run - _A_FEW * (case.update or 0):
        return
    if length >= _NEARLY * run or after_the_end.of(case) or _held_already(case):
        return
    rate, left = case.schedule._final, 1 - length / run
    held = "held at 0, where nothing is trained" if rate == 0 else f"held at {case.shown(rate)}"
    what = f"The schedule ends at {case.share(length / run)} of the run; the rate is then {held}."
    severity = "note" if rate != 0 and left <= _TAIL else "warning"
    yield Found(what, length, severity, mend=mend.laid_over(case.schedule, run))


def _held_already(case: Case) -> bool:
    """Whether its own last phase holds the rate that is held afterwards."""
    length = case.schedule.length
    return case.schedule._limit(length) == case.rate(_NEARLY * length) == case.schedule._final


@rule(
    "end-missed",
    "note",
    why="The schedule names an end, and the run does not come to it.",
    source="pytorch/pytorch#47560, #91765: conventions of libraries differ by one update at the end",
    remedy="Make the schedule as long as the run.",
    asks=("run",),
)
def end_missed(case: Case) -> Iterator[Found]:
    """The run is up to 1% shorter than the schedule, so that s(N) is more than 0.1% of the peak off its end."""
    run, length = case.told, case.schedule.length
    if not run or not _NEARLY * length <= run < length < math.inf or units.misread(case):
        return
    if case.update is None or length - run < case.update:  # what whole updates leave
        return
    if abs(case.rate(run) - case.schedule._final) <= _MISSED * case.peak or warmup.still_rises(case):
        return
    end = f"the schedule ends at {case.shown(case.schedule._final)}, {case.counted(length - run)} later"
    what = f"After {case.counted(run)} the rate is {case.shown(case.rate(run))}; {end}."
    yield Found(what, run, mend=mend.laid_over(case.schedule, run))


@rule(
    "phase-unreached",
    "warning",
    why="A drop that the run never comes to was planned for another run, or in another unit.",
    source="ScrollPrize/villa PR#1495; InternLM/xtuner#386",
    remedy="Shorten the phases, or leave out the ones that are not reached.",
    asks=("run",),
)
def phase_unreached(case: Case) -> Iterator[Found]:
    """A schedule without an end changes to a last, constant rate after the run is over."""
    run, s = case.told, case.schedule
    if not run or s.length < math.inf or s._extent < math.inf or warmup.still_rises(case):
        return
    starts = [start for start, _, _ in islice(s._pieces(math.inf), 1000)]
    late = [start for start in starts if start >= run]
    if late:
        many = "A phase begins" if len(late) == 1 else f"{len(late):,} phases begin"
        what = f"{many} after the run of {case.counted(run)} is over: the first at {position(late[0])}."
        yield Found(what, late[0])


@rule(
    "twin-after-end",
    "error",
    why="A twin is held after its end; its library goes on, and there the end of the run is another one.",
    source="the docstrings of the twins: docs/peers.md; Nerogar/OneTrainer#1604; pytorch/pytorch#38170",
    remedy="Give the library's schedule the length of the run.",
    asks=("run",),
)
def twin_after_end(case: Case) -> Iterator[Found]:
    """The run goes on after the end of a twin whose library rises again there, turns negative, restarts or raises."""
    does = after_the_end.of(case)
    if does is not None and case.told is not None and not _explained(case):
        length = case.schedule.length
        ends = f"The schedule ends at {case.counted(length)}, the run at {case.counted(case.told)}"
        what = f"{ends}: in between {does}."
        yield Found(what, length, mend=mend.laid_over(case.schedule, case.told))
