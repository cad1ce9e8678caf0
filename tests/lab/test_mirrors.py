"""TensorBoard and MLflow get what the files of runs say, and no run twice."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from stepsize.lab import mirrors
from stepsize.records import Run


@pytest.fixture
def run():
    return Run(
        "mine:train", "wsd", {}, 100, 3, (0.1, 0.2, 0.3), (3.0, 1.0), ((3, 0.5),), 1.0, "", {},
        at=(0, 2), metrics={"accuracy": ((2, 0.75),)}, peak=0.3,
    )  # fmt: skip


def test_tensorboard(tmp_path, run):
    for _ in range(2):  # the second time replaces the first
        mirrors.to_tensorboard([run], tmp_path)
    (place,) = (tmp_path / "mine.train").iterdir()
    assert place.name == "wsd-peak0.3-seed100"
    assert len(list(place.iterdir())) == 1
    read = EventAccumulator(str(place))
    read.Reload()
    told = {
        tag: [(one.step, pytest.approx(one.value)) for one in read.Scalars(tag)]
        for tag in read.Tags()["scalars"]
    }
    assert told == {
        "loss": [(0, 3.0), (2, 1.0)], "rate": [(0, 0.1), (2, 0.3)], "validation": [(3, 0.5)], "accuracy": [(2, 0.75)],
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")  # of what MLflow is made of
def test_mlflow(tmp_path, run, monkeypatch):
    from mlflow import MlflowClient

    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/ml.db"
    for _ in range(2):
        mirrors.to_mlflow([run], uri)
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("mine:train").experiment_id
    (found,) = client.search_runs([experiment])
    assert found.data.params == {"schedule": "wsd", "seed": "100", "steps": "3", "peak": "0.3"}
    history = client.get_metric_history(found.info.run_id, "loss")
    assert [(one.step, one.value) for one in history] == [(0, 3.0), (2, 1.0)]
