"""Real fits of Lightning: its CSV logger and its monitor of the rate write the log."""

import logging
import warnings
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import torch
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger

from bench.logs import torch_runs, transformers_runs
from bench.logs.plan import Plan

RECIPES = (*torch_runs.RECIPES, *transformers_runs.RECIPES)


class Module(lightning.LightningModule):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net, self.plan = torch.nn.Linear(4, 1), plan

    def training_step(self, batch: int, index: int) -> torch.Tensor:
        loss = self.net(torch.ones(8, 4)).square().mean()
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self) -> dict[str, Any]:
        optimizer = torch.optim.SGD(self.parameters(), lr=self.plan.made.settings.peak)
        build: Any = self.plan.made.build
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": build(optimizer), "interval": "step"}}

    def on_train_batch_end(self, *args: Any) -> None:
        if self.plan.each == 2:  # the fault: one's own call of step, beside that of Lightning
            self.lr_schedulers().step()


def write(plan: Plan, path: Path) -> Path:
    """Fit, and the file of metrics."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    logger = CSVLogger(path.parent, name="", version=path.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Lightning and torch, to one another
        lightning.Trainer(
            max_steps=plan.steps, accelerator="cpu", devices=1, logger=logger, log_every_n_steps=plan.every,
            callbacks=[LearningRateMonitor("step")], enable_progress_bar=False, enable_model_summary=False,
            enable_checkpointing=False,
        ).fit(Module(plan), range(plan.steps))  # fmt: skip
    return path / "metrics.csv"
