"""The picture of the commands about laws: finished runs, and the curves that a law predicts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from stepsize.cli.options import option
from stepsize.errors import ScheduleError, message

if TYPE_CHECKING:
    from stepsize.laws import Curve
    from stepsize.schedule import Schedule

POINTS = 200  # of a curve that is written or drawn
SAVE = Annotated[Path | None, option("FILE", "Draw runs and predictions, .png or .svg.")]


def points(schedule: "Schedule", steps: int) -> Any:
    """Updates at which a curve is told: none of the warmup, of which a law says nothing."""
    import numpy as np

    begin = int(np.asarray(schedule(np.arange(steps))).argmax())
    return np.unique(np.linspace(max(begin, steps // 50), steps - 1, POINTS).astype(int))


def must_end_well(path: Path | None) -> None:
    """Refuse another kind of picture before anything is fitted.

    Raises:
        ScheduleError: it ends neither in .png nor in .svg.
    """
    if path is not None and path.suffix.lower() not in (".png", ".svg"):
        raise ScheduleError(message("--save", "must end in .png or .svg", str(path)))


def draw(path: Path, runs: "list[Curve]", law: Any, given: "dict[str, tuple[Schedule, int]]") -> None:
    """Draw the runs, and the predictions of schedules by name, each with its updates."""
    from stepsize.plots import logs as room
    from stepsize.plots.logs_file import save
    from stepsize.records import Trace

    traces = [Trace(run.name, run.steps, run.rates[run.steps], run.losses) for run in runs]
    for name, (schedule, steps) in given.items():
        at = points(schedule, steps)
        traces.append(Trace(f"predicted: {name}", at, schedule(at), law.predict(schedule, steps, at)))
    save(room.logs(traces, [()] * len(traces)), path, log=False, dark=False)
