"""What is odd about a log's schedule: stepped twice an update, begun anew, too long a horizon, logged one late."""

import itertools
import math
from collections.abc import Iterator

from stepsize.logs.identified import Part, Suspicion
from stepsize.logs.identifying.series import Series

_TIMES = (2, 3, 4, 8, 16)  # how often an update was counted: calls of step(), or processes
_NEAR = 0.03  # how near the end of the schedule must be to that share of the run
_PLAIN = 3  # digits of a rate that somebody wrote
_HAIR = 1e-6  # of a step: how well the place is known where a line of exact numbers is 0
_UNFINISHED = 0.11  # of the highest rate: a line that ends higher has hardly come to its end
_AFTER_A_RESTART = (
    1.25  # of the run: how long a horizon may be that a schedule did not reach, having begun anew
)
_MUCH = 1.1  # of the run: how much longer a horizon must be to be told


def suspicions(
    seen: Series, parts: tuple[Part, ...], offset: int, shown: bool, places: list[float], end: float
) -> tuple[Suspicion, ...]:
    """Everything odd, by its step.

    Args:
        seen: the series, in updates of the schedule.
        parts: its phases.
        offset: of the log's rows.
        shown: whether the log shows that offset, and it is not only the usual one.
        places: the steps at which the schedule began anew.
        end: the last step of the log.
    """
    run = float(seen.t[-1]) + max(offset, 0) + 1
    found = [*_begun_anew(places), *_late(offset, shown)]
    total = _AFTER_A_RESTART * end if places else run
    found += [*_stepped(parts, run, seen.gap)] or [*_too_long(parts, seen, run, total)]
    return tuple(found)


def _begun_anew(places: list[float]) -> Iterator[Suspicion]:
    for place in places:
        what = (
            f"From step {place:,.0f} on the schedule runs again from its first update: "
            "its position was not restored."
        )
        yield Suspicion("restarted on resume", what, place)


def _late(offset: int, shown: bool) -> Iterator[Suspicion]:
    if offset == 1 and shown:
        what = (
            "Step n of the log has the rate of update n + 1: it was written after scheduler.step(), "
            "or the schedule itself counts from 1."
        )
        yield Suspicion("logged one late", what, None)


def _stepped(parts: tuple[Part, ...], run: float, gap: float) -> Iterator[Suspicion]:
    """The schedule ended at a half, a third, ... of the run, and was held, or rose again as a wave does."""
    falling = [part for part in parts if part.last < part.first]
    if not falling:
        return
    last = falling[-1]
    after = parts[parts.index(last) + 1 :]
    held = bool(after) and all(part.kind == "hold" for part in after)
    long = [part for part in parts if part.kind == "hold" and part.stop - part.start > 1]
    if held and last.kind != "hold" and len(long) <= 2:  # more are a staircase
        end = float(last.stop)
        for times in _TIMES:
            if abs(end * times - run) <= _NEAR * run + gap:
                what = (
                    f"The schedule is over at {end:,.0f} of {run:,.0f} updates, 1/{times} of the run: "
                    f"it was stepped {_often(times)} an update."
                )
                yield Suspicion("stepped twice", what, last.stop)
                return
    for before, rising in itertools.pairwise(parts):
        mirrored = (
            before.kind == rising.kind == "cosine"
            and before.last < before.first
            and rising.last > rising.first
        )
        if mirrored and abs(before.stop * 2 - run) <= _NEAR * run + gap:
            what = (
                f"The rate falls until {before.stop:,.0f} of {run:,.0f} updates and then rises again: "
                "the schedule was stepped twice an update."
            )
            yield Suspicion("stepped twice", what, before.stop)
            return


def _often(times: int) -> str:
    return "twice" if times == 2 else f"{times} times"


def _too_long(parts: tuple[Part, ...], seen: Series, run: float, total: float) -> Iterator[Suspicion]:
    """The log ends in the middle of the last decay, and not because the schedule began anew."""
    last = parts[-1]
    if not last.last < last.first or any(_alike(last, part) for part in parts[:-1]):
        return  # nothing falls, or a cycle does like those before it
    top = max(part.first for part in parts)
    if last.kind == "cosine" or last.kind.startswith("power"):
        end = float(last.stop)
        if last.stop_between[0] > run + 1.5 * seen.gap and end > _MUCH * run and end > _MUCH * total:
            share = f"{100 * run / end:.0f}%"
            what = (
                f"The log stops at {share} of the schedule, which ends at {end:,.0f}: "
                "too long a horizon, or a run cut short."
            )
            yield Suspicion("horizon too long", what, plain_end(run))
    elif last.kind in ("linear", "one_minus_sqrt") and last.last > _UNFINISHED * top:
        zero = _zero(last)
        if zero <= total or _meant(last, zero, seen):
            return
        what = (
            f"The log stops at {100 * last.last / top:.0f}% of the peak; the decay would come to 0 at {zero:,.0f}: "
            "too long a horizon, or a run cut short."
        )
        yield Suspicion("horizon too long", what, plain_end(run))


def _zero(last: Part) -> float:
    """Where a falling line, or a root, would be 0."""
    share = last.first / (last.first - last.last)
    return last.start + (last.stop - last.start) * (share if last.kind == "linear" else share**2)


def _meant(last: Part, zero: float, seen: Series) -> bool:
    """Whether a line does not come to 0 at a whole update, and so goes to the plain rate at which the log ends."""
    slope = (last.first - last.last) / (last.stop - last.start)
    apart = abs(zero - round(zero))
    sure = last.kind == "linear" and apart > 2 * float(seen.q[-1]) / slope + _HAIR * zero
    return sure and len(f"{last.last:.6e}".partition("e")[0].rstrip("0.")) - 1 <= _PLAIN


def _alike(a: Part, b: Part) -> bool:
    """Whether the second phase goes as the first one does, in whatever time; or the first goes back to its start."""
    near = 0.01 * max(abs(b.first), abs(b.last))
    same = a.kind == b.kind and abs(a.first - b.first) <= near and abs(a.last - b.last) <= near
    back = (
        a.kind == b.kind and abs(a.last - b.first) <= near and abs(a.stop - a.start - b.stop + b.start) <= 1
    )
    return same or (back and b.first > 0)


def plain_end(run: float) -> int:
    """The last update of the log."""
    return math.floor(run)
