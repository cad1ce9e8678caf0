"""Every policy side by side: a table of what each gives, why some cannot, and their curves on one picture."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from stepsize._accept import Number
from stepsize.cli import terminal
from stepsize.cli.policies import POLICIES, changed, lacking
from stepsize.cli.running import Running
from stepsize.errors import ScheduleError
from stepsize.replan import explain
from stepsize.schedule import Schedule
from stepsize.schedule.picture import horizon
from stepsize.schedule.terminal import lettered, plotted
from stepsize.schedule.words import fitted, rate

_HEAD = ("rate now", "half-way", "at its end", "end")  # half-way from here


def compared(run: Running, told: Mapping[str, Any]) -> Iterator[str]:
    """Lines that show what each policy would make of a run, by what it was told."""
    width, (name, s, at, notes) = terminal.wide(), run
    yield fitted(f"{name}, at {_place(at)}", width)
    yield from notes
    made, refused = _all(s, at, told)
    if at >= 1 and s.clock == "steps":
        yield f"the last update used {rate(s(at - 1))}"
    yield ""
    yield f"{'':<14}{''.join(f'{head:>12}' for head in _HEAD)}"
    coloured = terminal.coloured()
    for k, (policy, new) in enumerate(made.items()):
        yield _row(policy, s, new, at, k, coloured)
    yield from (f"  {policy:<14}{why}" for policy, why in refused.items())
    yield ""
    end = max(horizon(new, None) for new in made.values())
    yield from plotted(list(made.values()), end, width=width, height=13, log=False, colour=coloured)
    for k, (policy, new) in enumerate(made.items()):
        yield lettered(_legend(policy, new, at, width - 2), k, coloured)
    yield ""
    yield "--policy NAME shows one; --save FILE writes its schedule."


def _all(s: Schedule, at: Number, told: Mapping[str, Any]) -> tuple[dict[str, Schedule], dict[str, str]]:
    """The schedules of all policies, and why the others have none."""
    made, refused = {}, {}
    for policy in POLICIES:
        if missing := lacking(policy, told):
            refused[policy] = f"needs {' and '.join(missing)}"
            continue
        try:
            made[policy] = changed(policy, s, at, told)
        except ScheduleError as error:
            refused[policy] = str(error).split("\n")[0]
    return made, refused


def _legend(policy: str, new: Schedule, at: Number, width: int) -> str:
    """A policy and its schedule; where that is too long, what comes from here on, in which it differs from others."""
    whole = f"{policy}: {new}"
    return whole if len(whole) <= width or at >= new.length else fitted(f"{policy}: ... {new[at:]}", width)


def _row(policy: str, s: Schedule, new: Schedule, at: Number, k: int, coloured: bool) -> str:
    jump = explain(s, new, at).jump
    end = new.length
    half = rate(new((at + end) / 2)) if at < end < math.inf else ""
    last = rate(new(end)) if end < math.inf else ""
    cells = (rate(new(at)), half, last, _place(end) if end < math.inf else "never")
    row = lettered(f"{policy:<12}", k, coloured) + "".join(f"{cell:>12}" for cell in cells)
    if end > at and not any(new(at + (end - at) * x) for x in (0.0, 0.25, 0.5, 0.75)):
        return f"{row}  stays at 0"
    return row if math.isclose(jump, 1.0, rel_tol=1e-12) else f"{row}  jumps"


def _place(t: Number) -> str:
    return f"{t:,}" if isinstance(t, int) else f"{t:,.7g}"
