"""Runs in parallel processes. A process that dies costs its own run, and nothing else."""

import os
import re
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from multiprocessing.connection import wait

from stepsize.lab.plan import Planned
from stepsize.lab.worker import Decide, Event, Worker

SILENCE = 600.0  # seconds without a word from a run, after which it is taken to hang
A_DEVICE = 4  # runs at a time on one GPU, where nothing else is said; fewer, once they have not fitted
_FULL = re.compile(r"out.?of.?memory|RESOURCE_EXHAUSTED|ResourceExhausted", re.IGNORECASE)


def cores() -> int:
    """How many processes can run at once on this machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def devices(named: str) -> list[str]:
    """The devices of a race, as "cuda:0,cuda:1" names them; one may be named twice."""
    return [name.strip() for name in named.split(",")]


def at_once(device: str) -> int:
    """How many runs go on at a time, where nothing else is said: one a core, or a few a device."""
    return cores() if device == "cpu" else min(cores(), A_DEVICE * len(devices(device)))


def out_of_memory(event: Event) -> bool:
    """Whether a run did not fit on its device, as PyTorch, JAX and TensorFlow say it."""
    return event.what == "failed" and event.planned.device != "cpu" and bool(_FULL.search(event.text))


def work(
    planned: Iterable[Planned],
    jobs: int,
    *,
    silence: float = SILENCE,
    decide: Decide = lambda planned, step, loss: "",
) -> Generator[Event]:
    """Train ``planned`` in up to ``jobs`` processes, and yield what happens as it happens.

    Processes take the devices in turn. A run that does not fit beside others is made again, and its process is not
    replaced, so its device has one fewer from then on. A run that says nothing for ``silence`` seconds is killed.
    Leaving the iteration, by an exception such as Ctrl-C or by closing it, ends the processes at once.
    """
    waiting = deque(planned)
    names = devices(waiting[0].device) if waiting else []
    workers = [Worker(decide, names[k % len(names)]) for k in range(min(jobs, len(waiting)))]
    try:
        while waiting or any(worker.planned for worker in workers):
            for worker in workers:
                if waiting and not worker.planned:
                    yield worker.start(waiting.popleft())
            busy = [worker for worker in workers if worker.planned]
            told = wait([worker.pipe for worker in busy], timeout=min(silence, 1.0))
            for worker in busy:
                if worker.pipe in told:
                    event = worker.receive()
                elif worker.silent() > silence:
                    event = worker.give_up(silence)
                else:
                    continue
                if out_of_memory(event) and _shares(worker, workers):
                    worker.stop()
                    workers.remove(worker)
                    waiting.append(event.planned)
                    event = replace(event, what="again", text=f"with fewer on {worker.device}: {event.text}")
                yield event
    finally:
        for worker in workers:
            worker.stop()


def _shares(worker: Worker, workers: Sequence[Worker]) -> bool:
    """Whether another process is on its device."""
    return any(one.device == worker.device for one in workers if one is not worker)
