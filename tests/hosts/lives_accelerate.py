"""A loop as the tutorials of Accelerate have it: its loader is shuffled, and resumed in the middle of an epoch."""

import shutil
from pathlib import Path

from accelerate import Accelerator, DataLoaderConfiguration
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from stepsize.hosts.accelerate import attach, unwrapped
from tests.hosts.lives_process import Life
from tests.hosts.recording import Recorded


def train(life: Life) -> None:
    case = life.case
    order = DataLoaderConfiguration(use_seedable_sampler=True)  # of an epoch depends on its number alone
    accelerator = Accelerator(cpu=True, dataloader_config=order)
    model, _ = case.problem()
    optimizer = case.optimizer(model)
    loader = DataLoader(case.examples(), batch_size=case.batch, shuffle=True)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    schedule = attach(accelerator, optimizer, case.schedule)
    recorded = Recorded(unwrapped(optimizer))
    if saved := newest(life.folder):
        accelerator.load_state(saved)
        life.restored(int(saved.name), schedule)
    rows = batches(accelerator, loader, life.done)

    def update(k):
        inputs, targets = next(rows)
        loss = cross_entropy(model(inputs).flatten(0, -2), targets.flatten())
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return recorded.rates[-1], loss.item()

    life.loop(update, lambda updates: save(accelerator, life.folder, updates))
    life.end(schedule.position, model.parameters())


def batches(accelerator, loader, done):
    """Those of all epochs, from update ``done`` on."""
    epoch, skipped = divmod(done, len(loader))
    while True:
        rest = accelerator.skip_first_batches(loader, skipped)
        rest.set_epoch(epoch)
        yield from rest
        epoch, skipped = epoch + 1, 0


def save(accelerator, folder: Path, updates: int) -> None:
    """Aside, then renamed: ``save_state`` writes file after file, and a folder without the last ones looks like a whole one."""
    aside, before = folder / "aside", newest(folder)
    shutil.rmtree(aside, ignore_errors=True)
    accelerator.save_state(aside)
    aside.rename(folder / "states" / str(updates))
    if before:
        shutil.rmtree(before)


def newest(folder: Path) -> Path | None:
    """The checkpoint of the most updates; the one before may be half removed."""
    states = folder / "states"
    states.mkdir(exist_ok=True)
    return max(states.iterdir(), key=lambda path: int(path.name), default=None)
