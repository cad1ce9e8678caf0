"""Real small runs through Hugging Face Accelerate, on one process or several, with the rates recorded inside the update."""

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from itertools import count
from pathlib import Path

import torch
from accelerate import Accelerator, DataLoaderConfiguration, debug_launcher
from accelerate.utils import GradientAccumulationPlugin
from torch.optim import SGD, AdamW
from torch.utils.data import DataLoader, TensorDataset

import stepsize as ss
from stepsize.hosts import torch as plain
from stepsize.hosts.accelerate import attach, horizon, unwrapped
from tests.hosts.contract import PEAK, Host, Ran
from tests.hosts.recording import Recorded, batches, model

BATCH = 16


def examples(size):
    x, y = zip(*batches(-(-size // BATCH)), strict=True)
    return TensorDataset(torch.cat(x)[:size], torch.cat(y)[:size])


def accelerated(*, split=False, together=1, flush=True):
    """An accelerator on the CPU, with or without ``split_batches``; ``together`` micro-batches make an update."""
    plugin = GradientAccumulationPlugin(num_steps=together, sync_with_dataloader=flush)
    loading = DataLoaderConfiguration(split_batches=split)
    return Accelerator(cpu=True, gradient_accumulation_plugin=plugin, dataloader_config=loading)


class AccelerateHost(Host):
    """A loop as the tutorials of Accelerate have it, with ``save_state`` and ``load_state``."""

    name = "Accelerate"

    def train(self, s, until, *, start=None, on_change="error"):
        accelerator = accelerated()
        net = model()
        loader = DataLoader(examples(until * BATCH), batch_size=BATCH)
        optimizer = AdamW(net.parameters(), lr=PEAK)
        net, optimizer, loader = accelerator.prepare(net, optimizer, loader)
        schedule = attach(accelerator, optimizer, s, on_change=on_change)
        recorded = Recorded(unwrapped(optimizer))
        if start is not None:
            accelerator.load_state(start)
        losses = []
        for x, y in accelerator.skip_first_batches(loader, schedule.position):
            with accelerator.accumulate(net):
                loss = (net(x) - y).square().mean()
                accelerator.backward(loss)
                accelerator.clip_grad_norm_(net.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
            losses.append(loss.item())
        folder = str(_FOLDER / str(next(_NUMBER)))
        accelerator.save_state(folder)
        return Ran(recorded.first, losses, folder)


def ours(accelerator, optimizer, s, at):
    """The adapter, after ``prepare``."""
    return attach(accelerator, optimizer, s, at=at)


def before_prepare(accelerator, optimizer, s, at):
    """The adapter, given the optimizer that accelerate knows nothing of."""
    return attach(accelerator, unwrapped(optimizer), s, at=at)


def prepared(accelerator, optimizer, s, at):
    """The handle of torch, prepared like any scheduler: ``step`` is called ``num_processes`` times."""
    return accelerator.prepare(plain.attach(unwrapped(optimizer), s, at=at))


def trap(accelerator, optimizer, s, at):
    """What must not be done: a schedule that counts calls, prepared."""
    return accelerator.prepare(plain.TorchSchedule(unwrapped(optimizer), s, at=at))


WAYS = {way.__name__: way for way in (ours, before_prepare, prepared, trap)}


def loop(
    s,
    *,
    size,
    batch=4,
    epochs=1,
    split=False,
    together=1,
    flush=True,
    at=0,
    way="ours",
    start=None,
    save=None,
):
    """Train on this rank as a tutorial does, and report what it saw. All arguments are plain JSON values."""
    accelerator = accelerated(split=split, together=together, flush=flush)
    loader = DataLoader(examples(size), batch_size=batch)
    net = model()
    net, optimizer, loader = accelerator.prepare(net, SGD(net.parameters(), lr=1.0), loader)
    run = horizon(accelerator, loader, epochs=epochs)
    schedule = WAYS[way](accelerator, optimizer, ss.parse(s, run), at)
    recorded = Recorded(unwrapped(optimizer))
    if start is not None:
        accelerator.load_state(start)
    data = 0.0  # what this rank was given, in a number
    for _ in range(epochs):
        for x, y in loader:
            data += x.double().sum().item()
            with accelerator.accumulate(net):
                accelerator.backward((net(x) - y).square().mean() * 1e-3)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
    if save is not None:
        accelerator.save_state(save)
    weights = [float(p.detach().double().sum()) for p in net.parameters()]
    position = schedule.state_dict()["position"]
    return {
        "rates": recorded.first, "position": position, "planned": run.steps, "weights": weights, "data": data,
    }  # fmt: skip


def on_ranks(task, runs):
    """What ``task(**options)`` gives on each rank, for each of ``runs``: name to (processes, options).

    The ranks are forked from a fresh interpreter, for this one may have threads; those of as many make all their runs.
    """
    folder = Path(tempfile.mkdtemp(dir=_FOLDER))
    (folder / "runs.json").write_text(json.dumps(runs))
    code = f"import tests.hosts.accelerate_host as host, {task.__module__} as m; host.launch(m.{task.__name__}, {str(folder)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-3000:]
    return {
        name: [json.loads((folder / f"{name}.{rank}").read_text()) for rank in range(processes)]
        for name, (processes, _) in runs.items()
    }


def launch(task, folder):
    """The other side of :func:`on_ranks`."""
    import_module("torch._dynamo")  # which every rank would import for itself

    runs = json.loads((Path(folder) / "runs.json").read_text())
    for world in sorted({processes for processes, _ in runs.values()}):
        mine = {name: options for name, (processes, options) in runs.items() if processes == world}
        debug_launcher(_rank, (task, folder, mine), world)


def _rank(task, folder, runs):
    for name, options in runs.items():
        seen = task(**options)
        (Path(folder) / f"{name}.{torch.distributed.get_rank()}").write_text(json.dumps(seen))


_FOLDER = Path(tempfile.mkdtemp())
_NUMBER = count()
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
