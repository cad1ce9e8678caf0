"""``stepsize json``: a spelling as its JSON document, and back."""

from typing import Annotated

from stepsize.cli import terminal
from stepsize.cli.horizon import of_a_run
from stepsize.cli.options import ONE, option
from stepsize.cli.source import read
from stepsize.errors import ScheduleError, did_you_mean, message
from stepsize.horizon import Horizon
from stepsize.schedule import Schedule

FORMS = ("json", "spelling")
_HELP = "What to write, json or spelling. Default: the other form."


@of_a_run
def json(
    schedule: ONE,
    to: Annotated[str | None, option("FORM", _HELP, lambda: list(FORMS))] = None,
    *,
    horizon: Horizon | None,
) -> None:
    """Turn a spelling into JSON, and JSON into a spelling.

    The other form is written: JSON where a spelling was given, a spelling where JSON was; --to says which.

    stepsize json "0 -> 3e-4 in 500; -> 3e-5 cosine in 9500" > plan.json
    """
    if to is not None and to not in FORMS:
        raise ScheduleError(message("--to", f"must be {' or '.join(FORMS)}", to, did_you_mean(to, FORMS)))
    given = read(schedule, horizon)
    form = to or ("spelling" if given.was_json else "json")
    terminal.put([str(given.schedule) if form == "spelling" else _document(given.schedule)])


def _document(s: Schedule) -> str:
    from json import dumps

    return dumps(s.to_dict(), indent=2)
