"""Training on two processes that average their gradients, by DDP or by FSDP2, with accumulated micro-batches."""

import json
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.multiprocessing.spawn import start_processes
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

import stepsize as ss
from tests.hosts.lives import DRIVES, MODELS, PEAKS, digest, halves
from tests.hosts.recording import Recorded

ACCUMULATED = 2  # micro-batches in an update
WAIT = timedelta(seconds=60)  # for the other process


class Replicated:
    """DDP: each process has the whole model; one of them writes the checkpoint, all read it."""

    model = "digits"

    @staticmethod
    def wrap(model):
        return DistributedDataParallel(model)

    @staticmethod
    def accumulate(model, last):
        return nullcontext() if last else model.no_sync()

    @staticmethod
    def save(stored, updates, *parts):
        if dist.get_rank() == 0:
            torch.save([updates, *(part.state_dict() for part in parts)], stored)
        dist.barrier()

    @staticmethod
    def load(stored, model, optimizer):
        updates, *states, schedule = torch.load(stored, weights_only=True)
        for part, state in zip((model, optimizer), states, strict=True):
            part.load_state_dict(state)
        return updates, schedule


class Sharded:
    """FSDP2: each process has a shard of each weight and writes its own part of the checkpoint."""

    model = "gpt"

    @staticmethod
    def wrap(model):
        mesh = init_device_mesh("cpu", (dist.get_world_size(),))
        for block in model.blocks:
            fully_shard(block, mesh=mesh)
        return fully_shard(model, mesh=mesh)

    @staticmethod
    def accumulate(model, last):
        model.set_requires_gradient_sync(last)
        return nullcontext()

    @staticmethod
    def save(stored, updates, model, optimizer, schedule):
        weights, moments = get_state_dict(model, optimizer)
        # As a text: mappings are taken apart by this checkpoint, which then fills in the keys of the present state only.
        run = json.dumps([updates, schedule.state_dict()])
        dcp.save({"weights": weights, "moments": moments, "run": run}, checkpoint_id=stored)

    @staticmethod
    def load(stored, model, optimizer):
        weights, moments = get_state_dict(model, optimizer)
        saved = {"weights": weights, "moments": moments, "run": ""}
        dcp.load(saved, checkpoint_id=stored)
        set_state_dict(model, optimizer, model_state_dict=saved["weights"], optim_state_dict=saved["moments"])
        return json.loads(saved["run"])


KINDS = {"DDP": Replicated, "FSDP": Sharded}


@dataclass(frozen=True)
class Job:
    """What is trained until which update, from which checkpoint, and when and where to one is saved."""

    kind: str
    drive: str
    until: int
    start: Path | None = None
    keep: tuple[int, Path] | None = None
    forgetful: int | None = None  # a fault: the process that does not load the state of the schedule

    @property
    def schedule(self) -> ss.Schedule:
        peak = PEAKS[KINDS[self.kind].model]
        return ss.warmup_cosine(peak, 16, warmup=4, end=peak / 10)


@dataclass
class Told:
    """What a process tells: the rates inside each of its updates, the losses on its own batches, and where it ended."""

    rates: list[list[float]]
    losses: list[float]
    position: int
    weights: str


def train(job: Job, folder: Path, ranks: int = 2) -> list[Told]:
    """Train on processes that meet in a new folder; what each of them tells."""
    folder.mkdir()
    start_processes(_rank, (job, folder, ranks), ranks, start_method="forkserver")
    return [Told(**json.loads((folder / f"{rank}.json").read_text())) for rank in range(ranks)]


def _rank(rank: int, job: Job, folder: Path, ranks: int) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"file://{folder}/meet", WAIT, ranks, rank)
    told = _train(job, rank, ranks)
    dist.destroy_process_group()
    (folder / f"{rank}.json").write_text(json.dumps(asdict(told)))


def _train(job: Job, rank: int, ranks: int) -> Told:
    kind = KINDS[job.kind]
    problem, peak = MODELS[kind.model].problem(seed=0), PEAKS[kind.model]
    model = kind.wrap(problem.model)
    optimizer = torch.optim.AdamW(halves(model, peak), peak)
    schedule = DRIVES[job.drive](optimizer, job.schedule)
    done = 0
    if job.start:
        done, state = kind.load(job.start, model, optimizer)
        if job.forgetful != rank:
            schedule.load_state_dict(state)
    recorded = Recorded(optimizer)
    micro_batches = _own(problem.batch, done, rank, ranks)
    losses = []
    for k in range(done, job.until):
        losses.append(_update(kind, model, optimizer, micro_batches))
        schedule.step()
        if job.keep and job.keep[0] == k + 1:
            kind.save(job.keep[1], k + 1, model, optimizer, schedule)
    weights = [p.full_tensor() if isinstance(p, DTensor) else p for p in model.parameters()]
    return Told(recorded.rates, losses, schedule.position, digest(weights))


def _own(batch, done, rank, ranks):
    """The micro-batches of one process, from those of an update on: all processes together use each batch once."""
    for _ in range(done * ACCUMULATED * ranks):
        batch()
    while True:
        yield [batch() for _ in range(ranks)][rank]


def _update(kind, model, optimizer, micro_batches) -> float:
    """One update from ACCUMULATED micro-batches; only the last one averages gradients over the processes."""
    optimizer.zero_grad()
    total = 0.0
    for micro in range(ACCUMULATED):
        inputs, targets = next(micro_batches)
        with kind.accumulate(model, last=micro + 1 == ACCUMULATED):
            loss = cross_entropy(model(inputs).flatten(0, -2), targets.flatten()) / ACCUMULATED
            loss.backward()
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return total
