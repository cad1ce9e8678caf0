"""Lightning, with its own ``ModelCheckpoint`` and ``ckpt_path``."""

import warnings
from pathlib import Path

import lightning.pytorch as lightning
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch.nn.functional import cross_entropy

from stepsize.hosts.lightning import configure
from tests.hosts.lightning_host import QUIET
from tests.hosts.lives import EVERY
from tests.hosts.lives_process import Life
from tests.hosts.recording import Recorded


def train(life: Life) -> None:
    module = Module(life.case)
    trainer = lightning.Trainer(
        **{**QUIET, "enable_checkpointing": True},
        max_steps=life.case.updates,
        gradient_clip_val=1.0,
        plugins=[Saving(life)],
        callbacks=[Watched(life), ModelCheckpoint(life.folder, "{step}", every_n_train_steps=EVERY)],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an epoch is resumed in its middle, and that there is no logger
        trainer.fit(module, range(50), ckpt_path=newest(life.folder))
    life.end(module.lr_schedulers().position, module.net.parameters())


def newest(folder: Path) -> Path | None:
    """Lightning writes aside and moves, so that each is whole; the one before is removed later."""
    return max(folder.glob("step=*.ckpt"), key=lambda path: int(path.stem.split("=")[1]), default=None)


class Module(lightning.LightningModule):
    """A model of the race; its batch is found by the updates made, for a loader begins anew when it is resumed."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        self.net, batches = case.problem()
        self.batches = [next(batches) for _ in range(case.updates)]

    def training_step(self, batch, index):
        inputs, targets = self.batches[self.global_step]
        return cross_entropy(self.net(inputs).flatten(0, -2), targets.flatten())

    def configure_optimizers(self):
        optimizer = self.case.optimizer(self.net)
        configured = configure(optimizer, self.case.schedule, self.trainer)
        self.recorded = Recorded(optimizer)  # its hook comes after that of the schedule
        return configured


class Saving(TorchCheckpointIO):
    """Says when it saves."""

    def __init__(self, life):
        self.life = life

    def save_checkpoint(self, checkpoint, path, storage_options=None):
        with self.life.saving(checkpoint["global_step"] - 1):
            super().save_checkpoint(checkpoint, path, storage_options)


class Watched(lightning.Callback):
    """Says what Lightning does; callbacks that save come after all others."""

    def __init__(self, life):
        self.life = life

    def on_train_start(self, trainer, module):
        if trainer.global_step:
            self.life.restored(trainer.global_step, module.lr_schedulers())

    def on_train_batch_start(self, trainer, module, batch, index):
        self.life.at("update", trainer.global_step)

    def on_train_batch_end(self, trainer, module, outputs, batch, index):
        self.life.made(trainer.global_step - 1, module.recorded.rates[-1], outputs["loss"].item())
