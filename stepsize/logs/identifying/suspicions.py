"""What is odd about a log's schedule: stepped twice an update, begun anew, too long a horizon, logged one late."""

import itertools
import math
from collections.abc import Iterator

from stepsize.logs.identified import Part, Suspicion
from stepsize.logs.identifying.series import Series

_TIMES = (2, 3, 4, 8, 16)  # how often an update was counted: calls of step(), or processes
_NEAR = 0.03  # how near the end of the schedule must be to that share of the run
_UNFINISHED = 0.15  # of the highest rate: a line that ends higher has hardly come to its end
_MUCH = 1.05  # of the run: how much longer a horizon must be to be told


def suspicions(
    seen: Series, parts: tuple[Part, ...], offset: int, shown: bool, places: list[float]
) -> tuple[Suspicion, ...]:
    """Everything odd, by its step.

    Args:
        seen: the series, in updates of the schedule.
        parts: its phases.
        offset: of the log's rows.
        shown: whether the log shows that offset, and it is not only the usual one.
        places: the steps at which the schedule began anew.
    """
    run = float(seen.t[-1]) + max(offset, 0) + 1
    found = [*_begun_anew(places), *_late(offset, shown)]
    found += [*_stepped(parts, run, seen.gap)] or [*_too_long(parts, run, seen.gap)]
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
        what = "Step n of the log has the rate of update n + 1: it was written after scheduler.step()."
        yield Suspicion("logged one late", what, None)


def _stepped(parts: tuple[Part, ...], run: float, gap: float) -> Iterator[Suspicion]:
    """The schedule ended at a half, a third, ... of the run, and was held, or rose again as a wave does."""
    falling = [part for part in parts if part.last < part.first]
    if not falling:
        return
    last = falling[-1]
    after = parts[parts.index(last) + 1 :]
    held = bool(after) and all(part.kind == "hold" for part in after)
    if held and last.kind != "hold" and len([p for p in parts if p.kind == "hold"]) <= 2:
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


def _too_long(parts: tuple[Part, ...], run: float, gap: float) -> Iterator[Suspicion]:
    """The log ends in the middle of the last decay."""
    last = parts[-1]
    if not last.last < last.first:
        return
    top = max(part.first for part in parts)
    if any(_alike(last, part) for part in parts[:-1]):
        return  # a cycle like those before it
    low, high = last.stop_between
    if last.kind == "cosine" or last.kind.startswith("power"):
        end = float(last.stop)
        if low > run + 1.5 * gap and end > _MUCH * run:
            share = f"{100 * run / end:.0f}%"
            what = (
                f"The log stops at {share} of the schedule, which ends at {end:,.0f}: "
                "too long a horizon, or a run cut short."
            )
            yield Suspicion("horizon too long", what, plain_end(run))
    elif last.kind in ("linear", "one_minus_sqrt") and last.last > _UNFINISHED * top and math.isfinite(high):
        what = (
            f"The log stops at {100 * last.last / top:.0f}% of the peak; the decay would come to 0 at {high:,.0f}: "
            "too long a horizon, or a run cut short."
        )
        yield Suspicion("horizon too long", what, plain_end(run))


def _alike(a: Part, b: Part) -> bool:
    """Whether two phases are the same curve in the same time, to a percent."""
    lengths, near = (a.stop - a.start, b.stop - b.start), 0.01 * max(abs(b.first), abs(b.last))
    alike = abs(a.first - b.first) <= near and abs(a.last - b.last) <= near
    return a.kind == b.kind and alike and abs(lengths[0] - lengths[1]) <= 0.01 * lengths[1]


def plain_end(run: float) -> int:
    """The last update of the log."""
    return math.floor(run)
