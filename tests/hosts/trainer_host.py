"""Real small runs of Hugging Face Trainer, with the rates recorded inside the optimizer's update."""

import atexit
import gc
import shutil
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset
from transformers import PrinterCallback, TrainerCallback, TrainingArguments

from stepsize.hosts.accelerate import unwrapped
from stepsize.hosts.transformers import ScheduleTrainer
from stepsize.lab import digits
from tests.hosts.contract import PEAK, Host, Ran
from tests.hosts.recording import Recorded, batches, model

BATCH = 16  # examples of a micro-batch

gc.freeze()  # Trainer collects garbage in each run; the modules loaded so far, most of the time of that, need not be searched


class Net(nn.Module):
    """The small model, as Trainer calls one; it keeps the loss of each micro-batch."""

    def __init__(self):
        super().__init__()
        self.net = model()
        self.losses = []

    def forward(self, x, labels):
        loss = (self.net(x) - labels).square().mean()
        self.losses.append(loss.item())
        return {"loss": loss}


class Examples(Dataset):
    """So many of them, always the same ones."""

    def __init__(self, size):
        x, y = _examples()
        self.rows = [{"x": a, "labels": b} for a, b in zip(x[:size], y[:size], strict=True)]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, k):
        return self.rows[k]


@cache
def _examples():
    x, y = zip(*batches(12), strict=True)
    return torch.cat(x), torch.cat(y)


class Reader(nn.Module):
    """The network of the lab that reads digits, as Trainer calls one."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.net = digits.network()
        self.losses = []

    def forward(self, x, labels):
        loss = cross_entropy(self.net(x), labels)
        self.losses.append(loss.item())
        return {"loss": loss}


class Digits(Dataset):
    """Handwritten ones, in 110 batches."""

    def __len__(self):
        return 110 * BATCH

    def __getitem__(self, k):
        images, labels = digits.data()
        return {"x": images[k], "labels": labels[k]}


class Inside(TrainerCallback):
    """Notes the rate of each update from within ``optimizer.step``."""

    def on_train_begin(self, args, state, control, **kwargs):
        self.recorded = Recorded(unwrapped(kwargs["optimizer"]))

    @property
    def rates(self):
        return self.recorded.first


def arguments(folder, **options):
    """Arguments of a run on the CPU that reports to nobody."""
    usual = {
        "per_device_train_batch_size": BATCH, "learning_rate": PEAK, "logging_steps": 1, "save_strategy": "no",
        "seed": 3, "use_cpu": True, "report_to": "none", "disable_tqdm": True, "dataloader_pin_memory": False,
    }  # fmt: skip
    return TrainingArguments(str(folder), **{**usual, **options})


def trainer(folder, schedule, *, kind=ScheduleTrainer, size=100, data=None, net=None, drive=None, **options):
    """A Trainer with a fresh model, and what notes its rates; ``drive`` is for the host, ``options`` for Trainer."""
    inside = Inside()
    made = kind(
        net or Net(), arguments(folder, **options), train_dataset=data or Examples(size), callbacks=[inside],
        schedule=schedule, **(drive or {}),
    )  # fmt: skip
    made.remove_callback(PrinterCallback)
    return made, inside


class TrainerHost(Host):
    """Trainer, with its own checkpoints."""

    name = "Trainer"

    def train(self, s, until, *, start=None, on_change="error"):
        folder = _FOLDER / str(next(_NUMBER))
        made, inside = trainer(
            folder,
            s,
            max_steps=until,
            drive={"on_change": on_change},
            save_strategy="steps",
            save_steps=until,
        )
        made.train(resume_from_checkpoint=start)
        return Ran(inside.rates, made.model.losses, str(folder / f"checkpoint-{until}"))


_FOLDER = Path(tempfile.mkdtemp())
_NUMBER = count()
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
