"""Logs as trainers write them: tables, lines of text, and the files of trackers."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Row = tuple[int, str, float]  # step, the rate as it is printed, loss

_COLUMNS = (
    ("step", "lr", "loss"), ("iteration", "learning_rate", "train_loss"), ("global_step", "lr", "train/loss"),
    ("_step", "train/learning_rate", "train/loss"), ("step", "optimizer/lr", "loss"),
)  # fmt: skip

_KEYS = (("step", "lr", "loss"), ("iter", "learning_rate", "loss"), ("global_step", "train/lr", "train/loss"))


def table(
    path: Path, rows: Sequence[Row], rng: np.random.Generator, names: Sequence[str] | None = None
) -> Path:
    """A table with commas, its columns named in one of several ways."""
    names = names or _COLUMNS[int(rng.integers(len(_COLUMNS)))]
    order = [0, 1, 2] if rng.random() < 0.7 else [0, 2, 1]
    with path.with_suffix(".csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([names[k] for k in order])
        for step, rate, loss in rows:
            cells = (step, rate, f"{loss:.4f}")
            writer.writerow([cells[k] for k in order])
    return path.with_suffix(".csv")


def exported(path: Path, rows: Sequence[Row], rng: np.random.Generator) -> Path:
    """A panel of Weights & Biases, exported."""
    with path.with_suffix(".csv").open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        name = "rich-run-7 - train/lr"
        writer.writerow(["Step", name, f"{name}__MIN", f"{name}__MAX"])
        writer.writerows((step, rate, rate, rate) for step, rate, _ in rows)
    return path.with_suffix(".csv")


def objects(path: Path, rows: Sequence[Row], rng: np.random.Generator) -> Path:
    """One JSON object a line."""
    a, b, c = _KEYS[int(rng.integers(len(_KEYS)))]
    lines = [json.dumps({a: step, b: float(rate), c: round(loss, 4)}) for step, rate, loss in rows]
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
    return path.with_suffix(".jsonl")


def state(path: Path, rows: Sequence[Row], rng: np.random.Generator) -> Path:
    """The layout of Trainer's ``trainer_state.json``."""
    history = [
        {"epoch": n / 1000, "learning_rate": float(r), "loss": round(x, 4), "step": n} for n, r, x in rows
    ]
    folder = path.with_suffix("")
    folder.mkdir()
    told = {"best_metric": None, "epoch": 1.0, "global_step": rows[-1][0], "log_history": history}
    (folder / "trainer_state.json").write_text(json.dumps(told, indent=1))
    return folder / "trainer_state.json"


_TIME = "2026-01-05 10:00:00"
LINES = {
    "plain": "step {n} lr {r} loss {x:.4f}",
    "key": "[{time}] INFO train: step={n} loss={x:.4f} lr={r} grad_norm=0.81",
    "nanogpt": "iter {n}: loss {x:.4f}, lr {r}, time 212.30ms, mfu 31.20%",
    "megatron": " [{time}] iteration {n:8d}/{last:8d} | consumed samples: {samples:12d} | elapsed time per "
    "iteration (ms): 412.3 | learning rate: {r} | global batch size:   256 | lm loss: {x:.6E} | loss scale: 1.0 | "
    "grad norm: 0.812 | number of skipped iterations:   0 | number of nan iterations:   0 |",
    "torchtitan": "[titan] {time},000 - root - INFO - step: {n:2}  loss: {x:8.4f}  lr: {r}  grad_norm:  0.8123  "
    "memory: 40.11GiB(42.20%)  tps: 12,345  tflops: 201.20  mfu: 30.10%",
    "deepspeed": "[{time},000] [INFO] [logging.py:128:log_dist] [Rank 0] step={n}, skipped=0, lr=[{r}], "
    "mom=[(0.9, 0.999)]",
}


def lines(path: Path, rows: Sequence[Row], rng: np.random.Generator) -> Path:
    """Text, in the words of one of several trainers."""
    line = LINES[str(rng.choice(list(LINES)))]
    last = rows[-1][0]
    text = [line.format(n=n, r=r, x=x, last=last, samples=256 * n, time=_TIME) for n, r, x in rows]
    path.with_suffix(".log").write_text("\n".join(["training starts", *text]) + "\n")
    return path.with_suffix(".log")


def events(path: Path, rows: Sequence[Row], rng: np.random.Generator) -> Path:
    """An event file, by TensorBoard's own writer."""
    from torch.utils.tensorboard import SummaryWriter

    folder = path.with_suffix("")
    writer = SummaryWriter(str(folder))
    for step, rate, loss in rows:
        writer.add_scalar("train/lr", float(rate), step, walltime=1.0)
        writer.add_scalar("train/loss", loss, step, walltime=1.0)
    writer.close()
    written = next(folder.iterdir())
    return written.rename(folder / "events.out.tfevents.1700000000.bench.0")


def metrics(path: Path, rows: Sequence[Row], rng: np.random.Generator) -> Path:
    """The folder of metrics of a run, as MLflow stores it in files: time, value, step."""
    folder = path.with_suffix("") / "metrics"
    folder.mkdir(parents=True)
    for name, column in (("lr", 1), ("loss", 2)):
        text = [f"1700000000000 {row[column]} {row[0]}" for row in rows]
        (folder / name).write_text("\n".join(text) + "\n")
    return folder.parent


def summary(path: Path, rows: Sequence[Row], rng: np.random.Generator) -> Path:
    """A row an epoch, as timm's ``summary.csv`` and the loggers of Keras have it."""
    return table(path, rows, rng, ("epoch", "lr", "train_loss"))


Writer = Callable[[Path, Sequence[Row], np.random.Generator], Path]
WRITERS: dict[str, tuple[Writer, float]] = {
    "table": (table, 0.28), "exported": (exported, 0.05), "objects": (objects, 0.17), "state": (state, 0.08),
    "lines": (lines, 0.34), "events": (events, 0.05), "metrics": (metrics, 0.03),
}  # fmt: skip


def losses(steps: Any, rng: np.random.Generator) -> Any:
    """Something that looks like training."""
    scale = max(float(steps.max()), 1.0) / 5
    return 2.0 + 8.0 * np.exp(-steps / scale) + rng.normal(0, 0.05, len(steps))
