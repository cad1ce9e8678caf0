"""Hugging Face Trainer, with its own checkpoint folders and ``resume_from_checkpoint``."""

import json
from pathlib import Path

from torch import nn
from torch.nn.functional import cross_entropy
from transformers import TrainerCallback

from stepsize.hosts.transformers import ScheduleTrainer
from tests.hosts.lives import EVERY
from tests.hosts.lives_process import Life
from tests.hosts.trainer_host import trainer


def train(life: Life) -> None:
    case = life.case
    model, _ = case.problem()
    made, inside = trainer(
        life.folder,
        case.schedule,
        kind=Saving,
        net=Net(model),
        data=[{"inputs": inputs, "targets": targets} for inputs, targets in case.examples()],
        drive={"optimizers": (case.optimizer(model), None)},
        per_device_train_batch_size=case.batch,
        max_steps=case.updates,
        save_strategy="steps",
        save_steps=EVERY,
        save_total_limit=2,
    )
    made.life = life
    made.add_callback(Watched(life, inside, made.model))
    made.train(resume_from_checkpoint=newest(life.folder))
    life.end(made.lr_scheduler.position, model.parameters())


def newest(folder: Path) -> str | None:
    """The newest whole checkpoint.

    Trainer writes into the final folder, and both ``get_last_checkpoint`` and ``resume_from_checkpoint=True`` take one
    that was torn. But ``trainer_state.json`` is written last: where it can be read, all the rest is there.
    """
    folders = sorted(folder.glob("checkpoint-*"), key=lambda path: -int(path.name.split("-")[1]))
    return next((str(path) for path in folders if _whole(path)), None)


def _whole(checkpoint: Path) -> bool:
    try:
        return "global_step" in json.loads((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False


class Net(nn.Module):
    """A model of the race, as Trainer calls one; it keeps the loss."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, inputs, targets):
        loss = cross_entropy(self.net(inputs).flatten(0, -2), targets.flatten())
        self.loss = loss.item()
        return {"loss": loss}


class Saving(ScheduleTrainer):
    """Says when it saves."""

    def _save_checkpoint(self, *args, **kwargs):
        with self.life.saving(self.state.global_step - 1):
            super()._save_checkpoint(*args, **kwargs)


class Watched(TrainerCallback):
    """Says what Trainer does."""

    def __init__(self, life, inside, model):
        self.life, self.inside, self.model = life, inside, model

    def on_train_begin(self, args, state, control, **kwargs):
        if state.global_step:
            self.life.restored(state.global_step, kwargs["lr_scheduler"])

    def on_step_begin(self, args, state, control, **kwargs):
        self.life.at("update", state.global_step)

    def on_step_end(self, args, state, control, **kwargs):
        self.life.made(state.global_step - 1, self.inside.recorded.rates[-1], self.model.loss)
