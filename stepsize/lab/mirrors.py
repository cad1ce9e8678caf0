"""Runs as other tools show them: TensorBoard and MLflow, where those are installed. The files of runs are the truth."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stepsize.errors import MissingExtra, message
from stepsize.lab.task import folder_of
from stepsize.records import Run


def to_tensorboard(runs: Sequence[Run], folder: Path) -> None:
    """Write each run as an event file, in a folder of its own; one that is there is written anew.

    Raises:
        MissingExtra: tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra(
            message("--tensorboard", "needs tensorboard", str(error), 'Install "stepsize[tensorboard]".')
        ) from None
    for run in runs:
        place = folder / folder_of(run.task) / _name(run)
        for old in place.glob("events.out.tfevents.*"):
            old.unlink()
        with SummaryWriter(str(place)) as writer:
            for name, step, value in _values(run):
                writer.add_scalar(name, value, step)


def to_mlflow(runs: Sequence[Run], uri: str) -> None:
    """Send each run to MLflow: an experiment a task, a run a run; one that is there by its name is left as it is.

    Raises:
        MissingExtra: mlflow is not installed.
    """
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise MissingExtra(
            message("--mlflow", "needs mlflow", str(error), "Install mlflow-skinny.")
        ) from None
    client = MlflowClient(tracking_uri=uri)
    for run in runs:
        found = client.get_experiment_by_name(run.task)
        experiment = found.experiment_id if found else client.create_experiment(run.task)
        if not client.search_runs([experiment], f"tags.mlflow.runName = '{_name(run)}'"):
            _sent(client, experiment, run)


def _sent(client: Any, experiment: str, run: Run) -> None:
    from mlflow.entities import Metric

    made = client.create_run(experiment, run_name=_name(run)).info.run_id
    for name, value in (("schedule", run.name), ("seed", run.seed), ("steps", run.steps), ("peak", run.peak)):
        client.log_param(made, name, value)
    metrics = [Metric(name, value, 0, step) for name, step, value in _values(run)]
    for begin in range(0, len(metrics), 1000):  # the most that MLflow takes at once
        client.log_batch(made, metrics[begin : begin + 1000])
    client.set_terminated(made)


def _name(run: Run) -> str:
    at = "" if run.peak is None else f"-peak{run.peak:g}"
    return f"{run.name}{at}-seed{run.seed}"


def _values(run: Run) -> Iterator[tuple[str, int, float]]:
    for step, loss in zip(run.updates, run.losses, strict=True):
        yield "loss", step, loss
        yield "rate", step, run.rates[step]
    for applied, loss in run.evaluations:
        yield "validation", applied, loss
    for name, pairs in run.metrics.items():
        for step, value in pairs:
            yield name, step, value
