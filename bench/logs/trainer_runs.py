"""Real runs of Hugging Face Trainer on the smallest model; the log is the ``trainer_state.json`` that it writes."""

import shutil
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from bench.logs.plan import Plan
from bench.logs.transformers_runs import RECIPES as RECIPES


class Net(torch.nn.Linear):
    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": (super().forward(x) - labels).square().mean()}


class Again(TrainerCallback):
    """The fault: one's own call of ``step``, beside that of Trainer."""

    def on_step_end(self, *args: Any, lr_scheduler: Any, **kwargs: Any) -> None:
        lr_scheduler.step()


DATA = [{"x": torch.ones(4), "labels": torch.zeros(1)}] * 2000


def fit(plan: Plan, folder: Path, until: int, checkpoint: str | None) -> str:
    """Train up to an update, and the folder of the checkpoint there."""
    transformers.logging.set_verbosity_error()  # it warns of a checkpoint made with other arguments
    torch.manual_seed(0)
    net = Net(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=plan.made.settings.peak)
    args = TrainingArguments(
        str(folder), max_steps=until, logging_steps=plan.every, per_device_train_batch_size=8, use_cpu=True,
        dataloader_pin_memory=False, remove_unused_columns=False, report_to="none", disable_tqdm=True, seed=1,
        save_strategy="steps", save_steps=until, save_only_model=False,
    )  # fmt: skip
    calls = [Again()] if plan.each == 2 else []
    trainer = Trainer(
        net, args, train_dataset=DATA, callbacks=calls, optimizers=(optimizer, plan.made.build(optimizer))
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=checkpoint)
    return str(folder / f"checkpoint-{until}")


def write(plan: Plan, path: Path) -> Path:
    """Run it, life by life; the fault of a schedule that begins anew is a checkpoint that lost its file."""
    checkpoint: str | None = None
    for life in plan.lives:
        if checkpoint and life.shift:
            for name in ("scheduler.pt", "optimizer.pt"):
                Path(checkpoint, name).unlink()
        checkpoint = fit(plan, path, life.stop, checkpoint)
    shutil.copy(Path(str(checkpoint), "trainer_state.json"), path / "trainer_state.json")
    for kept in path.glob("checkpoint-*"):
        shutil.rmtree(kept)
    return path / "trainer_state.json"
