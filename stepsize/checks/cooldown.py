"""The way down: whether there is one, how long it takes, and how low it goes."""

from collections.abc import Iterator

from stepsize._accept import Number
from stepsize.checks import mend, units
from stepsize.checks.case import Case
from stepsize.checks.rule import Found, rule

_FLAT = 0.99  # of the peak
_STABLE = 0.2  # of the run: what stays at the peak for less is no stable phase
_LOW = 0.2  # of the peak: a cooldown comes at least so low
LEAST = ((1e-3, 0.4), (5e-4, 0.2), (0.0, 0.1))  # from this peak on, the least share of the run
MEASURED = 5e-4  # the peak from which on a cosine to 0 was measured better than one to 10%, in 50,000 updates
_TENTH = (0.08, 0.12)  # of the peak: what is meant by 10%


def _stable_until(case: Case) -> Number | None:
    """Where the phase at the peak ends; None where there is none, or it is short."""
    flat = [
        stretch
        for stretch in case.stretches
        if stretch.rate(stretch.a) >= _FLAT * case.peak and stretch.limit(stretch.b) >= _FLAT * case.peak
    ]
    if case.peak <= 0 or not flat:
        return None
    until = flat[-1].at(flat[-1].b)
    return until if until - flat[0].at(flat[0].a) >= _STABLE * case.end else None


@rule(
    "no-cooldown",
    "note",
    why="At the peak the loss stays above what the same weights reach once the rate comes down. A trunk "
    "from which one branches has none on purpose, and a model that is fine-tuned afterwards may do "
    "better without.",
    source="Hägele et al., arXiv 2405.18392; against it: arXiv 2603.16127",
    remedy="Cool down over the last 20% or more: stepsize replan --policy cooldown.",
    asks=("run", "optimizer"),
)
def no_cooldown(case: Case) -> Iterator[Found]:
    """The last update of the run is applied at 99% of the peak or more, after a constant phase."""
    until = _stable_until(case)
    if until is not None and case.told and until >= case.told and not units.misread(case):
        yield Found(
            f"The rate never comes down: the run ends at {case.shown(case.rate(case.told))}.", case.told
        )


@rule(
    "cooldown-short",
    "note",
    why="The higher the peak, the longer the cooldown that pays: with 124M parameters, 10% of the run "
    "instead of the best share cost 0.014 to 0.044 in loss at peaks of 5e-4 to 2e-3, and at most "
    "0.0013 at 1e-4. Enough is what came within 0.01 of the best.",
    source="Schaipp et al., arXiv 2501.18965, and their runs at github.com/fabian-sp/lr-scheduling: 124M "
    "parameters, AdamW, SlimPajama, 15 to 50 thousand updates; Hu et al., arXiv 2404.06395, section"
    " 4.3: 10% of the tokens are enough, 2.5% are short",
    remedy="Begin the cooldown earlier.",
    asks=("optimizer",),
)
def cooldown_short(case: Case) -> Iterator[Found]:
    """With an Adam, the fall after a constant phase takes less of the run than was measured to be enough: 10%, from a
    peak of 5e-4 on 20%, and from 1e-3 on 40%. A warning below half of that.
    """
    until, run = _stable_until(case), case.run
    if not case.adam or case.multiplies or not until or not run or until >= run or units.misread(case):
        return
    share, least = (run - until) / run, next(least for peak, least in LEAST if case.peak >= peak)
    if share >= least or not _cools(case, until):
        return
    enough = f"at a peak of {case.shown(case.peak)}, {case.share(least)} was measured to be enough"
    what = f"The cooldown takes {case.share(share)} of the run; {enough}."
    steps = round(least * run) if isinstance(run, int) else least * run
    yield Found(what, until, "warning" if share < least / 2 else None, mend=mend.cooled(case.schedule, steps))


def _cools(case: Case, until: Number) -> bool:
    """Whether it falls all the way, and not in steps."""
    after = [stretch for stretch in case.stretches if stretch.at(stretch.a) >= until]
    moves = bool(after) and after[0].rate(after[0].a) > after[0].limit(after[0].b)
    return moves and after[-1].limit(after[-1].b) <= _LOW * case.peak


@rule(
    "cosine-to-tenth",
    "note",
    why="A cosine to 10% of a high peak stops short of the rates at which the loss still falls: to 0 it "
    "ended 0.008, 0.018 and 0.038 lower at peaks of 5e-4, 1e-3 and 2e-3 in 50,000 updates, though "
    "0.001 higher at 5e-4 in 25,000.",
    source="the same runs with 124M parameters, github.com/fabian-sp/lr-scheduling; Bergsma et al., "
    "Straight to Zero, arXiv 2502.15938: linear to 0 at 610M",
    remedy="Let it fall to 0.",
    asks=("optimizer",),
)
def cosine_to_tenth(case: Case) -> Iterator[Found]:
    """With an Adam and a peak of 5e-4 or more, the schedule ends with a cosine to about 10% of the peak."""
    if not case.adam or case.multiplies or case.peak < MEASURED or not case.run or not case.stretches:
        return
    falls = [stretch for stretch in case.stretches if stretch.rate(stretch.a) > stretch.limit(stretch.b)]
    if not falls or str(getattr(falls[-1].leaf, "shape", "")) != "cosine":
        return
    end, last = falls[-1].limit(falls[-1].b), falls[-1].at(falls[-1].b)
    if _TENTH[0] * case.peak <= end <= _TENTH[1] * case.peak and case.rate(case.run) == end:
        part = case.share(end / case.peak)
        what = f"The cosine ends at {case.shown(end)}, {part} of a peak of {case.shown(case.peak)}."
        yield Found(what, last, mend=mend.ended(case.schedule, 0.0))
