"""How the runs of a race are made, as the options of ``stepsize race`` say, and the command that makes them again."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stepsize.errors import ScheduleError, message

if TYPE_CHECKING:
    from stepsize.lab.halving import Halving
    from stepsize.lab.plan import Planned
    from stepsize.records import Run


class Racing(NamedTuple):
    """How the runs of a race are made, as the options say."""

    steps: int | None
    seeds: int
    names: list[str] | None
    own: tuple[str, ...]
    peaks: tuple[float, ...]
    text: Path | None
    out: Path
    device: str
    stop_hopeless: bool
    law: str | None
    jobs: int | None
    engine: str
    address: str | None
    remote: str | None
    silence: float
    tune: int | None
    between: tuple[float, ...]
    storage: str | None

    def run(self, planned: "Sequence[Planned]", tell: Callable[[Any], None]) -> "list[Run]":
        """Make the planned runs by the engine that was asked for, and bring them where else they are kept."""
        from stepsize.lab import remote

        if self.remote is not None:
            remote.fetch(planned, self.out, self.remote)
        try:
            return self._made(planned, tell)
        finally:
            if self.remote is not None:
                remote.bring(planned, self.out, self.remote)

    def _made(self, planned: "Sequence[Planned]", tell: Callable[[Any], None]) -> "list[Run]":
        from stepsize.lab import cluster
        from stepsize.lab.race import race

        if self.engine == "ray":
            return cluster.race(
                planned, tell, self.address, jobs=self.jobs, silence=self.silence, halving=self._halving()
            )
        if self.engine == "vectorised":
            from stepsize.lab import vectorised  # it loads torch

            return vectorised.race(planned, tell, self.jobs or vectorised.AT_ONCE)
        return race(planned, tell, self.jobs, silence=self.silence, halving=self._halving())

    def _halving(self) -> "Halving | None":
        from stepsize.lab.halving import Halving

        if not self.stop_hopeless:
            return None
        if self.law is None:
            return Halving()
        from stepsize.laws import Forecast  # it loads scipy

        return Halving(Forecast(self.law))

    def must_hold(self) -> None:
        """Refuse options that do not go together.

        Raises:
            ScheduleError: they do not.
        """
        if self.engine not in ("local", "ray", "vectorised"):
            raise ScheduleError(message("--engine", "must be local, ray or vectorised", self.engine))
        if self.engine == "vectorised" and self.stop_hopeless:
            rule = "is for runs that are made one by one"
            raise ScheduleError(message("--stop-hopeless", rule, "--engine vectorised", "Leave one out."))
        if self.law is not None and not self.stop_hopeless:
            raise ScheduleError(message("--law", "forecasts for --stop-hopeless", self.law, "Give both."))
        self._halving()  # an unknown law is named before anything is run
        if self.engine != "local" and "," in self.device:
            raise ScheduleError(message("--device", f"must be one, for --engine {self.engine}", self.device))
        if self.engine != "ray" and self.address is not None:
            raise ScheduleError(message("--address", "is for --engine ray", self.address))
        if self.tune is not None and self.peaks:
            remedy = "Leave one out."
            raise ScheduleError(message("--peaks", "cannot be given with --tune", list(self.peaks), remedy))
        if self.tune is not None and len(self.between) != 2:
            rule = "must be two rates, between which the peaks are sought"
            raise ScheduleError(message("--between", rule, list(self.between) or None))
        if self.jobs is not None and self.jobs < 1:
            raise ScheduleError(message("--jobs", "must be at least 1", self.jobs))
        if self.silence <= 0:
            raise ScheduleError(message("--silence", "must be above 0", self.silence))


def again(task: str, racing: Racing, report: Path) -> str:
    """The command that makes these runs again."""
    from stepsize.lab.tasks import find

    found = find(task)
    words = ["stepsize", "race", *(["--train", task] if ":" in task else ["--task", task])]
    words += ["--steps", str(racing.steps or found.steps), "--seeds", str(racing.seeds)]
    if racing.own:
        words += ["--for", *racing.own]
    else:
        names = [one for one in racing.names or found.usual if one in found.schedules]
        words += ["--schedules", ",".join(names)]
    words += ["--peaks", *(f"{peak:g}" for peak in racing.peaks)] if racing.peaks else []
    if racing.tune is not None:
        words += ["--tune", str(racing.tune), "--between", *(f"{one:g}" for one in racing.between)]
    words += ["--stop-hopeless"] if racing.stop_hopeless else []
    words += ["--law", racing.law] if racing.law else []
    words += ["--device", racing.device] if racing.device != "cpu" else []
    words += ["--engine", racing.engine] if racing.engine != "local" else []
    words += ["--text", str(racing.text)] if racing.text and found.reads_text else []
    return shlex.join([*words, "--out", str(racing.out), "--report", str(report)])
