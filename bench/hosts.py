"""A whole update under each framework, driven by a schedule of ours and by the framework's own, as ratios.

The model is as small as can be, so that an update is little else than what the framework and the schedule take.
"""

import contextlib
import gc
import io
import itertools
import logging
import math
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import perf_counter

os.environ.setdefault("KERAS_BACKEND", "torch")  # before the first import of Keras

import accelerate
import jax
import jax.numpy as jnp
import keras
import lightning.pytorch as lightning
import optax
import torch
import transformers
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

import stepsize as ss
from bench import Report, fastest
from stepsize.hosts import accelerate as ours_accelerate
from stepsize.hosts.keras import KerasSchedule, ScheduleCallback
from stepsize.hosts.lightning import configure
from stepsize.hosts.torch import Attached, TorchSchedule, attach
from stepsize.hosts.transformers import ScheduleTrainer

PEAK, UPDATES, WARMUP = 3e-4, 200, 20
ROUNDS = 9
S = ss.warmup_cosine(PEAK, UPDATES, warmup=WARMUP)


def factor(k: int) -> float:
    """The same schedule as a ``LambdaLR`` takes it."""
    if k < WARMUP:
        return k / WARMUP
    return 0.5 * (1.0 + math.cos(math.pi * (k - WARMUP) / (UPDATES - WARMUP)))


class Batches:
    """One batch, once for each update of a run; the moments at which a framework asked for it are kept."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.batch = torch.ones(8, 4), torch.ones(8, 1)

    def ask(self, *_: object, **__: object) -> tuple[torch.Tensor, torch.Tensor]:
        self.asked.append(perf_counter())
        return self.batch

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return (self.ask() for _ in range(UPDATES))

    def __len__(self) -> int:
        return UPDATES

    @property
    def update(self) -> float:
        """Seconds from one batch to the next, in the middle of all; the first ones build, trace and compile."""
        return median(after - before for before, after in itertools.pairwise(self.asked[WARMUP:]))


Run = Callable[[Batches], None]


def quickest(*runs: Run) -> list[float]:
    """Seconds of an update in each run, the best of some rounds, the runs taken in turn."""
    best = [float("inf")] * len(runs)
    for _ in range(ROUNDS):
        for k, run in enumerate(runs):
            gc.collect()
            gc.disable()
            with contextlib.redirect_stdout(io.StringIO()):
                run(batches := Batches())
            gc.enable()
            best[k] = min(best[k], batches.update)
    return best


def loss_of(model: torch.nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    return (model(batch[0]) - batch[1]).square().mean()


def looped(drive: Callable[[torch.optim.Optimizer], Callable[[], None] | None]) -> Run:
    """A loop of plain torch; ``drive`` returns what is to be called after each update."""

    def run(batches: Batches) -> None:
        model = torch.nn.Linear(4, 1)
        optimizer = AdamW(model.parameters(), lr=PEAK)
        after = drive(optimizer)
        for batch in batches:
            optimizer.zero_grad()
            loss_of(model, batch).backward()
            optimizer.step()
            if after is not None:
                after()

    return run


def driven_by_none(optimizer: torch.optim.Optimizer) -> None:
    """A constant rate."""


def attached(optimizer: torch.optim.Optimizer) -> None:
    attach(optimizer, S)


def accelerated(own: bool) -> Run:
    def run(batches: Batches) -> None:
        accelerator = accelerate.Accelerator(cpu=True)
        model = torch.nn.Linear(4, 1)
        optimizer = AdamW(model.parameters(), lr=PEAK)
        if own:
            model, optimizer = accelerator.prepare(model, optimizer)
            scheduler = ours_accelerate.attach(accelerator, optimizer, S)
        else:
            model, optimizer, scheduler = accelerator.prepare(model, optimizer, LambdaLR(optimizer, factor))
        for batch in batches:
            with accelerator.accumulate(model):
                accelerator.backward(loss_of(model, batch))
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()

    return run


class Net(torch.nn.Linear):
    """For a Hugging Face Trainer."""

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": (super().forward(x) - labels).square().mean()}


def trainer(own: bool) -> Run:
    make = partial(ScheduleTrainer, schedule=S) if own else transformers.Trainer
    told = {} if own else {"lr_scheduler_type": "cosine", "warmup_steps": WARMUP}

    def run(batches: Batches) -> None:
        def collate(rows: list[int]) -> dict[str, torch.Tensor]:
            return dict(zip(("x", "labels"), batches.ask(), strict=True))

        with tempfile.TemporaryDirectory() as folder:
            args = transformers.TrainingArguments(
                folder, max_steps=UPDATES, learning_rate=PEAK, per_device_train_batch_size=8, use_cpu=True,
                dataloader_pin_memory=False, remove_unused_columns=False, report_to="none", disable_tqdm=True,
                save_strategy="no", logging_strategy="no", **told,
            )  # fmt: skip
            make(Net(4, 1), args, data_collator=collate, train_dataset=range(8 * UPDATES)).train()

    return run


class Module(lightning.LightningModule):
    def __init__(self, own: bool) -> None:
        super().__init__()
        self.net, self.own = torch.nn.Linear(4, 1), own

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], index: int) -> torch.Tensor:
        return loss_of(self.net, batch)

    def configure_optimizers(self) -> dict[str, object]:
        optimizer = AdamW(self.parameters(), lr=PEAK)
        if self.own:
            return configure(optimizer, S, self.trainer)
        scheduler = {"scheduler": LambdaLR(optimizer, factor), "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


def lit(own: bool) -> Run:
    def run(batches: Batches) -> None:
        lightning.Trainer(
            max_epochs=1, accelerator="cpu", logger=False, enable_progress_bar=False,
            enable_model_summary=False, enable_checkpointing=False,
        ).fit(Module(own), batches)  # fmt: skip

    return run


def decay() -> keras.optimizers.schedules.LearningRateSchedule:
    own = keras.optimizers.schedules.CosineDecay
    return own(0.0, UPDATES - WARMUP, warmup_target=PEAK, warmup_steps=WARMUP)


def fitted(rate: Callable[[], object], *callbacks: Callable[[], keras.callbacks.Callback]) -> Run:
    def run(batches: Batches) -> None:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.AdamW(rate()), "mse")
        x, y = (part.repeat(UPDATES, 1).numpy() for part in batches.batch)
        asking = keras.callbacks.LambdaCallback(on_train_batch_begin=batches.ask)
        model.fit(x, y, batch_size=8, verbose=0, callbacks=[asking, *(made() for made in callbacks)])

    return run


def jitted(s: Callable[[jax.Array], jax.Array]) -> Run:
    def run(batches: Batches) -> None:
        optimizer = optax.adamw(s)
        weight = jnp.ones((4, 1))
        state = optimizer.init(weight)
        x, y = (jnp.asarray(part.numpy()) for part in batches.batch)

        @jax.jit
        def update(weight: jax.Array, state: optax.OptState) -> tuple[jax.Array, optax.OptState]:
            gradient = jax.grad(lambda weight: ((x @ weight - y) ** 2).mean())(weight)
            change, state = optimizer.update(gradient, state, weight)
            return optax.apply_updates(weight, change), state

        for _ in batches:
            weight, state = jax.block_until_ready(update(weight, state))

    return run


def step(report: Report) -> None:
    """The step of one optimizer, attached and let go in turn: two would lie at two places in memory."""
    weight = torch.ones(1, requires_grad=True)
    weight.grad = torch.ones(1)
    optimizer = AdamW([weight], lr=PEAK)
    handles: list[Attached] = []

    def again() -> None:
        handles[:] = [attach(optimizer, S, at=WARMUP)]

    # Each is stepped three times in a row, and the last time counts: a real loop does not attach in between.
    turns = (again, *[optimizer.step] * 3, lambda: handles[0].detach(), *[optimizer.step] * 3)
    times = fastest(*turns, rounds=5_000)
    ours, bare = (1e6 * times[last] for last in (3, 7))
    detail = f"{ours - bare:.1f} us added to {bare:.1f} us, one tensor"
    report.row("AdamW.step of one, attached / let go", ours / bare, None, detail)


def hosts(report: Report) -> None:
    """Ours against the framework's own, each framework for itself."""
    optax_own = optax.warmup_cosine_decay_schedule(0.0, PEAK, WARMUP, UPDATES)
    compared: tuple[tuple[str, Run, dict[str, Run]], ...] = (
        ("LambdaLR", looped(lambda o: LambdaLR(o, factor).step), {
            "torch: attach": looped(attached),
            "torch: TorchSchedule": looped(lambda o: TorchSchedule(o, S).step),
            "torch: no schedule": looped(driven_by_none),
        }),
        ("cosine", trainer(False), {"Trainer: ScheduleTrainer": trainer(True)}),
        ("prepared LambdaLR", accelerated(False), {"Accelerate: attach": accelerated(True)}),
        ("LambdaLR", lit(False), {"Lightning: configure": lit(True)}),
        ("CosineDecay", fitted(decay), {
            "Keras: KerasSchedule": fitted(lambda: KerasSchedule(S)),
            "Keras: ScheduleCallback": fitted(lambda: PEAK, lambda: ScheduleCallback(S)),
        }),
        ("warmup_cosine_decay", jitted(optax_own), {"optax, jit: adamw(s)": jitted(S)}),
    )  # fmt: skip
    for theirs, own, runs in compared:
        base, *times = (1e6 * seconds for seconds in quickest(own, *runs.values()))
        for what, ours in zip(runs, times, strict=True):
            detail = f"{ours:.0f} us an update; {theirs} {base:.0f} us"
            report.row(f"{what} / {theirs}", ours / base, None, detail)


def main() -> None:
    torch.set_num_threads(1)
    gc.freeze()  # what the imports made need not be looked through before each run
    report = Report()
    for name in ("lightning.pytorch", "lightning.pytorch.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step(report)
        hosts(report)
    report.end()


if __name__ == "__main__":
    main()
