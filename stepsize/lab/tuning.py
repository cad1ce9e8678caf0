"""The peak of each schedule, tuned with equal budgets by Optuna, on a seed that no race uses. Needs Optuna."""

import logging
from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite
from pathlib import Path
from typing import Any

from stepsize.errors import MissingExtra, ScheduleError, message
from stepsize.lab.plan import Planned, plan
from stepsize.lab.task import folder_of
from stepsize.records import Run
from stepsize.schedule import Schedule

SEED = 0  # of tuning; races begin at 100
_STARTUP = 4  # trials before the sampler learns from those made

Make = Callable[[float], Schedule]
Race = Callable[[Sequence[Planned]], list[Run]]


def tuned(
    task: str,
    makes: Mapping[str, Make],
    between: tuple[float, float],
    trials: int,
    race: Race,
    *,
    steps: int,
    out: Path,
    storage: str | None = None,
    text: Path | None = None,
    device: str = "cpu",
) -> dict[str, float]:
    """The best peak of each schedule of so many trials.

    Trials are kept in the storage, and the runs that they made as files: the same call continues.

    Args:
        task: name of the task.
        makes: by name, from a peak to a schedule.
        between: the lowest and the highest peak.
        trials: of each schedule, >= 1.
        race: makes planned runs, as :func:`stepsize.lab.race.race` does.
        steps: updates of a run.
        out: the folder of the race.
        storage: of Optuna, as a database URL; by default SQLite in the folder of the task.
        text: a file to learn from.
        device: that the task is given.

    Raises:
        MissingExtra: Optuna is not installed.
        ScheduleError: a number breaks its rule, or no trial of a schedule has ended with a finite loss.
    """
    low, high = between
    if not 0 < low < high < inf:
        raise ScheduleError(message("--between", "must be two rates above 0, rising", between))
    if trials < 1:
        raise ScheduleError(message("--tune", "must be at least 1", trials))
    folder = out / folder_of(task) / "tuning"
    folder.mkdir(parents=True, exist_ok=True)
    url = storage or f"sqlite:///{(folder / 'peaks.db').resolve()}"
    studies = {name: _study(f"{task} {name} {steps}", url, k) for k, name in enumerate(makes)}
    for study in studies.values():
        _again(study)
    for _ in range(trials):
        asked = {
            name: study.ask({"peak": _between(low, high)})
            for name, study in studies.items()
            if len(_complete(study)) < trials
        }
        _judge(asked, studies, _planned(task, makes, asked, steps, out, text, device), race)
    return {name: _best(name, study) for name, study in studies.items()}


def _study(name: str, url: str, seed: int) -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtra(
            message("--tune", "needs Optuna", str(error), 'Install "stepsize[optuna]".')
        ) from None
    optuna.logging.set_verbosity(logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_STARTUP)
    return optuna.create_study(study_name=name, storage=url, sampler=sampler, load_if_exists=True)


def _between(low: float, high: float) -> Any:
    import optuna

    return optuna.distributions.FloatDistribution(low, high, log=True)


def _complete(study: Any) -> list[Any]:
    return [trial for trial in study.trials if trial.state.name == "COMPLETE"]


def _again(study: Any) -> None:
    """Ask once more for what was asked when the last call was interrupted."""
    import optuna

    for trial in [trial for trial in study.trials if trial.state.name == "RUNNING"]:
        study.enqueue_trial(trial.params, skip_if_exists=True)
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def _planned(
    task: str, makes: Mapping[str, Make], asked: Mapping[str, Any], steps: int, out: Path, text: Path | None,
    device: str,
) -> dict[str, Planned]:  # fmt: skip
    found = {}
    for name, trial in asked.items():
        peak = float(f"{trial.params['peak']:.6g}")
        (one,) = plan(
            task, {name: makes[name](peak)}, seeds=1, steps=steps, out=out, text=text, peak=peak, first=SEED,
            device=device,
        )  # fmt: skip
        folder = one.path.parent / "tuning"
        found[name] = Planned(**{**vars(one), "path": folder / one.path.name})
    return found


def _judge(
    asked: Mapping[str, Any], studies: Mapping[str, Any], planned: Mapping[str, Planned], race: Race
) -> None:
    made = {run.name: run for run in race(list(planned.values()))}
    for name, trial in asked.items():
        run = made.get(name)
        if run is None:
            import optuna

            studies[name].tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            studies[name].tell(trial, run.final if isfinite(run.final) and not run.diverged else inf)


def _best(name: str, study: Any) -> float:
    done = [trial for trial in _complete(study) if isfinite(trial.value)]
    if not done:
        raise ScheduleError(message("--tune", f"a trial of {name} must end with a finite loss", "none"))
    return float(f"{min(done, key=lambda trial: trial.value).params['peak']:.6g}")
