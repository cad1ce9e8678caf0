"""``stepsize identify``: which schedule a log follows, how sure that is, and what is odd about it."""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

from stepsize.cli import logs, parts, terminal
from stepsize.cli.options import flag
from stepsize.cli.wording import worded
from stepsize.spelling import written

if TYPE_CHECKING:
    from stepsize.logs import Identified
    from stepsize.records import Trace

_WIDEST = 100
_LONG = 400  # characters of a spelling that are shown
_MOST_PEERS = 6


@worded
def identify(
    path: Annotated[str, logs.LOG],
    as_json: Annotated[bool, flag("--json", "Plain JSON, with every interval.")] = False,
    format: logs.FORMAT = None,
    step: logs.STEP = None,
    rate: logs.RATE = None,
    loss: logs.LOSS = None,
    steps_per_epoch: logs.PER_EPOCH = None,
) -> int:
    """Say which schedule a log follows: phases, ends, the libraries that give it, the residual, and what is odd.

    The exit code is 0, or 1 where something is odd, or no schedule that we know gives the rates.

    stepsize identify trainer_state.json
    """
    from stepsize.logs import identify as identified

    trace = logs.trace(path, format=format, step=step, rate=rate, loss=loss)
    trace = logs.in_updates(trace, steps_per_epoch)
    found = identified(trace)
    if as_json:
        terminal.put([json.dumps(_json(trace, found), indent=2)])
    else:
        terminal.put(_shown(trace, found))
    return 1 if found.suspicions or not found.fits else 0


def _json(trace: "Trace", found: "Identified") -> dict[str, Any]:
    log = {"log": trace.name, "rows": len(trace), "rates": _rates(trace), "counts": trace.counts}
    told = dict(found.to_dict())
    return log | told | {"notes": [*trace.notes, *told["notes"]]}


def _rates(trace: "Trace") -> int:
    return int((trace.rates == trace.rates).sum())


def _shown(trace: "Trace", found: "Identified") -> Iterator[str]:
    width = min(terminal.wide(), _WIDEST)
    yield f"{trace.name}: {len(trace):,} rows, {_rates(trace):,} with a rate"
    for note in (*trace.notes, *found.notes):
        yield from wrap(note, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    yield ""
    if not found.fits:
        yield from wrap(_loud("These rates follow no schedule that we know. What comes nearest:"), width)
        yield ""
    text = written(found.schedule)
    most = _LONG if found.fits else 2 * width
    yield from wrap(text if len(text) <= most else f"{text[:most]}...", width, break_on_hyphens=False)
    yield ""
    yield from parts.lines(trace, found)
    yield ""
    yield from wrap(_residual(found), width)
    if not found.fits:
        return
    yield from wrap(_offset(trace, found), width)
    if found.each > 1:
        told = f"The scheduler was stepped once in {found.each:,} updates, as once an epoch; libraries count its steps."
        yield from wrap(told, width)
    yield from _peers(found)
    for odd in found.suspicions:
        yield ""
        yield from wrap(
            f"{_loud(odd.kind)}: {odd.what}", width, subsequent_indent="  ", break_on_hyphens=False
        )


def _residual(found: "Identified") -> str:
    worst, rounding = 100 * found.residual, 100 * found.rounding
    judged = (
        "as near as the log is written"
        if found.residual <= 1.5 * found.rounding
        else "more than the log's rounding"
    )
    return f"Residual: {worst:.2g}% of the highest rate at most, rounding {rounding:.2g}%; {judged}."


def _offset(trace: "Trace", found: "Identified") -> str:
    step, update = ("Epoch", "epoch") if trace.counts == "epochs" else ("Step", "update")
    rows = {
        0: f"{step} n of the log has the rate of {update} n, counted from 0.",
        -1: f"{step} n of the log has the rate of the n-th {update}.",
        1: f"{step} n of the log has the rate of {update} n + 1, counted from 0.",
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
