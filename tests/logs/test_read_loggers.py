"""Logs that the loggers themselves write, each driven for real, read back: steps, rates and losses."""

import json
import math

import numpy as np
import pytest

from stepsize.errors import MissingExtra, ScheduleError
from stepsize.logs.reading import detect, read

STEPS = 24


def warmup(k):
    """The rate of update k in all of these runs: up to 0.1 in 8 updates, then down to 0 in 16."""
    return 0.1 * k / 8 if k < 8 else 0.1 * (STEPS - k) / 16


# Lightning

TREES = pytest.mark.filterwarnings("ignore:`isinstance.treespec:FutureWarning")  # of Torch, to Lightning


@pytest.fixture(scope="module")
def lightning_run(tmp_path_factory):
    """A training of 24 updates with two groups, logged by CSVLogger and by TensorBoardLogger."""
    import lightning as L
    import torch
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    class Model(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _):
            loss = self.layer(batch).square().mean()
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self):
            groups = [{"params": [self.layer.weight], "lr": 1.0}, {"params": [self.layer.bias], "lr": 0.5}]
            optimizer = torch.optim.AdamW(groups)
            scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, warmup)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    folder = tmp_path_factory.mktemp("lightning")
    loggers = [CSVLogger(folder, name="csv", version=0), TensorBoardLogger(folder, name="events", version=0)]
    trainer = L.Trainer(
        max_epochs=3, log_every_n_steps=2, logger=loggers, callbacks=[LearningRateMonitor("step")],
        accelerator="cpu", enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
    )  # fmt: skip
    trainer.fit(Model(), torch.utils.data.DataLoader(torch.randn(16, 4), batch_size=2))
    return folder


@TREES
def test_lightnings_csv_logger(lightning_run):
    path = lightning_run / "csv/version_0/metrics.csv"
    assert read(path.parent).name == str(path)  # the folder will do
    trace = read(path)
    assert (trace.format, trace.counts) == ("csv", "steps")
    assert trace.columns == {"step": "step", "rate": "lr-AdamW/pg1", "loss": "train_loss"}
    assert "rate: column 'lr-AdamW/pg1' (also there: 'lr-AdamW/pg2')" in trace.notes
    assert trace.steps.tolist() == [*range(1, STEPS, 2)]
    # the monitor reads the rate of the step's own update, before its scheduler steps
    assert trace.rates.tolist() == [warmup(k) for k in range(1, STEPS, 2)]
    assert np.isfinite(trace.losses).all()


@TREES
def test_lightnings_tensorboard_logger(lightning_run):
    folder = lightning_run / "events"
    assert detect(folder) == "events"
    trace, table = read(folder), read(lightning_run / "csv/version_0")
    assert trace.columns == {"step": "step", "rate": "lr-AdamW/pg1", "loss": "train_loss"}
    assert trace.steps.tolist() == table.steps.tolist()
    assert trace.rates.tolist() == [float(np.float32(rate)) for rate in table.rates]
    second = read(folder, rate="lr-AdamW/pg2")
    assert second.rates.tolist() == pytest.approx([0.5 * rate for rate in table.rates], rel=1e-6)


# Keras


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras under NumPy 2
def test_keras_csv_logger(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    rates = keras.callbacks.LearningRateScheduler(lambda epoch, _: 0.1 / (epoch + 1))
    log = keras.callbacks.CSVLogger(str(tmp_path / "training.csv"))
    x = np.ones((8, 3), "float32")
    model.fit(x, x[:, :1], epochs=5, callbacks=[rates, log], verbose=0)
    trace = read(tmp_path / "training.csv")
    assert (trace.counts, trace.columns["rate"]) == ("epochs", "learning_rate")
    assert trace.steps.tolist() == [0, 1, 2, 3, 4]
    assert trace.rates.tolist() == pytest.approx([0.1, 0.05, 0.1 / 3, 0.025, 0.02])


# transformers


@pytest.fixture(scope="module")
def trainer_run(tmp_path_factory):
    """A Trainer on a model of two weights: linear, 3 of 30 updates warmup, logged every 5, evaluated, saved at 20 and 30."""
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

    class Model(PreTrainedModel):
        config_class = PretrainedConfig
        _tied_weights_keys = None

        def __init__(self, config):
            super().__init__(config)
            self.layer = torch.nn.Linear(2, 1)
            self.post_init()

        def _init_weights(self, module):
            pass

        def forward(self, x, labels):
            return {"loss": (self.layer(x) - labels).square().mean()}

    data = [{"x": torch.randn(2), "labels": torch.zeros(1)} for _ in range(40)]
    folder = tmp_path_factory.mktemp("trainer")
    arguments = TrainingArguments(
        output_dir=str(folder), max_steps=30, per_device_train_batch_size=4, learning_rate=1e-3, warmup_steps=3,
        lr_scheduler_type="linear", logging_steps=5, save_steps=10, eval_strategy="steps", eval_steps=10,
        report_to=[], disable_tqdm=True, use_cpu=True,
    )  # fmt: skip
    trainer = Trainer(Model(PretrainedConfig()), arguments, train_dataset=data, eval_dataset=data[:4])
    trainer.train()
    return folder, trainer


def test_trainer_state(trainer_run, tmp_path):
    folder, trainer = trainer_run
    trace = read(folder / "checkpoint-30/trainer_state.json")
    assert (trace.format, trace.counts) == ("trainer", "steps")
    assert trace.columns == {"step": "step", "rate": "learning_rate", "loss": "loss"}
    logged = [entry for entry in trainer.state.log_history if "learning_rate" in entry]
    assert len(logged) == 6
    with_rate = np.isfinite(trace.rates)
    assert trace.steps[with_rate].tolist() == [5, 10, 15, 20, 25, 30]
    assert trace.rates[with_rate].tolist() == [entry["learning_rate"] for entry in logged]
    assert trace.losses[with_rate].tolist() == [entry["loss"] for entry in logged]
    # step n has the rate of its own update, n - 1: (30 - (n - 1)) / 27 of the peak
    assert trace.rates[with_rate].tolist() == pytest.approx(
        [1e-3 * (31 - n) / 27 for n in (5, 10, 15, 20, 25, 30)]
    )
    assert read(folder / "checkpoint-30").steps.tolist() == trace.steps.tolist()
    assert read(folder).name.endswith("checkpoint-30/trainer_state.json")  # the last one of several
    (tmp_path / "history.json").write_text(json.dumps(trainer.state.log_history))
    bare = read(tmp_path / "history.json")
    assert (bare.format, bare.rates[np.isfinite(bare.rates)].tolist()) == (
        "trainer",
        trace.rates[with_rate].tolist(),
    )


def test_the_lines_that_a_trainer_prints(trainer_run, tmp_path, capsys):
    from transformers import PrinterCallback

    _, trainer = trainer_run
    for entry in trainer.state.log_history:
        PrinterCallback().on_log(
            None, trainer.state, None, logs={k: v for k, v in entry.items() if k != "step"}
        )
    (tmp_path / "train.log").write_text(capsys.readouterr().out)
    trace = read(tmp_path / "train.log")
    assert (trace.format, trace.counts) == ("text", "epochs")
    logged = [entry for entry in trainer.state.log_history if "learning_rate" in entry]
    with_rate = np.isfinite(trace.rates)
    assert trace.steps[with_rate].tolist() == [entry["epoch"] for entry in logged]
    assert trace.rates[with_rate].tolist() == [float(f"{entry['learning_rate']:.4g}") for entry in logged]


# TensorBoard


def write_events(folder, steps, tag="train/lr", new_style=False):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for k in steps:
            writer.add_scalar(tag, warmup(k), k, new_style=new_style)
            writer.add_scalar("train/loss", 2.0 - k / 100, k, new_style=new_style)
            writer.add_histogram("weights", np.arange(3.0), k)
            writer.add_text("note", "words", k)


@pytest.mark.parametrize("new_style", [False, True])
def test_summary_writer(tmp_path, new_style):
    write_events(tmp_path, range(STEPS), new_style=new_style)
    told = []
    trace = read(tmp_path, progress=lambda done, total: told.append((done, total)))
    assert trace.format == "events"
    assert trace.steps.tolist() == [*range(STEPS)]
    assert trace.rates.tolist() == pytest.approx([warmup(k) for k in range(STEPS)])
    assert trace.losses.tolist() == pytest.approx([2.0 - k / 100 for k in range(STEPS)])
    (file,) = tmp_path.iterdir()
    assert told[-1] == (file.stat().st_size, file.stat().st_size)
    assert read(file).rates.tolist() == trace.rates.tolist()


def test_the_files_of_a_resumed_run_are_read_in_the_order_of_time(tmp_path):
    write_events(tmp_path / "a", range(12))
    write_events(tmp_path / "b", range(10, STEPS))
    (first,), (second,) = ([*(tmp_path / name).iterdir()] for name in "ab")
    (tmp_path / "run").mkdir()
    second.rename(tmp_path / "run/events.out.tfevents.1700000200.host.1.0")
    first.rename(tmp_path / "run/events.out.tfevents.1700000100.host.2.0")
    assert read(tmp_path / "run").steps.tolist() == [*range(12), *range(10, STEPS)]


def test_a_torn_event_file_gives_what_is_whole(tmp_path):
    write_events(tmp_path, range(STEPS))
    (file,) = tmp_path.iterdir()
    whole, data = read(file), file.read_bytes()
    for share in (0.2, 0.5, 0.9):
        file.write_bytes(data[: int(share * len(data))])
        part = read(file)
        assert 0 < len(part) < len(whole)
        assert part.rates.tolist() == whole.rates[: len(part)].tolist()


def test_folders_in_the_folder_stand_before_their_tags(tmp_path):
    write_events(tmp_path / "train", range(4), tag="epoch_learning_rate")
    write_events(tmp_path / "validation", range(4), tag="epoch_loss")
    trace = read(tmp_path)
    assert trace.columns["rate"] == "train/epoch_learning_rate"
    assert trace.columns["loss"] == "train/train/loss"


def test_event_files_need_tensorboard(tmp_path, monkeypatch):
    (tmp_path / "events.out.tfevents.1.h").write_bytes(b"x")
    monkeypatch.setitem(
        __import__("sys").modules, "tensorboard.backend.event_processing.event_file_loader", None
    )
    with pytest.raises(
        MissingExtra, match=r'event files: need tensorboard; got .* Install "stepsize\[tensorboard\]"\.'
    ):
        read(tmp_path)


def test_events_without_a_rate_list_their_tags(tmp_path):
    write_events(tmp_path, range(3), tag="accuracy")
    with pytest.raises(
        ScheduleError, match=r"must hold learning rates; got 'none in it'\. There are accuracy, weights, "
    ):
        read(tmp_path)


# W&B and MLflow, as their exports are documented


def test_an_export_of_a_wandb_chart(tmp_path):
    """Column names as the export of a panel has them: the run, " - ", the metric; extremes beside it."""
    name = "brisk-sun-7 - train/learning_rate"
    rows = [f'"{k}","{warmup(k)}","{warmup(k)}","{warmup(k)}"' for k in range(STEPS)]
    (tmp_path / "wandb.csv").write_text(
        f'"Step","{name}","{name}__MIN","{name}__MAX"\n' + "".join(f"{row}\n" for row in rows)
    )
    trace = read(tmp_path / "wandb.csv")
    assert trace.columns == {"step": "Step", "rate": name}
    assert trace.rates.tolist() == [warmup(k) for k in range(STEPS)]
    assert np.isnan(trace.losses).all()


def test_the_history_of_a_wandb_run(tmp_path):
    """A line a call of log: the rate in most, an evaluation in others; the step of the training beside W&B's own."""
    lines = []
    for k in range(STEPS):
        lines.append(
            {
                "_step": 2 * k,
                "_timestamp": 1.7e9 + k,
                "train/lr": warmup(k),
                "train/loss": 2.0,
                "train/global_step": k,
            }
        )
        lines.append({"_step": 2 * k + 1, "eval/loss": 1.5, "train/global_step": k})
    (tmp_path / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    trace = read(tmp_path / "history.jsonl")
    assert trace.format == "jsonl"
    assert trace.columns == {"step": "train/global_step", "rate": "train/lr", "loss": "train/loss"}
    assert trace.steps.tolist() == [*range(STEPS)]
    assert trace.rates.tolist() == [warmup(k) for k in range(STEPS)]


def test_metrics_of_mlflow_as_a_table(tmp_path):
    rows = ["run_id,key,value,step,timestamp"]
    for run in ("aa", "bb"):
        rows += [f"{run},lr,{warmup(k) + (run == 'bb')},{k},{1700000000000 + k}" for k in range(STEPS)]
        rows += [f"{run},train_loss,{2.0 - k},{k},{1700000000000 + k}" for k in range(STEPS)]
    (tmp_path / "mlflow.csv").write_text("\n".join(rows) + "\n")
    trace = read(tmp_path / "mlflow.csv")
    with_rate = np.isfinite(trace.rates)
    assert trace.rates[with_rate].tolist() == [warmup(k) for k in range(STEPS)]
    assert trace.losses[np.isfinite(trace.losses)].tolist() == [2.0 - k for k in range(STEPS)]
    assert "the table holds several runs; only the first is read: aa" in trace.notes


def mlflow_run(folder, name="run", rates=warmup):
    """A run in MLflow's file store: a file a metric, "timestamp value step" a line, a slash makes a folder."""
    metrics = folder / name / "metrics"
    (metrics / "train").mkdir(parents=True)
    lines = [(1700000000000 + 10 * k, k) for k in range(STEPS)]
    (metrics / "train/lr").write_text("".join(f"{time} {rates(k)} {k}\n" for time, k in lines))
    (metrics / "loss").write_text("".join(f"{time + 1} {2.0 - k} {k}\n" for time, k in lines))
    (metrics / "system").write_text("".join(f"{time} {math.pi} {k}\n" for time, k in lines))
    return metrics


@pytest.mark.parametrize("part", ["", "0", "0/run", "0/run/metrics", "0/run/metrics/train/lr"])
def test_the_file_store_of_mlflow(tmp_path, part):
    mlflow_run(tmp_path / "0")
    trace = read(tmp_path / part)
    assert trace.format == "mlflow"
    assert trace.columns == {"step": "step", "rate": "train/lr", "loss": "loss"}
    assert trace.steps.tolist() == [*range(STEPS)]
    assert trace.rates.tolist() == [warmup(k) for k in range(STEPS)]
    assert trace.losses.tolist() == [2.0 - k for k in range(STEPS)]


def test_of_several_runs_of_mlflow_the_newest(tmp_path):
    import os

    old, new = mlflow_run(tmp_path, "old"), mlflow_run(tmp_path, "new", lambda k: 0.5)
    os.utime(old, (1, 1))
    os.utime(new, (2, 2))
    trace = read(tmp_path)
    assert set(trace.rates) == {0.5}
    assert "there are 2 runs; the newest is read: new" in trace.notes
