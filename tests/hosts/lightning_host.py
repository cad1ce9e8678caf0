"""Lightning's own Trainer as a host: real fits of a small model, and a checkpoint that Lightning writes and reads."""

import json
import sys
import tempfile
import warnings
from pathlib import Path

import lightning.pytorch as lightning
import torch
from torch.optim import AdamW

from stepsize.hosts.lightning import configure
from tests.hosts.contract import PEAK, Host, Ran
from tests.hosts.recording import Recorded, batches, model

QUIET = {
    "accelerator": "cpu",
    "devices": 1,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
    "logger": False,
}


class Module(lightning.LightningModule):
    """A small regression; its batch is found by the updates made, for a loader begins anew when it is resumed."""

    def __init__(self, s, *, build=AdamW, trainer=True, data=None, **options):
        super().__init__()
        self.net = model()
        self.s, self.build, self.options = s, build, options
        self.with_trainer = trainer
        self.data = list(batches(64)) if data is None else data
        self.losses = []

    def training_step(self, batch, index):
        x, y = self.data[self.global_step % len(self.data)]
        loss = (self.net(x) - y).square().mean()
        self.losses.append(loss.item())
        return loss

    def configure_optimizers(self):
        optimizer = self.build(self.net.parameters(), lr=PEAK)
        trainer = self.trainer if self.with_trainer else None
        configured = self.configured(optimizer, trainer)
        self.recorded = Recorded(optimizer)  # its hook comes after that of the schedule
        return configured

    def configured(self, optimizer, trainer):
        return configure(optimizer, self.s, trainer, **self.options)

    @property
    def rates(self):
        return self.recorded.first

    @property
    def handle(self):
        return self.lr_schedulers()


def fit(module, *, batches=range(10_000), checkpoint=None, **options):
    """Train without a word, and without the warnings that are Lightning's own."""
    trainer = lightning.Trainer(**{**QUIET, **options})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`isinstance.treespec", FutureWarning)  # of Torch, to Lightning
        warnings.filterwarnings(
            "ignore", "You're resuming from a checkpoint that ended before the epoch ended"
        )
        trainer.fit(module, batches, ckpt_path=checkpoint)
    return trainer


class Lightning(Host):
    name = "Lightning"

    def train(self, s, until, *, start=None, on_change="error"):
        module = Module(s, on_change=on_change)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.ckpt"
            if start is not None:
                path.write_bytes(start)
            trainer = fit(module, checkpoint=start and path, max_steps=until)
            trainer.save_checkpoint(path)
            return Ran(module.rates, module.losses, path.read_bytes())


def in_two_processes(s, folder):
    """Two epochs of 10 batches, of which each process gets its own; each rank writes down its rates."""
    module = Module(s)
    loader = torch.utils.data.DataLoader(range(20))
    trainer = lightning.Trainer(**{**QUIET, "devices": 2}, strategy="ddp_fork", max_epochs=2)
    module.on_train_end = lambda: Path(folder, f"{trainer.global_rank}.json").write_text(
        json.dumps(module.rates)
    )
    trainer.fit(module, loader)


if __name__ == "__main__":
    in_two_processes(*sys.argv[1:])
