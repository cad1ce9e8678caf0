"""``stepsize optimise``: the schedule that a law of finished runs likes best."""

import json
from textwrap import wrap
from typing import Annotated

from stepsize.cli import laws, laws_picture, terminal
from stepsize.cli.options import flag, option
from stepsize.cli.wording import worded
from stepsize.spelling import written

_WIDEST = 100
_LONG = 400  # characters of a spelling that are shown


@worded
def optimise(
    runs: laws.RUNS,
    steps: Annotated[str, option("N", "Updates of the run that is planned.")],
    peak: Annotated[str | None, option("RATE", "Highest rate. Default: that of the runs.")] = None,
    warmup: Annotated[str | None, option("N", "Updates of the warmup. Default: that of the runs.")] = None,
    free: Annotated[bool, flag("--free", "Any rates that never rise, between 60 knots.")] = False,
    law: laws.LAW = None,
    effective_rate: laws.EFFECTIVE = None,
    memory: laws.MEMORY = None,
    as_json: Annotated[bool, flag("--json", "Plain JSON, with the whole spelling.")] = False,
    save: laws_picture.SAVE = None,
) -> None:
    """Find the schedule with the lowest predicted loss, and what it gains over the best simple one.

    By default it is a held rate and a cooldown of any length and power.

    stepsize optimise --runs held.csv cosine.csv --steps 50000
    """
    from stepsize.laws import optimise as optimised

    laws_picture.must_end_well(save)
    curves, notes = laws.curves(runs, None)
    fitted = laws.fitted(curves, law, effective_rate, memory)
    top = laws.number("--peak", peak, max(curve.peak for curve in curves))
    rise = laws.count("--warmup", warmup, int(max(curve.warmup or 0 for curve in curves)))
    many = laws.count("--steps", steps, 0)
    notes += laws.beyond(curves, many)
    found = optimised(fitted, top, many, warmup=rise, family="free" if free else "wsd")
    spelled, (simple, its), gain = written(found.schedule), found.simple, found.gain
    if save is not None:
        both = {"the best": (found.schedule, many), simple: (found.over, many)}
        laws_picture.draw(save, curves, fitted, both)
    if as_json:
        told = {"runs": notes, "schedule": spelled, "loss": found.loss, "simple": simple, "simple_loss": its}
        terminal.put([json.dumps(told | {"gain": gain._asdict()}, indent=2)])
        return
    width = min(terminal.wide(), _WIDEST)
    shown = spelled if len(spelled) <= _LONG else f"{spelled[:_LONG]}... (--json has it all)"
    between = f"95%: {gain.low:+.4f} to {gain.high:+.4f}"
    said = f"Predicted {found.loss:.4f}, {gain.gain:.4f} below the best simple one, {simple} ({its:.4f}); {between}."
    verdict = "" if gain.meaningful else " That is no meaningful difference."
    terminal.put(
        [
            *laws.told(fitted, notes, width),
            *wrap(shown, width, break_on_hyphens=False),
            "",
            *wrap(said + verdict, width),
        ]
    )
