"""``stepsize identify``: which schedule a log follows, how sure that is, and what is odd about it."""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

from stepsize.cli import logs, terminal
from stepsize.cli.options import flag
from stepsize.cli.wording import worded
from stepsize.schedule.axes import position
from stepsize.schedule.words import rate as spoken
from stepsize.spelling import written

if TYPE_CHECKING:
    from stepsize.logs import Identified, Part
    from stepsize.records import Trace

_WIDEST = 100
_LONG = 400  # characters of a spelling that are shown
_MOST_PARTS = 24
_MOST_PEERS = 6


@worded
def identify(
    path: Annotated[str, logs.LOG],
    as_json: Annotated[bool, flag("--json", "Plain JSON, with every interval.")] = False,
    format: logs.FORMAT = None,
    step: logs.STEP = None,
    rate: logs.RATE = None,
    loss: logs.LOSS = None,
) -> int:
    """Say which schedule a log follows: phases, ends, the libraries that give it, the residual, and what is odd.

    The exit code is 0, or 1 where something is odd.

    stepsize identify trainer_state.json
    """
    from stepsize.logs import identify as identified

    trace = logs.trace(path, format=format, step=step, rate=rate, loss=loss)
    found = identified(trace)
    if as_json:
        terminal.put([json.dumps({"log": trace.name} | dict(found.to_dict()), indent=2)])
    else:
        terminal.put(_shown(trace, found))
    return 1 if found.suspicions else 0


def _shown(trace: "Trace", found: "Identified") -> Iterator[str]:
    width = min(terminal.wide(), _WIDEST)
    rates = int((trace.rates == trace.rates).sum())
    yield f"{trace.name}: {len(trace):,} rows, {rates:,} with a rate"
    for note in (*trace.notes, *found.notes):
        yield from wrap(note, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    yield ""
    text = written(found.schedule)
    yield text if len(text) <= _LONG else f"{text[:_LONG]}..."
    yield ""
    yield from _parts(found)
    yield ""
    worst, rounding = 100 * found.residual, 100 * found.rounding
    judged = (
        "as near as the log is written"
        if found.fits
        else "more than the log's rounding: not all of it is explained"
    )
    yield from wrap(
        f"Residual: {worst:.2g}% of the highest rate at most, rounding {rounding:.2g}%; {judged}.", width
    )
    yield from wrap(_offset(found), width)
    if found.each > 1:
        told = f"The scheduler was stepped once in {found.each:,} updates, as once an epoch; libraries count its steps."
        yield from wrap(told, width)
    yield from _peers(found)
    for odd in found.suspicions:
        yield ""
        yield from wrap(
            f"{_loud(odd.kind)}: {odd.what}", width, subsequent_indent="  ", break_on_hyphens=False
        )


def _parts(found: "Identified") -> Iterator[str]:
    """A line a phase: where it is, what it does, how long, and between which bounds, where they are apart."""
    many = found.parts[:_MOST_PARTS]
    rows = [
        (
            f"{position(part.start)}..{position(part.stop)}",
            part.kind,
            _ends(part),
            f"{part.points:,} rows",
            _bounds(part),
        )
        for part in many
    ]
    wide = [max(len(row[k]) for row in rows) for k in range(4)]
    for row in rows:
        yield (
            "  "
            + "  ".join(f"{cell:<{w}}" for cell, w in zip(row[:4], wide, strict=True))
            + (f"  {row[4]}" if row[4] else "")
        )
    if len(found.parts) > len(many):
        yield f"  and {len(found.parts) - len(many):,} more phases: --json has them all"


def _ends(part: "Part") -> str:
    if part.kind == "hold":
        return spoken(part.first, 4)
    return f"{spoken(part.first, 4)} -> {spoken(part.last, 4)}"


def _bounds(part: "Part") -> str:
    """The length, where it is not known to a percent."""
    low, high = part.length_between
    length = part.stop - part.start
    if high - low <= 0.02 * max(length, 1):
        return ""
    if high == float("inf"):
        return f"at least {max(low, 0):,.0f} updates"
    return f"{max(low, 0):,.0f} to {high:,.0f} updates"


def _offset(found: "Identified") -> str:
    rows = {
        0: "Step n of the log has the rate of update n, counted from 0.",
        -1: "Step n of the log has the rate of the n-th update.",
        1: "Step n of the log has the rate of update n + 1, counted from 0.",
    }
    return rows[found.offset]


def _peers(found: "Identified") -> Iterator[str]:
    if not found.peers:
        yield "No schedule of another library that we know gives these rates."
        return
    yield "What gives every logged rate:"
    for peer in found.peers[:_MOST_PEERS]:
        late = (
            ""
            if peer.offset == found.offset
            else f", step n as update n{peer.offset:+d}"
            if peer.offset
            else ", step n as update n"
        )
        yield f"  {peer.call}{late}"
    if len(found.peers) > _MOST_PEERS:
        yield f"  and those of {', '.join(peer.library for peer in found.peers[_MOST_PEERS:])}"


def _loud(text: str) -> str:
    return f"\x1b[33m{text}\x1b[0m" if terminal.coloured() else text
